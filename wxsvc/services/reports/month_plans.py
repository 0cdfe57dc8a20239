"""活动计划表: a month's activities as they are planned: drafts, what is published, joint ones that we agreed to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.platform import Platform
from models.terms import Stage
from scoring.terms import Part
from wxsvc.services.records import planned as plans
from wxsvc.services.reports.periods import Period


class Planned(Struct, frozen=True):
    """One activity of the plan: the own part in it, and whose activity it is when it is another platform's."""

    activity: Activity
    part: Part | None
    host: Platform | None

    @property
    def is_draft(self) -> bool:
        """Not published yet: planned all the same."""
        return self.activity.stage is Stage.DRAFT


class MonthPlan(Struct, frozen=True):
    """The plan of one month, in the order of the days; ``undated`` are drafts that no month can claim."""

    platform: Platform
    month: Period
    planned: tuple[Planned, ...]
    undated: tuple[Activity, ...]
    as_of: datetime


def of_month(session: Session, platform_id: int, month: Period, now: datetime) -> MonthPlan:
    """Everything that begins in the month (Beijing) and was not cancelled; other platforms' once our part is agreed."""
    own, host = ActivityPlatform, Platform
    query = (
        sa.select(Activity, own.part, host)
        .join(host, host.id == Activity.platform_id)
        .outerjoin(own, sa.and_(own.activity_id == Activity.id, own.platform_id == platform_id))
        .where(*plans.begins_between(platform_id, month.begins_at, month.ends_at))
        .order_by(Activity.starts_at, Activity.id)
    )
    planned = tuple(
        Planned(activity, part, platform if platform.id != platform_id else None)
        for activity, part, platform in session.execute(query)
    )
    undated = session.scalars(
        sa.select(Activity)
        .where(Activity.platform_id == platform_id, Activity.stage == Stage.DRAFT, Activity.starts_at.is_(None))
        .order_by(Activity.id)
    )
    return MonthPlan(session.get_one(Platform, platform_id), month, planned, tuple(undated), now)
