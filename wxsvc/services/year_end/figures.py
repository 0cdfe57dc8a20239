"""年终预览: what every platform of the year comes to, with its rank, and a digest of what somebody saw of it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain
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
    # Columns are unpacked, not asked for by name: of a thousand platforms that takes a tenth of the time.
    rows = [(FigurePlatform(*row[:4]), *row[4:]) for row in session.execute(query)]
    is_any_sealed = any(sealed_at for *_, sealed_at, _, _ in rows)
    amended = amendments.amended_cards(session, year) if is_any_sealed else {}
    compared: dict[PlatformKind, list[tuple[int, Decimal]]] = {kind: [] for kind in PlatformKind}
    for platform, _, _, total, _, _, is_compared, *_ in rows:
        if is_compared:
            held = amended.get(platform.id)
            compared[platform.kind].append((platform.id, held.total if held is not None else total))
    rank = {platform_id: place for of_kind in compared.values() for platform_id, place in ranks(of_kind).items()}
    found: dict[PlatformKind, list[YearFigure]] = {kind: [] for kind in PlatformKind}
    for platform, base, bonus, total, awaited, is_assessed, _, sealed_at, activities, check_ins in rows:
        held = amended.get(platform.id)
        figure = YearFigure(
            platform=platform,
            base=held.base if held is not None else base,
            bonus=held.bonus if held is not None else bonus,
            total=held.total if held is not None else total,
            awaited=awaited,
            is_assessed=is_assessed,
            is_sealed=sealed_at is not None,
            is_amended=held is not None,
            rank=rank.get(platform.id),
            shown=Decimal(shown[platform.code]) if shown and platform.code in shown else None,
            unsubmitted=Unsubmitted(activities, check_ins) if activities else None,
        )
        found[platform.kind].append(figure)
    in_order = (sorted(each, key=lambda one: (one.rank or len(rows), one.platform.code)) for each in found.values())
    return list(chain.from_iterable(in_order))


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
