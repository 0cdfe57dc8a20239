"""The truth of one platform-year, as rows: what counts, what waits for review, what does not count and why.

The tally is the sum of these rows and a page shows the very same rows, so a number and its list cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import BonusClaim
from models.enterprise import Enterprise
from models.platform import Platform
from models.recognition import ResearchReport
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import NeedState, Stage, Subject
from scoring.readings import Readings
from scoring.terms import BONUS_FACT, ActivityCategory, Fact, Part, PlatformKind
from wxsvc.services.counting import activity_rows
from wxsvc.services.regulation.completeness import DEFAULT, Thresholds
from wxsvc.services.years import day_of


class Standing(StrEnum):
    """已计入 · 待审核 · 不计入."""

    COUNTED = "counted"
    PENDING = "pending"
    NOT_COUNTED = "not_counted"


@dataclass(frozen=True, slots=True)
class FactRow:
    """One record's share in one fact: ``amount`` 家次, 次, 条 or 份; ``reasons`` are codes why it does not count."""

    fact: Fact
    amount: int
    standing: Standing
    subject: Subject
    subject_id: int
    title: str
    day: date | None
    reasons: tuple[str, ...] = ()
    stage: Stage | None = None


def facts(
    session: Session, platform: Platform, year: int, readings: Readings, thresholds: Thresholds = DEFAULT
) -> list[FactRow]:
    """Every row that may count for this platform in this year, read from the truth."""
    rows = [*_activities(session, platform, year, readings, thresholds)]
    for subject in RECORDED:
        rows += of_noun(session, platform, year, readings, subject)
    return rows


RECORDED: Final = (
    Subject.OFFLINE_SERVICE,
    Subject.ONLINE_TRADE,
    Subject.NEED,
    Subject.RESEARCH_REPORT,
    Subject.BONUS_CLAIM,
)
"""The nouns beside activities whose records are counted."""


def of_noun(session: Session, platform: Platform, year: int, readings: Readings, subject: Subject) -> list[FactRow]:
    """The rows of one noun of :data:`RECORDED` alone; of any other noun there are none."""
    match subject:
        case Subject.OFFLINE_SERVICE:
            return [*_offline_services(session, platform, year, readings)]
        case Subject.ONLINE_TRADE:
            return [*_online_trades(session, platform, year)]
        case Subject.NEED:
            return [*_needs(session, platform, year, readings)]
        case Subject.RESEARCH_REPORT:
            return [*_research_reports(session, platform, year)]
        case Subject.BONUS_CLAIM:
            return [*_bonus_claims(session, platform, year)]
    return []


_UNDER_REVIEW = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)


def _standing(stage: Stage) -> Standing:
    return Standing.COUNTED if stage is Stage.APPROVED else Standing.PENDING


def _activities(
    session: Session, platform: Platform, year: int, readings: Readings, thresholds: Thresholds
) -> Iterator[FactRow]:
    of_year = (Activity.year == year, Activity.stage.in_([*_UNDER_REVIEW, Stage.APPROVED]))
    for row in activity_rows.of(session, platform, readings, *of_year):
        yield from _activity(row, thresholds)


def _activity(row: Any, thresholds: Thresholds) -> Iterator[FactRow]:
    """Two rows: its 家次, and itself as one of its category's 次."""
    standing = _standing(row.stage)
    day = day_of(row.ends_at)

    def made(fact: Fact, amount: int, reasons: tuple[str, ...]) -> FactRow:
        own = Standing.NOT_COUNTED if reasons else standing
        return FactRow(fact, amount, own, Subject.ACTIVITY, row.id, row.title, day, reasons, row.stage)

    unconfirmed = () if row.confirmed_at is not None else ("part_unconfirmed",)
    yield made(Fact.ACTIVITY_PARTICIPATIONS, row.enterprises, unconfirmed)
    lacks = activity_rows.lacks(row, thresholds)
    # An activity still under review may become complete: until it is approved, what it lacks is advice.
    reasons = (
        unconfirmed
        + _part_counts(row)
        + (tuple(f"lacks_{code}" for code in lacks) if row.stage is Stage.APPROVED else ())
    )
    yield made(CATEGORY_FACT[row.category], 1, reasons)


