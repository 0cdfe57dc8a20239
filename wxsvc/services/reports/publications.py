"""公布: what a document of a year says — every platform's card, ranks, readings — as values of one moment.

Read in one snapshot (``Database.snapshot``). A sealed card (锁定) is taken as it was sealed; one that changed since its
last fold, or was never folded, is counted here and now: so the card and the rows behind it never part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScorecardRow, ScoreLineRow
from models.work_list import Change
from scoring.readings import Readings
from scoring.scheme import Indicator, Scheme
from scoring.scheme_files import scheme_for
from scoring.tally import Tally
from scoring.terms import LineStatus, PlatformKind
from wxsvc.services import years
from wxsvc.services.counting import amendments, common_facts, tallies
from wxsvc.services.counting.amendments import Amended
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.regulation.readings import ReadingInUse
from wxsvc.services.reports import score_tables
from wxsvc.services.reports.ranks import ranks
from wxsvc.services.reports.score_tables import FormerTotals, ScoreRow
from wxsvc.services.years import AssessmentPeriod


class PublishedLine(Struct, frozen=True):
    """One indicator (指标) of one platform; ``counted`` is what its facts add up to, None where people judge."""

    indicator: Indicator
    points: Decimal
    status: LineStatus
    working: str
    counted: int | None

    @property
    def is_open(self) -> bool:
        """待评定: nobody has ruled it yet."""
        return self.status is LineStatus.AWAITED


class PublishedCard(Struct, frozen=True):
    """One platform's scorecard (评分表): its row of the table with its rank, and every line with its working."""

    row: ScoreRow
    lines: tuple[PublishedLine, ...]
    period: AssessmentPeriod
    sealed_at: datetime | None
    amended: tuple[Amended, ...]
    """更正 since it was sealed, the oldest first: the card stays as it was, a document names them beside it."""

    @property
    def platform(self) -> Platform:
        """Whose card it is."""
        return self.row.platform

    @property
    def holds(self) -> Decimal:
        """合计 with them."""
        return self.row.holds

    @property
    def rank(self) -> int | None:
        """名次; None for a platform that was closed (关停) or is not assessed, and is not compared with the others."""
        return self.row.rank or None


class PublishedKind(Struct, frozen=True):
    """All platforms of one kind in the order of their codes, by their table and the readings (口径) that bear on it."""

    kind: PlatformKind
    scheme: Scheme
    cards: tuple[PublishedCard, ...]
    readings: tuple[ReadingInUse, ...]

    @property
    def by_rank(self) -> list[PublishedCard]:
        """By 名次; equal ones by their codes, those without one last."""
        return sorted(self.cards, key=lambda card: (not card.row.rank, card.row.rank, card.platform.code))

    def rank_held(self, card: PublishedCard) -> int | None:
        """名次 by what holds since the amendments (更正)."""
        given = ranks((each.platform.code, each.holds) for each in self.cards if each.row.rank)
        return given.get(card.platform.code)


class Publication(Struct, frozen=True):
    """A year as it stood at the moment ``as_of``: kinds without a platform are left out."""

    year: int
    as_of: datetime
    kinds: tuple[PublishedKind, ...]

    @property
    def cards(self) -> list[PublishedCard]:
        """Every platform's card, kind by kind."""
        return [card for kind in self.kinds for card in kind.cards]

    @property
    def sealed_at(self) -> datetime | None:
        """When the last of them was sealed (锁定); None while one is open: then it is all 预览."""
        sealed = [card.sealed_at for card in self.cards]
        return max((at for at in sealed if at is not None), default=None) if all(sealed) else None

    @property
    def amended(self) -> list[Amended]:
        """更正 of all of them."""
        return [each for card in self.cards for each in card.amended]

    def of_platform(self, code: str) -> PublishedCard:
        """The card of one platform. Raises ``Refused("document_of_unknown_platform", typed=…)``."""
        found = next((card for card in self.cards if card.platform.code == code), None)
        if found is None:
            raise Refused("document_of_unknown_platform", typed=code)
        return found


