"""The product's working-day calendar (工作日历): the loaded notice, then the package, then the rule (暂定)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import chinese_calendar

from scoring.calendar import Calendar, Day, notice_lookup
from scoring.terms import DaySource


def workdays(notice: Iterable[Day] = (), loaded_years: Collection[int] = ()) -> Calendar:
    """The calendar to compute deadlines with; it answers for every day and never raises.

    ``notice`` are the days that the State Council's notices name (rows of the loaded table, source ``notice``) and
    ``loaded_years`` the years whose notice is loaded completely.
    """
    return Calendar((notice_lookup(notice, loaded_years), from_package))


def from_package(on: date) -> Day | None:
    """A day as chinesecalendar knows it; None for a year it does not know, where the package itself would raise."""
    try:
        off, holiday = chinese_calendar.get_holiday_detail(on)
    except NotImplementedError:
        return None
    return Day(on, not off, DaySource.PACKAGE, chinese_calendar.Holiday(holiday).chinese if holiday else None)
