"""活动 by its code, and a platform's as a list. Reads only; drafts are nobody's but their platform's (``drafts``)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from wxsvc.clock import BEIJING
from wxsvc.queries import Page, holds, page_of

_BY_CODE: Final = sa.select(Activity).where(Activity.code == sa.bindparam("of_code"), Activity.stage != Stage.DRAFT)


def by_code(session: Session, code: str) -> Activity | None:
    """The activity of this code, cancelled ones too; None for a draft."""
    return session.scalar(_BY_CODE, {"of_code": code})


class ActivityFilter(Struct, frozen=True):
    """What a list of activities is asked for; what is left open is None or empty.

    ``text`` stands in title or place, ``month`` (``2026-11``, in Beijing) holds the beginning, at ``open_at`` one can
    check in (正在签到).
    """

    text: str = ""
    stage: Stage | None = None
    month: str = ""
    open_at: datetime | None = None


def look_for(
    session: Session, platform_id: int, sought: ActivityFilter, number: int = 1, per_page: int = 12
) -> Page[Activity]:
    """What the platform published, the newest first, page by page."""
    wanted = _published(platform_id)
    if sought.text:
        found = [holds(column, sought.text) for column in (Activity.title, Activity.place)]
        wanted.append(sa.or_(*found))
    if sought.stage is not None:
        wanted.append(Activity.stage == sought.stage)
    if sought.open_at is not None:
        wanted += _open(sought.open_at)
    if sought.month:
        first = datetime.fromisoformat(f"{sought.month}-01").replace(tzinfo=BEIJING)
        after = first + timedelta(days=monthrange(first.year, first.month)[1])
        wanted += [Activity.starts_at >= first, Activity.starts_at < after]
    query = sa.select(Activity).where(*wanted).order_by(Activity.starts_at.desc(), Activity.id.desc())
    return page_of(session, query, number, per_page)


def months_of(session: Session, platform_id: int) -> list[str]:
    """Every month (``2026-11``) from the platform's first activity to its last, the latest first."""
    ends = sa.select(sa.func.min(Activity.starts_at), sa.func.max(Activity.starts_at))
    first, last = session.execute(ends.where(*_published(platform_id))).one()
    if first is None or last is None:
        return []
    begin, end = first.astimezone(BEIJING), last.astimezone(BEIJING)
    numbers = range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in reversed(numbers)]


def _published(platform_id: int) -> list[sa.ColumnElement[bool]]:
    return [Activity.platform_id == platform_id, Activity.stage != Stage.DRAFT]


def open_now(session: Session, platform_id: int, now: datetime, limit: int) -> Sequence[Activity]:
    """The platform's activities that can be checked in at and are not handed in yet (正在签到)."""
    query = sa.select(Activity).where(Activity.platform_id == platform_id, *_open(now))
    return session.scalars(query.limit(limit)).all()


def _open(at: datetime) -> list[sa.ColumnElement[bool]]:
    return [Activity.stage == Stage.PUBLISHED, Activity.opens_at <= at, Activity.closes_at >= at]


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
