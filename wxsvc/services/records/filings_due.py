"""报送的眼前事: what was missed and can still be handed in, what came late, what is due next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from scoring.terms import FilingState
from wxsvc.services import years
from wxsvc.services.records import filings, owed_filings
from wxsvc.services.records.filings import FilingStatus

AHEAD: Final = timedelta(days=45)
"""How far ahead a due day is shown: the 3rd of January is seen in December."""
BEHIND: Final = timedelta(days=31)
"""How long a filing that came late, or under an open reading, is still mentioned."""
_NEXT: Final = 3


class Due(Struct, frozen=True):
    """``overdue`` are not handed in though their day is over, the latest first.

    ``marked`` came late, under an open reading (口径待定) or by a provisional day (期限暂定).
    """

    overdue: tuple[FilingStatus, ...]
    marked: tuple[FilingStatus, ...]
    coming: tuple[FilingStatus, ...]


def of(session: Session, platform_id: int, now: datetime) -> Due:
    """Filings that concern today. One that was sent back is not among them: it stands with what came back."""
    today = years.day_of(now)
    ahead = {today.year, (today + AHEAD).year}
    of_years = sorted(ahead.union(years.reaching_into(session, platform_id, today.year)))
    standings = [
        standing for standing in filings.states(session, platform_id, of_years, now) if not standing.is_returned
    ]
    standings.sort(key=lambda each: each.deadline.due_on)
    unsettled = (FilingState.OPEN_READING, FilingState.PROVISIONAL)
    return Due(
        overdue=tuple(
            each
            for each in reversed(standings)
            if each.filed_on is None and each.state in (FilingState.MISSED, *unsettled)
        ),
        marked=tuple(
            each
            for each in reversed(standings)
            if each.filed_on is not None
            and each.state in (FilingState.LATE, *unsettled)
            and each.deadline.due_on >= today - BEHIND
        ),
        coming=tuple(
            each
            for each in standings
            if each.filed_on is None and each.state is FilingState.NOT_DUE and each.deadline.due_on <= today + AHEAD
        )[:_NEXT],
    )


class JudgedFiling(Struct, frozen=True):
    """One filing by its last day; ``days_late`` is 0 where it counts in time, or does not count."""

    due_on: date
    days_late: int
    waits_for_its_day: bool


def of_filings(session: Session, claims: Mapping[int, tuple[int, int]], now: datetime) -> dict[int, JudgedFiling]:
    """These filings by their ids, as ``owed_filings.of_platforms`` judges; ``claims`` tell whose each is and its year.

    Where an assessment period does not end with the calendar year, a filing is judged in the year beside its own.
    """
    found: dict[int, FilingStatus] = {}
    for beside in (0, 1, -1):
        asked: dict[int, set[int]] = defaultdict(set)
        for filing_id, (platform_id, year) in claims.items():
            if filing_id not in found and years.has_rules(year + beside):
                asked[year + beside].add(platform_id)
        for year, platform_ids in asked.items():
            owing = session.scalars(sa.select(Platform).where(Platform.id.in_(platform_ids))).all()
            of_year = owed_filings.of_platforms(session, owing, year, now).values()
            found |= {each.filing.id: each for states in of_year for each in states if each.filing is not None}
    return {filing_id: _judged(found[filing_id]) for filing_id in claims if filing_id in found}


def _judged(standing: FilingStatus) -> JudgedFiling:
    due_on, filed_on = standing.deadline.due_on, standing.filed_on
    late = 0 if filed_on is None else max(0, (filed_on - due_on).days)
    return JudgedFiling(due_on, late, standing.waits_for_its_day)
