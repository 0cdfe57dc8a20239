"""Activities of platforms with what judges them: counted enterprises, photos, the own part. One query for all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from scoring.readings import Readings
from wxsvc.queries import remembered
from wxsvc.services.counting import alike, counted_enterprises
from wxsvc.services.counting.alike import PLATFORMS, Way, owner
from wxsvc.services.regulation.completeness import BLANKS, missing
from wxsvc.services.regulation.readings import in_force as readings_in_force
from wxsvc.services.years import year_of

_PHOTOS = (
    sa.select(sa.func.count())
    .where(
        ActivityPhoto.activity_id == Activity.id,
        ActivityPhoto.shows_activity,
    )
    .scalar_subquery()
)
_summary: Any = sa.func.coalesce(Activity.summary, "")
_characters = sa.func.length(reduce(lambda text, blank: sa.func.replace(text, blank, ""), BLANKS, _summary))
"""字数 of the summary, as ``completeness.characters`` counts them."""
_COLUMNS = sa.select(
    Activity.id,
    Activity.code,
    Activity.title,
    Activity.category,
    Activity.form,
    Activity.organisers,
    Activity.starts_at,
    Activity.ends_at,
    Activity.opens_at,
    Activity.closes_at,
    Activity.place,
    Activity.meeting_link,
    Activity.short_code,
    Activity.stage,
    _characters.label("summary_length"),
    Activity.year,
    owner.id.label("platform_id"),
    ActivityPlatform.part,
    ActivityPlatform.confirmed_at,
    ActivityPlatform.awaits_review,
    ActivityPlatform.assist_accepted_at,
    ActivityPlatform.assist_refusal,
    _PHOTOS.label("photos"),
)
"""What does not depend on the platform is built once: a full province asks for it hundreds of times."""
_HOW_MANY = sa.func.count().label("n")


def of(
    session: Session, platform: Platform, readings: Readings, *conditions: sa.ColumnExpressionArgument[bool]
) -> Sequence[Any]:
    """Every activity in which the platform has a part, confirmed or asked for, that fits the conditions, by its end.

    ``enterprises`` are the live check-ins that count for this platform, ``photos`` leave sign-in sheets out.
    """
    asked = query(alike.way_at_activities(platform, readings), *conditions)
    return session.execute(asked, {PLATFORMS.key: [platform.id]}).all()


def query(way: Way, *conditions: sa.ColumnExpressionArgument[bool]) -> sa.Select[*tuple[Any, ...]]:
    """The same of ``PLATFORMS`` that are judged alike, with ``platform_id``."""
    rows = _rows(way, ActivityPlatform.platform_id.is_not(None), *conditions)
    return rows.order_by(Activity.ends_at, Activity.id)


def own(session: Session, activity: Activity) -> Any:
    """The same row of one activity for the platform that published it; a draft's ``part`` may be missing."""
    return _own(session, activity)[0]


def own_lacks(session: Session, activity: Activity) -> tuple[str, ...]:
    """What one activity lacks for the platform that published it, under the readings of its year."""
    return lacks(*_own(session, activity))


def _own(session: Session, activity: Activity) -> tuple[Any, Readings]:
    session.flush()
    platform = session.get_one(Platform, activity.platform_id)
    by = readings_in_force(session, activity.year or year_of(activity.created_at), platform.kind)
    asked = _rows(alike.way_at_activities(platform, by), Activity.id == activity.id)
    given = {PLATFORMS.key: [platform.id]}
    return remembered(session, ("own row", activity.id), lambda: session.execute(asked, given).one()), by


def _rows(way: Way, *conditions: sa.ColumnExpressionArgument[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Who came is counted for each activity in its part of an index. Those whom staff voided are taken off, and who
    does not count for one of the platforms.
    """
    bars = counted_enterprises.of_any(way.readings)
    is_fit = counted_enterprises.counts(bars)
    # Who counts nowhere is few: PostgreSQL reads them once and looks each check-in up among them. That it does so only
    # inside a CASE: of a bare NOT EXISTS it makes a join, which costs as much again as the reading of the index.
    is_unfit = sa.exists().where(Enterprise.id == CheckIn.enterprise_id, counted_enterprises.is_barred(bars))
    are_fit = (CheckIn.activity_id == Activity.id, sa.case((is_unfit, sa.false()), else_=sa.true()))
    came = sa.select(_HOW_MANY).where(CheckIn.holds_place, *are_fit).scalar_subquery()
    voided = sa.select(_HOW_MANY).where(CheckIn.voided_at.is_not(None), *are_fit).scalar_subquery()
    barred = (
        sa.select(_HOW_MANY)
        .select_from(CheckIn)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(CheckIn.activity_id == Activity.id, CheckIn.is_live, is_fit)
        .where(counted_enterprises.barred_for(way.each, way.readings))
        .correlate(Activity, owner)
        .scalar_subquery()
    )
    rows = _of_owners(_COLUMNS.add_columns((came - voided - barred).label("enterprises")))
    return rows.where(*conditions)


def _of_owners(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Every activity for each of ``PLATFORMS``, with its part where it has one."""
    part = sa.and_(ActivityPlatform.activity_id == Activity.id, ActivityPlatform.platform_id == owner.id)
    return query.select_from(Activity).join(owner, owner.id.in_(PLATFORMS)).outerjoin(ActivityPlatform, part)


def lacks(row: Any, readings: Readings) -> tuple[str, ...]:
    """What one of these rows lacks to be complete under the readings (codes of ``completeness.LACKS``)."""
    return missing(
        title=row.title,
        category=row.category,
        part=row.part,
        form=row.form,
        organisers=row.organisers,
        starts_at=row.starts_at,
        place=row.place,
        meeting_link=row.meeting_link,
        enterprises=row.enterprises,
        photos=row.photos,
        summary_length=row.summary_length,
        readings=readings,
    )
