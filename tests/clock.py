"""A clock that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SettableClock:
    """Stands still until it is turned. Begins on Monday 23 November 2026, 09:00 in Beijing."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 1, tzinfo=UTC)) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant that the test has come to, in UTC."""
        return self._at

    def advance(self, **by: float) -> datetime:
        """Turn the clock on: ``advance(minutes=5)``; returns the new instant."""
        self._at += timedelta(**by)
        return self._at

    def set(self, at: datetime) -> None:
        """Turn the clock to a zone-aware instant, forwards or backwards."""
        self._at = at.astimezone(UTC)
