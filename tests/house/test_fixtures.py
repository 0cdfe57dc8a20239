"""The real parts are real: what the other tests stand on."""

from __future__ import annotations

import subprocess
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

import redis
import sqlalchemy as sa

from tests.clock import SettableClock
from tests.real import Postgres

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
