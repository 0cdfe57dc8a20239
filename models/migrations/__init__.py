"""Numbered migrations, written by hand; they never import the models, and the tests' databases are built by them.

What was released is never changed: from now on only additions, each a new file with the next number. How one is written
so that it neither stops the program that runs nor locks a table for long stands in ``models/README.md``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS: Final = Path(__file__).parent / "versions"

_LOCK = 0x77787376  # "wxsv": the advisory lock that lets one process at a time migrate PostgreSQL
_LOOK_EVERY: Final = 0.2
_HELD_BY_ANOTHER: Final = ("55P03", "40P01")
"""SQLSTATEs: a table was not to be had in time, or each of two waited for what the other held."""
LOCK_SECONDS: Final = 1
"""How long a migration waits for a table, and with it all scans; WeChat waits five seconds."""
PATIENCE_SECONDS = 600
"""How long it goes on asking for it."""


class SchemaError(Exception):
    """The database's schema is not the one this program needs; the message says what mends it."""


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest migration's number, as in ``"0007"``."""
    return known()[-1]


def known() -> list[str]:
    """The numbers of all migrations of this program, ``"0001"`` first: their files begin with them."""
    numbers = sorted(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))
    if not numbers:
        raise RuntimeError("the package holds no migrations")
    return numbers


def current(connection: sa.Connection) -> str | None:
    """The number of the last migration that ran on this database; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
    return found


def must_be_known(number: str | None) -> None:
    """Raise ``SchemaError`` where a database's number is none of ours: nobody here knows what it holds."""
    numbers = known()
    if number is not None and number not in numbers:
        raise SchemaError(
            f"the database schema is {number}, this program knows {numbers[0]} to {numbers[-1]} only: run the program"
            " that made it, a newer one or one from before the first release, or give this one an empty database"
        )


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema up to date: SQLite's in the caller's transaction, PostgreSQL's beside a program that serves.

    There each migration is a transaction, and one process at a time migrates; what was added ``not valid`` is validated
    at the end, while others read and write. Raises ``SchemaError``.
    """
    if connection.dialect.name != "postgresql":
        _run(connection)
        return
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))):
        connection.rollback()  # an index that is built concurrently waits for every transaction, also for one that waits
        time.sleep(_LOOK_EVERY)
    try:
        connection.exec_driver_sql(f"set lock_timeout = '{LOCK_SECONDS}s'")
        connection.commit()
        _run_in_turns(connection)
    finally:
        connection.rollback()
        connection.exec_driver_sql("reset lock_timeout")
        connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
        connection.commit()


def _run_in_turns(connection: sa.Connection) -> None:
    """Whoever waits for a table makes everybody wait who comes later, each scan too. So wait shortly, let them through,
    and try again: until a backup or a long report that reads the table is over."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _run(connection)
            _validate(connection)
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in _HELD_BY_ANOTHER:
                raise
            if time.monotonic() > ends:
                found = current(connection)
                raise SchemaError(
                    f"the database schema is {found} still: for {PATIENCE_SECONDS} seconds somebody has held a table"
                    " that the next migration changes, a backup or a long report perhaps; run it again later"
                ) from error
            time.sleep(LOCK_SECONDS)
        else:
            return


def _run(connection: sa.Connection) -> None:
    from alembic import command

    must_be_known(current(connection))
    if connection.dialect.name == "postgresql":
        connection.rollback()  # the question began one, and each migration is to have its own
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _validate(connection: sa.Connection) -> None:
    """Have PostgreSQL look whether the rows keep to the checks and keys that were added without a look at them."""
    added = sa.text(
        "select conrelid::regclass, quote_ident(conname) as name from pg_constraint where not convalidated order by oid"
    )
    for table, name in connection.execute(added).all():
        connection.exec_driver_sql(f"alter table {table} validate constraint {name}")
        connection.commit()
    connection.rollback()
