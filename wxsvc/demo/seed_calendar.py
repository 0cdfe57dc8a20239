"""Days of the sample year, which ends now: its workdays, and moments in Beijing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from wxsvc.clock import BEIJING, beijing_day

YEAR = timedelta(days=365)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in Beijing."""
    return datetime.combine(day, time(hour, minute), BEIJING)


class DemoYear:
    """The year that ends now. Every moment it gives lies in it."""

    def __init__(self, now: datetime, chance: Random) -> None:
        self.now = now.astimezone(BEIJING)
        self.today = beijing_day(now)
        self.begins_on = self.today - YEAR
        self._chance = chance

    def workdays(self, count: int) -> list[date]:
        """So many workdays before today, spread over the year, in order."""
        return sorted(self._workday(slot / count, (slot + 1) / count) for slot in range(count))

    def later(self, moment: datetime, least: float, most: float) -> datetime:
        """Between ``least`` and ``most`` days after a moment, in office hours; it may lie ahead of now."""
        day = beijing_day(moment + timedelta(days=self._chance.uniform(least, most)))
        return max(at(day, self._chance.randint(9, 17), self._chance.randint(0, 59)), moment + timedelta(minutes=1))

    def has_come(self, moment: datetime) -> bool:
        """Whether a moment is past."""
        return moment <= self.now

    def _workday(self, begin: float, end: float) -> date:
        length = YEAR.days - 1
        day = self.begins_on + timedelta(days=1 + int(self._chance.uniform(begin, end) * length))
        if day.weekday() >= 5:
            day -= timedelta(days=day.weekday() - 4)
        return min(day, self.today - timedelta(days=1))
