"""How many statements one page costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def counted(app: Any) -> Iterator[list[str]]:
    """A list that holds every statement of the block, those that say who the visitor is among them."""
    engine, found = app.extensions["wxsvc"].database.engine, []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement != "BEGIN":  # SQLite's is said by us, PostgreSQL's by its driver
            found.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
