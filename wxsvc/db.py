"""Engines and transactions: one session per request or task, one writer at a time on SQLite.

SQLite's lock is no queue: who waits sleeps between tries, and others are faster. So a process has one writer lock of
its own, every writing transaction begins with ``BEGIN IMMEDIATE``, and long jobs are cut into chunks.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session as Session  # pages and chat know it by this name

from models import migrations
from wxsvc.database_encoding import must_keep_chinese
from wxsvc.driver_cursors import driver_cursor
from wxsvc.group_commit import GroupCommit
from wxsvc.queries import MEMORY

_BUSY_MS = 30_000
_Result = TypeVar("_Result")

THREADS: Final = 8
"""Threads of a process that does not say how many it has."""
CONNECTIONS_OF_A_THREAD: Final = 3
"""To PostgreSQL, at the most: one transaction, one that reads beside it, and a scan's own."""
_GROWN, _FEW = 3, 50
"""How many times as many rows ask for other plans; of fewer rows PostgreSQL's guess is good enough."""
_MAY_ANALYZE = """relpersistence <> 't' and (pg_has_role(relowner, 'usage') or exists (
    select from pg_database where datname = current_database() and pg_has_role(datdba, 'usage')))"""
"""The tables that PostgreSQL lets us analyze, those of a session alone (t) apart: of any other it says no, every five
seconds again."""


SchemaError = migrations.SchemaError
"""The database's schema is not the one this program needs; the message says what mends it."""


class _ReadingSession(Session):
    """Keeps every row that it reads: a session does so only while somebody else holds the row."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.kept: list[object] = []


@sa.event.listens_for(_ReadingSession, "loaded_as_persistent")
def _keep(session: _ReadingSession, row: object) -> None:
    session.kept.append(row)


class Database:
    """One database: its engine, its transactions, its schema. Safe for threads; make one per process.

    The pools hold what ``threads`` can use at once and no more, so a process never opens more than
    ``CONNECTIONS_OF_A_THREAD`` times as many; to PostgreSQL it says so by its name (``process_name``).
    """

    def __init__(self, url: str, threads: int = THREADS) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.direct: sa.Engine
        """PostgreSQL's hot path: every statement is its own transaction, and looks rows up by their indexes."""
        self.writer = threading.RLock()
        """Held by whoever writes to SQLite in this process; not used on PostgreSQL."""
        self._scans = GroupCommit(self.check_in_connection)
        if self.is_sqlite:
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(
                self.url,
                pool_size=16,
                max_overflow=32,
                hide_parameters=True,
                connect_args={"check_same_thread": False, "timeout": 30},
            )
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
            self.direct = self.engine
        else:
            name = process_name(threads * CONNECTIONS_OF_A_THREAD)
            self.engine = _postgresql(self.url, name, pool_size=threads, max_overflow=threads)
            self.direct = _postgresql(
                self.url,
                name,
                pool_size=threads,
                max_overflow=0,
                isolation_level="AUTOCOMMIT",
                skip_autocommit_rollback=True,
            )
            sa.event.listen(self.direct, "connect", _by_index)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing session, committed at the end of the block and rolled back by any exception."""
        with (
            self._writing() as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; it never waits for a writer, and what it has read once it need not read again."""
        with self.engine.connect() as connection, _ReadingSession(connection, expire_on_commit=False) as session:
            session.info[MEMORY] = {}
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that only reads, all of it as of the moment when the block begins, whoever writes meanwhile.

        PostgreSQL shows every statement its own moment unless it is asked for ``REPEATABLE READ``; SQLite takes its one
        at the first row that is read.
        """
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with Session(connection, expire_on_commit=False) as session:
                session.execute(sa.text("select version_num from alembic_version"))
                yield session

    @contextmanager
    def check_in_connection(self) -> Iterator[sa.Connection]:
        """The connection of one scan: AUTOCOMMIT on PostgreSQL, ``BEGIN IMMEDIATE`` … commit on SQLite."""
        if self.is_sqlite:
            with self._writing() as connection, connection.begin():
                yield connection
        else:
            with self.direct.connect() as connection:
                yield connection

    def for_scan(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        """Do the work of one scan and return what it returns, once that is committed; raises what it raises.

        On SQLite scans that come together are committed together; the work may be done by another thread, and again.
        """
        if self.is_sqlite:
            return self._scans.do(work)
        with self.check_in_connection() as connection:
            return work(connection)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        if not self.is_sqlite:
            with self.engine.connect() as connection:
                yield connection
            return
        with self.writer, self.engine.connect() as connection:
            yield connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")

    def upgrade(self) -> None:
        """Bring the schema up to date; a file lock keeps two embedded processes apart. Raises ``SchemaError``."""
        if self.is_sqlite:
            with _file_lock(Path(str(self.url.database) + ".lock")), self._writing() as connection, connection.begin():
                migrations.upgrade(connection)
        else:
            with self.engine.connect() as connection:
                migrations.upgrade(connection)

    def analyze(self) -> None:
        """Tell PostgreSQL how much each table holds, where autovacuum would come by only later.

        Empty tables are left out: that they are unknown plans better than that they were once empty.
        """
        self._analyze("pg_relation_size(oid) > 0")

    def analyze_grown(self) -> int:
        """The same for tables that hold three times as many rows as PostgreSQL knows of, and 150 at the least; how many
        they are.

        Every connection keeps the plans that it made; this makes it plan anew. A table that is held by somebody who
        changes its columns or indexes is left for the next time.
        """
        return self._analyze(f"n_live_tup > {_GROWN} * greatest(reltuples, {_FEW})", "(skip_locked)")

    def _analyze(self, which: str, how: str = "") -> int:
        if self.is_sqlite:
            return 0
        held = "select relid::regclass from pg_stat_user_tables join pg_class on oid = relid"
        asked = f"{held} where {_MAY_ANALYZE} and {which}"
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            tables = connection.scalars(sa.text(asked)).all()
            if tables:
                connection.exec_driver_sql(f"analyze {how} {', '.join(tables)}")
        return len(tables)

    def prepare(self) -> None:
        """Make the schema current on SQLite; on PostgreSQL refuse an older one with a sentence that says what to do.

        Raises ``SchemaError``, on either database also for a schema that this program does not know.
        """
        with self.engine.connect() as connection:
            found = migrations.current(connection)
        if found == migrations.head():
            return
        migrations.must_be_known(found)
        if not self.is_sqlite:
            raise SchemaError(
                f"the database schema is {found or 'empty'}, this program needs {migrations.head()}:"
                " run 'wxsvc db upgrade' first"
            )
        self.upgrade()

    def ask(self) -> None:
        """Have the server answer; raises what the driver raises where it does not."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("select 1"))

    def dispose(self) -> None:
        """Close all connections, as before a fork or at the end."""
        self.engine.dispose()
        self.direct.dispose()


