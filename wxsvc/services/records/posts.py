"""信息发布: 通知公告, 优惠政策 and 原创新闻 on the platform's site; what website inspections look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.platform import Platform
from models.record import Post
from models.terms import PostKind
from scoring.terms import PlatformKind
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_be_link, must_have_happened, must_say
from wxsvc.services.locks import hold_open
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.records import plain
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find_own


class PostEntry(Struct, frozen=True):
    """What was published, where and when."""

    kind: PostKind
    title: str
    link: str
    posted_on: date

    @property
    def year(self) -> int:
        """The year of the day it was posted on."""
        return self.posted_on.year


def add(session: Session, platform_id: int, entry: PostEntry, by: Actor, now: datetime) -> Post:
    """List a post; its link is unique at the platform. Idempotent, also after a withdrawal.

    Raises ``Refused``: ``already_recorded`` for the link with other content, ``bad_link``, ``text_needed``,
    ``day_in_future``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, when(entry))
    values = _columns(entry, now)
    found = _under(session, platform_id, values["link"])
    if found is None:
        return plain.keep(session, Post(platform_id=platform_id, **values), by, now)
    if found.withdrawn_at is None:
        return plain.repeated(found, values)
    return plain.change(session, found, values | {"withdrawn_at": None}, by, now)


def seen(row: Post) -> str:
    """The mark of what a form shows of the post."""
    return mark(row.kind.value, row.title, row.link, row.posted_on.isoformat(), row.withdrawn_at is not None)


def correct(
    session: Session, post_id: int, entry: PostEntry, by: Actor, now: datetime, shown: str | None = None
) -> Post:
    """Change a post's title, kind, day or link; the same again changes nothing.

    ``shown`` is what the form showed (:func:`seen`). Raises ``Refused``: ``edited_by_other`` where a colleague, or
    another page of one's own, has changed it since, ``already_recorded``, ``year_sealed``.
    """
    row = find_own(session, Post, post_id, by)
    hold_open(session, row.platform_id, when(row), when(entry))
    values = _columns(entry, now)
    other = _under(session, row.platform_id, values["link"])
    if other is not None and other is not row:
        raise Refused("already_recorded")
    if any(getattr(row, name) != value for name, value in values.items()):
        must_stand(shown, seen(row))
    return plain.change(session, row, values, by, now)


def withdraw(session: Session, post_id: int, by: Actor, now: datetime) -> Post:
    """Take a post off the list; idempotent."""
    row = find_own(session, Post, post_id, by)
    hold_open(session, row.platform_id, when(row))
    return plain.withdraw(session, row, by, now)


def of_year(session: Session, platform_id: int, year: int, limit: int, offset: int = 0) -> Sequence[Post]:
    """The platform's posts of a year that stand, the newest first."""
    query = sa.select(Post).where(Post.platform_id == platform_id, *_standing(year))
    return session.scalars(query.order_by(Post.posted_on.desc(), Post.id.desc()).limit(limit).offset(offset)).all()


def count(session: Session, platform_id: int, year: int) -> int:
    """How many posts of the platform's year stand."""
    query = sa.select(sa.func.count()).where(Post.platform_id == platform_id, *_standing(year))
    return session.scalar(query) or 0


def count_within(session: Session, platform_id: int, first: date, last: date) -> int:
    """How many posts of these days, both included, stand."""
    return session.scalar(sa.select(sa.func.count()).where(*_within(platform_id, first, last))) or 0


def latest_within(session: Session, platform_id: int, first: date, last: date, limit: int) -> Sequence[Post]:
    """The newest posts of these days that stand."""
    query = sa.select(Post).where(*_within(platform_id, first, last))
    return session.scalars(query.order_by(Post.posted_on.desc(), Post.id.desc()).limit(limit)).all()


def _within(platform_id: int, first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (Post.platform_id == platform_id, Post.posted_on.between(first, last), Post.withdrawn_at.is_(None))


def of_platforms(session: Session, year: int, kind: PlatformKind) -> list[tuple[Platform, int]]:
    """Every platform of a kind in the order of the codes, with how many of its posts of a year stand: one query."""
    own = sa.select(sa.func.count()).where(Post.platform_id == Platform.id, *_standing(year)).correlate(Platform)
    query = sa.select(Platform, own.scalar_subquery()).where(Platform.kind == kind).order_by(Platform.code)
    return [(platform, number) for platform, number in session.execute(query)]


def _standing(year: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (counting_years.counts_in(Post, year), Post.withdrawn_at.is_(None))


def _columns(entry: PostEntry, now: datetime) -> dict[str, Any]:
    must_say(entry.title)
    must_have_happened(entry.posted_on, now)
    return asdict(entry) | {"link": must_be_link(entry.link), "year": entry.year}


def _under(session: Session, platform_id: int, link: str) -> Post | None:
    return session.scalar(sa.select(Post).where(Post.platform_id == platform_id, Post.link == link))
