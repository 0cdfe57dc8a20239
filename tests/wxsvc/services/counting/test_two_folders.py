"""What waits is folded a few platforms at a time; two workers share it, and nothing is folded twice."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa

from models.scorecard import ScorecardRow
from models.work_list import Change
from tests import builders
from tests.builders import NOW
from tests.rows_read import statements_of
from wxsvc.db import Database
from wxsvc.services.counting import folding

PLATFORMS = folding.TOGETHER + 2


@pytest.mark.postgres
def test_two_workers_share_the_work_list(emptied_postgres: Database) -> None:
    """The first stands still in the midst of a pass; the second does all others meanwhile and waits for nobody."""
    first, second = emptied_postgres, Database(emptied_postgres.url.render_as_string(hide_password=False))
    with first.transaction() as session:
        for _ in range(PLATFORMS):
            platform = builders.platform(session)
            session.add_all(Change(platform_id=platform.id, year=2026, made_at=NOW) for _ in range(3))
    is_inside, may_go_on, done = threading.Event(), threading.Event(), []

    def slowly() -> datetime:
        is_inside.set()
        assert may_go_on.wait(20)
        return NOW

    slow = threading.Thread(target=lambda: done.append(folding.fold_waiting(first, slowly)))
    slow.start()
    try:
        assert is_inside.wait(20)
        quick = folding.fold_waiting(second, lambda: NOW)
    finally:
        may_go_on.set()
        slow.join(20)
        second.dispose()
    assert (quick, done) == (2, [folding.TOGETHER])
    with first.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(ScorecardRow)) == PLATFORMS


@pytest.mark.postgres
def test_what_waits_is_counted_together(emptied_postgres: Database) -> None:
    """Ten platforms whose lines stand are asked for in as many statements as one; each is told its share of the time.

    Fourteen are the list, the turns, the locks, what is taken off the list, seven of what a card rests on, two of what
    stands there already, and the card.
    """
    told: list[float] = []
    with emptied_postgres.transaction() as session:
        platforms = [builders.platform(session).id for _ in range(folding.TOGETHER)]
    for ids, asked in ((platforms, None), (platforms[:1], 14), (platforms, 14)):
        with emptied_postgres.transaction() as session:
            session.add_all(Change(platform_id=each, year=2026, made_at=NOW) for each in ids)
        with statements_of(emptied_postgres.engine) as statements:
            assert folding.fold_waiting(emptied_postgres, lambda: NOW, told.append) == len(ids)
        assert asked in (None, len(statements)), "\n".join(statements)
    assert len(told) == 2 * folding.TOGETHER + 1
