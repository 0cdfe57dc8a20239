"""总表: every platform of one kind, indicator by indicator, with its rank, what is open, and what changed.

One table is three queries, whatever it holds, and one more where a sealed card was amended. It is sorted here, not in
the database, as a rank is made of all rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session, aliased

from models.platform import Platform, PlatformYear
from models.scorecard import MonthScore, ScorecardRow, ScoreLineRow
from scoring.readings import Readings
from scoring.scheme import Indicator, Scheme
from scoring.scheme_files import scheme_for
from scoring.tally import count_in
from scoring.terms import Fact, LineStatus, PlatformKind, ReadingName
from wxsvc.services.counting import amendments
from wxsvc.services.counting.scorecards import Pending, pending_of
from wxsvc.services.regulation import readings
from wxsvc.services.regulation.readings import Decided, ReadingInUse
from wxsvc.services.reports.ranks import IS_COMPARED, ranks
from wxsvc.services.years import day_of

_FIGURES: Final = ("rank", "code", "name", "participations", "counted", "ruled", "base", "bonus")
_TOTALS: Final = ("total", "amended", "awaited", "filled", "month", "year", "submitted", "returned", "unsubmitted")
PLAIN_SORTS: Final = (*_FIGURES, *_TOTALS)
"""What a table may be sorted by, beside the codes of its indicators: all its other columns."""

_OF_CARD: Final = (
    "base",
    "bonus",
    "total",
    "awaited",
    "tally",
    "pending_stages",
    "readings",
    "as_of",
    "is_assessed",
)
"""Columns of a card that its line is made of."""


class ScoreRow(Struct, frozen=True):
    """One platform's line of the table; ``rank`` (名次) is by the total, ties share it and the next ones are left out.

    It is 0 for a platform that was closed (关停) before the year was over, or is not assessed in it (不参加考评): it is
    not compared with the others.

    ``points`` are by the code of the indicator, ``open`` the codes still to be ruled (待评定). The base are the points
    that were counted from records and filings (计数得分) and those that people ruled (评定得分). ``participations`` are
    the 家次 that count, ``pending`` those that wait. ``amended`` is the total with the amendments (更正) since the
    seal, None where there is none: all else, the rank too, stays as it was sealed. ``month`` and ``year`` are the
    changes of the total since the end of the last month (较上月) and of last year (较上年), if that is kept.
    ``rests_on`` are the card's readings (口径).
    """

    platform: Platform
    is_assessed: bool
    rank: int
    points: Mapping[str, Decimal]
    open: frozenset[str]
    ruled: Decimal
    base: Decimal
    bonus: Decimal
    total: Decimal
    amended: Decimal | None
    awaited: Decimal
    participations: int
    pending: Pending
    month: Decimal | None
    year: Decimal | None
    as_of: datetime
    rests_on: Readings

    @property
    def counted(self) -> Decimal:
        """计数得分: what of the base nobody had to judge."""
        return self.base - self.ruled

    @property
    def holds(self) -> Decimal:
        """The total as it holds now: amended, or as the card has it."""
        return self.total if self.amended is None else self.amended

    @property
    def filled(self) -> Decimal:
        """评满后合计: the total, if every line that is awaited got its full points."""
        return self.total + self.awaited


class ScoreTable(Struct, frozen=True):
    """The rows as chosen and sorted; ``of_all`` is how many there are, closed ones too.

    ``readings`` (口径) bear on its lines, each value that some card shown rests on: sealed cards may differ.
    """

    kind: PlatformKind
    year: int
    indicators: tuple[Indicator, ...]
    rows: tuple[ScoreRow, ...]
    of_all: int
    readings: tuple[ReadingInUse, ...]
    note: str
    """注 below the indicator table, verbatim."""

    @property
    def is_amended(self) -> bool:
        """Whether a card of the rows shown was amended (更正)."""
        return any(row.amended is not None for row in self.rows)

    @property
    def as_of(self) -> datetime | None:
        """The oldest card's moment: everything shown is at least as new."""
        return min((row.as_of for row in self.rows), default=None)


