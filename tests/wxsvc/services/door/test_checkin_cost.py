"""What one scan costs: statements on PostgreSQL's wire, BEGIN and COMMIT counted, and rows that are looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.terms import Door
from tests import builders
from tests.real import Postgres
from tests.wire import Wire
from wxsvc.db import Database
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.vault import Vault

VAULT = Vault(["a secret of at least thirty-two characters"])


@pytest.fixture
def wire(emptied_postgres: Database) -> Iterator[Wire]:
    """The wire between us and the emptied database."""
    tapped = Wire(emptied_postgres.url)
    yield tapped
    tapped.close()


@pytest.mark.postgres
def test_a_scan_is_one_statement(emptied_postgres: Database, wire: Wire, now: datetime) -> None:
    """A check-in is one statement, a repeat two; a pooled connection adds none. Only what came late costs more."""
    with emptied_postgres.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        long_ago = now - timedelta(days=1)
        for openid in ("o-warm", "o-one"):
            person = builders.person(session, openid=openid, created_at=long_ago)
            enterprise = builders.enterprise(session)
            builders.contact(session, person, enterprise)
        builders.contact(session, builders.person(session, openid="o-two", created_at=long_ago), enterprise)
    db = Database(wire.url.render_as_string(hide_password=False))

    def scan(openid: str, moment: datetime) -> tuple[OutcomeKind, int]:
        with wire.counted() as sent, db.check_in_connection() as connection:
            kind = check_in(connection, Scan(openid, "1", Door.CODE, moment, moment), VAULT).kind
        return kind, sent[0]

    scan("o-warm", now)
    assert scan("o-one", now) == (OutcomeKind.CHECKED_IN, 1)
    assert scan("o-one", now + timedelta(seconds=1)) == (OutcomeKind.ALREADY_IN, 2)
    assert scan("o-two", now + timedelta(seconds=1)) == (OutcomeKind.COLLEAGUE, 3)
    assert scan("o-two", now - timedelta(seconds=1)) == (OutcomeKind.CHECKED_IN, 8)
    assert scan("o-two", now - timedelta(seconds=1)) == (OutcomeKind.ALREADY_IN, 2)
    db.dispose()


ROWS = 13_000

_CROWD = sa.text(
    """
    with p as (insert into persons (openid, created_at, is_no_enterprise, is_following)
               select 'o-crowd-' || n, :now, false, false from generate_series(1, :rows) n returning id),
         e as (insert into enterprises (licence_number, name, name_form, region_code, created_at)
               select lpad(n::text, 15, '0'), n || '号', n || '号', '430102', :now from generate_series(1, :rows) n
               returning id),
         pairs as (select p.id as person_id, e.id as enterprise_id from (select id, row_number() over () from p) p
                  join (select id, row_number() over () from e) e using (row_number)),
         c as (insert into contacts (person_id, enterprise_id, is_current, created_at)
               select person_id, enterprise_id, true, :now from pairs)
    insert into check_ins (activity_id, enterprise_id, person_id, door, evidence_grade, checked_in_at, received_at)
    select :activity_id, enterprise_id, person_id, 'code', 1, :now, :now from pairs
    """
)


@pytest.fixture
def first_day(postgres: Postgres) -> Iterator[Database]:
    """A database of which nobody has gathered statistics, nor will."""
    url = postgres.create(postgres.migrated())
    database = Database(url)
    with database.direct.connect() as connection:
        for (table,) in connection.exec_driver_sql("select relname from pg_stat_user_tables").all():
            connection.exec_driver_sql(f"alter table {table} set (autovacuum_enabled = off)")
    yield database
    database.dispose()
    postgres.drop(url)


@pytest.mark.parametrize("statistics", ["none", "that every table is empty"])
def test_a_scan_looks_at_a_few_rows_also_on_the_first_day(first_day: Database, now: datetime, statistics: str) -> None:
    """The plans were made while the tables were empty; thousands of scans later nobody has gathered statistics yet."""
    if statistics != "none":
        with first_day.direct.connect() as connection:
            connection.exec_driver_sql("analyze")
    hot = Database(first_day.url.render_as_string(hide_password=False))
    with first_day.transaction() as session:
        platform = builders.platform(session)
        activity_id = builders.activity(session, platform, scene="1", code="A-1", short_code="12345").id

    def scan_all(openids: list[str], moment: datetime) -> int:
        scans = 0
        for openid in openids:
            for door, typed in ((Door.CODE, "1"), (Door.SHORT_CODE, "12345"), (Door.MENU, "A-1"), (Door.CODE, "9")):
                with hot.check_in_connection() as connection:
                    check_in(connection, Scan(openid, typed, door, moment, moment), VAULT)
                scans += 1
        return scans

    # Enough for the server to settle on one plan per statement (it looks at the first five executions).
    scan_all(_people(first_day, "early", 8, now), now)
    with first_day.engine.begin() as connection:
        # Without its checks: without statistics each of them would go through the whole table, for every row.
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.execute(_CROWD, {"activity_id": activity_id, "now": now, "rows": ROWS})
    before = _looked_at(first_day)
    scans = scan_all(_people(first_day, "late", 10, now), now + timedelta(seconds=1))
    hot.dispose()  # a server process tells at its end what it has looked at
    time.sleep(1)
    looked_at = {table: count - before[table] for table, count in _looked_at(first_day).items()}
    assert {table: count for table, count in looked_at.items() if count > 20 * scans} == {}


def _people(db: Database, name: str, number: int, now: datetime) -> list[str]:
    """People who came before, each of an enterprise of their own."""
    with db.transaction() as session:
        for n in range(number):
            person = builders.person(session, openid=f"{name}-{n}", created_at=now - timedelta(days=1))
            builders.contact(session, person, builders.enterprise(session))
    return [f"{name}-{n}" for n in range(number)]


def _looked_at(db: Database) -> dict[str, int]:
    """Rows read so far of each table, one after the other or by way of an index."""
    query = (
        "select t.relname, t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0) from pg_stat_user_tables t"
        " left join pg_stat_user_indexes i on i.relid = t.relid group by t.relname, t.seq_tup_read"
    )
    with db.engine.connect() as connection:
        return {table: int(count) for table, count in connection.exec_driver_sql(query)}
