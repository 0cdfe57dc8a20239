"""The first scans of a new database, round by round: PostgreSQL without any statistics, one connection."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from models.terms import Door
from tests import builders
from tests.bench.figures import Figures
from tests.real import Postgres
from wxsvc.db import Database
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.vault import Vault

ROUNDS, SCANS = 5, 2600


@pytest.mark.bench
@pytest.mark.postgres
def test_the_rate_of_the_first_thirteen_thousand(
    postgres: Postgres, figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last round ought to be as fast as the first one."""
    url, vault, now = postgres.create(), Vault(["k" * 40]), builders.NOW
    database = Database(url)
    database.upgrade()
    with database.direct.connect() as connection:
        for (table,) in connection.exec_driver_sql("select relname from pg_stat_user_tables").all():
            connection.exec_driver_sql(f"alter table {table} set (autovacuum_enabled = off)")
        connection.exec_driver_sql("analyze")
    with database.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        for n in range(ROUNDS * SCANS):
            person = builders.person(session, openid=f"o-{n}", created_at=now - timedelta(days=1))
            builders.contact(session, person, builders.enterprise(session))
    rates = []
    for turn in range(ROUNDS):
        began = time.perf_counter()
        for n in range(turn * SCANS, (turn + 1) * SCANS):
            with database.check_in_connection() as connection:
                kind = check_in(connection, Scan(f"o-{n}", "1", Door.CODE, now, now), vault).kind
            assert kind is OutcomeKind.CHECKED_IN
        rates.append(SCANS / (time.perf_counter() - began))
    database.dispose()
    postgres.drop(url)
    with capsys.disabled():
        told = ", ".join(f"{rate:.0f}" for rate in rates)
        what = f"{ROUNDS} × {SCANS} scans on one connection, without statistics: last against first"
        figures.tell(what, f"{rates[-1] / rates[0]:.2f} ({told} per second)")
