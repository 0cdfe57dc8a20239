"""Which years have scorecards, and which one opens: in January the last one is judged and the new one is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.scorecard import ScorecardRow
from models.terms import Stage
from wxsvc.services.reviewables import RECORDS
from wxsvc.services.years import day_of, is_sealed, open_platforms, year_of

CLOSING_MONTHS: Final = 3
"""January to March: the months in which the year before is being judged."""


def of(session: Session, now: datetime, platform_id: int | None = None) -> int:
    """The running year; or the one in closing, until the new one has a record of the platform (of any, without one)."""
    running = year_of(now)
    if day_of(now).month > CLOSING_MONTHS or _has_record(session, platform_id, running):
        return running
    if platform_id is not None and is_sealed(session, platform_id, running - 1):
        return running
    cards = sa.select(ScorecardRow.year).where(ScorecardRow.year == running - 1)
    if platform_id is not None:
        cards = cards.where(ScorecardRow.platform_id == platform_id)
    return running if session.scalar(cards.limit(1)) is None else running - 1


def judged(session: Session, now: datetime) -> int:
    """The running year; or the one in closing, while a scorecard of it is not sealed: it is what people judge then."""
    running = year_of(now)
    if day_of(now).month > CLOSING_MONTHS:
        return running
    is_open = ScorecardRow.platform_id.in_(open_platforms(session, running - 1))
    cards = sa.select(ScorecardRow.year).where(ScorecardRow.year == running - 1, is_open)
    return running if session.scalar(cards.limit(1)) is None else running - 1


def closed(session: Session, now: datetime) -> int:
    """Where 年终 opens: the year before, whose result stays in use; in December the running one, if that is sealed.

    After the months of closing a year without a scorecard is nobody's: who began this year sees this year.
    """
    running, month = year_of(now), day_of(now).month
    if month <= CLOSING_MONTHS:
        return running - 1
    cards = sa.select(ScorecardRow.year).where(ScorecardRow.year == running - 1)
    if month == 12:
        cards = cards.where(ScorecardRow.platform_id.in_(open_platforms(session, running - 1)))
    return running if session.scalar(cards.limit(1)) is None else running - 1


def former(session: Session, year: int) -> list[int]:
    """The years before this one that have a scorecard, however long ago: they stay at hand."""
    return list(session.scalars(sa.select(ScorecardRow.year).where(ScorecardRow.year < year).distinct()))


def _has_record(session: Session, platform_id: int | None, year: int) -> bool:
    gone = (Stage.DRAFT, Stage.VOID)
    parts = sa.select(Activity.id).join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
    queries = [
        parts.where(
            Activity.year == year,
            Activity.stage.not_in(gone),
            ActivityPlatform.confirmed_at.is_not(None),
            *([ActivityPlatform.platform_id == platform_id] if platform_id is not None else []),
        )
    ]
    for model in RECORDS.values():
        table: Any = model
        own = [table.platform_id == platform_id] if platform_id is not None else []
        queries.append(sa.select(table.id).where(table.year == year, table.stage.not_in(gone), *own))
    return any(session.scalar(query.limit(1)) is not None for query in queries)
