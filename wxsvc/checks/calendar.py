"""The working-day calendar (工作日历): is next year's notice loaded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from scoring.terms import DaySource
from wxsvc.checks.finding import Finding, bad, good, note
from wxsvc.services.regulation import calendars
from wxsvc.services.years import day_of

ANNOUNCED: Final = (11, 1)
"""From when on the notice of the next year may be out: it comes in October or November."""
NEEDED: Final = (12, 1)
"""From when on it is wrong to be without: the first filings fall due in the first days of January."""


def new_year(year: int) -> date:
    """The day that every notice of a year names."""
    return date(year, 1, 1)


def awaited(session: Session, now: datetime) -> int | None:
    """The next year, from 1 November on, while its notice is missing: what the banner of the desk says."""
    today = day_of(now)
    year = today.year + 1
    if (today.month, today.day) < ANNOUNCED:
        return None
    return year if calendars.calendar(session).day(new_year(year)).source is DaySource.RULE else None


def next_year(session: Session, now: datetime) -> Finding:
    """Is next year told by a notice (or by the package), or only by the rule (暂定)."""
    today = day_of(now)
    year = today.year + 1
    if calendars.calendar(session).day(new_year(year)).source is not DaySource.RULE:
        return good("calendar", "calendar_known", year=year)
    season = (today.month, today.day)
    if season >= NEEDED:
        return bad("calendar", "calendar_provisional", year=year)
    if season >= ANNOUNCED:
        return note("calendar", "calendar_provisional", year=year)
    return good("calendar", "calendar_not_announced", year=year)
