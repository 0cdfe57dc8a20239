"""The real parts are real: what the other tests stand on."""

from __future__ import annotations

import subprocess
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.clock import SettableClock
from tests.databases import every_row, put_sqlite
from tests.real import Postgres
from wxsvc.db import Database

TESTS: Final = Path(__file__).parents[1]
LISTEN_TO_THE_END: Final = {"databases.py", "log_names.py", "no_luck.py", "test_group_commit.py"}
"""To every statement of the process, or to an engine of their own."""


def test_a_database_is_fresh_and_of_ones_own(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        assert not sa.inspect(connection).get_table_names()
        connection.execute(sa.text("create table mine (id integer)"))
    engine.dispose()


def test_a_database_is_copied_from_a_template(postgres: Postgres) -> None:
    template = postgres.create()
    engine = sa.create_engine(template, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("create table mine (id integer)"))
    engine.dispose()
    copy = postgres.create(template)
    engine = sa.create_engine(copy)
    assert sa.inspect(engine).get_table_names() == ["mine"]
    engine.dispose()
    postgres.drop(copy)
    postgres.drop(template)


def test_a_file_is_put_again_under_the_same_connections(sqlite_database: Database) -> None:
    """While what was written stands in SQLite's log alone: a new connection takes longer than all else of a test."""
    put_sqlite(sqlite_database)
    rows, connection = every_row(sqlite_database), _connection(sqlite_database)
    for _ in range(3):
        _forget_media(sqlite_database)
        assert every_row(sqlite_database) != rows
        put_sqlite(sqlite_database)
        assert _connection(sqlite_database) is connection
        assert every_row(sqlite_database) == rows
    for _ in range(3):
        with sqlite_database.read() as one, sqlite_database.read() as other:
            assert _checked(one) == _checked(other) == "ok"
        _forget_media(sqlite_database)
        put_sqlite(sqlite_database)
    assert every_row(sqlite_database) == rows


def test_a_file_is_put_anew_that_was_written_or_is_in_use(sqlite_database: Database) -> None:
    put_sqlite(sqlite_database)
    rows, connection = every_row(sqlite_database), _connection(sqlite_database)
    _forget_media(sqlite_database)
    with sqlite_database.engine.connect() as writes:
        writes.exec_driver_sql("commit")
        writes.exec_driver_sql("pragma wal_checkpoint")
    put_sqlite(sqlite_database)
    assert _connection(sqlite_database) is not connection
    assert every_row(sqlite_database) == rows
    with sqlite_database.transaction() as lingers:
        lingers.execute(sa.text("delete from media"))
        every_row(sqlite_database)  # a second connection, idle again
        put_sqlite(sqlite_database)
    assert every_row(sqlite_database) == rows


def _connection(database: Database) -> object:
    with database.engine.connect() as connection:
        return connection.connection.driver_connection


def _forget_media(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("delete from media"))


def _checked(session: Session) -> object:
    return session.scalar(sa.text("pragma integrity_check"))


def test_redis_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_is_empty_again(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_chromium_answers(chromium: str) -> None:
    assert "Chrom" in subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True).stdout


def test_the_clock_stands_until_it_is_turned(clock: SettableClock) -> None:
    before = clock.now()
    assert clock.now() == before
    assert before.tzinfo is UTC
    assert clock.advance(minutes=5) == before + timedelta(minutes=5)


def test_who_listens_to_a_database_stops() -> None:
    """The tests of a process share theirs: what one left there would take part in all that follow."""
    texts = {path.name: path.read_text() for path in TESTS.rglob("*.py") if path.name not in LISTEN_TO_THE_END}
    assert [name for name, text in texts.items() if text.count("event.listen(") != text.count("event.remove(")] == []


def test_no_page_is_awaited_by_a_silence() -> None:
    """Half a second for each page of a hundred; ``Sheet.settle`` knows what the page has asked for."""
    silence = "network" + "idle"
    assert [path.name for path in TESTS.rglob("*.py") if silence in path.read_text()] == []
