"""今天要办的活动: what is being held, what is over and not handed in, what was handed in and still lacks something."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.platform import Platform, PlatformYear
from models.terms import Stage
from scoring.readings import Readings
from scoring.terms import Part
from wxsvc.services import counting_years
from wxsvc.services.counting import activity_rows
from wxsvc.services.regulation import readings
from wxsvc.services.years import year_of

AHEAD: Final = timedelta(days=14)
"""How far the list of coming activities looks."""


class Unfinished(Struct, frozen=True):
    """An activity that is over, as a row of ``activity_rows``, and what it lacks to be complete."""

    activity: Any
    lacks: tuple[str, ...]


class Agenda(Struct, frozen=True):
    """A platform's own activities that want a hand, as rows of ``activity_rows``.

    ``unfinished`` were never handed in, what lacks least first; ``lacking`` wait for the reviewer and are not complete.
    """

    live: tuple[Any, ...]
    unfinished: tuple[Unfinished, ...]
    lacking: tuple[Unfinished, ...]
    coming: tuple[Any, ...]


class JointInvitation(Struct, frozen=True):
    """A joint activity that waits for our word: 确认参与 or 不参与."""

    activity: Activity
    host: Platform
    part: Part


def of(session: Session, platform_id: int, now: datetime) -> Agenda:
    """Everything of a platform's own activities that concerns today."""
    rows = _rows(session, session.get_one(Platform, platform_id), now)
    published = [row for row, _ in rows if row.stage is Stage.PUBLISHED]
    finished = [Unfinished(row, activity_rows.lacks(row, by)) for row, by in rows if _is_over(row, now)]
    return Agenda(
        live=tuple(row for row in published if row.opens_at <= now and not _is_over(row, now)),
        unfinished=tuple(
            sorted(
                (each for each in finished if each.activity.stage is Stage.PUBLISHED),
                key=lambda each: (len(each.lacks), each.activity.ends_at),
            )
        ),
        lacking=tuple(each for each in finished if each.activity.stage is Stage.SUBMITTED and each.lacks),
        coming=tuple(row for row in published if now < row.opens_at and row.starts_at <= now + AHEAD),
    )


def asked(session: Session, platform_id: int) -> list[JointInvitation]:
    """Joint activities that other platforms ask this one to confirm, the earliest first; none of a sealed year."""
    sealed = sa.select(PlatformYear.year).where(PlatformYear.platform_id == platform_id, PlatformYear.is_sealed)
    query = (
        sa.select(Activity, Platform, ActivityPlatform.part)
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(
            ActivityPlatform.platform_id == platform_id,
            ActivityPlatform.confirmed_at.is_(None),
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
            Activity.year.not_in(sealed),
        )
        .order_by(Activity.starts_at)
    )
    return [JointInvitation(activity, host, part) for activity, host, part in session.execute(query)]


def _is_over(row: Any, now: datetime) -> bool:
    return bool(row.ends_at < now and row.closes_at < now)


def _rows(session: Session, platform: Platform, now: datetime) -> list[tuple[Any, Readings]]:
    """The own activities that are published or handed in, each with the readings of its year; no sealed year's."""
    this = year_of(now)
    alike: dict[Readings, list[int]] = {}  # most years are judged alike
    for year, by in readings.in_force_of(session, (this - 1, this, this + 1), platform.kind).items():
        alike.setdefault(by, []).append(year)
    found: list[tuple[Any, Readings]] = []
    for by, in_years in alike.items():
        is_open = sa.not_(counting_years.is_sealed_of(Activity))
        own = (Activity.platform_id == platform.id, Activity.year.in_(in_years), is_open)
        waits = Activity.stage.in_([Stage.PUBLISHED, Stage.SUBMITTED])
        found += [(row, by) for row in activity_rows.of(session, platform, by, *own, waits)]
    return found
