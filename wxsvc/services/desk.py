"""平台首页各处都要的: what the pages of a platform's day begin with, in one statement."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScorecardRow
from models.year_end import Publicity
from wxsvc.services import inbox, years
from wxsvc.services.actor import Actor
from wxsvc.services.disputes import dispute_lists
from wxsvc.services.year_end import publicities


class Desk(Struct, frozen=True):
    """A platform with what waits for its staff. Whoever keeps it keeps the platform in the session."""

    platform: Platform
    card: ScorecardRow | None
    """得分: the scorecard of the year, where there is one."""
    unread: int
    """未读通知: notices that this person did not read."""
    disputed: int
    """待处理异议: open disputes of enterprises."""
    publicity: Publicity | None
    """公示: the result of a year that is shown today and has the platform's total, which it may object to."""


def of(session: Session, platform_id: int, by: Actor, now: datetime) -> Desk:
    """The desk of one platform for one of its staff; its registered years are at hand from then on."""
    query = (
        sa.select(
            Platform,
            PlatformYear,
            ScorecardRow,
            inbox.unread_counted(by, now).scalar_subquery(),
            dispute_lists.open_counted(platform_id).scalar_subquery(),
            Publicity,
        )
        .outerjoin(PlatformYear, PlatformYear.platform_id == Platform.id)
        .outerjoin(
            ScorecardRow,
            sa.and_(ScorecardRow.platform_id == Platform.id, ScorecardRow.year == years.year_of(now)),
        )
        .outerjoin(Publicity, Publicity.id == publicities.running_id(platform_id, now).scalar_subquery())
        .where(Platform.id == platform_id)
    )
    rows = session.execute(query).all()
    years.keep_at_hand(session, platform_id, [year for _, year, *_ in rows if year is not None])
    platform, _, card, unread, disputed, publicity = rows[0]
    has_result = publicity is not None and platform.code in publicity.figures
    return Desk(platform, card, unread, disputed, publicity if has_result else None)
