"""A migrated database, once on SQLite and once on PostgreSQL, and what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from models import Base
from tests.builders import NOW
from tests.kept import once_in_a_run
from tests.real import Postgres
from wxsvc.db import Database


@pytest.fixture
def now() -> datetime:
    """23 November 2026, 10:00 in Beijing: the default activity of the builders is running."""
    return NOW


@pytest.fixture
def db(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with the whole schema, guards included; on which kind, see ``database_kind``."""
    if database_kind == "postgresql":
        yield request.getfixturevalue("emptied_postgres")
        return
    database: Database = request.getfixturevalue("sqlite_database")
    put_sqlite(database)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One SQLite database of the process, whose file changes: what SQLAlchemy compiled for it serves all tests.

    It does not wait for the disk: nobody needs the rows after a power cut.
    """
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'wxsvc.db'}")
    sa.event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    return database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "wxsvc.db"
    put_sqlite(path)
    return path


def put_sqlite(place: Path | Database, content: bytes | None = None) -> None:
    """Put a migrated SQLite file without rows there, or this one, in place of what is there.

    Whoever still has the old file open, a thread that lingers, keeps that one.
    """
    if isinstance(place, Database):
        place.dispose()
        place = Path(str(place.url.database))
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    place.write_bytes(migrated_sqlite() if content is None else content)


@once_in_a_run
def migrated_sqlite() -> bytes:
    """The template: migrated once per run, because the migrations take longer than most tests."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/wxsvc.db")
        database.upgrade()
        database.dispose()  # the last connection writes everything into the one file
        return Path(folder, "wxsvc.db").read_bytes()


@pytest.fixture
def emptied_postgres(migrated_postgres: Database) -> Database:
    """The session's PostgreSQL database without rows."""
    return emptied(migrated_postgres)


def emptied(migrated_postgres: Database) -> Database:
    """The same database without its rows. Its guards sleep while the rows go, as they refuse deletes."""
    with migrated_postgres.engine.begin() as connection:
        connection.exec_driver_sql(f"set local session_replication_role = replica; {_deletes()}")
    return migrated_postgres


@cache
def _deletes() -> str:
    return "; ".join(str(sa.delete(table)) for table in Base.metadata.sorted_tables)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[Database]:
    """A scratch PostgreSQL database with the schema, dropped at the end."""
    url = postgres.create()
    database = Database(url)
    database.upgrade()
    yield database
    database.dispose()
    postgres.drop(url)
