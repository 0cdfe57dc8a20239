"""一批评定: many points proposed together, confirmed together by another person, or taken back before that.

All cells are judged before any is kept, each by the very use case of its line; wrong ones are named and nothing is
written. A cell on which somebody acted since has dropped out of its batch (``is_live``): it is not put in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import Person
from models.platform import Platform
from models.recognition import Ruling, RulingBatch, RulingBatchCell
from models.terms import Role
from scoring.rules import RulingRule
from scoring.scheme import Indicator
from scoring.scheme_files import indicator_of, scheme_for
from scoring.terms import RuledBy
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.judging import ruling_notices, rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.locks import PROVINCE, lock_all
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find


class PointsCell(Struct, frozen=True):
    """Points typed for one line of one platform, over the version of the ruling that the sheet showed."""

    platform_id: int
    indicator: str
    points: Decimal
    seen: int


class WrongCell(Struct, frozen=True):
    """A cell that cannot be proposed, and why not."""

    cell: PointsCell
    refused: Refused


class CellsRefused(Exception):
    """At least one cell is wrong; nothing was written."""

    def __init__(self, wrong: Sequence[WrongCell]) -> None:
        super().__init__(len(wrong))
        self.wrong = tuple(wrong)


class ShownCell(Struct, frozen=True):
    """A cell of a batch with its platform, line and ruling as it stands now."""

    cell: RulingBatchCell
    ruling: Ruling
    platform: Platform
    line: Indicator
    is_open: bool

    @property
    def is_live(self) -> bool:
        """It would come into force now: the batch is open, and nobody acted on this ruling since."""
        return self.is_open and self.ruling.version == self.cell.version

    @property
    def change(self) -> Decimal | None:
        """By how much the points in force would change; None where none were."""
        return None if self.cell.old_points is None else self.cell.points - self.cell.old_points


def propose(
    session: Session, year: int, cells: Iterable[PointsCell], reason: str, stated: Stated, by: Actor, now: datetime
) -> RulingBatch:
    """Propose all cells for another person to confirm; the hub's word on a recognition is its opinion.

    Raises :class:`CellsRefused`, and ``Refused``: ``not_allowed``, ``reason_needed``, ``batch_empty``.
    """
    by.must_review()
    given = must_have_reason(reason)
    wanted = sorted(cells, key=lambda cell: (cell.platform_id, cell.indicator))
    if not wanted:
        raise Refused("batch_empty")
    known = sa.select(Platform.id).where(Platform.id.in_({cell.platform_id for cell in wanted}))
    lock_all(session, ((each, year) for each in session.scalars(known)))
    batch = RulingBatch(year=year, reason=given, created_at=now, created_by=by.person_id)
    session.add(batch)
    session.flush()
    wrong: list[WrongCell] = []
    for cell in wanted:
        try:
            row = _say(session, year, cell, given, stated, by, now)
        except Refused as refused:
            wrong.append(WrongCell(cell, refused))
            continue
        session.add(
            RulingBatchCell(
                batch_id=batch.id,
                ruling_id=row.id,
                old_points=row.points,
                points=cell.points,
                version=row.version,
            )
        )
    if wrong:
        raise CellsRefused(wrong)
    session.flush()
    return batch


def confirm(session: Session, batch_id: int, seen: str, by: Actor, now: datetime) -> RulingBatch:
    """Put every live cell in force; one notice for each platform. ``seen``: :func:`mark` of what was shown. Idempotent.

    Raises ``Refused``: ``batch_by_self``, ``batch_withdrawn``, ``batch_overtaken`` when other cells are live than were
    shown, ``batch_needs_province``; and :class:`CellsRefused` of what :func:`rulings.rule_on` refuses now (a proof
    that is gone, a year that is sealed). Nothing is written then.
    """
    by.must_review()
    batch = _open(session, batch_id)
    if batch.confirmed_at is not None:
        return batch
    if batch.created_by == by.person_id:
        raise Refused("batch_by_self")
    shown = cells_of(session, batch)
    if not may_confirm(shown, by):
        raise Refused("batch_needs_province")
    if mark(shown) != seen:
        raise Refused("batch_overtaken")
    ruled: dict[int, list[tuple[Indicator, Decimal]]] = {}
    wrong: list[WrongCell] = []
    for each in sorted(_live(shown), key=lambda each: (each.platform.id, each.line.code)):
        row, points = each.ruling, each.cell.points
        try:
            rulings.rule_on(
                session,
                row.platform_id,
                row.year,
                row.indicator,
                points,
                batch.reason,
                by,
                now,
                each.cell.version,
                is_told=False,
            )
        except Refused as refused:
            wrong.append(WrongCell(PointsCell(row.platform_id, row.indicator, points, each.cell.version), refused))
            continue
        each.cell.is_in_force = True
        ruled.setdefault(row.platform_id, []).append((each.line, points))
    if wrong:
        raise CellsRefused(wrong)
    batch.confirmed_at, batch.confirmed_by = now, by.person_id
    session.flush()
    for platform_id, lines in ruled.items():
        ruling_notices.tell_batch(session, batch, platform_id, lines, now)
    return batch


def withdraw(session: Session, batch_id: int, by: Actor, now: datetime) -> RulingBatch:
    """Take the batch back before it is confirmed, by who proposed it or whoever may confirm it. Idempotent.

    Raises ``Refused``: ``batch_confirmed``, ``batch_needs_province``.
    """
    by.must_review()
    batch = _open(session, batch_id, may_be_withdrawn=True)
    if batch.confirmed_at is not None:
        raise Refused("batch_confirmed")
    if batch.withdrawn_at is not None:
        return batch
    shown = cells_of(session, batch)
    if batch.created_by != by.person_id and not may_confirm(shown, by):
        raise Refused("batch_needs_province")
    for each in _live(shown):
        row = each.ruling
        rulings.take_back(session, row.platform_id, row.year, row.indicator, by, now, each.cell.version)
    batch.withdrawn_at, batch.withdrawn_by = now, by.person_id
    session.flush()
    return batch


def of_year(session: Session, year: int, most: int) -> list[tuple[RulingBatch, int, Person | None]]:
    """The year's batches with the number of cells and who proposed: those that wait first, then the newest."""
    counted = (
        sa.select(RulingBatchCell.batch_id, sa.func.count().label("cells"))
        .group_by(RulingBatchCell.batch_id)
        .subquery()
    )
    waits = sa.and_(RulingBatch.confirmed_at.is_(None), RulingBatch.withdrawn_at.is_(None))
    query = (
        sa.select(RulingBatch, counted.c.cells, Person)
        .join(counted, counted.c.batch_id == RulingBatch.id)
        .outerjoin(Person, Person.id == RulingBatch.created_by)
        .where(RulingBatch.year == year)
        .order_by(sa.case((waits, 0), else_=1), RulingBatch.id.desc())
    )
    return [(batch, cells, person) for batch, cells, person in session.execute(query.limit(most))]


