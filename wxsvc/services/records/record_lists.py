"""台账: a platform's records as lists, and how many stand in which stage. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.terms import Stage, Subject
from wxsvc.services.reviewables import MODELS, RECORDS


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Records of one noun without a final verdict: sent back (已退回), and with the reviewer (待审核)."""

    returned: int
    submitted: int


def of_year(
    session: Session,
    subject: Subject,
    platform_id: int,
    year: int,
    *,
    stage: Stage | None = None,
    limit: int,
    offset: int = 0,
) -> Sequence[Any]:
    """A noun's records of a year, of one stage or of all: what came back first, void ones last, the newest first."""
    table: Any = RECORDS[subject]
    urgent = sa.case((table.stage == Stage.RETURNED, 0), (table.stage == Stage.VOID, 2), else_=1)
    query = sa.select(table).where(*_taken_up(table, platform_id, year)).order_by(urgent, table.id.desc())
    if stage is not None:
        query = query.where(table.stage == stage)
    return session.scalars(query.limit(limit).offset(offset)).all()


def stage_counts(session: Session, subject: Subject, platform_id: int, year: int) -> dict[Stage, int]:
    """How many records of a noun's year stand in each stage; a stage without any is not named."""
    table: Any = RECORDS[subject]
    counted = sa.select(table.stage, sa.func.count().label("n")).where(*_taken_up(table, platform_id, year))
    return {row.stage: row.n for row in session.execute(counted.group_by(table.stage))}


def unsettled(session: Session, platform_id: int) -> dict[Subject, Unsettled]:
    """Noun by noun, activities among them, what is not settled yet; of every year, in one statement."""
    parts = []
    for subject, model in MODELS.items():
        table: Any = model
        parts.append(
            sa.select(
                sa.literal(subject.value).label("subject"),
                _how_many(table.stage == Stage.RETURNED).label("returned"),
                _how_many(table.stage == Stage.SUBMITTED).label("submitted"),
            ).where(table.platform_id == platform_id, table.stage.in_([Stage.RETURNED, Stage.SUBMITTED]))
        )
    return {
        Subject(row.subject): Unsettled(int(row.returned), int(row.submitted))
        for row in session.execute(sa.union_all(*parts))
    }


def _taken_up(table: Any, platform_id: int, year: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Of the platform's year, without needs that enterprises raised and nobody has taken up yet."""
    return (table.platform_id == platform_id, table.year == year, table.stage != Stage.DRAFT)


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
