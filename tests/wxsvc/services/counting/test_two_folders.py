"""Two workers fold at once: each takes what the other one does not have in hand, and nothing is folded twice."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa

from models.scorecard import ScorecardRow
from models.work_list import Change
from tests import builders
from tests.builders import NOW
from wxsvc.db import Database
from wxsvc.services.counting import folding

PLATFORMS = 6


@pytest.mark.postgres
def test_two_workers_share_the_work_list(emptied_postgres: Database) -> None:
    """The first stands still in the midst of a platform; the second does all others meanwhile and waits for nobody."""
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
    assert (quick, done) == (PLATFORMS - 1, [1])
    with first.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(ScorecardRow)) == PLATFORMS
