"""两年对比: a platform's cards of two years side by side, line by line, and all platforms of a kind.

Lines are matched by their code, so that a table that gained, lost or reworded a line is compared as far as it goes;
what one year does not have is empty there. Points out of other full points are told with these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow
from scoring.readings import Readings
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.tally import Tally
from scoring.terms import Group, LineStatus, PlatformKind
from wxsvc.queries import Page, page_of
from wxsvc.services import counting_years, years
from wxsvc.services.counting import amendments
from wxsvc.services.reports.ranks import IS_COMPARED, RANK


class YearLine(Struct, frozen=True):
    """One line in one year: points of full points, what was counted (None for a line that is ruled)."""

    points: Decimal
    full: Decimal
    counted: int | None
    is_awaited: bool


class ComparedLine(Struct, frozen=True):
    """One line in both years; None in a year whose table, or card, has no such line. ``name`` is the later year's."""

    code: str
    name: str
    group: Group
    unit: str
    former: YearLine | None
    later: YearLine | None
    is_reworded: bool
    """Both tables have the line, and its sentence is not the same."""

    @property
    def change(self) -> Decimal | None:
        """How many points more; None where one year has none."""
        return self.later.points - self.former.points if self.former and self.later else None


class YearTotal(Struct, frozen=True):
    """One year's card in total: rank (名次) among the ``of_all`` platforms of the kind that are compared in that year.

    It is 0 for a platform that is not compared: not assessed (不参加考评) in that year, or closed (关停). ``amended``
    is the total with the amendments (更正) since the seal, None where there is none: all else stays as it was sealed.
    """

    base: Decimal
    bonus: Decimal
    total: Decimal
    awaited: Decimal
    rank: int
    of_all: int
    as_of: datetime
    is_sealed: bool
    amended: Decimal | None = None

    @property
    def holds(self) -> Decimal:
        """The total as it holds now: amended, or as the card has it."""
        return self.total if self.amended is None else self.amended


_EVERY: Final = 100_000
"""More platforms than there are."""
_OF_CARD = tuple(name for name in YearTotal.__struct_fields__ if name not in ("rank", "of_all", "amended"))


class Compared(Struct, frozen=True):
    """One platform in both years; None for a year without a card."""

    platform: Platform
    former: YearTotal | None
    later: YearTotal | None
    lines: tuple[ComparedLine, ...]

    @property
    def groups(self) -> list[tuple[Group, list[ComparedLine]]]:
        """The lines under the headings of the indicator table; a line that only the former year has stands last."""
        found: dict[Group, list[ComparedLine]] = {}
        for line in self.lines:
            found.setdefault(line.group, []).append(line)
        return list(found.items())

    @property
    def is_amended(self) -> bool:
        """Whether one of the cards was amended (更正) since its seal."""
        return any(card is not None and card.amended is not None for card in (self.former, self.later))

    @property
    def change(self) -> Decimal | None:
        """How much more in total, by what holds (更正后); None where one year has no card."""
        return self.later.holds - self.former.holds if self.former and self.later else None


class _Year(Struct, frozen=True):
    """The cards of one kind in one year."""

    indicators: Mapping[str, Indicator]
    totals: Mapping[int, YearTotal]
    lines: Mapping[int, Mapping[str, YearLine]]


def of_platform(session: Session, platform: Platform, former: int, later: int) -> Compared:
    """One platform's two cards side by side."""
    query = _ranked(platform.kind, former, later).where(Platform.id == platform.id)
    row = session.execute(query).one_or_none()
    ranked = [_Ranked(*row)] if row else []
    cards = [_year(session, platform.kind, year, _ranks(ranked, year, later)) for year in (former, later)]
    return _compared(platform, *cards)


def of_kind(
    session: Session, kind: PlatformKind, former: int, later: int, number: int = 1, per_page: int = _EVERY
) -> Page[Compared]:
    """The platforms of the kind that have a card in one of the years, by their rank in the later one: those of a page,
    past the end of the last, or all; two queries a year and one."""
    shown = page_of(session, _ranked(kind, former, later), number, per_page, _Ranked)
    cards = [_year(session, kind, year, _ranks(shown.rows, year, later)) for year in (former, later)]
    return Page([_compared(each.platform, *cards) for each in shown.rows], shown.count, shown.number, shown.pages)


class _Ranked(NamedTuple):
    """A platform with its rank in either year and how many are compared there; None in a year without a card."""

    platform: Platform
    former: int | None
    of_former: int | None
    later: int | None
    of_later: int | None


