"""A fold counts who came without a look at each enterprise, and by no plan that was made before they came."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.terms import Stage
from scoring.terms import Fact
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import tallies

PUBLIC_BODIES = 20
HALL = (
    """insert into enterprises (uscc, name, name_form, created_at)
    select case when n <= :bodies then '1' else '9' end || '1430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业',
        '第' || n || '号企业', now() from generate_series(1, :came) n""",
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, e.id, 'code', 1, a.starts_at, a.starts_at from activities a, enterprises e""",
)
LOOKED_AT = sa.text(
    "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'enterprises'"
)
"""Of the transactions of this connection that PostgreSQL has not added to its statistics yet: ask before, too."""
PLANS = sa.text(
    "select custom_plans, generic_plans from pg_prepared_statements where statement like '%FROM check_ins%'"
)

pytestmark = pytest.mark.postgres


def hall(database: Database, came: int) -> int:
    """A platform at whose one activity so many came, twenty of whom are public bodies; returns its id."""
    with database.transaction() as session:
        platform = builders.platform(session)
        builders.activity(session, platform, stage=Stage.APPROVED)
        session.flush()
        for statement in HALL:
            session.execute(sa.text(statement), {"came": came, "bodies": PUBLIC_BODIES})
        return platform.id


def looked_at_in_fold(session: Session, platform_id: int, counted: int) -> int:
    """How many enterprises a fold reads that counts so many 家次."""
    before = session.scalar(LOOKED_AT) or 0
    recounted = tallies.fold(session, platform_id, 2026, builders.NOW)
    assert recounted is not None
    assert recounted.tally.facts.get(Fact.ACTIVITY_PARTICIPATIONS, 0) == counted
    return (session.scalar(LOOKED_AT) or 0) - before


def test_a_fold_reads_the_few_enterprises_that_count_nowhere(emptied_postgres: Database) -> None:
    """So many came that no plan reads them all because that costs as little."""
    came = 12_000
    platform_id = hall(emptied_postgres, came)
    emptied_postgres.analyze()
    with emptied_postgres.transaction() as session:
        # Beside the few themselves, the planner looks at the first and the last of an index.
        assert looked_at_in_fold(session, platform_id, came - PUBLIC_BODIES) <= 2 * PUBLIC_BODIES


def test_a_connection_that_folded_an_empty_database_looks_once_at_each_who_came_since(
    emptied_postgres: Database,
) -> None:
    """A worker's connection lives for long: the plan that costs nothing on empty tables reads each of them for each."""
    came = 3_000
    with emptied_postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze check_ins, enterprises")
    with emptied_postgres.transaction() as session:
        one = builders.platform(session).id
    with emptied_postgres.engine.connect() as connection:
        for _ in range(2):
            with Session(connection) as session, session.begin():
                looked_at_in_fold(session, one, 0)
        filled = hall(emptied_postgres, came)
        with Session(connection) as session, session.begin():
            assert looked_at_in_fold(session, filled, came - PUBLIC_BODIES) <= 2 * came


def test_the_statements_of_a_fold_are_planned_once_where_there_is_much(
    emptied_postgres: Database, now: datetime
) -> None:
    """PostgreSQL would plan them anew five times a connection; what the connection asks then is planned as ever."""
    one = hall(emptied_postgres, 200)
    emptied_postgres.analyze()
    emptied_postgres.engine.dispose()  # a connection that has been asked nothing yet
    with emptied_postgres.engine.connect() as connection:
        for _ in range(3):
            with Session(connection) as session, session.begin():
                tallies.fold(session, one, now.year, now)
        assert connection.execute(PLANS).all() == [(0, 3)]
        assert connection.scalar(sa.text("show plan_cache_mode")) == "auto"
