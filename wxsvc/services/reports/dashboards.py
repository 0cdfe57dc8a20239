"""总览: what the pictures of the province show. Nothing is counted here: all of it is read from the folded scorecards.

So a picture, the table below it and 总表 tell one story, and the page costs the same however many check-ins there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.platform import Platform
from models.scorecard import ScorecardRow, SealedRow
from models.terms import Stage
from scoring.scheme_files import scheme_for
from scoring.terms import Fact, PlatformKind
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.reports.ranks import IS_COMPARED, RANK, ranks
from wxsvc.services.reports.score_tables import participations
from wxsvc.services.years import has_rules
from wxsvc.texts import regions
from wxsvc.texts.regions import Region

SPANS: Final = 11
"""得分段: under 10, under 20 … under 100, and 100 and more, as bonus points may lead there."""


class DashboardCard(Struct, frozen=True):
    """One platform's card in figures: 家次 that count, in all and by month, and its totals.

    ``rank`` is among its kind, by the total from the largest down; equal totals share it; it is 0 for a platform that
    was closed (关停) or is not assessed (不参加考评), which is not compared. ``completion`` (完成率) is the base as a
    share of what its kind can reach.
    """

    code: str
    name: str
    region_code: str
    participations: int
    months: Mapping[str, int]
    completion: Decimal
    total: Decimal
    rank: int
    as_of: datetime


class CityFigures(Struct, frozen=True):
    """One city (市州) by the platforms in it: 家次 together, completion and total on average, rank by that total.

    ``completion``, ``average`` and ``rank`` are of the platforms that are compared, and None where there is none.
    """

    city: Region
    platforms: int
    participations: int
    completion: Decimal | None
    average: Decimal | None
    rank: int | None


class Months(Struct, frozen=True):
    """家次 by month (``2026-11``); ``unplaced`` are those of cards that an earlier release folded without months."""

    participations: Mapping[str, int]
    unplaced: int


class Spread(Struct, frozen=True):
    """The totals of one kind: how many platforms stand in each span of ten points, and the range."""

    kind: PlatformKind
    spans: tuple[int, ...]
    lowest: Decimal
    median: Decimal
    highest: Decimal

    @property
    def platforms(self) -> int:
        """How many there are."""
        return sum(self.spans)


class DashboardFigures(Struct, frozen=True):
    """What pictures show of some platforms: how many there are, those with 家次, and 家次 in all, by city and by month.

    ``spreads`` and the ``best`` are of each kind among them, ``as_of`` is the moment of the oldest card.
    """

    platforms: int
    active: int
    participations: int
    cities: Sequence[CityFigures]
    months: Months
    spreads: Sequence[Spread]
    best: Mapping[PlatformKind, Sequence[DashboardCard]]
    as_of: datetime | None


class LatestActivity(Struct, frozen=True):
    """An activity that has begun: whose, where, when, and how many enterprises have checked in (有效签到)."""

    title: str
    platform_name: str
    region_code: str
    starts_at: datetime
    check_ins: int


def state(session: Session, year: int) -> tuple[Any, ...]:
    """What all figures of a year follow from: it is another one after every fold and every change of a platform."""
    return (year, *session.execute(_STATE, {"year": year}).one())


def figures(session: Session, year: int, number: int) -> dict[PlatformKind | None, DashboardFigures]:
    """The figures of a year by kind, and under None of all kinds; of each kind the ``number`` best are named.

    A year without rules has no platforms.
    """
    of_kind = standings(session, year) if has_rules(year) else {kind: [] for kind in PlatformKind}
    every = [row for rows in of_kind.values() for row in rows]
    found: dict[PlatformKind | None, DashboardFigures] = {None: _figures(of_kind, every, year, number)}
    return found | {kind: _figures({kind: rows}, rows, year, number) for kind, rows in of_kind.items()}


def _figures(
    of_kind: Mapping[PlatformKind, Sequence[DashboardCard]], rows: Sequence[DashboardCard], year: int, number: int
) -> DashboardFigures:
    return DashboardFigures(
        platforms=len(rows),
        active=sum(row.participations > 0 for row in rows),
        participations=sum(row.participations for row in rows),
        cities=by_city(rows),
        months=by_month(rows, year),
        spreads=[found for kind, own in of_kind.items() if (found := spread(kind, own))],
        best={kind: [row for row in own[:number] if row.rank] for kind, own in of_kind.items() if own},
        as_of=min((row.as_of for row in rows), default=None),
    )


_OF_YEAR: Final = ScorecardRow.year == sa.bindparam("year")
_STATE: Final = (
    sa.select(sa.func.count(), sa.func.sum(Platform.version), sa.func.sum(ScorecardRow.total))
    .add_columns(sa.func.aggregate_strings(sa.cast(ScorecardRow.as_of, sa.String), ","))
    .join(Platform, Platform.id == ScorecardRow.platform_id)
    .where(_OF_YEAR)
)
_CARDS: Final = (
    sa.select(Platform.code, Platform.name, Platform.kind, Platform.region_code, RANK.label("rank"))
    .add_columns(
        *(getattr(ScorecardRow, name) for name in ("platform_id", "base", "total", "tally", "months", "as_of"))
    )
    .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
    .where(_OF_YEAR)
    .order_by(IS_COMPARED.desc(), ScorecardRow.total.desc(), Platform.code)
)


def standings(session: Session, year: int) -> dict[PlatformKind, list[DashboardCard]]:
    """Every platform that has a card in the year, kind by kind in the order of their ranks: two queries at most.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year without rules.
    """
    cards = session.execute(_CARDS, {"year": year}).all()
    sealed = _sealed_months(session, year) if any(card.months is None for card in cards) else {}
    schemes = {kind: scheme_for(kind, year) for kind in PlatformKind}
    found: dict[PlatformKind, list[DashboardCard]] = {kind: [] for kind in PlatformKind}
    for card in cards:
        scheme = schemes[card.kind]
        made = DashboardCard(
            code=card.code,
            name=card.name,
            region_code=card.region_code,
            participations=participations(card, scheme),
            months=sealed.get(card.platform_id, {}) if card.months is None else card.months,
            completion=card.base / scheme.base,
            total=card.total,
            rank=card.rank,
            as_of=card.as_of,
        )
        found[card.kind].append(made)
    return found


def _sealed_months(session: Session, year: int) -> dict[int, dict[str, int]]:
    """家次 by month of the platforms whose year is sealed, from the rows that were sealed with it."""
    facts = {
        fact
        for kind in PlatformKind
        if (line := scheme_for(kind, year).counting(Fact.ACTIVITY_PARTICIPATIONS))
        for fact in line.counts
    }
    rows = session.execute(
        sa.select(SealedRow.platform_id, SealedRow.day, sa.func.sum(SealedRow.amount))
        .where(
            SealedRow.year == year,
            SealedRow.fact.in_(facts),
            SealedRow.standing == CountStatus.COUNTED.value,
            SealedRow.is_left_out.is_(False),
        )
        .group_by(SealedRow.platform_id, SealedRow.day)
    )
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for platform_id, day, amount in rows:
        found[platform_id][f"{day:%Y-%m}"] += amount
    return found


def by_city(rows: Iterable[DashboardCard]) -> list[CityFigures]:
    """Every city of the province in the order of its code, also one without a platform."""
    of_city: dict[str, list[DashboardCard]] = defaultdict(list)
    for row in rows:
        of_city[row.region_code[:4]].append(row)
    compared = {code: own for code, found in of_city.items() if (own := [row for row in found if row.rank])}
    averages = {code: _mean([row.total for row in own]) for code, own in compared.items()}
    given = ranks(averages.items())
    return [
        CityFigures(
            city=city,
            platforms=len(of_city[code]),
            participations=sum(row.participations for row in of_city[code]),
            completion=_mean([row.completion for row in compared[code]]) if code in compared else None,
            average=averages.get(code),
            rank=given.get(code),
        )
        for city in regions.cities()
        for code in [city.code[:4]]
    ]


def by_month(rows: Sequence[DashboardCard], year: int) -> Months:
    """Every month of the year, and those beyond it that a period (考评期) of some platform reaches."""
    months = dict.fromkeys((f"{year}-{month:02}" for month in range(1, 13)), 0)
    for row in rows:
        for month, amount in row.months.items():
            months[month] = months.get(month, 0) + amount
    counted = sum(row.participations for row in rows)
    return Months(dict(sorted(months.items())), counted - sum(months.values()))


def spread(kind: PlatformKind, rows: Sequence[DashboardCard]) -> Spread | None:
    """How the totals of the platforms of a kind that are compared are spread; None where there is none."""
    totals = [row.total for row in rows if row.rank]
    if not totals:
        return None
    spans = [0] * SPANS
    for total in totals:
        spans[min(int(total // 10), SPANS - 1)] += 1
    return Spread(kind, tuple(spans), min(totals), median(totals), max(totals))


def latest_activities(session: Session, now: datetime, number: int) -> list[LatestActivity]:
    """The activities that began last, each with its check-ins that are neither undone nor voided."""
    come = (
        sa.select(sa.func.count())
        .where(CheckIn.activity_id == Activity.id, CheckIn.is_live)
        .correlate(Activity)
        .scalar_subquery()
    )
    shown = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.APPROVED)
    query = (
        sa.select(Activity.title, Platform.name, Platform.region_code, Activity.starts_at, come)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(Activity.stage.in_(shown), Activity.starts_at <= now)
        .order_by(Activity.starts_at.desc(), Activity.id.desc())
        .limit(number)
    )
    return [LatestActivity(*row) for row in session.execute(query)]


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)
