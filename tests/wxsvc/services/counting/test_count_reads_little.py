"""What PostgreSQL reads to count one platform does not grow with the companies that run the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa

from models.activity import Activity
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import tallies

OTHERS = 100


def test_the_companies_of_other_platforms_are_not_looked_up(emptied_postgres: Database, now: datetime) -> None:
    """Each of them has checked in elsewhere; only those of the activity's hosts, and one's own, can be barred there."""
    db = emptied_postgres
    with db.transaction() as session:
        elsewhere = builders.activity(session, builders.platform(session))
        own = builders.platform(session, operator_uscc=_company(session, elsewhere))
        here = builders.activity(session, own)
        for _ in range(2 * OTHERS):
            builders.check_in(session, here, builders.enterprise(session))
        one = own.id
    alone = _pages_read(db, one, now)
    with db.transaction() as session:
        for _ in range(OTHERS):
            builders.platform(session, operator_uscc=_company(session, elsewhere))
    assert _pages_read(db, one, now) < 2 * alone


def _company(session: Any, came_to: Activity) -> str:
    company = builders.enterprise(session)
    builders.check_in(session, came_to, company)
    assert company.uscc is not None
    return company.uscc


def _pages_read(db: Database, platform_id: int, now: datetime) -> int:
    """By the statement of a fold that counts check-ins; by indexes, as where tables are large."""
    db.analyze()
    with _asked(db) as statements, db.transaction() as session:
        tallies.fold(session, platform_id, now.year, now)
    ((statement, given),) = [each for each in statements if "FROM check_ins" in each[0]]
    with db.engine.connect() as connection:
        cursor: Any = psycopg.RawCursor(connection.connection.driver_connection)  # type: ignore[arg-type]
        cursor.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        cursor.execute(f"explain (analyze, buffers, format json) {statement}", given)
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@contextmanager
def _asked(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement of the block with its values."""
    found: list[tuple[str, Any]] = []
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given: found.append((given[2], given[3])))
    yield found
    sa.event.remove(db.engine, "before_cursor_execute", note)