def _ranked(kind: PlatformKind, former: int, later: int) -> sa.Select[*tuple[Any, ...]]:
    """Whoever has a card in one of the years, by the rank in the later one."""
    old, new = _ranks_of(kind, former), _ranks_of(kind, later)
    return (
        sa.select(Platform, old.c.rank, old.c.of_all, new.c.rank, new.c.of_all)
        .outerjoin(old, old.c.platform_id == Platform.id)
        .outerjoin(new, new.c.platform_id == Platform.id)
        .where(sa.or_(old.c.platform_id.is_not(None), new.c.platform_id.is_not(None)))
        .order_by(new.c.rank.is_(None), new.c.rank == 0, new.c.rank, Platform.code)
    )


def _ranks_of(kind: PlatformKind, year: int) -> sa.Subquery:
    """The ranks of a kind in a year; none in one without rules."""
    card, of_all = ScorecardRow, sa.func.sum(sa.case((IS_COMPARED, 1), else_=0)).over()
    return (
        sa.select(card.platform_id, RANK.label("rank"), of_all.label("of_all"))
        .join(Platform, Platform.id == card.platform_id)
        .where(Platform.kind == kind, card.year == year, sa.true() if years.has_rules(year) else sa.false())
        .subquery()
    )


def _ranks(ranked: Sequence[_Ranked], year: int, later: int) -> dict[int, tuple[int, int]]:
    """Rank, and how many are compared, of those that have a card in the year."""
    found = {}
    for each in ranked:
        rank, of_all = (each.later, each.of_later) if year == later else (each.former, each.of_former)
        if rank is not None and of_all is not None:
            found[each.platform.id] = rank, of_all
    return found


def _year(session: Session, kind: PlatformKind, year: int, ranks: Mapping[int, tuple[int, int]]) -> _Year:
    """The cards of a year of the platforms that have these ranks."""
    if not years.has_rules(year):
        return _Year({}, {}, {})
    indicators = {line.code: line for line in scheme_for(kind, year).indicators}
    card = ScorecardRow
    wanted = (
        sa.select(card.platform_id, card.base, card.bonus, card.total, card.awaited)
        .add_columns(card.as_of, counting_years.is_sealed_of(card).label("is_sealed"))
        .add_columns(amendments.is_amended(card.platform_id, year).label("is_amended"), card.tally, card.readings)
        .where(card.year == year, card.platform_id.in_(ranks))
    )
    cards = session.execute(wanted).all()
    changed = amendments.amended_cards(session, year) if any(each.is_amended for each in cards) else {}
    holds = {platform_id: each.total for platform_id, each in changed.items()}
    totals = {
        each.platform_id: YearTotal(
            **{name: getattr(each, name) for name in _OF_CARD},
            rank=ranks[each.platform_id][0],
            of_all=ranks[each.platform_id][1],
            amended=holds.get(each.platform_id),
        )
        for each in cards
    }
    return _Year(indicators, totals, _lines(session, year, cards, indicators))


def _lines(
    session: Session, year: int, cards: Sequence[Any], indicators: Mapping[str, Indicator]
) -> dict[int, dict[str, YearLine]]:
    """The lines of these cards by platform and code."""
    tallies = {each.platform_id: Tally.from_dict(each.tally) for each in cards}
    by = {each.platform_id: Readings.from_words(each.readings) for each in cards}
    rows = sa.select(ScoreLineRow.platform_id, ScoreLineRow.code, ScoreLineRow.points, ScoreLineRow.status)
    rows = rows.where(ScoreLineRow.platform_id.in_(tallies), ScoreLineRow.year == year)
    lines: dict[int, dict[str, YearLine]] = {}
    for platform_id, code, points, status in session.execute(rows):
        if code in indicators:
            line = indicators[code]
            facts = line.counted_under(by[platform_id])
            counted = sum(tallies[platform_id].count(fact) for fact in facts) if line.counts else None
            made = YearLine(points, line.full, counted, status is LineStatus.AWAITED)
            lines.setdefault(platform_id, {})[code] = made
    return lines


def _compared(platform: Platform, old: _Year, new: _Year) -> Compared:
    """Lines in the order of the later table, then those that only the former has."""
    found = []
    for code in dict.fromkeys([*new.indicators, *old.indicators]):
        named = new.indicators.get(code) or old.indicators[code]
        former, later = (year.lines.get(platform.id, {}).get(code) for year in (old, new))
        is_reworded = code in old.indicators and code in new.indicators and named.text != old.indicators[code].text
        found.append(ComparedLine(code, named.name, named.group, named.unit, former, later, is_reworded))
    return Compared(platform, old.totals.get(platform.id), new.totals.get(platform.id), tuple(found))
