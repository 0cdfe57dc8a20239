"""总表: every platform of one kind, indicator by indicator, with its rank, what is open, and what changed.

One table is three queries, whatever it holds, and one more where a sealed card was amended. The database ranks all
platforms of the kind, and then chooses, sorts and cuts: a part of a long table costs what the part shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
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
from wxsvc.queries import Page
from wxsvc.services.counting import amendments
from wxsvc.services.counting.scorecards import Pending, pending_of
from wxsvc.services.regulation import readings
from wxsvc.services.regulation.readings import Decided, ReadingInUse
from wxsvc.services.reports import table_cards
from wxsvc.services.reports.ranks import ranks
from wxsvc.services.years import day_of

_FIGURES: Final = ("rank", "code", "name", "participations", "counted", "ruled", "base", "bonus")
_TOTALS: Final = ("total", "amended", "awaited", "filled", "month", "year", "submitted", "returned", "unsubmitted")
PLAIN_SORTS: Final = (*_FIGURES, *_TOTALS)
"""What a table may be sorted by, beside the codes of its indicators: all its other columns."""


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
    """The rows as chosen and sorted, or one part of them; ``of_all`` is how many platforms of the kind there are.

    ``as_of`` is the moment of the oldest card of those that were chosen: everything is at least as new; ``is_amended``
    says whether one of them was amended (更正). ``readings`` (口径) bear on the lines, each value that some card shown
    rests on: sealed cards may differ.
    """

    kind: PlatformKind
    year: int
    indicators: tuple[Indicator, ...]
    part: Page[ScoreRow]
    of_all: int
    as_of: datetime | None
    is_amended: bool
    readings: tuple[ReadingInUse, ...]
    note: str
    """注 below the indicator table, verbatim."""

    @property
    def rows(self) -> Sequence[ScoreRow]:
        """Those that are shown."""
        return self.part.rows


def of(
    session: Session,
    year: int,
    kind: PlatformKind,
    now: datetime,
    *,
    city: str = "",
    name: str = "",
    sort: str = "code",
    number: int = 1,
    per_part: int | None = None,
) -> ScoreTable:
    """The table of one kind and year, of one city (its code) or whose names hold a text, sorted by one column.

    ``sort`` is one of ``PLAIN_SORTS`` or an indicator's code, with ``-`` before it from the largest down; any other is
    by code. Of more rows than ``per_part``, those of part ``number`` are read, past the end of the last. Raises
    :class:`scoring.scheme_files.NoSchemeError` for a year without rules.
    """
    scheme = scheme_for(kind, year)
    found = table_cards.of(session, year, scheme, now, city, name, sort, number, per_part)
    head = found.cards[0] if found.cards else None
    rows, count = _rows(session, year, scheme, found.cards), head.count if head else 0
    return ScoreTable(
        kind=kind,
        year=year,
        indicators=scheme.indicators,
        part=Page(rows, count, found.number, max(1, -(-count // per_part)) if per_part else 1),
        of_all=found.of_all,
        as_of=head.oldest if head else None,
        is_amended=head is not None and bool(head.some_amended),
        readings=tuple(readings_shown(scheme, rows, readings.decided(session, year, kind))),
        note=scheme.note,
    )


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


def _rows(session: Session, year: int, scheme: Scheme, cards: Sequence[Any]) -> list[ScoreRow]:
    """The rows of cards with their lines."""
    lines: dict[int, list[Any]] = defaultdict(list)
    line = ScoreLineRow
    query = sa.select(line.platform_id, line.code, line.points, line.status).where(line.year == year)
    if cards and len(cards) == cards[0].of_all:
        query = query.join(Platform, Platform.id == line.platform_id).where(Platform.kind == scheme.kind)
    else:
        query = query.where(line.platform_id.in_([card.Platform.id for card in cards]))
    for each in session.execute(query):
        lines[each.platform_id].append(each)
    amended = amendments.amended_cards(session, year) if cards and cards[0].some_amended else {}
    return [
        row_of(
            card.Platform,
            card,
            lines[card.Platform.id],
            scheme,
            FormerTotals(card.last_month, card.last_year),
            amended[card.Platform.id].total if card.Platform.id in amended else None,
            card.rank,
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
    rank: int = 0,
) -> ScoreRow:
    """The platform's row, from its stored card and lines or from rows with their columns."""
    points = {line.code: line.points for line in lines}
    return ScoreRow(
        platform=platform,
        is_assessed=card.is_assessed,
        rank=rank,
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
    own = table_cards.former(query, ScorecardRow, before, kept, year, now)
    return {platform_id: FormerTotals(month, last_year) for platform_id, last_year, month in session.execute(own)}


def participations(card: Any, scheme: Scheme) -> int:
    """家次 that count on a card, or on a row with its tally: of every fact on the line that counts them."""
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


def ranked(rows: Sequence[ScoreRow], year: int) -> list[ScoreRow]:
    """名次: by the total from the largest down; equal totals share a rank, in the order of their codes.

    Platforms that were closed in the year, or are not assessed in it, stand last, without a rank.
    """
    compared = [row for row in rows if row.is_assessed and not row.platform.is_closed_in(year)]
    given = ranks((row.platform.code, row.total) for row in compared)
    found = [replace(row, rank=given[row.platform.code]) for row in compared]
    found.sort(key=lambda row: (row.rank, row.platform.code))
    return found + [row for row in rows if row.platform.code not in given]