Unreachable = SQLAlchemyError
"""What the database raises while it does not answer."""

Lost = OperationalError
"""What a statement raises whose server has gone, or does not let us in yet."""


@contextmanager
def together(connection: sa.Connection) -> Iterator[None]:
    """Several statements of one connection as one transaction, also where each is its own (AUTOCOMMIT)."""
    if not is_autocommit(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    with driver.transaction():
        yield


def is_autocommit(connection: sa.Connection) -> bool:
    """Whether each statement of this connection is a transaction of its own: PostgreSQL's hot path."""
    driver: Any = connection.connection.driver_connection
    return connection.dialect.name == "postgresql" and driver.autocommit


def copy_rows(
    connection: sa.Connection, table: sa.FromClause, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert many rows into a table of PostgreSQL as one stream (COPY), within the transaction that runs.

    Values stand in the order of ``columns`` and as the driver takes them: JSON as its text. Raises what SQLAlchemy
    raises.
    """
    from psycopg.sql import SQL, Identifier

    names = SQL(", ").join(map(Identifier, columns))
    said = SQL("copy {} ({}) from stdin").format(Identifier(str(table)), names)
    with driver_cursor(connection) as cursor, cursor.copy(said) as stream:
        for row in rows:
            stream.write_row(row)


def violated(error: IntegrityError, name: str) -> bool:
    """Whether this refusal came from the named constraint, index or guard, on either database."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return bool(diagnosis.constraint_name == name)
    return name in str(error.orig)


def process_name(most: int) -> str:
    """What ``pg_stat_activity`` calls this process: which it is, and how many connections it may open at the most."""
    return f"wxsvc {os.getpid()}@{socket.gethostname()[:32]} {most}"


def _postgresql(url: sa.URL, name: str, **options: Any) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_recycle=1800,
        hide_parameters=True,
        json_deserializer=_read_json,
        connect_args={
            "prepare_threshold": 1,
            "client_encoding": "utf8",
            "application_name": name,
            # A server that has vanished is noticed within a minute, not after a quarter of an hour.
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
        **options,
    )
    sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _read_json(text: bytes | str) -> Any:
    """What a column of JSON holds: a page of every platform reads thousands, in a third of the driver's time.

    What only Python writes and reads, half of a pair of surrogates, is left to Python.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Instants come in UTC. Compiling a statement takes a second; the largest of ours runs for less."""
    must_keep_chinese(connection)
    connection.execute("set jit = off")
    connection.execute("set timezone = 'UTC'")
    connection.commit()


def _by_index(connection: Any, _record: object) -> None:
    """Plans are kept per connection: one made while a table was empty must not read all of it once it is full."""
    connection.execute("set enable_seqscan = off")
    connection.execute("set enable_bitmapscan = off")  # for one row it only costs
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the "begin" listener says BEGIN itself; the driver must not
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
