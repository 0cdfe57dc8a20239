"""How often each endpoint may be called per day and minute, and the calls that ask about it."""

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.refusal import Refusal

BEIJING = timezone(timedelta(hours=8))
CLEARS_PER_MONTH = 10


class Quotas:
    """Counts per endpoint. A day is a day in Beijing.

    Over the day's limit: 45009; over the minute's: 45011. Source: "Interface limits" page.
    """

    def __init__(self, clock: Clock, kind: str) -> None:
        table = tomllib.loads(files(__package__).joinpath("data/quotas.toml").read_text("utf-8"))
        self.day: dict[str, int] = {**table["day"], **(table["test"] if kind == "test" else {})}
        self.minute: dict[str, int] = table["minute"]
        self._clock = clock
        self._used: dict[tuple[str, str], int] = {}
        self._clears: dict[str, int] = {}

    def spend(self, path: str) -> None:
        """Count one call, or refuse it."""
        day, minute = f"{self._now():%Y-%m-%d}", f"{self._now():%Y-%m-%dT%H:%M}"
        for period, limits, code in ((minute, self.minute, 45011), (day, self.day, 45009)):
            if path in limits:
                used = self._used.get((path, period), 0)
                if used >= limits[path]:
                    raise Refusal(code)
                self._used[path, period] = used + 1

    def used(self, path: str) -> int:
        """Return today's calls of an endpoint that has a daily limit."""
        return self._used.get((path, f"{self._now():%Y-%m-%d}"), 0)

    def clear(self) -> None:
        """Forget all counts; ten times a month, then 48006."""
        month = f"{self._now():%Y-%m}"
        if self._clears.get(month, 0) >= CLEARS_PER_MONTH:
            raise Refusal(48006)
        self._clears[month] = self._clears.get(month, 0) + 1
        self._used.clear()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC).astimezone(BEIJING)

    def endpoints(self) -> list[Endpoint]:
        """The calls of the "OpenAPI management" pages; the token-less clear is with the tokens."""
        return [
            Endpoint("/cgi-bin/clear_quota", self._clear),
            Endpoint("/cgi-bin/openapi/quota/get", self._get),
        ]

    def _clear(self, call: Call) -> Answer:
        call.text("appid", 40013)
        self.clear()
        return OK

    def _get(self, call: Call) -> Answer:
        path = call.text("cgi_path", 76021)
        if path not in self.day:
            raise Refusal(76021)
        limit, used = self.day[path], self.used(path)
        return {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": limit, "used": used, "remain": limit - used}}