def cells_of(session: Session, batch: RulingBatch) -> list[ShownCell]:
    """The batch's cells: those that change most first, then what was not ruled before."""
    query = (
        sa.select(RulingBatchCell, Ruling, Platform)
        .join(Ruling, Ruling.id == RulingBatchCell.ruling_id)
        .join(Platform, Platform.id == Ruling.platform_id)
        .where(RulingBatchCell.batch_id == batch.id)
        .order_by(Platform.code, Ruling.indicator)
        .execution_options(populate_existing=True)
    )
    is_open = batch.confirmed_at is None and batch.withdrawn_at is None
    found = [
        ShownCell(cell, ruling, platform, indicator_of(platform.kind, batch.year, ruling.indicator), is_open)
        for cell, ruling, platform in session.execute(query)
    ]
    return sorted(found, key=lambda each: (each.change is None, -abs(each.change or Decimal(0))))


def may_confirm(shown: Iterable[ShownCell], by: Actor) -> bool:
    """Whether this role has the last word on every line of the batch."""
    return by.role is Role.PROVINCE or all(
        isinstance(each.line.rule, RulingRule) and each.line.rule.ruled_by is RuledBy.REVIEWER for each in shown
    )


def mark(shown: Iterable[ShownCell]) -> str:
    """What a page showed as coming into force, in a few letters."""
    told = sorted(f"{each.ruling.id}:{each.cell.version}" for each in _live(shown))
    return hashlib.sha256(" ".join(told).encode()).hexdigest()[:16]


def _live(shown: Iterable[ShownCell]) -> list[ShownCell]:
    return [each for each in shown if each.is_live]


def _open(session: Session, batch_id: int, *, may_be_withdrawn: bool = False) -> RulingBatch:
    """The batch, held with its platforms until the transaction ends: two people who decide come one after another."""
    found = find(session, RulingBatch, batch_id)
    of_batch = sa.select(Ruling.platform_id).join(RulingBatchCell, RulingBatchCell.ruling_id == Ruling.id)
    platform_ids = session.scalars(of_batch.where(RulingBatchCell.batch_id == batch_id).distinct())
    lock_all(session, ((each, found.year) for each in (PROVINCE, *platform_ids)))
    session.refresh(found)
    if found.withdrawn_at is not None and not may_be_withdrawn:
        raise Refused("batch_withdrawn")
    return found


def _say(
    session: Session, year: int, cell: PointsCell, reason: str, stated: Stated, by: Actor, now: datetime
) -> Ruling:
    """One cell's proposal; the hub's word on a line that asks for its opinion is that opinion."""
    platform = find(session, Platform, cell.platform_id)
    rule = scheme_for(platform.kind, year).rulings.get(cell.indicator)
    place = (session, cell.platform_id, year, cell.indicator)
    if rule is not None and rule.advised_by is not None and by.role is Role.REVIEWER:
        return rulings.give_opinion(*place, cell.points, reason, by, now, cell.seen, stated)
    return rulings.rule_on(*place, cell.points, reason, by, now, cell.seen, stated, only_propose=True)
