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
"""States counted in ``missed_filings``: late and missing cost once; 口径待定 costs while the reading is false."""


def filing_state(deadline: Deadline, filed_on: date | None, today: date) -> FilingState:
    """Where one obligation stands, by Beijing days: ``filed_on`` the day it was handed in, None while it is not.

    The due day itself is in time until 24:00. A data return between the literal 6th and the day it would roll to is
    口径待定 (reading ``sixth_rolls_on``): marked, whether it has come or is still awaited within those days.
    """
    day = today if filed_on is None else filed_on
    if day <= deadline.due_on:
        return FilingState.NOT_DUE if filed_on is None else FilingState.IN_TIME
    if day <= deadline.open_until:
        return FilingState.OPEN_READING
    return FilingState.MISSED if filed_on is None else FilingState.LATE


def count_missed(deadlines: Iterable[Deadline], filed: Mapping[FilingKey, date], today: date) -> int:
    """缺报或晚报的次数: each obligation at most once. ``filed`` gives the day of those that were handed in."""
    states = (filing_state(due, filed.get((due.obligation, due.period)), today) for due in deadlines)
    return sum(state in COSTS_A_POINT for state in states)
