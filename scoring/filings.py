"""Filings (报送): whether each obligation was met in time, and how many cost a point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, TypeAlias

from scoring.deadlines import Deadline
from scoring.terms import FilingState, Obligation

FilingKey: TypeAlias = tuple[Obligation, str]
"""An obligation and its period: ``(Obligation.PLAN, "2026-01")``."""

COSTS_A_POINT: Final = frozenset({FilingState.LATE, FilingState.MISSED, FilingState.OPEN_READING})
"""States counted in ``missed_filings``: late and missing cost once; 口径待定 costs while the reading is false.

暂定 costs nothing: a point is not taken for a day that nobody knows yet.
"""


def filing_state(deadline: Deadline, filed_on: date | None, today: date) -> FilingState:
    """Where one obligation stands, by Beijing days: ``filed_on`` the day it was handed in, None while it is not.

    The due day itself is in time until 24:00. Before the year's notice is loaded, what could still be in time by it is
    暂定. A data return between the literal 6th and the day it would roll to is 口径待定 (reading ``sixth_rolls_on``).
    Both are marked, whether the filing has come or is still awaited within those days.
    """
    day = today if filed_on is None else filed_on
    if day <= deadline.due_on:
        return FilingState.NOT_DUE if filed_on is None else FilingState.IN_TIME
    if day <= deadline.provisional_until:
        return FilingState.PROVISIONAL
    if day <= deadline.open_until:
        return FilingState.OPEN_READING
    return FilingState.MISSED if filed_on is None else FilingState.LATE


def day_that_counts(deadline: Deadline, claimed_on: date, entered_on: date, *, is_confirmed: bool) -> date:
    """The day that a filing counts by. A day claimed afterwards counts only once the reviewer has confirmed it.

    ``claimed_on`` is the day that the platform names, ``entered_on`` the one on which it says so. Entered after the due
    day, it is until then a filing of the day of entry.
    """
    if is_confirmed or entered_on <= deadline.due_on:
        return claimed_on
    return max(claimed_on, entered_on)


def count_missed(deadlines: Iterable[Deadline], filed: Mapping[FilingKey, date], today: date) -> int:
    """缺报或晚报的次数: each obligation at most once. ``filed`` gives the day of those that were handed in."""
    states = (filing_state(due, filed.get((due.obligation, due.period)), today) for due in deadlines)
    return sum(state in COSTS_A_POINT for state in states)