def of(
    session: Session,
    year: int,
    kind: PlatformKind,
    now: datetime,
    *,
    city: str = "",
    name: str = "",
    sort: str = "code",
) -> ScoreTable:
    """The table of one kind and year, of one city (its code) or whose names hold a text, sorted by one column.

    ``sort`` is one of ``PLAIN_SORTS`` or an indicator's code, with ``-`` before it from the largest down; any other is
    by code. Raises :class:`scoring.scheme_files.NoSchemeError` for a year without rules.
    """
    scheme = scheme_for(kind, year)
    every = ranked(_rows(session, year, scheme, now), year)
    chosen = [row for row in every if _is_in(row.platform, city) and name in row.platform.name]
    shown = tuple(_sorted(chosen, sort))
    used = tuple(readings_shown(scheme, shown, readings.decided(session, year, kind)))
    return ScoreTable(kind, year, scheme.indicators, shown, len(every), used, scheme.note)


def keep_month(session: Session, now: datetime) -> int:
    """Keep this month's totals (月末得分): every night writes over the night before, so the month's last one stays.

    The running year and the one before, which may be in closing, where they are not sealed. Returns how many were kept.
    """
    today = day_of(now)
    month = f"{today:%Y-%m}"
    months = session.scalars(sa.select(MonthScore).where(MonthScore.month == month))
    kept = {(row.platform_id, row.year): row for row in months}
    sealed = sa.select(PlatformYear.platform_id).where(
        PlatformYear.platform_id == ScorecardRow.platform_id,
        PlatformYear.year == ScorecardRow.year,
        PlatformYear.is_sealed,
    )
    cards = sa.select(ScorecardRow.platform_id, ScorecardRow.year, ScorecardRow.total).where(
        ScorecardRow.year >= today.year - 1, ~sealed.exists()
    )
    found = session.execute(cards).all()
    for platform_id, year, total in found:
        row = kept.get((platform_id, year)) or MonthScore(platform_id=platform_id, year=year, month=month)
        row.total, row.kept_at = total, now
        session.add(row)
    return len(found)


def _rows(session: Session, year: int, scheme: Scheme, now: datetime) -> list[ScoreRow]:
    kind = scheme.kind
    before, kept = aliased(ScorecardRow), aliased(MonthScore)
    own = (getattr(ScorecardRow, name) for name in _OF_CARD)
    query = (
        sa.select(
            Platform,
            *own,
            before.total.label("last_year"),
            kept.total.label("last_month"),
            amendments.is_amended(Platform.id, year).label("is_amended"),
        )
        .join(ScorecardRow, sa.and_(ScorecardRow.platform_id == Platform.id, ScorecardRow.year == year))
        .where(Platform.kind == kind)
    )
    cards: Sequence[Any] = session.execute(_former(query, Platform.id, before, kept, year, now)).all()
    lines: dict[int, list[Any]] = defaultdict(list)
    of_year = sa.select(ScoreLineRow.platform_id, ScoreLineRow.code, ScoreLineRow.points, ScoreLineRow.status).where(
        ScoreLineRow.year == year
    )
    of_kind = of_year.join(Platform, Platform.id == ScoreLineRow.platform_id).where(Platform.kind == kind)
    for line in session.execute(of_kind):
        lines[line.platform_id].append(line)
    amended = amendments.amended_cards(session, year) if any(card.is_amended for card in cards) else {}
    return [
        row_of(
            card.Platform,
            card,
            lines[card.Platform.id],
            scheme,
            FormerTotals(card.last_month, card.last_year),
            amended[card.Platform.id].total if card.Platform.id in amended else None,
        )
        for card in cards
    ]


class FormerTotals(NamedTuple):
    """What a card's total was at the end of the last month, and at the end of last year; None where it is not kept."""

    month: Decimal | None = None
    year: Decimal | None = None


def row_of(
    platform: Platform,
    card: Any,
    lines: Collection[Any],
    scheme: Scheme,
    former: FormerTotals,
    amended: Decimal | None,
) -> ScoreRow:
    """The platform's row, still without its rank, from its stored card and lines or from rows with their columns."""
    points = {line.code: line.points for line in lines}
    return ScoreRow(
        platform=platform,
        is_assessed=card.is_assessed,
        rank=0,
        points=points,
        open=frozenset(line.code for line in lines if line.status is LineStatus.AWAITED),
        ruled=sum((points[code] for code in scheme.rulings if code in points), Decimal(0)),
        base=card.base,
        bonus=card.bonus,
        total=card.total,
        amended=amended,
        awaited=card.awaited,
        participations=participations(card, scheme),
        pending=pending_of(card, (Fact.ACTIVITY_PARTICIPATIONS,)),
        month=None if former.month is None else card.total - former.month,
        year=None if former.year is None else card.total - former.year,
        as_of=card.as_of,
        rests_on=Readings.from_words(card.readings),
    )


