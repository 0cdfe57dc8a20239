"""锁定的明细: the rows that a sealed scorecard adds up from, kept as they were, so that card and rows never part.

What is recorded elsewhere goes on changing: an enterprise is identified or merged, a joint activity of another platform
is judged. A sealed year shows what was sealed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.scorecard import SealedRow
from models.terms import Stage, Subject
from wxsvc.db import copy_rows
from wxsvc.services import years
from wxsvc.services.counting.facts import CountStatus, FactRow

RowsToKeep: TypeAlias = tuple[Iterable[FactRow], Iterable[FactRow]]
"""The rows behind a platform's lines, and those of 未计入."""


def keep(session: Session, year: int, of_platforms: Mapping[int, RowsToKeep]) -> None:
    """Keep the rows behind the lines and those of 未计入, by platform, just before its year is sealed.

    ``PlatformYear.keeps_rows`` then says that they are there. A province has some hundred thousand: PostgreSQL takes
    them as one stream.
    """
    drop(session, of_platforms, year)
    if session.get_bind().dialect.name == "postgresql":
        copy_rows(session.connection(), SealedRow.__table__, _COLUMNS, _kept(year, of_platforms, cache(json.dumps)))
    elif rows := [dict(zip(_COLUMNS, row, strict=True)) for row in _kept(year, of_platforms, list)]:
        session.execute(sa.insert(SealedRow), rows)


_COLUMNS: Final = (
    *("platform_id", "year", "position", "is_left_out", "fact", "amount", "standing"),
    *("subject", "subject_id", "title", "day", "reasons", "stage"),
)


def _kept(
    year: int, of_platforms: Mapping[int, RowsToKeep], reasons: Callable[[tuple[str, ...]], object]
) -> Iterator[tuple[object, ...]]:
    """The values of each row in the order of ``_COLUMNS``; ``reasons`` gives them the form that the database takes."""
    for platform_id, (behind, left_out) in of_platforms.items():
        told = [*((row, False) for row in behind), *((row, True) for row in left_out)]
        for position, (row, is_left_out) in enumerate(told):
            yield (
                platform_id,
                year,
                position,
                is_left_out,
                str(row.fact),
                row.amount,
                str(row.standing),
                str(row.subject),
                row.subject_id,
                row.title,
                row.day,
                reasons(row.reasons),
                str(row.stage) if row.stage is not None else None,
            )


def drop(session: Session, platform_ids: Iterable[int], year: int) -> None:
    """Forget them: the year is open, and its rows are the truth again."""
    session.execute(sa.delete(SealedRow).where(SealedRow.platform_id.in_(platform_ids), SealedRow.year == year))


def of(session: Session, platform_id: int, year: int, *, is_left_out: bool = False) -> list[FactRow] | None:
    """The rows as they were sealed; None for an open year, and for one that an earlier release sealed without them."""
    sealed = years.row_of(session, platform_id, year)
    if sealed is None or not sealed.is_sealed or not sealed.keeps_rows:
        return None
    query = sa.select(SealedRow).where(
        SealedRow.platform_id == platform_id, SealedRow.year == year, SealedRow.is_left_out.is_(is_left_out)
    )
    return [_revived(row) for row in session.scalars(query.order_by(SealedRow.position))]


def _revived(row: SealedRow) -> FactRow:
    return FactRow(
        fact=row.fact,
        amount=row.amount,
        standing=CountStatus(row.standing),
        subject=Subject(row.subject),
        subject_id=row.subject_id,
        title=row.title,
        day=row.day,
        reasons=tuple(row.reasons),
        stage=Stage(row.stage) if row.stage is not None else None,
    )
