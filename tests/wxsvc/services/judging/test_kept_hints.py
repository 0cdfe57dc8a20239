"""The worker's two looks for 疑点, of what is new and of all that waits, may end at the same moment."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.review_desk import KeptHints
from models.terms import Stage
from tests import builders
from tests.timing import until
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import kept_hints

WAITS = sa.text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


@pytest.mark.postgres
def test_two_looks_that_end_at_once_keep_the_same_hints(emptied_postgres: Database, now: datetime) -> None:
    """The second waits until the first is done, and neither is refused; whoever is later has the last word."""
    with emptied_postgres.transaction() as session:
        platform = builders.platform(session)
        for number in range(3):
            builders.activity(session, platform, stage=Stage.SUBMITTED, submitted_at=now, place=f"第{number}厅")
    with emptied_postgres.read() as session:
        new = kept_hints.look_for_hints(session, MACHINE, only_new=True)
        every = kept_hints.look_for_hints(session, MACHINE)
    kept: list[int] = []

    def keep_all() -> None:
        with emptied_postgres.transaction() as session:
            kept.append(kept_hints.keep_hints(session, every, MACHINE))

    second = threading.Thread(target=keep_all)
    with emptied_postgres.transaction() as session:
        kept.append(kept_hints.keep_hints(session, new, MACHINE))
        second.start()
        with emptied_postgres.read() as watching:
            until(lambda: watching.scalar(WAITS) == 1, 20, "the second waits for nobody")
    second.join(20)
    assert kept == [3, 3]
    with emptied_postgres.read() as session:
        found = session.scalars(sa.select(KeptHints.hints)).all()
    assert found == ["no_photo"] * 3


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
            [record_id for _, record_id in kept_hints.look_for_hints(session, MACHINE, turn=turn).found]
            for turn in (6, 7, 8, 9)
        ]
        assert parts == [waiting[:3], waiting[3:6], waiting[6:], waiting[:3]]
        assert kept_hints.keep_hints(session, kept_hints.look_for_hints(session, MACHINE), MACHINE) == 8
        assert kept_hints.look_for_hints(session, MACHINE, turn=0).found == {}