def _part_counts(row: Any) -> tuple[str, ...]:
    """主办 and 承办 count for all categories; 协办 for 其他 alone, once its evidence is accepted."""
    if row.part is not Part.ASSIST:
        return ()
    if row.category is not ActivityCategory.OTHER:
        return ("assist_in_named_category",)
    return () if row.assist_accepted_at is not None else ("assist_not_accepted",)


CATEGORY_FACT = {category: Fact(f"activities.{category.value}") for category in ActivityCategory}


def _offline_services(session: Session, platform: Platform, year: int, readings: Readings) -> Iterator[FactRow]:
    enterprises = (
        sa.select(sa.func.count())
        .select_from(OfflineServiceEnterprise)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(
            OfflineServiceEnterprise.offline_service_id == OfflineService.id,
            *activity_rows.counts_for(platform, readings),
        )
        .scalar_subquery()
    )
    query = sa.select(
        OfflineService.id,
        OfflineService.content,
        OfflineService.served_on,
        OfflineService.stage,
        enterprises.label("n"),
    )
    for row in session.execute(_of_year(query, OfflineService, platform, year)):
        yield FactRow(
            Fact.OFFLINE_PARTICIPATIONS,
            row.n,
            _standing(row.stage),
            Subject.OFFLINE_SERVICE,
            row.id,
            row.content,
            row.served_on,
            stage=row.stage,
        )


def _online_trades(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(OnlineTrade.id, OnlineTrade.service, OnlineTrade.traded_on, OnlineTrade.stage)
    for row in session.execute(_of_year(query, OnlineTrade, platform, year)):
        standing = _standing(row.stage)
        yield FactRow(
            Fact.ONLINE_TRADES,
            1,
            standing,
            Subject.ONLINE_TRADE,
            row.id,
            row.service,
            row.traded_on,
            stage=row.stage,
        )


def _needs(session: Session, platform: Platform, year: int, readings: Readings) -> Iterator[FactRow]:
    query = sa.select(Need.id, Need.title, Need.raised_on, Need.stage, Need.state).where(
        Need.year == year, Need.stage.in_([*_UNDER_REVIEW, Stage.APPROVED])
    )
    if platform.kind is PlatformKind.PREFECTURE and readings.county_need_counts_for_prefecture:
        counties = sa.select(Platform.id).where(
            Platform.kind == PlatformKind.COUNTY, Platform.region_code.like(platform.region_code[:4] + "%")
        )
        query = query.where(sa.or_(Need.platform_id == platform.id, Need.platform_id.in_(counties)))
    else:
        query = query.where(Need.platform_id == platform.id)
    for row in session.execute(query.order_by(Need.raised_on, Need.id)):
        unmatched = readings.need_must_be_matched and row.state is NeedState.OPEN
        standing = Standing.NOT_COUNTED if unmatched else _standing(row.stage)
        reasons = ("need_not_matched",) if unmatched else ()
        yield FactRow(Fact.NEEDS, 1, standing, Subject.NEED, row.id, row.title, row.raised_on, reasons, row.stage)


def _research_reports(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(ResearchReport.id, ResearchReport.title, ResearchReport.published_on, ResearchReport.stage)
    for row in session.execute(_of_year(query, ResearchReport, platform, year)):
        standing = _standing(row.stage)
        yield FactRow(
            Fact.RESEARCH_REPORTS,
            1,
            standing,
            Subject.RESEARCH_REPORT,
            row.id,
            row.title,
            row.published_on,
            stage=row.stage,
        )


def _bonus_claims(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(BonusClaim.id, BonusClaim.kind, BonusClaim.title, BonusClaim.awarded_on, BonusClaim.stage)
    for row in session.execute(_of_year(query, BonusClaim, platform, year)):
        fact = Fact(f"bonus.{BONUS_FACT[row.kind].value}")
        standing = _standing(row.stage)
        yield FactRow(fact, 1, standing, Subject.BONUS_CLAIM, row.id, row.title, row.awarded_on, stage=row.stage)


def _of_year(
    query: sa.Select[*tuple[Any, ...]], table: Any, platform: Platform, year: int
) -> sa.Select[*tuple[Any, ...]]:
    return query.where(
        table.platform_id == platform.id, table.year == year, table.stage.in_([*_UNDER_REVIEW, Stage.APPROVED])
    ).order_by(table.id)
