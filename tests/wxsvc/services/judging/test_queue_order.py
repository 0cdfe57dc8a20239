"""However the queue is filtered and ordered: its pages, the next entry after each and its batch are of one order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.review_desk import WaitingRecord
from models.terms import Role, Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.judging import batches, review_queue
from wxsvc.services.judging.queue_filters import Filter

PARTS = [Filter(), Filter(by_stake=True), Filter(is_clean=True, by_stake=True), Filter(noun="activity")]


@pytest.mark.both_databases
def test_pages_next_entries_and_batch_are_of_one_order(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        reviewer = builders.staff(session, role=Role.REVIEWER)
        platforms = [builders.platform(session) for _ in range(3)]
        for number in range(12):
            since = now - timedelta(minutes=number // 3)
            builders.activity(session, platforms[number % 3], stage=Stage.SUBMITTED, submitted_at=since)
        for number, row in enumerate(session.scalars(sa.select(WaitingRecord)).all()):
            row.hints = "" if number % 2 else "no_photo"
        session.flush()
        for part in PARTS:
            every = review_queue.waiting(session, reviewer, now, part)
            keys = [each.key for each in every]
            assert len(set(keys)) == len(keys) > 5, part
            parts = (review_queue.waiting(session, reviewer, now, part, first=at, most=5) for at in range(0, 12, 5))
            assert [each.key for page in parts for each in page] == keys, part
            after = [review_queue.following(session, key, reviewer, now, part) for key in keys]
            assert [each and each.entry.key for each in after] == [*keys[1:], keys[0]], part
            batch = batches.of(session, part, reviewer, now)
            assert [each.key for each in batch.clean] == [each.key for each in every if each.is_clean], part
            assert [each.key for each in batch.doubtful] == [each.key for each in every if not each.is_clean], part
