"""活动 by code and as a list: a draft is in none of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import activity_lists
from wxsvc.services.activity.activity_lists import ActivityFilter


def test_a_code_leads_to_what_was_published_cancelled_or_not(db: Database) -> None:
    with db.transaction() as session:
        own = builders.platform(session, region_code="430181")
        rows = {stage: builders.activity(session, own, stage=stage) for stage in Stage}
        found = {stage: activity_lists.by_code(session, row.code) for stage, row in rows.items()}
        assert found == rows | {Stage.DRAFT: None}
        assert activity_lists.by_code(session, "nothing") is None
        assert activity_lists.region_of(session, rows[Stage.PUBLISHED].code) == "430181"
        assert activity_lists.region_of(session, "nothing") is None
        ids = {row.id for row in activity_lists.look_for(session, own.id, ActivityFilter()).rows}
        assert ids == {row.id for stage, row in rows.items() if stage is not Stage.DRAFT}


def test_what_is_open_now_is_published_and_within_its_window(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        hour = timedelta(hours=1)
        window = {"opens_at": now - hour, "closes_at": now + hour}
        running = builders.activity(session, own, **window)
        handed_in = builders.activity(session, own, stage=Stage.SUBMITTED, **window)
        over = builders.activity(session, own, opens_at=now - 3 * hour, closes_at=now - hour)
        elsewhere = builders.activity(session, other, **window)
        assert activity_lists.open_now(session, own.id, now, limit=2) == [running]
        ids = {row.id for row in (running, handed_in, over, elsewhere)}
        assert activity_lists.codes_of(session, ids, other.id) == {elsewhere.id: elsewhere.code}


def titles(session: Session, platform: Platform, number: int = 1, **sought: Any) -> list[str]:
    """What one page of the list holds."""
    return [
        row.title for row in activity_lists.look_for(session, platform.id, ActivityFilter(**sought), number, 2).rows
    ]


def test_a_list_is_narrowed_by_text_state_and_month_and_paged(db: Database) -> None:
    """A month is Beijing's; a sign that the database reads as a pattern is a sign like any other."""
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)

        def held(title: str, begins: str, of: Platform = own, **columns: Any) -> None:
            at = datetime.fromisoformat(begins).replace(tzinfo=builders.BEIJING)
            builders.activity(session, of, title=title, starts_at=at, ends_at=at + timedelta(hours=2), **columns)

        held("十月最后一刻", "2026-10-31T23:59")
        held("十一月第一刻", "2026-11-01T00:00", place="麓谷会堂", stage=Stage.APPROVED)
        held("满意度100%调查", "2026-11-20T09:00")
        held("别家的", "2026-11-20T09:00", other)
        held("草稿", "2026-11-21T09:00", stage=Stage.DRAFT)
        assert titles(session, own) == ["满意度100%调查", "十一月第一刻"]
        assert titles(session, own, 2) == titles(session, own, 99) == ["十月最后一刻"]
        assert titles(session, own, month="2026-10") == ["十月最后一刻"]
        assert titles(session, own, month="2026-11") == ["满意度100%调查", "十一月第一刻"]
        assert titles(session, own, text="麓谷会堂") == ["十一月第一刻"]
        assert titles(session, own, text="%") == ["满意度100%调查"]
        assert titles(session, own, text="_") == []
        assert titles(session, own, stage=Stage.APPROVED, month="2026-11") == ["十一月第一刻"]
        assert titles(session, own, stage=Stage.APPROVED, month="2026-10") == []
        assert activity_lists.months_of(session, own.id) == ["2026-11", "2026-10"]
        assert activity_lists.months_of(session, builders.platform(session).id) == []
