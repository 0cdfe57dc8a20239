"""The worker's two looks for 疑点, of what is new and of all that waits, may end at the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.review_desk import WaitingRecord
from models.terms import Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import kept_hints

KEPT = sa.select(WaitingRecord.subject_id, WaitingRecord.hints)


@pytest.mark.postgres
def test_two_looks_that_end_at_once_wait_for_nobody(emptied_postgres: Database, now: datetime) -> None:
    """The second leaves out what the first keeps just now, and what is being judged, and keeps the rest."""
    with emptied_postgres.transaction() as session:
        platform = builders.platform(session)
        one, two, three = (
            builders.activity(session, platform, stage=Stage.SUBMITTED, submitted_at=now, place=f"第{number}厅").id
            for number in range(3)
        )
    with emptied_postgres.read() as session:
        every = kept_hints.look_for_hints(session, MACHINE)
    assert [(each.record_id, each.hints) for each in every] == [(each, "no_photo") for each in (one, two, three)]
    with emptied_postgres.transaction() as first, emptied_postgres.transaction() as judging:
        assert kept_hints.keep_hints(first, every[:1], MACHINE) == 1
        judging.execute(sa.update(Activity).where(Activity.id == two).values(version=Activity.version + 1))
        with emptied_postgres.transaction() as second:
            second.execute(sa.text("set local lock_timeout = '5s'"))
            assert kept_hints.keep_hints(second, every, MACHINE) == 1
    with emptied_postgres.transaction() as session:
        assert dict(map(tuple, session.execute(KEPT))) == {one: "no_photo", two: None, three: "no_photo"}
        assert kept_hints.keep_hints(session, every[1:2], MACHINE) == 0, "found of the version before"
        again = kept_hints.look_for_hints(session, MACHINE, only_new=True)
        assert [each.record_id for each in again] == [two]
        assert kept_hints.keep_hints(session, again, MACHINE) == 1
        assert dict(map(tuple, session.execute(KEPT))) == dict.fromkeys((one, two, three), "no_photo")


def test_one_turn_looks_at_a_part_and_all_turns_at_all(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait, a look of each ten minutes is as long: those that wait longest first, then the next ones."""
    monkeypatch.setattr(kept_hints, "AT_A_TIME", 3)
    with db.transaction() as session:
        platform = builders.platform(session)
        waiting = [
            builders.activity(
                session, platform, stage=Stage.SUBMITTED, submitted_at=now - timedelta(days=8 - number)
            ).id
            for number in range(8)
        ]
        parts = [
            [each.record_id for each in kept_hints.look_for_hints(session, MACHINE, turn=turn)] for turn in (6, 7, 8, 9)
        ]
        assert parts == [waiting[:3], waiting[3:6], waiting[6:], waiting[:3]]
        assert kept_hints.keep_hints(session, kept_hints.look_for_hints(session, MACHINE), MACHINE) == 8
        assert kept_hints.look_for_hints(session, MACHINE, turn=0) == []
