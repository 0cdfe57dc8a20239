"""One table of figures for the whole run; written at its end where it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.bench.figures import README, TABLE, Figures, quoted
from tests.real import Postgres
from wxsvc.db import Database


@pytest.fixture(scope="session")
def figures(postgres: Postgres, pytestconfig: pytest.Config) -> Iterator[Figures]:
    """Where each measurement notes what it found. ``WXSVC_TEST_BENCH_TABLE`` names the file, ``docs/speed.md`` unless
    a run measured less than everything: that one is only printed."""
    found = Figures(database=_server(postgres), load=(os.getloadavg()[0], 0.0))
    yield found
    found.load = (found.load[0], os.getloadavg()[0])
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\n{found.table()}")
        wanted = os.environ.get("WXSVC_TEST_BENCH_TABLE")
        if wanted is None:
            return
        if found.missing:
            print(f"not written to {wanted}: this run did not measure {'; '.join(found.missing)}")
            return
        Path(wanted).parent.mkdir(parents=True, exist_ok=True)
        Path(wanted).write_text(found.table())
        if Path(wanted).resolve() == TABLE:
            README.write_text(quoted(README.read_text(), found.table()))


@pytest.fixture
def emptied_postgres(postgres: Postgres) -> Iterator[Database]:
    """A database of the measurement's own: its rows are numbered from 1, and nobody's dead rows lie between them."""
    url = postgres.create()
    database = Database(url)
    database.upgrade()
    yield database
    database.dispose()
    postgres.drop(url)


def _server(postgres: Postgres) -> str:
    url = postgres.create()
    try:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            asked = "select split_part(version(), ' ', 2), current_setting('shared_buffers')"
            row = connection.execute(asked).fetchone()
            assert row is not None
            return f"PostgreSQL {row[0]} (shared_buffers {row[1]}, durable commits)"
    finally:
        postgres.drop(url)
