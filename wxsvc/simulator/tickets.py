"""The JS-SDK ticket, and the check of the signature that a page made with it."""

from wxsvc.simulator.call import Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.crypto import sign_page
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

LIFETIME = 7200


class Tickets:
    """One ticket of each type at a time. Source: "JS-SDK" page, appendix 1."""

    def __init__(self, clock: Clock, serial: Serial) -> None:
        self._clock, self._serial = clock, serial
        self._current: dict[str, tuple[str, float]] = {}

    def get(self, kind: str = "jsapi") -> tuple[str, int]:
        """Return the ticket and its remaining seconds; the same one until it has expired."""
        now = self._clock.now()
        ticket, expires_at = self._current.get(kind, ("", 0.0))
        if now >= expires_at:
            ticket, expires_at = self._serial.text(86), now + LIFETIME
            self._current[kind] = (ticket, expires_at)
        return ticket, round(expires_at - now)

    def accepts(self, signature: str, nonce: str, timestamp: str, url: str) -> bool:
        """Tell whether a page at ``url`` signed itself with the ticket of today."""
        ticket, expires_at = self._current.get("jsapi", ("", 0.0))
        fresh = bool(ticket) and self._clock.now() < expires_at
        return fresh and sign_page(ticket, nonce, timestamp, url) == signature

    def endpoints(self) -> list[Endpoint]:
        """The one call."""
        return [Endpoint("/cgi-bin/ticket/getticket", self._get, "GET", capability="js_sdk", body="none")]

    def _get(self, call: Call) -> Answer:
        kind = call.args.get("type", "jsapi")
        if kind not in ("jsapi", "wx_card"):
            raise Refusal(40097)
        ticket, seconds = self.get(kind)
        return {"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": seconds}
