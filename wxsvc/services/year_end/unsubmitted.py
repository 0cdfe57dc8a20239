"""未提交的活动: check-ins that the seal leaves out, as their platform never submitted the activity, or not again."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec import Struct

from models.activity import Activity
from models.checkin import CheckIn
from models.platform import Platform
from models.terms import Stage
from wxsvc.services import counting_years, years


class Unsubmitted(Struct, frozen=True):
    """How many activities nobody has submitted, with how many check-ins (签到) in all; of how many platforms."""

    activities: int
    check_ins: int
    platforms: int = 1


def counted(year: int) -> sa.Select[int, int, int]:
    """Platforms whose year is not sealed, activities and check-ins: one row, to be asked beside other things."""
    return (
        sa.select(
            sa.func.count(Platform.id.distinct()).label("platforms"),
            sa.func.count(Activity.id.distinct()).label("activities"),
            sa.func.count().label("check_ins"),
        )
        .select_from(Activity)
        .join(Platform, Platform.id == Activity.platform_id)
        .join(CheckIn, sa.and_(CheckIn.activity_id == Activity.id, CheckIn.is_live))
        .where(
            Activity.year.between(year - 1, year + 1),
            counting_years.column(Activity) == year,
            Activity.stage.in_([Stage.PUBLISHED, Stage.RETURNED]),
            years.is_in(year),
            Platform.id.not_in(years.sealed_ids(year)),
        )
    )


def by_platform(year: int) -> sa.Subquery:
    """The same, platform by platform."""
    return counted(year).add_columns(Platform.id.label("platform_id")).group_by(Platform.id).subquery()
