"""Statements of the hot path (签到), written by hand for both databases and run by their drivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from wxsvc.driver_cursors import driver_cursor

_PSYCOPG: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_SQLITE: Final = SQLiteDialect_pysqlite(paramstyle="named")


class HotStatement:
    """One statement of the hot path: the database's driver runs it without SQLAlchemy, which would double its cost.

    Given as a text with typed parameters, or one text per database; SQLite's names the types of its columns by their
    places. Of PostgreSQL, instants come in UTC as they are.
    """

    def __init__(self, postgresql: sa.TextClause, sqlite: sa.TextClause | sa.TextualSelect | None = None) -> None:
        self._postgresql = str(postgresql.compile(dialect=_PSYCOPG))
        compiled: Any = (postgresql if sqlite is None else sqlite).compile(dialect=_SQLITE)
        self._sqlite = str(compiled)
        self._given = {
            name: _kind(bind.type).bind_processor(_SQLITE) or _as_it_is for name, bind in compiled.binds.items()
        }
        columns = sqlite.selected_columns if isinstance(sqlite, sa.TextualSelect) else ()
        read = [_kind(column.type).result_processor(_SQLITE, None) for column in columns]
        self._read = [(place, convert) for place, convert in enumerate(read) if convert]

    def row(self, connection: sa.Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row. Raises what SQLAlchemy raises; a lost connection leaves the pool."""
        is_postgresql = connection.dialect.name == "postgresql"
        with driver_cursor(connection) as cursor:
            if is_postgresql:
                cursor.execute(self._postgresql, values, prepare=True)
            else:
                cursor.execute(self._sqlite, {name: convert(values[name]) for name, convert in self._given.items()})
            row: tuple[Any, ...] | None = cursor.fetchone()
        if is_postgresql or row is None or not self._read:
            return row
        found = list(row)
        for place, convert in self._read:
            found[place] = convert(found[place])
        return tuple(found)


def _as_it_is(value: Any) -> Any:
    return value


def _kind(of: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return of.dialect_impl(_SQLITE)