def former_totals(session: Session, year: int, now: datetime) -> dict[int, FormerTotals]:
    """The same of every stored card of the year, by platform."""
    before, kept = aliased(ScorecardRow), aliased(MonthScore)
    query = sa.select(ScorecardRow.platform_id, before.total, kept.total).where(ScorecardRow.year == year)
    own = _former(query, ScorecardRow.platform_id, before, kept, year, now)
    return {platform_id: FormerTotals(month, last_year) for platform_id, last_year, month in session.execute(own)}


def _former(query: Any, platform_id: Any, before: Any, kept: Any, year: int, now: datetime) -> Any:
    of_month = sa.and_(kept.platform_id == platform_id, kept.year == year, kept.month == _month_before(day_of(now)))
    return query.outerjoin(before, sa.and_(before.platform_id == platform_id, before.year == year - 1)).outerjoin(
        kept, of_month
    )


def participations(card: ScorecardRow, scheme: Scheme) -> int:
    """家次 that count on a card: of every fact on the line that counts them."""
    line = scheme.counting(Fact.ACTIVITY_PARTICIPATIONS)
    return sum(count_in(card.tally, fact) for fact in line.counts) if line else 0


def readings_shown(scheme: Scheme, rows: Sequence[ScoreRow], taken: Sequence[Decided]) -> Iterator[ReadingInUse]:
    """The readings (口径) that bear on the table's lines, each value that some card of the rows rests on."""
    newest: dict[Readings, datetime] = {}
    for row in rows:
        newest[row.rests_on] = max(row.as_of, newest.get(row.rests_on, row.as_of))
    sets = [readings.in_use(taken, rests_on, as_of) for rests_on, as_of in newest.items()]
    for name in ReadingName:
        if scheme.bearing(name):
            yield from {used[name].word: used[name] for used in sets}.values()


def _month_before(day: date) -> str:
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def ranked(rows: Sequence[ScoreRow], year: int) -> list[ScoreRow]:
    """名次: by the total from the largest down; equal totals share a rank, in the order of their codes.

    Platforms that were closed in the year, or are not assessed in it, stand last, without a rank.
    """
    compared = [row for row in rows if row.is_assessed and not row.platform.is_closed_in(year)]
    given = ranks((row.platform.code, row.total) for row in compared)
    found = [replace(row, rank=given[row.platform.code]) for row in compared]
    found.sort(key=lambda row: (row.rank, row.platform.code))
    return found + [row for row in rows if row.platform.code not in given]


def without_rank(session: Session, kind: PlatformKind, year: int) -> set[int]:
    """The ids of the platforms of a kind whose card of the year is not compared with the others'."""
    cards = (
        sa.select(Platform.id)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(ScorecardRow.year == year, Platform.kind == kind, ~IS_COMPARED)
    )
    return set(session.scalars(cards))


def _is_in(platform: Platform, city: str) -> bool:
    return not city or platform.region_code[:4] == city[:4]


def _sorted(rows: Sequence[ScoreRow], sort: str) -> list[ScoreRow]:
    by_code = sorted(rows, key=lambda row: row.platform.code)
    return sorted(by_code, key=_key(sort.removeprefix("-")), reverse=sort.startswith("-"))


def _key(column: str) -> Callable[[ScoreRow], Any]:
    match column:
        case "rank":
            return lambda row: (row.rank == 0, row.rank)
        case "month" | "year":
            return lambda row: (getattr(row, column) is not None, getattr(row, column) or Decimal(0))
        case "amended":
            return lambda row: row.holds
        case "name" | "code":
            return lambda row: getattr(row.platform, column)
        case "submitted" | "returned" | "unsubmitted":
            return lambda row: getattr(row.pending, column)
        case _ if column in PLAIN_SORTS:
            return lambda row: getattr(row, column)
        case _:
            return lambda row: row.points.get(column, Decimal(-1))
