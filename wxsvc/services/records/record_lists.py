"""台账: a platform's records as lists, and how many stand in which stage. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.terms import Stage, Subject
from scoring.terms import Obligation
from wxsvc.queries import KeptList, Page
from wxsvc.services import counting_years
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS, RECORDS

_ON_A_PAGE: Final = 20


class UnsettledRecords(Struct, frozen=True):
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


def unsettled(session: Session, platform_id: int) -> dict[Subject, UnsettledRecords]:
    """Noun by noun, activities among them, what is not settled yet; of every year that is open, in one statement."""
    parts = []
    for subject, model in MODELS.items():
        table: Any = model
        parts.append(
            sa.select(
                sa.literal(subject.value).label("subject"),
                _how_many(table.stage == Stage.RETURNED).label("returned"),
                _how_many(table.stage == Stage.SUBMITTED).label("submitted"),
            ).where(
                table.platform_id == platform_id,
                table.stage.in_([Stage.RETURNED, Stage.SUBMITTED]),
                ~counting_years.is_sealed_of(table),
            )
        )
    return {
        Subject(row.subject): UnsettledRecords(int(row.returned), int(row.submitted))
        for row in session.execute(sa.union_all(*parts))
    }


class Returned(Struct, frozen=True):
    """A record that came back: what names it and where its page is; its ``return_reason`` says what repairs it."""

    subject: Subject
    record: Any


def returned_of(session: Session, platform_id: int, number: int = 1) -> Page[Returned]:
    """One page of what came back (已退回) and can be mended, of every kind, the latest first."""
    given = {"of_platform": platform_id}
    return _came_back().page(session, number, _ON_A_PAGE, lambda *columns: _returned(_CameBack(*columns)), given)


class _CameBack(NamedTuple):
    """A row of :func:`_came_back`."""

    subject: str
    id: int
    title: str
    more: str
    code: str
    return_reason: str | None
    returned_at: datetime


@cache
def _came_back() -> KeptList:
    """What came back ``of_platform``, the latest first."""
    every = sa.union_all(*(_of_kind(subject) for subject in MODELS)).subquery()
    return KeptList(sa.select(every).order_by(every.c.returned_at.desc(), every.c.subject, every.c.id))


def _of_kind(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    title, *more = (getattr(model, column) for column in KINDS[subject].titled_by)
    return sa.select(
        sa.literal(subject.value, sa.String).label("subject"),
        model.id.label("id"),
        sa.cast(title, sa.Text).label("title"),
        sa.cast(more[0] if more else "", sa.Text).label("more"),
        sa.cast(model.code if subject is Subject.ACTIVITY else "", sa.Text).label("code"),
        model.return_reason.label("return_reason"),
        sa.func.coalesce(model.reviewed_at, model.created_at, type_=model.created_at.type).label("returned_at"),
    ).where(
        model.platform_id == sa.bindparam("of_platform"),
        model.stage == Stage.RETURNED,
        ~counting_years.is_sealed_of(model),
    )


def _returned(row: _CameBack) -> Returned:
    subject = Subject(row.subject)
    named = dict(zip(KINDS[subject].titled_by, (row.title, row.more), strict=False))
    if subject is Subject.FILING:
        named["obligation"] = Obligation(row.title)
    told = {"SUBJECT": subject, "id": row.id, "code": row.code, "return_reason": row.return_reason}
    return Returned(subject, SimpleNamespace(**named | told))


def _taken_up(table: Any, platform_id: int, year: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Of the platform's year, without needs that enterprises raised and nobody has taken up yet."""
    return (table.platform_id == platform_id, table.year == year, table.stage != Stage.DRAFT)


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
