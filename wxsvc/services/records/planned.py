"""活动计划: which activities a platform plans for a month: its drafts, what it published, joint ones it agreed to."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPlatform
from models.terms import Stage
from wxsvc.clock import BEIJING


def begins_between(platform_id: int, begins_at: datetime, ends_at: datetime) -> list[sa.ColumnElement[bool]]:
    """What makes an ``Activity`` one of the plan: it begins in the month and was not cancelled."""
    part = aliased(ActivityPlatform)
    agreed = sa.exists().where(
        part.activity_id == Activity.id, part.platform_id == platform_id, part.confirmed_at.is_not(None)
    )
    return [
        Activity.starts_at >= begins_at,
        Activity.starts_at < ends_at,
        Activity.stage != Stage.VOID,
        sa.or_(Activity.platform_id == platform_id, sa.and_(agreed, Activity.stage != Stage.DRAFT)),
    ]


def in_month(session: Session, platform_id: int, period: str) -> bool:
    """Whether anything is planned for the month (``2026-01``)."""
    first = datetime.fromisoformat(f"{period}-01").replace(tzinfo=BEIJING)
    after = first + timedelta(days=monthrange(first.year, first.month)[1])
    query = sa.select(Activity.id).where(*begins_between(platform_id, first, after)).limit(1)
    return session.scalar(query) is not None
