"""A fold counts who came without a look at each enterprise: only those that count nowhere are read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.terms import Stage
from scoring.terms import Fact
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import tallies

CAME, PUBLIC_BODIES = 12_000, 20
"""So many that no plan reads them all because that costs as little."""
HALL = (
    """insert into enterprises (uscc, name, name_form, created_at)
    select case when n <= :bodies then '1' else '9' end || '1430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业',
        '第' || n || '号企业', now() from generate_series(1, :came) n""",
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, e.id, 'code', 1, a.starts_at, a.starts_at from activities a, enterprises e""",
)
LOOKED_AT = (
    "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'enterprises'"
)


@pytest.mark.postgres
def test_a_fold_reads_the_few_enterprises_that_count_nowhere(emptied_postgres: Database) -> None:
    with emptied_postgres.transaction() as session:
        platform = builders.platform(session)
        builders.activity(session, platform, stage=Stage.APPROVED)
        session.flush()
        for statement in HALL:
            session.execute(sa.text(statement), {"came": CAME, "bodies": PUBLIC_BODIES})
    emptied_postgres.analyze()
    with emptied_postgres.transaction() as session:
        recounted = tallies.fold(session, platform.id, 2026, builders.NOW)
        assert recounted is not None
        assert recounted.tally.facts[Fact.ACTIVITY_PARTICIPATIONS] == CAME - PUBLIC_BODIES
        assert session.scalar(sa.text(LOOKED_AT)) <= CAME / 50  # a plan may look at the few more than once
