"""近期活动: what runs and what comes, of all platforms, the visitor's own region first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from wxsvc import regions

AHEAD: Final = timedelta(days=60)
_OPEN = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED)


class ComingActivity(Struct, frozen=True):
    """One activity to go to; ``is_running`` once it can be checked in at, ``is_near`` in the visitor's own city."""

    activity: Activity
    platform: Platform
    is_running: bool
    is_near: bool


def coming(
    session: Session, now: datetime, *, region_code: str | None = None, wanted: str = ""
) -> list[ComingActivity]:
    """What runs or begins within two months: what runs first, of each near ones first, then by their beginning.

    ``region_code`` is the visitor's own division. ``wanted`` narrows to a place (浏阳 → 浏阳市's platforms and those of
    its parks), else to titles, places and platforms that have the text in them.
    """
    query = (
        sa.select(Activity, Platform)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(Activity.stage.in_(_OPEN), Activity.closes_at > now, Activity.starts_at < now + AHEAD)
        .order_by(Activity.starts_at, Activity.id)
    )
    found = [(row[0], row[1]) for row in session.execute(query)]
    if text := wanted.strip():
        found = [row for row in found if _fits(*row, text)]
    rows = [
        ComingActivity(
            activity,
            platform,
            activity.opens_at is not None and activity.opens_at <= now,
            _distance(platform.region_code, region_code) < _ELSEWHERE,
        )
        for activity, platform in found
    ]
    rows.sort(key=lambda each: (not each.is_running, _distance(each.platform.region_code, region_code)))
    return rows


def next_of(session: Session, platform_id: int, now: datetime) -> Activity | None:
    """The platform's next activity that has not begun."""
    query = sa.select(Activity).where(
        Activity.platform_id == platform_id, Activity.stage == Stage.PUBLISHED, Activity.starts_at > now
    )
    return session.scalars(query.order_by(Activity.starts_at, Activity.id).limit(1)).first()


_OWN_DIVISION, _OWN_CITY, _ELSEWHERE = range(3)


def _distance(code: str, own: str | None) -> int:
    if own is None:
        return _ELSEWHERE
    if code == own:
        return _OWN_DIVISION
    return _OWN_CITY if code[:4] == own[:4] else _ELSEWHERE


def _fits(activity: Activity, platform: Platform, text: str) -> bool:
    """Whether a typed text means this activity: its region, or words of its title, place or platform."""
    if any(regions.is_within(platform.region_code, each.code) for each in regions.named(text)):
        return True
    return any(text.casefold() in (said or "").casefold() for said in (activity.title, activity.place, platform.name))
