"""Queries of columns without SQLAlchemy's share of each: compiled once, and run by PostgreSQL's driver.

A fold asks a dozen queries that are always the same. What SQLAlchemy does around each of them anew takes as long as
PostgreSQL does for most. SQLite is asked by SQLAlchemy.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from wxsvc.driver_cursors import driver_cursor

_PSYCOPG: Final = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def plain_rows(session: Session, query: Any, given: Mapping[str, Any] = _NOTHING) -> Sequence[Any]:
    """The rows of a query of columns, by their names, asked once what is unwritten is written.

    The query is one that is made once and kept; what changes is ``given``, where it names lists for ``in_``. Raises
    what SQLAlchemy raises.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return connection.execute(query, given).all()
    lengths = tuple((name, len(value) if isinstance(value, list | tuple) else None) for name, value in given.items())
    return _compiled(query, lengths).rows(connection, given)


class _Compiled:
    """A query for lists of certain lengths: its text with ``$1``, whence each value comes, how each column is read."""

    def __init__(self, query: Any, lengths: tuple[tuple[str, int | None], ...]) -> None:
        compiled = query.compile(dialect=_PSYCOPG)
        shape = {name: None if length is None else [None] * length for name, length in lengths}
        state = compiled.construct_expanded_state(shape)
        lists = state.parameter_expansion
        parts = {part: (name, place) for name, found in lists.items() for place, part in enumerate(found)}
        places = [parts.get(name, (name, None)) for name in state.positiontup]
        self._text = state.statement
        self._values = [_value(compiled.binds[name], place) for name, place in places]
        columns = query.exported_columns
        self._row: Any = namedtuple("Row", columns.keys())  # type: ignore[misc]
        converts = (_kind(column.type).result_processor(_PSYCOPG, None) for column in columns)
        self._read = [(place, convert) for place, convert in enumerate(converts) if convert]

    def rows(self, connection: sa.Connection, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows. Whoever listens to the statements of the engine, as tests do that count them, hears of this one."""
        text, values = self._text, tuple(value(given) for value in self._values)
        with driver_cursor(connection, connection.dialect.loaded_dbapi.RawCursor) as cursor:
            for listener in connection.dispatch.before_cursor_execute:
                text, values = listener(connection, cursor, text, values, None, False)
            found = cursor.execute(text, values, prepare=True).fetchall()
            for listener in connection.dispatch.after_cursor_execute:
                listener(connection, cursor, text, values, None, False)
        return [self._row._make(self._converted(row)) for row in found]

    def _converted(self, row: tuple[Any, ...]) -> Sequence[Any]:
        columns = list(row)
        for place, convert in self._read:
            columns[place] = convert(columns[place])
        return columns


_compiled = lru_cache(maxsize=1024)(_Compiled)


def _value(bind: sa.BindParameter[Any], place: int | None) -> Callable[[Mapping[str, Any]], Any]:
    """How a value is found: given, or always the query's own; ``place`` is that in its list."""
    convert, name = _kind(bind.type).bind_processor(_PSYCOPG) or _as_it_is, bind.key
    if not bind.required:
        own: Any = bind.value
        value = convert(own if place is None else own[place])
        return lambda _given: value
    if place is None:
        return lambda given: convert(given[name])
    return lambda given: convert(given[name][place])


def _as_it_is(value: Any) -> Any:
    return value


def _kind(of: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return of.dialect_impl(_PSYCOPG)
