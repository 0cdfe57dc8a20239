"""A migrated database, once on SQLite and once on PostgreSQL, and what time it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy as sa

from models import Base
from tests.builders import NOW
from tests.kept import once_in_a_run
from tests.real import Postgres
from wxsvc.db import Database

_TABLES: Final = Base.metadata.sorted_tables
_WHICH_HAVE_ROWS: Final = f"select {', '.join(f'exists (select 1 from {table.name})' for table in _TABLES)}"  # noqa: S608
_GUARDS_SLEEP: Final = "set local session_replication_role = replica"
"""They refuse deletes, and write rows of their own."""
_NO_ROWS: Final = "; ".join([_GUARDS_SLEEP, *(f"delete from {table.name}" for table in _TABLES)])  # noqa: S608
"""Asking first which tables have rows costs PostgreSQL more than it saves."""


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


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite database of the process, whose file changes: what SQLAlchemy compiled for it serves all tests.

    It does not wait for the disk: nobody needs the rows after a power cut.
    """
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'wxsvc.db'}")
    sa.event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    yield database
    database.dispose()


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
    content = migrated_sqlite() if content is None else content
    if isinstance(place, Path):
        _put_file(place, content)
    elif not _is_forgotten(place, content):
        place.dispose()
        _put_file(path := Path(str(place.url.database)), content)
        os.utime(path, ns=_AS_PUT)
        _put[place] = content


def content_of(database: Database) -> bytes:
    """All that an SQLite database holds, to be put there again."""
    database.dispose()  # the last connection writes everything into the one file
    path = Path(str(database.url.database))
    _put[database] = content = path.read_bytes()
    os.utime(path, ns=_AS_PUT)
    return content


def _put_file(path: Path, content: bytes) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(content)


_put: Final = WeakKeyDictionary[Database, bytes]()
"""What was put last in place of a database's file."""
_AS_PUT: Final = (0, 0)
"""When that file was last read and written, until SQLite writes in it."""
_indexes: Final[dict[Path, tuple[int, int]]] = {}
"""Of an index of a log its inode, and it as it was opened once: to close it would take SQLite's locks away."""
_INDEX_HEAD: Final = 136
"""Bytes."""


def _is_forgotten(database: Database, content: bytes) -> bool:
    """Forget what was written since this content was put there; False where that cannot be done.

    It can while all of it stands in the log beside the file (``-wal``): that is emptied, and its index (``-shm``) is
    marked as broken, so that SQLite makes a new one, as after a crash. The connections stay: each new one parses the
    schema, which takes longer than all else that is prepared for a test.
    """
    path, pool = Path(str(database.url.database)), database.engine.pool
    log, index = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    is_connected = isinstance(pool, sa.QueuePool) and pool.checkedin() > 0 and pool.checkedout() == 0
    if not is_connected or _put.get(database) != content or path.stat().st_mtime_ns != _AS_PUT[1]:
        return False
    inode, opened = _indexes.get(index, (0, -1))
    if inode != index.stat().st_ino:
        if opened >= 0:
            os.close(opened)
        opened = os.open(index, os.O_RDWR)
        _indexes[index] = (os.fstat(opened).st_ino, opened)
    os.truncate(log, 0)
    os.pwrite(opened, bytes(_INDEX_HEAD), 0)
    return True


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
    """The same database without its rows."""
    with migrated_postgres.engine.begin() as connection:
        connection.exec_driver_sql(_NO_ROWS)
    return migrated_postgres


def filled(connection: sa.Connection) -> list[sa.Table]:
    """The tables that have rows, asked for at once: a test writes in a few of a hundred."""
    has_rows = connection.exec_driver_sql(_WHICH_HAVE_ROWS).one()
    return [table for table, has in zip(_TABLES, has_rows, strict=True) if has]


def every_row(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, by the table's name, in the order of its key: PostgreSQL moves what it writes again."""
    with database.read() as session:
        found = {
            table.name: session.execute(sa.select(table).order_by(*table.primary_key)).all()
            for table in filled(session.connection())
        }
    return {table.name: list(found.get(table.name, ())) for table in _TABLES}


@contextmanager
def as_it_is(database: Database) -> Iterator[Callable[[], None]]:
    """What is called to have the rows again that are there now; numbers that PostgreSQL gave are not given again."""
    if database.is_sqlite:
        content = content_of(database)
        yield lambda: put_sqlite(database, content)
        return
    with database.engine.begin() as connection:
        kept = filled(connection)
        copies = [f"create table as_it_was.{table.name} as table {table.name}" for table in kept]
        connection.exec_driver_sql("; ".join(["create schema as_it_was", *copies]))
    quoted = database.engine.dialect.identifier_preparer.quote
    columns = {
        table.name: ", ".join(quoted(each.name) for each in table.columns if each.computed is None) for table in kept
    }
    puts = [f"insert into {table} ({of}) select {of} from as_it_was.{table}" for table, of in columns.items()]  # noqa: S608

    def put_back() -> None:
        with emptied(database).engine.begin() as connection:
            connection.exec_driver_sql("; ".join([_GUARDS_SLEEP, *puts]))

    try:
        yield put_back
    finally:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("drop schema as_it_was cascade")


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[Database]:
    """A scratch PostgreSQL database with the schema, dropped at the end."""
    url = postgres.create(postgres.migrated())
    database = Database(url)
    yield database
    database.dispose()
    postgres.drop(url)
