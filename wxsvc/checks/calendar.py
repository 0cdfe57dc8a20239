"""The working-day calendar (工作日历): is the notice of this year and of the next loaded."""

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
    """The year whose notice is missing: the running one, or from 1 November on the next; the banner of the desk."""
    today = day_of(now)
    if _is_missing(session, today.year):
        return today.year
    is_out = (today.month, today.day) >= ANNOUNCED
    return today.year + 1 if is_out and _is_missing(session, today.year + 1) else None


def next_year(session: Session, now: datetime) -> Finding:
    """Is next year told by a notice (or by the package), or only by the rule (暂定); and the running year, if it is."""
    today = day_of(now)
    if _is_missing(session, today.year):
        return bad("calendar", "calendar_provisional", year=today.year)
    year = today.year + 1
    if not _is_missing(session, year):
        return good("calendar", "calendar_known", year=year)
    season = (today.month, today.day)
    if season >= NEEDED:
        return bad("calendar", "calendar_provisional", year=year)
    if season >= ANNOUNCED:
        return note("calendar", "calendar_provisional", year=year)
    return good("calendar", "calendar_not_announced", year=year)


def _is_missing(session: Session, year: int) -> bool:
    return calendars.calendar(session).day(new_year(year)).source is DaySource.RULE
