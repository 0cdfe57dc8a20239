"""未锁定的考评年度: platform-years that may still change, put on the work list when a rule for all of them changes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from scoring.terms import PlatformKind
from wxsvc.services import journal


def platforms(session: Session, year: int, kind: PlatformKind | None = None) -> list[int]:
    """The platforms (of one kind) whose year is not sealed."""
    sealed = sa.select(PlatformYear.platform_id).where(PlatformYear.year == year, PlatformYear.sealed_at.is_not(None))
    query = sa.select(Platform.id).where(Platform.id.not_in(sealed)).order_by(Platform.id)
    if kind is not None:
        query = query.where(Platform.kind == kind)
    return list(session.scalars(query))


def touch(session: Session, year: int, now: datetime, kind: PlatformKind | None = None) -> None:
    """Put them all on the work list; a sealed year keeps its scorecard."""
    journal.touch(session, [(platform_id, year) for platform_id in platforms(session, year, kind)], now)
