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
from wxsvc.queries import Page, page_of
from wxsvc.services import platforms
from wxsvc.texts import regions

AHEAD: Final = timedelta(days=60)
A_PAGE: Final = 10
"""Activities on one page: a few screens of a phone."""
_OPEN = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED)


class ComingActivity(Struct, frozen=True):
    """One activity to go to; ``is_running`` once it can be checked in at, ``is_near`` in the visitor's own city."""

    activity: Activity
    platform: Platform
    is_running: bool
    is_near: bool


def coming(
    session: Session, now: datetime, *, region_code: str | None = None, wanted: str = "", page: int = 1
) -> Page[ComingActivity]:
    """What runs or begins within two months: what runs first, of each near ones first, then by their beginning.

    ``region_code`` is the visitor's own division. ``wanted`` narrows to a place (浏阳 → 浏阳市's platforms and those of
    its parks), and to titles, places and platforms that have the text in them. Past the end, the last page.
    """
    is_running = sa.func.coalesce(Activity.opens_at <= now, sa.false())
    away = _distance(region_code)
    query = (
        sa.select(Activity, Platform, is_running, away < _ELSEWHERE)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(Activity.stage.in_(_OPEN), Activity.closes_at > now, Activity.starts_at < now + AHEAD)
        .order_by(sa.case((is_running, 0), else_=1), away, Activity.starts_at, Activity.id)
    )
    if text := wanted.strip():
        query = query.where(_fits(text))
    return page_of(session, query, page, A_PAGE, ComingActivity)


def next_of(session: Session, platform_id: int, now: datetime) -> Activity | None:
    """The platform's next activity that has not begun."""
    query = sa.select(Activity).where(
        Activity.platform_id == platform_id, Activity.stage == Stage.PUBLISHED, Activity.starts_at > now
    )
    return session.scalars(query.order_by(Activity.starts_at, Activity.id).limit(1)).first()


_OWN_DIVISION, _OWN_CITY, _ELSEWHERE = range(3)


def _distance(own: str | None) -> sa.ColumnElement[int]:
    if own is None:
        return sa.literal(_ELSEWHERE)
    is_of_city = sa.func.substr(Platform.region_code, 1, 4) == own[:4]
    return sa.case((Platform.region_code == own, _OWN_DIVISION), (is_of_city, _OWN_CITY), else_=_ELSEWHERE)


def _fits(text: str) -> sa.ColumnElement[bool]:
    """Whether a typed text means an activity: its region, or words of its title, place or platform."""
    areas = (platforms.lies_in(Platform.region_code, each.code) for each in regions.named(text))
    said = (column.icontains(text, autoescape=True) for column in (Activity.title, Activity.place, Platform.name))
    return sa.or_(*areas, *said)
