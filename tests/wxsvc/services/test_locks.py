"""Locks of platform-years: asked for once a transaction, and what was read before is read anew once."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from tests import builders
from tests.rows_read import statements_of
from wxsvc.db import Database
from wxsvc.services import locks
from wxsvc.services.counting_years import When

HELD = sa.text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")


def test_what_a_transaction_holds_is_not_asked_for_again(emptied_postgres: Database) -> None:
    """A batch of a thousand rulings takes its locks at once; each ruling's own then costs nothing."""
    with emptied_postgres.transaction() as session:
        platforms = [builders.platform(session) for _ in range(3)]
        locks.lock_all(session, [(each.id, 2026) for each in platforms])
        with statements_of(emptied_postgres.engine) as asked:
            for each in platforms:
                locks.lock(session, each.id, 2026)
        assert asked == []
        with statements_of(emptied_postgres.engine) as asked:
            locks.lock(session, platforms[0].id, 2027)
        assert len(asked) == 2, "the lock, and the platforms read anew"
        assert session.scalar(HELD) == 4


def test_what_a_savepoint_took_is_asked_for_again_once_it_is_rolled_back(emptied_postgres: Database) -> None:
    with emptied_postgres.transaction() as session:
        locks.lock(session, 1, 2026)
        savepoint = session.begin_nested()
        locks.lock_all(session, [(1, 2026), (2, 2026)])
        assert session.scalar(HELD) == 2
        savepoint.rollback()
        assert session.scalar(HELD) == 1
        locks.lock_all(session, [(1, 2026), (2, 2026)])
        assert session.scalar(HELD) == 2


def test_rows_of_many_days_are_held_as_one(db: Database) -> None:
    """A list of orders has a day each: the periods are asked before the lock and behind it, the seal once."""
    with db.transaction() as session:
        platform = builders.platform(session)
        days = [When(day.year, day) for day in (date(2026, 12, 1) + timedelta(days=n) for n in range(60))]
        session.flush()
        with statements_of(db.engine) as asked:
            locks.hold_open(session, platform.id, *days)
    assert len([each for each in asked if "platform_years" in each]) == 3
