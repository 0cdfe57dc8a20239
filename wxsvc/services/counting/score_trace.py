"""得分变动: what a fold leaves behind when it changes points: line, before, after, and the deeds that were folded.

A change on the work list carries the moment of the deed that made it, and so does the deed's line of the log: that is
how the two are brought together. What a passing day changes has no deed; the page works that out from the deadlines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import ActivityPlatform
from models.journal import LogEntry
from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreChange, ScoreLineRow
from models.terms import Subject, WebhookEvent
from scoring.scorecard import Scorecard
from wxsvc.plain_rows import plain_rows
from wxsvc.services import webhooks

MOST_CAUSES: Final = 20
_MOST_MOMENTS: Final = 500
"""Deeds of one fold that are looked up: the newest; a bundle's are one moment."""


class Before(Struct, frozen=True):
    """The card that a fold replaces; without one (``as_of`` is None) every line begins at nothing.

    ``lines`` are its lines in their order, each by the names of its columns.
    """

    as_of: datetime | None
    lines: list[dict[str, Any]]

    @property
    def points(self) -> dict[str, Decimal]:
        """By line."""
        return {line["code"]: line["points"] for line in self.lines}


NEVER: Final = Before(None, [])
"""No card was there."""


_LINE: Final = ScoreLineRow.__table__.c
_STORED: Final = (
    sa.select(ScorecardRow.platform_id, ScorecardRow.as_of, *(each.label(f"line_{each.name}") for each in _LINE))
    .outerjoin(
        ScoreLineRow,
        sa.and_(ScoreLineRow.platform_id == ScorecardRow.platform_id, ScoreLineRow.year == ScorecardRow.year),
    )
    .where(
        ScorecardRow.platform_id.in_(sa.bindparam("platforms")),
        ScorecardRow.year == sa.bindparam("of_year"),
    )
    .order_by(ScorecardRow.platform_id, ScoreLineRow.position)
)


def before(session: Session, platform_ids: Collection[int], year: int) -> dict[int, Before]:
    """The moment and the lines of each stored card, by platform."""
    found: dict[int, Before] = {}
    for platform_id, as_of, *columns in plain_rows(
        session, _STORED, {"platforms": list(platform_ids), "of_year": year}
    ):
        lines = found.setdefault(platform_id, Before(as_of, [])).lines
        if columns[0] is not None:
            lines.append(dict(zip(_LINE.keys(), columns, strict=True)))
    return found


def keep(
    session: Session,
    year: int,
    was: Mapping[int, Before],
    scored: Mapping[int, Scorecard],
    moments: Mapping[int, Collection[datetime]],
    now: datetime,
) -> None:
    """Write one row for every line whose points are others than before; nothing where all are the same."""
    rows: list[dict[str, Any]] = []
    for platform_id, card in scored.items():
        old, new = was.get(platform_id, NEVER), {line.code: line.points for line in card.lines}
        points = old.points
        codes = (*new, *(code for code in points if code not in new))
        if changed := [code for code in codes if points.get(code, 0) != new.get(code, 0)]:
            shared: dict[str, Any] = {"platform_id": platform_id, "year": year, "since": old.as_of, "at": now}
            shared["causes"] = _causes(session, platform_id, moments.get(platform_id, ()))
            moved = ((code, points.get(code, Decimal(0)), new.get(code, Decimal(0))) for code in changed)
            rows += [{**shared, "code": code, "old": before, "new": after} for code, before, after in moved]
    if rows:
        session.execute(sa.insert(ScoreChange), rows)
        tell_systems(session, {row["platform_id"] for row in rows}, year, now)


def tell_systems(session: Session, platform_ids: Collection[int], year: int, now: datetime) -> None:
    """Other systems that asked for it hear whose scorecard changed: the points of a line, or its 更正."""
    if not webhooks.has_listeners(session, WebhookEvent.SCORECARD_CHANGED):
        return
    codes = session.execute(sa.select(Platform.id, Platform.code).where(Platform.id.in_(platform_ids)))
    changed = {f"{row.id}:{year}": {"platform": row.code, "year": year} for row in codes}
    webhooks.tell(session, WebhookEvent.SCORECARD_CHANGED, changed, now)


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
