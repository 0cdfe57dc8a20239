"""平台首页各处都要的: what the pages of a platform's day begin with, in one statement."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScorecardRow
from wxsvc.services import inbox, years
from wxsvc.services.actor import Actor
from wxsvc.services.disputes import dispute_lists


class Desk(Struct, frozen=True):
    """A platform with what waits for its staff. Whoever keeps it keeps the platform in the session."""

    platform: Platform
    card: ScorecardRow | None
    """得分: the scorecard of the year, where there is one."""
    unread: int
    """未读通知: notices that this person did not read."""
    disputed: int
    """待处理异议: open disputes of enterprises."""


def of(session: Session, platform_id: int, by: Actor, now: datetime) -> Desk:
    """The desk of one platform for one of its staff; its registered years are at hand from then on."""
    query = (
        sa.select(
            Platform,
            PlatformYear,
            ScorecardRow,
            inbox.unread_counted(by, now).scalar_subquery(),
            dispute_lists.open_counted(platform_id).scalar_subquery(),
        )
        .outerjoin(PlatformYear, PlatformYear.platform_id == Platform.id)
        .outerjoin(
            ScorecardRow,
            sa.and_(ScorecardRow.platform_id == Platform.id, ScorecardRow.year == years.year_of(now)),
        )
        .where(Platform.id == platform_id)
    )
    rows = session.execute(query).all()
    years.keep_at_hand(session, platform_id, [year for _, year, *_ in rows if year is not None])
    platform, _, card, unread, disputed = rows[0]
    return Desk(platform, card, unread, disputed)
