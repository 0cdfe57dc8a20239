"""What queries share: the memory of a session that only reads, and how text is sought. It opens no database."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

MEMORY: Final = "memory"
"""Where a session that only reads (``Database.read``) keeps its answers."""

Answer = TypeVar("Answer")


def remembered(session: Session, question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question that is asked once by a session that only reads, and each time by one that writes."""
    memory = session.info.get(MEMORY)
    if memory is None:
        return ask()
    if question not in memory:
        memory[question] = ask()
    answer: Answer = memory[question]
    return answer


def only_reads(session: Session) -> bool:
    """Whether nothing is written in this session."""
    return MEMORY in session.info


_LONGEST_SOUGHT: Final = 10_000
"""Characters. SQLite takes no pattern of more than 50,000 bytes, and no column that is searched holds as much."""


def holds(column: sa.ColumnElement[Any] | Any, text: str, *, at_begin: bool = False) -> sa.ColumnElement[bool]:
    """Whether a text column holds what somebody typed, or begins with it; its ``%`` and ``_`` mean themselves."""
    if len(text) > _LONGEST_SOUGHT:
        return sa.false()
    found: sa.ColumnElement[bool] = (column.startswith if at_begin else column.contains)(text, autoescape=True)
    return found
