"""未提交的活动: check-ins that the seal leaves out, as their platform never submitted the activity, or not again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.platform import Platform
from models.terms import Stage
from wxsvc.services import years


class Unsubmitted(Struct, frozen=True):
    """What one platform has not submitted: how many activities, with how many check-ins (签到) in all."""

    platform: Platform
    activities: int
    check_ins: int


def of_year(session: Session, year: int) -> Sequence[Unsubmitted]:
    """Of the platforms whose year is not sealed, those with the most check-ins first; one query."""
    activities, check_ins = sa.func.count(Activity.id.distinct()), sa.func.count()
    query = (
        sa.select(Platform, activities, check_ins)
        .join(Activity, Activity.platform_id == Platform.id)
        .join(CheckIn, sa.and_(CheckIn.activity_id == Activity.id, CheckIn.is_live))
        .where(
            Activity.year == year,
            Activity.stage.in_([Stage.PUBLISHED, Stage.RETURNED]),
            years.is_in(year),
            Platform.id.not_in(years.sealed_ids(year)),
        )
        .group_by(Platform.id)
        .order_by(check_ins.desc(), Platform.code)
    )
    return [Unsubmitted(*row) for row in session.execute(query)]
