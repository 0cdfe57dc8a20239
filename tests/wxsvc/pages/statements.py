"""How many statements one page costs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from tests.rows_read import statements_of


def counted(app: Any) -> AbstractContextManager[list[str]]:
    """A list that holds every statement of the block, those that say who the visitor is among them."""
    return statements_of(app.extensions["wxsvc"].database.engine)
