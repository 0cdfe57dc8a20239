"""得分变动: what a fold leaves behind when it changes points: line, before, after, and the deeds that were folded.

A change on the work list carries the moment of the deed that made it, and so does the deed's line of the log: that is
how the two are brought together. What a passing day changes has no deed; the page works that out from the deadlines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import ActivityPlatform
from models.journal import LogEntry
from models.scorecard import ScorecardRow, ScoreChange, ScoreLineRow
from models.terms import Subject
from scoring.scorecard import Scorecard

MOST_CAUSES: Final = 20
_MOST_MOMENTS: Final = 500
"""Deeds of one fold that are looked up: the newest; a bundle's are one moment."""


@dataclass(frozen=True, slots=True)
class Before:
    """The card that a fold replaces; without one (``as_of`` is None) every line begins at nothing."""

    as_of: datetime | None
    points: Mapping[str, Decimal]


def before(session: Session, platform_id: int, year: int) -> Before:
    """The stored card's moment and points."""
    own = sa.select(ScorecardRow.as_of).where(ScorecardRow.platform_id == platform_id, ScorecardRow.year == year)
    lines = sa.select(ScoreLineRow.code, ScoreLineRow.points).where(
        ScoreLineRow.platform_id == platform_id, ScoreLineRow.year == year
    )
    return Before(session.scalar(own), {row.code: row.points for row in session.execute(lines)})


def keep(
    session: Session,
    platform_id: int,
    year: int,
    was: Before,
    scored: Scorecard,
    moments: Collection[datetime],
    now: datetime,
) -> None:
    """Write one row for every line whose points are others than before; nothing while all are the same."""
    new = {line.code: line.points for line in scored.lines}
    changed = [code for code in (*new, *(set(was.points) - set(new))) if was.points.get(code, 0) != new.get(code, 0)]
    if not changed:
        return
    causes = _causes(session, platform_id, moments)
    session.execute(
        sa.insert(ScoreChange),
        [
            {
                "platform_id": platform_id,
                "year": year,
                "code": code,
                "old": was.points.get(code, Decimal(0)),
                "new": new.get(code, Decimal(0)),
                "since": was.as_of,
                "at": now,
                "causes": causes,
            }
            for code in changed
        ],
    )


def _causes(session: Session, platform_id: int, moments: Iterable[datetime]) -> list[int]:
    """The lines of the log of these moments that concern the platform, the newest last."""
    newest = sorted(set(moments))[-_MOST_MOMENTS:]
    if not newest:
        return []
    shared = sa.select(ActivityPlatform.activity_id).where(ActivityPlatform.platform_id == platform_id)
    concerns = sa.or_(
        LogEntry.platform_id == platform_id,
        LogEntry.platform_id.is_(None),
        sa.and_(LogEntry.subject == Subject.ACTIVITY, LogEntry.subject_id.in_(shared)),
    )
    query = sa.select(LogEntry.id).where(LogEntry.done_at.in_(newest), concerns)
    return list(session.scalars(query.order_by(LogEntry.id.desc()).limit(MOST_CAUSES)))[::-1]