def of_year(session: Session, year: int, now: datetime) -> Publication:
    """Every platform of the year. Raises ``Refused("year_without_rules", year=…)``."""
    if not years.has_rules(year):
        raise Refused("year_without_rules", year=year)
    amended = amendments.of_year(session, year)
    changed = amendments.amended_cards(session, year) if amended else {}
    holds = {platform_id: card.total for platform_id, card in changed.items()}
    stored, sealed = _stored(session, year), _sealed(session, year)
    platforms = session.scalars(sa.select(Platform).where(years.is_in(year)).order_by(Platform.code)).all()
    waiting = set(session.scalars(sa.select(Change.platform_id).where(Change.year == year))) - sealed.keys()
    moved = [each for each in platforms if each.id not in stored or each.id in waiting]
    stored |= _counted(session, moved, year, now)
    former = score_tables.former_totals(session, year, now)
    kinds = []
    for kind in PlatformKind:
        scheme, taken = scheme_for(kind, year), readings.decided(session, year, kind)
        own = [each for each in platforms if each.kind is kind]
        rows = [
            score_tables.row_of(each, *stored[each.id], scheme, former.get(each.id, FormerTotals()), holds.get(each.id))
            for each in own
        ]
        cards = [
            PublishedCard(
                row,
                tuple(_lines(scheme, stored[row.platform.id])),
                _period(stored[row.platform.id].card),
                sealed.get(row.platform.id),
                tuple(each for each in amended if each.platform.id == row.platform.id),
            )
            for row in sorted(score_tables.ranked(rows, year), key=lambda row: row.platform.code)
        ]
        if cards:
            used = score_tables.readings_shown(scheme, [card.row for card in cards], taken)
            kinds.append(PublishedKind(kind, scheme, tuple(cards), tuple(used)))
    return Publication(year, now, tuple(kinds))


class _Stored(NamedTuple):
    """A card with its lines, as a fold wrote them or would write them now."""

    card: ScorecardRow
    lines: list[ScoreLineRow]


def _stored(session: Session, year: int) -> dict[int, _Stored]:
    cards = session.scalars(sa.select(ScorecardRow).where(ScorecardRow.year == year))
    found = {card.platform_id: _Stored(card, []) for card in cards}
    lines = sa.select(ScoreLineRow).where(ScoreLineRow.year == year)
    for line in session.scalars(lines.order_by(ScoreLineRow.platform_id, ScoreLineRow.position)):
        found[line.platform_id].lines.append(line)
    return found


def _sealed(session: Session, year: int) -> dict[int, datetime]:
    query = sa.select(PlatformYear.platform_id, PlatformYear.sealed_at).where(PlatformYear.year == year)
    return {platform_id: at for platform_id, at in session.execute(query) if at is not None}


def _counted(session: Session, platforms: Sequence[Platform], year: int, now: datetime) -> dict[int, _Stored]:
    """What a fold would write now; nothing is written."""
    if not platforms:
        return {}
    common, found = common_facts.of(session, platforms, year), {}
    at = {each.id: now for each in platforms}
    for platform_id, counted in tallies.recount_all(session, platforms, year, at, common=common).items():
        card, lines = tallies.values(platform_id, common.periods[platform_id], now, counted)
        found[platform_id] = _Stored(ScorecardRow(**card), [ScoreLineRow(**line) for line in lines])
    return found


def _lines(scheme: Scheme, stored: _Stored) -> Iterator[PublishedLine]:
    tally, by = Tally.from_dict(stored.card.tally), Readings.from_words(stored.card.readings)
    for line in stored.lines:
        indicator = scheme.indicator(line.code)
        facts = indicator.counted_under(by)
        counted = sum(tally.count(fact) for fact in facts) if indicator.counts else None
        yield PublishedLine(indicator, line.points, line.status, line.working, counted)


def _period(card: ScorecardRow) -> AssessmentPeriod:
    if card.assessed_from is None or card.assessed_until is None:
        return years.whole_year(card.year)
    return AssessmentPeriod(card.assessed_from, card.assessed_until)
