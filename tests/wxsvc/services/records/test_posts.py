"""Posts: what a platform published on its site, each link once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.journal import LogEntry
from models.record import Post
from models.terms import PostKind
from tests import builders
from tests.wxsvc.services.record_cases import DAY, World, nobody, world
from wxsvc.db import Database
from wxsvc.services.records import posts
from wxsvc.services.records.posts import PostEntry
from wxsvc.services.refusal import Refused

ENTRY = PostEntry(PostKind.POLICY, "惠企政策汇编", "https://example.cn/policy/1", DAY)


def add(w: World, what: PostEntry = ENTRY) -> Post:
    """Add for the world's platform."""
    return posts.add(w.session, w.platform.id, what, w.owner, w.now)


def test_a_link_is_one_post_at_a_platform(db: Database, now: datetime) -> None:
    """Idempotent, another title under the same link is refused, another platform may list it."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        row = add(w)
        assert add(w, replace(ENTRY, link=" https://example.cn/policy/1 ")) is row
        with pytest.raises(Refused, match="already_recorded"):
            add(w, replace(ENTRY, title="另一篇"))
        assert add(other).id != row.id
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["post.added", "post.added"]


def test_a_post_is_corrected_and_withdrawn(db: Database, now: datetime) -> None:
    """Each is logged once; a link that another post has is refused; listing it again brings it back."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w)
        second = add(w, replace(ENTRY, link="https://example.cn/policy/2"))
        moved = replace(ENTRY, title="新标题", posted_on=date(2025, 12, 31))
        for _ in range(2):
            posts.correct(session, row.id, moved, w.colleague(), now)
        assert (row.title, row.year) == ("新标题", 2025)
        with pytest.raises(Refused, match="already_recorded"):
            posts.correct(session, second.id, ENTRY, w.owner, now)
        for _ in range(2):
            posts.withdraw(session, row.id, w.owner, now)
        assert row.withdrawn_at == now
        assert add(w) is row
        assert (row.withdrawn_at, row.title) == (None, ENTRY.title)
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["post.added", "post.added", "post.corrected", "post.withdrawn", "post.corrected"]


def test_only_the_platforms_staff_keep_its_posts_in_open_years(db: Database, now: datetime) -> None:
    """Others are refused, and so is a sealed year."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w)
        for other in (w.stranger(), w.reviewer, w.province, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                posts.add(session, w.platform.id, ENTRY, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                posts.correct(session, row.id, ENTRY, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                posts.withdraw(session, row.id, other, now)
        builders.seal(session, w.platform)
        for attempt in (
            lambda: add(w),
            lambda: posts.correct(session, row.id, ENTRY, w.owner, now),
            lambda: posts.withdraw(session, row.id, w.owner, now),
        ):
            with pytest.raises(Refused, match="year_sealed"):
                attempt()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (replace(ENTRY, link="example.cn"), "bad_link"),
        (replace(ENTRY, link="ftp://example.cn/1"), "bad_link"),
        (replace(ENTRY, link="https://u:p@example.cn/"), "bad_link"),
        (replace(ENTRY, link="https://[bad/"), "bad_link"),
        (replace(ENTRY, title=""), "text_needed"),
        (replace(ENTRY, posted_on=DAY + timedelta(days=30)), "day_in_future"),
    ],
)
def test_a_post_opens_and_has_a_title_and_a_day(db: Database, now: datetime, wrong: PostEntry, code: str) -> None:
    """Anything else is refused."""
    with db.transaction() as session, pytest.raises(Refused, match=code):
        add(world(session, now), wrong)
