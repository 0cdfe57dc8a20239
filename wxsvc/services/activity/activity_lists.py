"""活动 by its code, and a platform's as a list. Reads only; drafts are nobody's but their platform's (``drafts``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage


def by_code(session: Session, code: str) -> Activity | None:
    """The activity of this code, cancelled ones too; None for a draft."""
    return session.scalar(sa.select(Activity).where(Activity.code == code, Activity.stage != Stage.DRAFT))


def of_platform(session: Session, platform_id: int, limit: int = 200) -> Sequence[Activity]:
    """What the platform published, the newest first."""
    query = sa.select(Activity).where(Activity.platform_id == platform_id, Activity.stage != Stage.DRAFT)
    return session.scalars(query.order_by(Activity.starts_at.desc()).limit(limit)).all()


def open_now(session: Session, platform_id: int, now: datetime, limit: int) -> Sequence[Activity]:
    """The platform's activities that can be checked in at and are not handed in yet (正在签到)."""
    query = sa.select(Activity).where(
        Activity.platform_id == platform_id,
        Activity.stage == Stage.PUBLISHED,
        Activity.opens_at <= now,
        Activity.closes_at >= now,
    )
    return session.scalars(query.limit(limit)).all()


def codes_of(session: Session, activity_ids: Collection[int], platform_id: int) -> dict[int, str]:
    """The codes of those of the activities that the platform itself published, by id."""
    query = sa.select(Activity.id, Activity.code).where(
        Activity.id.in_(activity_ids), Activity.platform_id == platform_id
    )
    return {row.id: row.code for row in session.execute(query)}


def region_of(session: Session, code: str) -> str | None:
    """The division (six digits) of the platform that the activity of this code belongs to."""
    query = sa.select(Platform.region_code).join(Activity, Activity.platform_id == Platform.id)
    return session.scalar(query.where(Activity.code == code))
