"""What a block asks the database, and how many rows it reads: what is bounded, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@contextmanager
def statements_of(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements of the block, in their order; nobody listens to those after it."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement != "BEGIN":  # SQLite's is said by us, PostgreSQL's by its driver
            found.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@dataclass(slots=True)
class Read:
    """Statements of a block, and the rows that they brought."""

    statements: int = 0
    rows: int = 0


@contextmanager
def rows_read(engine: sa.Engine) -> Iterator[Read]:
    """Counts while the block runs."""
    found = Read()

    def begin(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        found.statements += statement != "BEGIN"  # SQLite's is said by us, PostgreSQL's by its driver
        if engine.dialect.name == "sqlite":
            cursor.row_factory = note

    def note(_cursor: Any, row: Any) -> Any:
        found.rows += 1
        return row

    def end(_connection: Any, cursor: Any, *_more: Any) -> None:
        if engine.dialect.name != "sqlite":
            found.rows += max(0, cursor.rowcount)

    sa.event.listen(engine, "before_cursor_execute", begin)
    sa.event.listen(engine, "after_cursor_execute", end)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", begin)
        sa.event.remove(engine, "after_cursor_execute", end)
