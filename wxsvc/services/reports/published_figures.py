"""数据汇总: what every platform did in a month or a quarter, for the bulletin and the monthly figures of a publication.

The figures are those that the platforms themselves report (``period_figures``), of the rows that the score rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from scoring.terms import PlatformKind
from wxsvc.services.refusal import Refused
from wxsvc.services.reports import period_figures
from wxsvc.services.reports.periods import Period
from wxsvc.services.reports.publications import Publication
from wxsvc.services.years import day_of


class PlatformFigures(Struct, frozen=True):
    """One platform's figures of the period by their codes: what was recorded, and what of it is approved and counts."""

    platform: Platform
    recorded: Mapping[str, int]
    approved: Mapping[str, int]


class PublishedFigures(Struct, frozen=True):
    """All platforms of a publication in one period."""

    period: Period
    rows: tuple[PlatformFigures, ...]

    def recorded(self, code: str, kind: PlatformKind | None = None) -> int:
        """One figure of all platforms, or of all of one kind."""
        return _sum(each.recorded for each in self.rows if kind in (None, each.platform.kind))[code]

    def approved(self, code: str, kind: PlatformKind | None = None) -> int:
        """Of it, what is approved and counts."""
        return _sum(each.approved for each in self.rows if kind in (None, each.platform.kind))[code]


def of_period(
    session: Session, publication: Publication, period: Period, tick: Callable[[], None] = lambda: None
) -> PublishedFigures:
    """Count the period for every platform. Raises ``Refused("document_of_the_future")`` for one that has not begun."""
    if period.first > day_of(publication.as_of):
        raise Refused("document_of_the_future")
    found = []
    for card in publication.cards:
        figures = period_figures.of_period(session, card.platform.id, period, publication.as_of).figures
        recorded = {each.code: each.amount for each in figures}
        approved = {each.code: each.approved for each in figures if each.approved is not None}
        found.append(PlatformFigures(card.platform, recorded, approved))
        tick()
    return PublishedFigures(period, tuple(found))


def _sum(figures: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Added up; a figure that is nothing stays."""
    found: Counter[str] = Counter()
    for each in figures:
        found.update(each)
    return found
