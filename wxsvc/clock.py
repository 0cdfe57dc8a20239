"""The clock (时间): handed to app and worker, so that a test may turn it. Instants are UTC, days are Beijing's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Protocol

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""北京时间. China has had no summer time since 1991, so a fixed offset needs no time zone files on the machine."""


class Clock(Protocol):
    """Tells what time it is."""

    def now(self) -> datetime:
        """The present instant, zone-aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, zone-aware, in UTC."""
        return datetime.now(UTC)


def as_json(instant: datetime | None) -> str | None:
    """An instant as JSON has it, with Beijing's zone: ``2026-11-23T09:00:00+08:00``."""
    return None if instant is None else instant.astimezone(BEIJING).isoformat()


def beijing_day(instant: datetime) -> date:
    """The day that it is in Beijing at the instant."""
    return instant.astimezone(BEIJING).date()
