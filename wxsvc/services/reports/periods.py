"""期间: a month or a year in Beijing, as plans, data returns and the summary speak of it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from msgspec import Struct

from wxsvc.clock import BEIJING


class Period(Struct, frozen=True):
    """From one day to another of the same year, both included; its days are Beijing's."""

    first: date
    last: date

    @property
    def year(self) -> int:
        """The evaluation year that it lies in."""
        return self.last.year

    @property
    def begins_at(self) -> datetime:
        """The first instant that belongs to it."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=BEIJING)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=BEIJING) + timedelta(days=1)

    def holds(self, day: date | None) -> bool:
        """Whether the day is in it."""
        return day is not None and self.first <= day <= self.last


def month(period: str) -> Period:
    """The month of ``2026-01``. Raises ``ValueError`` for anything else."""
    first = date.fromisoformat(f"{period}-01")
    return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))


def month_of(year: int, number: int) -> Period:
    """One month of a year. Raises ``ValueError`` for a number that no month has."""
    return month(f"{year:04}-{number:02}")


def quarter_of(year: int, number: int) -> Period:
    """One quarter of a year (季度). Raises ``ValueError`` for a number that no quarter has."""
    return Period(month_of(year, number * 3 - 2).first, month_of(year, number * 3).last)


def whole_year(year: int) -> Period:
    """1 January to 31 December."""
    return Period(date(year, 1, 1), date(year, 12, 31))
