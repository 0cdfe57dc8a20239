"""锁定的明细: the rows that a sealed scorecard adds up from, kept as they were, so that card and rows never part.

What is recorded elsewhere goes on changing: an enterprise is identified or merged, a joint activity of another platform
is judged. A sealed year shows what was sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.scorecard import SealedRow
from models.terms import Stage, Subject
from wxsvc.services import years
from wxsvc.services.counting.facts import CountStatus, FactRow


def keep(session: Session, year: int, of_platforms: Mapping[int, tuple[Iterable[FactRow], Iterable[FactRow]]]) -> None:
    """Keep the rows behind the lines and those of 未计入, by platform, just before its year is sealed.

    ``PlatformYear.keeps_rows`` then says that they are there.
    """
    drop(session, of_platforms, year)
    rows: list[dict[str, Any]] = []
    for platform_id, (behind, left_out) in of_platforms.items():
        told = [*((row, False) for row in behind), *((row, True) for row in left_out)]
        rows += (_kept(platform_id, year, place, row, is_left_out=out) for place, (row, out) in enumerate(told))
    if rows and session.get_bind().dialect.name == "postgresql":
        _insert_at_once(session, rows)
    elif rows:
        session.execute(sa.insert(SealedRow), rows)


def _kept(platform_id: int, year: int, position: int, row: FactRow, *, is_left_out: bool) -> dict[str, Any]:
    return {
        "platform_id": platform_id,
        "year": year,
        "position": position,
        "is_left_out": is_left_out,
        "fact": str(row.fact),
        "amount": row.amount,
        "standing": str(row.standing),
        "subject": str(row.subject),
        "subject_id": row.subject_id,
        "title": row.title,
        "day": row.day,
        "reasons": list(row.reasons),
        "stage": str(row.stage) if row.stage is not None else None,
    }


def _insert_at_once(session: Session, rows: list[dict[str, Any]]) -> None:
    """One statement with one parameter: a province has some hundred thousand rows, and each would be a message."""
    columns = [sa.column(column.name, column.type) for column in SealedRow.__table__.columns]
    said = [row | {"day": row["day"].isoformat() if row["day"] is not None else None} for row in rows]
    given = sa.func.json_to_recordset(sa.cast(said, sa.JSON)).table_valued(*columns, name="given")
    chosen = sa.select(*given.render_derived(with_types=True).columns)
    session.execute(sa.insert(SealedRow).from_select([column.name for column in columns], chosen))


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
