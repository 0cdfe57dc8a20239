"""总览: what the pictures of the province show. Nothing is counted here: all of it is read from the folded scorecards.

So a picture, the table below it and 总表 tell one story, and the page costs the same however many check-ins there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.platform import Platform
from models.scorecard import MonthScore, ScorecardRow, SealedRow
from models.terms import Stage
from scoring.scheme_files import scheme_for
from scoring.terms import Fact, PlatformKind
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.reports.ranks import is_compared, ranks
from wxsvc.services.reports.score_tables import participations, without_rank
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

    platform: Platform
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


class MonthEnd(Struct, frozen=True):
    """月末得分 of one platform beside the ``platforms`` of its kind that are compared: their median and highest.

    ``rank`` is 0 for a platform that is not compared itself; the others are None where nobody is.
    """

    month: str
    total: Decimal
    rank: int
    platforms: int
    median: Decimal | None
    highest: Decimal | None


class LatestActivity(Struct, frozen=True):
    """An activity that has begun: whose, where, when, and how many enterprises have checked in (有效签到)."""

    title: str
    platform_name: str
    region_code: str
    starts_at: datetime
    check_ins: int


def standings(session: Session, year: int) -> dict[PlatformKind, list[DashboardCard]]:
    """Every platform that has a card in the year, kind by kind in the order of their ranks: two queries at most.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year without rules.
    """
    cards = session.execute(
        sa.select(Platform, ScorecardRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(ScorecardRow.year == year)
    ).all()
    sealed = _sealed_months(session, year) if any(card.months is None for _, card in cards) else {}
    found: dict[PlatformKind, list[DashboardCard]] = {}
    for kind in PlatformKind:
        scheme, own = scheme_for(kind, year), [(platform, card) for platform, card in cards if platform.kind is kind]
        given = ranks((each.code, card.total) for each, card in own if is_compared(each, card))
        rows = [
            DashboardCard(
                platform=platform,
                participations=participations(card, scheme),
                months=sealed.get(platform.id, {}) if card.months is None else card.months,
                completion=card.base / scheme.base,
                total=card.total,
                rank=given.get(platform.code, 0),
                as_of=card.as_of,
            )
            for platform, card in own
        ]
        found[kind] = sorted(rows, key=lambda row: (row.rank == 0, row.rank, row.platform.code))
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
        of_city[row.platform.region_code[:4]].append(row)
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


def month_ends(session: Session, platform: Platform, year: int) -> list[MonthEnd]:
    """The platform's kept totals, month by month, beside those of its kind."""
    kept = session.execute(
        sa.select(MonthScore.month, MonthScore.platform_id, MonthScore.total)
        .join(Platform, Platform.id == MonthScore.platform_id)
        .where(MonthScore.year == year, Platform.kind == platform.kind)
    )
    months: dict[str, dict[int, Decimal]] = defaultdict(dict)
    for month, platform_id, total in kept:
        months[month][platform_id] = total
    unranked = without_rank(session, platform.kind, year)
    ends = []
    for month, totals in sorted(months.items()):
        if platform.id in totals:
            compared = {key: total for key, total in totals.items() if key not in unranked}
            ends.append(
                MonthEnd(
                    month=month,
                    total=totals[platform.id],
                    rank=ranks(compared.items()).get(platform.id, 0),
                    platforms=len(compared),
                    median=median(compared.values()) if compared else None,
                    highest=max(compared.values(), default=None),
                )
            )
    return ends


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
