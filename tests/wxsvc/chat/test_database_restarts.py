"""PostgreSQL goes for half a second, as in a restart: whoever scans meanwhile is answered, and counted once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from tests import builders
from tests.real import Postgres
from tests.wxsvc.chat.test_callback import NOW, Account
from wxsvc.chat import callback
from wxsvc.db import Database

VISITORS = 8


@pytest.fixture
def account(emptied_postgres: Database, tmp_path: Path) -> Iterator[Account]:
    """An account on PostgreSQL, and people who come back; the next test gets living connections."""
    with emptied_postgres.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        for n in range(VISITORS):
            person = builders.person(session, openid=f"o-{n}", created_at=NOW - timedelta(days=1))
            builders.contact(session, person, builders.enterprise(session))
    yield Account(emptied_postgres, tmp_path)
    emptied_postgres.dispose()


def _scan(account: Account, openid: str) -> int:
    inner = "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>1</EventKey>"
    return account.push(inner, openid=openid).status_code


@pytest.mark.postgres
def test_a_push_waits_for_a_database_that_restarts(account: Account, postgres: Postgres) -> None:
    """Every connection is ended and none is let in for half a second; every push is answered and is one row."""
    assert _scan(account, "o-0") == 200
    codes: list[int] = []
    name = account.database.url.database
    url = account.database.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        people = [
            threading.Thread(target=lambda n=n: codes.append(_scan(account, f"o-{n}"))) for n in range(1, VISITORS)
        ]
        for person in people:
            person.start()
        time.sleep(0.5)
        admin.execute(f'alter database "{name}" allow_connections true')
    for person in people:
        person.join(10)
    assert codes == [200] * (VISITORS - 1)
    account.database.dispose()  # the pages' connections are not under test
    with account.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == VISITORS


@pytest.mark.postgres
def test_a_database_that_stays_away_is_not_waited_for_by_everybody(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first push waits, those after it fail at once: WeChat sends them again, and the threads stay free."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(callback, "PATIENCE", 0.25)
    monkeypatch.setattr(callback, "sleep", sleep)
    name = account.database.url.database
    url = account.database.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            assert _scan(account, "o-0") == 500
            waited = len(pauses)
            assert waited > 0
            assert _scan(account, "o-1") == 500
            assert len(pauses) == waited
        finally:
            admin.execute(f'alter database "{name}" allow_connections true')
    assert _scan(account, "o-1") == 200
