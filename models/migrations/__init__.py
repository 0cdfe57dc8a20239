"""Numbered migrations, written by hand; they never import the models, and the tests' databases are built by them.

What was released is never changed: from now on only additions, each a new file with the next number. How one is written
so that it neither stops the program that runs nor locks a table for long stands in ``models/README.md``.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_LOCK = 0x77787376  # "wxsv": the advisory lock that lets one process at a time migrate PostgreSQL


class SchemaError(Exception):
    """The database's schema is not the one this program needs; the message says what mends it."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest migration's number, as in ``"0007"``."""
    return known()[-1]


def known() -> list[str]:
    """The numbers of all migrations of this program, ``"0001"`` first."""
    numbers = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    if not numbers:
        raise RuntimeError("the package holds no migrations")
    return numbers[::-1]


def current(connection: sa.Connection) -> str | None:
    """The number of the last migration that ran on this database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def must_be_known(number: str | None) -> None:
    """Raise ``SchemaError`` where a database's number is none of ours: nobody here knows what it holds."""
    numbers = known()
    if number is not None and number not in numbers:
        raise SchemaError(
            f"the database schema is {number}, this program knows {numbers[0]} to {numbers[-1]} only: run the program"
            " that made it, a newer one or one from before the first release, or give this one an empty database"
        )


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema up to date in the caller's transaction; one process at a time. Raises ``SchemaError``."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    must_be_known(current(connection))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
