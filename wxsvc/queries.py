"""What queries share: the memory of a session that only reads, pages of a list, how text is sought; opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from msgspec import Struct
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


Row = TypeVar("Row")


class Page(Struct, Generic[Row], frozen=True):
    """One page of a list: its rows, how many there are in all, which page it is, and of how many."""

    rows: Sequence[Row]
    count: int
    number: int
    pages: int


NO_ROWS: Final = Page[Any]((), 0, 1, 1)
"""The list of somebody who is not known yet."""


def page_by(read: Callable[[int, int], Sequence[Row]], count: int, number: int, per_page: int) -> Page[Row]:
    """One page of ``count`` rows, of which ``read`` brings so many from the first on, which is 0; past the end, the
    last."""
    pages = max(1, -(-count // per_page))
    shown = max(1, min(number, pages))
    return Page(read((shown - 1) * per_page, per_page) if count else [], count, shown, pages)


def page_of(
    session: Session,
    query: sa.Select[*tuple[Any, ...]],
    number: int,
    per_page: int,
    made: Callable[..., Row] = lambda row: row,
) -> Page[Row]:
    """One page of what an ordered query brings, past the end the last; counted and cut by the database.

    ``made`` makes an entry of the columns of a row. One statement, unless the page lies past the end.
    """
    return KeptList(query).page(session, number, per_page, made)


class KeptList:
    """:func:`page_of` for a query that is made once and kept; what changes are its bound parameters, ``given``."""

    def __init__(self, query: sa.Select[*tuple[Any, ...]]) -> None:
        counted = query.with_only_columns(sa.literal(1), maintain_column_froms=True).order_by(None).subquery()
        self._count = sa.select(sa.func.count()).select_from(counted)
        cut = sa.bindparam("rows_most", type_=sa.Integer), sa.bindparam("rows_first", type_=sa.Integer)
        self._rows = query.add_columns(self._count.scalar_subquery()).limit(cut[0]).offset(cut[1])

    def page(
        self,
        session: Session,
        number: int,
        per_page: int,
        made: Callable[..., Row] = lambda row: row,
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Page[Row]:
        """The page of this number."""

        def read(first: int, most: int) -> Sequence[Any]:
            return session.execute(self._rows, {**given, "rows_most": most, "rows_first": first}).all()

        def entries(rows: Sequence[Any]) -> Sequence[Row]:
            return [made(*row[:-1]) for row in rows]

        number = max(1, number)
        rows = read((number - 1) * per_page, per_page)
        if rows or number == 1:
            return page_by(lambda _first, _most: entries(rows), rows[0][-1] if rows else 0, number, per_page)
        count = session.scalar(self._count, given) or 0
        return page_by(lambda first, most: entries(read(first, most)), count, number, per_page)


_LONGEST_SOUGHT: Final = 10_000
"""Characters. SQLite takes no pattern of more than 50,000 bytes, and no column that is searched holds as much."""


def holds(column: sa.ColumnElement[Any] | Any, text: str, *, at_begin: bool = False) -> sa.ColumnElement[bool]:
    """Whether a text column holds what somebody typed, or begins with it; its ``%`` and ``_`` mean themselves."""
    if len(text) > _LONGEST_SOUGHT:
        return sa.false()
    found: sa.ColumnElement[bool] = (column.startswith if at_begin else column.contains)(text, autoescape=True)
    return found
