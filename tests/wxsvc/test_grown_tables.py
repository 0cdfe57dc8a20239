"""Tables that were filled just now are read as large ones within seconds, also by a connection that knew them empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.terms import Stage
from tests import builders
from tests.real import Postgres
from wxsvc.db import Database

CAME = 3_000
FILLED = 3
"""Tables: enterprises, the pairs of letters in their names, check-ins."""
HALL = (
    """insert into enterprises (uscc, name, name_form, created_at)
    select '91430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业', '第' || n || '号企业', now()
    from generate_series(1, :came) n""",
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, e.id, 'code', 1, a.starts_at, a.starts_at from activities a, enterprises e""",
)
WHO_CAME = (
    sa.select(sa.func.count(sa.distinct(Enterprise.region_code)), sa.func.count())
    .select_from(CheckIn)
    .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
    .where(CheckIn.activity_id == sa.bindparam("activity_id"))
)
LOOKED_AT = sa.text(
    "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"
    " where relname in ('enterprises', 'check_ins')"
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def served(postgres: Postgres) -> Iterator[Callable[[], Database]]:
    """What opens the same database, once more for each process."""
    url, opened = postgres.create(postgres.migrated()), []

    def opens() -> Database:
        opened.append(Database(url, threads=1))
        return opened[-1]

    yield opens
    for each in opened:
        each.dispose()
    postgres.drop(url)


def fill(database: Database) -> None:
    """Many come, and PostgreSQL has counted them when the process that wrote it goes on: it would within a second."""
    with database.transaction() as session:
        for statement in HALL:
            session.execute(sa.text(statement), {"came": CAME})
        session.execute(sa.text("select pg_stat_force_next_flush()"))
    database.dispose()


def looked_at(session: Session, activity_id: int) -> int:
    """How many rows are read to tell who came."""
    before = session.scalar(LOOKED_AT) or 0
    session.execute(WHO_CAME, {"activity_id": activity_id}).one()
    return (session.scalar(LOOKED_AT) or 0) - before


def test_a_connection_that_wrote_in_an_empty_database_reads_a_hall_once(served: Callable[[], Database]) -> None:
    """The plan for empty tables reads every enterprise for every check-in. Whoever commits keeps it; the driver forgets
    those of pages that only read when it rolls back."""
    web, worker = served(), served()
    with web.transaction() as session:
        activity_id = builders.activity(session, builders.platform(session), stage=Stage.APPROVED).id
    with web.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    for _ in range(10):
        with web.transaction() as session:
            looked_at(session, activity_id)
    fill(served())
    assert worker.analyze_grown() == FILLED
    with web.transaction() as session:
        assert looked_at(session, activity_id) <= 3 * CAME
    assert worker.analyze_grown() == 0


def test_a_table_that_somebody_changes_is_left_for_the_next_time(served: Callable[[], Database]) -> None:
    """A migration that holds it is not waited for: the worker has more to do."""
    migration, worker = served(), served()
    with migration.transaction() as session:
        builders.activity(session, builders.platform(session), stage=Stage.APPROVED)
    fill(served())
    with migration.transaction() as session:
        session.execute(sa.text("lock table check_ins in access exclusive mode"))
        worker.analyze_grown()
    assert worker.analyze_grown() == 1
    assert worker.analyze_grown() == 0


def test_few_rows_are_not_looked_at(served: Callable[[], Database]) -> None:
    database = served()
    with database.transaction() as session:
        for _ in range(40):
            builders.person(session)
    database.dispose()
    assert served().analyze_grown() == 0


def test_tables_of_another_role_are_not_asked_about_in_vain(postgres: Postgres, served: Callable[[], Database]) -> None:
    """The worker may write rows in tables that another role migrates, or share its database with another program."""
    owner = served()
    with owner.transaction() as session:
        builders.activity(session, builders.platform(session), stage=Stage.APPROVED)
    fill(served())
    url = sa.make_url(str(owner.url)).update_query_dict({"options": "-crole=pg_monitor"})
    guest = Database(url.render_as_string(hide_password=False), threads=1)
    try:
        assert guest.analyze_grown() == 0
    finally:
        guest.dispose()
    assert served().analyze_grown() == FILLED


def test_what_another_session_holds_for_itself_is_none_of_ours(served: Callable[[], Database]) -> None:
    """A temporary table is seen by all, and analyzed by its own session alone."""
    with served().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        other.exec_driver_sql("create temporary table looked_up as select * from generate_series(1, 3000)")
        other.exec_driver_sql("select pg_stat_force_next_flush()")
        other.exec_driver_sql("select")  # counted once the one before it has ended
        assert served().analyze_grown() == 0
