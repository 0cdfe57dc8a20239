"""活动 by code and as a list: a draft is in none of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.terms import Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import activity_lists


def test_a_code_leads_to_what_was_published_cancelled_or_not(db: Database) -> None:
    with db.transaction() as session:
        own = builders.platform(session, region_code="430181")
        rows = {stage: builders.activity(session, own, stage=stage) for stage in Stage}
        found = {stage: activity_lists.by_code(session, row.code) for stage, row in rows.items()}
        assert found == rows | {Stage.DRAFT: None}
        assert activity_lists.by_code(session, "nothing") is None
        assert activity_lists.region_of(session, rows[Stage.PUBLISHED].code) == "430181"
        assert activity_lists.region_of(session, "nothing") is None
        ids = {row.id for row in activity_lists.of_platform(session, own.id)}
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
