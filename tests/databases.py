"""A migrated database, once on SQLite and once on PostgreSQL, and what time it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import Base
from tests.builders import NOW
from tests.real import Postgres
from wxsvc.db import Database


@pytest.fixture
def now() -> datetime:
    """23 November 2026, 10:00 in Beijing: the default activity of the builders is running."""
    return NOW


@pytest.fixture
def db(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the whole schema, guards included."""
    if database_kind == "postgresql":
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
    """The session's PostgreSQL database without rows."""
    return emptied(migrated_postgres)


def emptied(migrated_postgres: Database) -> Database:
    """The same database without its rows. Its guards sleep while the rows go, as they refuse deletes."""
    deletes = "; ".join(str(sa.delete(table)) for table in Base.metadata.sorted_tables)
    with migrated_postgres.engine.begin() as connection:
        connection.exec_driver_sql(f"set local session_replication_role = replica; {deletes}")
    return migrated_postgres


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[Database]:
    """A scratch PostgreSQL database with the schema, dropped at the end."""
    url = postgres.create()
    database = Database(url)
    database.upgrade()
    yield database
    database.dispose()
    postgres.drop(url)
