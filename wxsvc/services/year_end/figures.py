"""年终预览: what every platform of the year comes to, with its rank, and a digest of what somebody saw of it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScorecardRow
from models.terms import Subject
from scoring.terms import PlatformKind
from scoring.words import points_text
from wxsvc.services import journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import amendments
from wxsvc.services.counting.snapshots import canonical, digest
from wxsvc.services.reports.ranks import IS_COMPARED, ranks
from wxsvc.services.year_end import unsubmitted
from wxsvc.services.year_end.unsubmitted import Unsubmitted


class FigurePlatform(NamedTuple):
    """The platform of a figure: of a thousand only this is read."""

    id: int
    code: str
    name: str
    kind: PlatformKind


class YearFigure(Struct, frozen=True):
    """One platform's year. ``rank`` is among its kind, ties share it; None for one that is not assessed, or closed.

    Of a sealed one that was amended (更正) the points are those that hold since, and all ranks are by these, as in
    年度通报. ``shown`` is the total that the publicity showed, None where it showed none.
    """

    platform: FigurePlatform
    base: Decimal
    bonus: Decimal
    total: Decimal
    awaited: Decimal
    is_assessed: bool
    is_sealed: bool
    is_amended: bool = False
    rank: int | None = None
    shown: Decimal | None = None
    unsubmitted: Unsubmitted | None = None
    """Activities with check-ins that the platform has not submitted; None where there are none."""

    @property
    def has_moved(self) -> bool:
        """Whether the total is another than the publicity showed."""
        return self.shown is not None and self.shown != self.total


def of_year(session: Session, year: int, shown: Mapping[str, str] | None = None) -> list[YearFigure]:
    """Every platform with a card, by kind, rank and code; ``shown`` are the totals of a publicity by code."""
    card, lost = ScorecardRow, unsubmitted.by_platform(year)
    query = (
        sa.select(
            Platform.id,
            Platform.code,
            Platform.name,
            Platform.kind,
            card.base,
            card.bonus,
            card.total,
            card.awaited,
            card.is_assessed.label("is_assessed"),
        )
        .add_columns(IS_COMPARED.label("is_compared"), PlatformYear.sealed_at, lost.c.activities, lost.c.check_ins)
        .join(card, card.platform_id == Platform.id)
        .outerjoin(PlatformYear, sa.and_(PlatformYear.platform_id == Platform.id, PlatformYear.year == year))
        .outerjoin(lost, lost.c.platform_id == Platform.id)
        .where(card.year == year, years.is_in(year))
    )
    rows = session.execute(query).all()
    amended = amendments.amended_cards(session, year) if any(row.sealed_at for row in rows) else {}
    holds = {row.id: amended.get(row.id, row) for row in rows}
    given: dict[int, int] = {}
    for kind in PlatformKind:
        compared = [row.id for row in rows if row.is_compared and row.kind is kind]
        given |= ranks((platform_id, holds[platform_id].total) for platform_id in compared)
    found = [
        YearFigure(
            platform=FigurePlatform(row.id, row.code, row.name, row.kind),
            base=holds[row.id].base,
            bonus=holds[row.id].bonus,
            total=holds[row.id].total,
            awaited=row.awaited,
            is_assessed=row.is_assessed,
            is_sealed=row.sealed_at is not None,
            is_amended=row.id in amended,
            rank=given.get(row.id),
            shown=Decimal(shown[row.code]) if shown and row.code in shown else None,
            unsubmitted=Unsubmitted(row.activities, row.check_ins) if row.activities else None,
        )
        for row in rows
    ]
    kinds = list(PlatformKind)
    return sorted(found, key=lambda each: (kinds.index(each.platform.kind), each.rank or len(rows), each.platform.code))


def seen(figures: Iterable[YearFigure], just_sealed: Container[int] = ()) -> str:
    """The digest of what is open: a form carries it, and nobody decides on figures that moved meanwhile.

    ``just_sealed`` are platforms that count as open still: the digest of before they were sealed.
    """
    chosen = (each for each in figures if not each.is_sealed or each.platform.id in just_sealed)
    told = ([each.platform.code, *map(points_text, (each.base, each.bonus, each.awaited))] for each in chosen)
    return digest(canonical(sorted(told)))


def count_anew(session: Session, year: int, by: Actor, now: datetime) -> None:
    """重新统计: every platform whose year is open is put on the work list, one that never had a card too."""
    by.must_be_province()
    years.touch_open(session, year, now)
    journal.record(session, "year.count_asked", Subject.PLATFORM_YEAR, None, by=by, now=now, year=year)
