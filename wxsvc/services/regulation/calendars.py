"""工作日历与截止日: the calendar from the loaded notices, and all that falls due in a year, computed once and kept.

The table is read every time (a few dozen rows) and is itself the key of what is kept, so no process holds an old one.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.regulation import Workday
from scoring.calendar import Calendar, Day
from scoring.deadlines import Deadline, obligations
from scoring.readings import Readings
from scoring.terms import DaySource
from wxsvc.plain_rows import plain_rows
from wxsvc.queries import remembered
from wxsvc.workdays import workdays


class NoticeDay(NamedTuple):
    """A day that a notice (国务院办公厅放假通知) names: off, or made up for; ``name`` is the holiday's."""

    day: date
    is_workday: bool
    name: str


NamedDays: TypeAlias = tuple[NoticeDay, ...]
"""All that the loaded notices name, in order of the days."""


def calendar(session: Session) -> Calendar:
    """The calendar to compute with: loaded notices, then the package, then the rule (暂定). It never raises."""
    return of_days(named_days(session))


def due(session: Session, year: int, readings: Readings) -> tuple[Deadline, ...]:
    """The 25 obligations of a year under the readings, in the order of the days that the text names."""
    return due_by(year, named_days(session), readings)


_NAMED: Final = sa.select(Workday.day, Workday.is_workday, Workday.name).order_by(Workday.day)


def named_days(session: Session) -> NamedDays:
    """What the table of notices says."""
    return remembered(
        session,
        "named days",
        lambda: tuple(NoticeDay(row.day, row.is_workday, row.name) for row in plain_rows(session, _NAMED)),
    )


@lru_cache(maxsize=8)
def of_days(named: NamedDays) -> Calendar:
    """The calendar of these days; a year counts as loaded once its 1 January is named, as every notice does."""
    loaded = {day.year for day, _, _ in named if (day.month, day.day) == (1, 1)}
    return workdays((Day(day, is_workday, DaySource.NOTICE, name) for day, is_workday, name in named), loaded)


@lru_cache(maxsize=64)
def due_by(year: int, named: NamedDays, readings: Readings) -> tuple[Deadline, ...]:
    """The obligations of a year by these days and readings."""
    return obligations(year, of_days(named), readings)
