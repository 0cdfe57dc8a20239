"""The clock of the story: today at ten in the morning in Beijing, running on, and moved ahead over dull hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic

from wxsvc.clock import beijing_day
from wxsvc.demo.days import at


class StoryClock:
    """Runs like any clock from ten o'clock of the present day; the story may advance it."""

    def __init__(self) -> None:
        self._begin = at(beijing_day(datetime.now(UTC)), 10).astimezone(UTC)
        self._started = monotonic()

    def now(self) -> datetime:
        """The present instant of the story, in UTC."""
        return self._begin + timedelta(seconds=monotonic() - self._started)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._begin += by
