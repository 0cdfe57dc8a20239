"""The truth of one platform-year, as rows: what counts, what waits for review, what does not count and why.

The tally is the sum of these rows and a page shows the very same rows, so a number and its list cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.collaboration import BonusClaim
from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform
from models.recognition import ResearchReport
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import NeedState, PhotoKind, Stage, Subject
from scoring.readings import Readings
from scoring.terms import BONUS_FACT, ActivityCategory, Fact, Part, PlatformKind
from wxsvc.services.activity.completeness import DEFAULT, Thresholds, missing
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


def facts(
    session: Session, platform: Platform, year: int, readings: Readings, thresholds: Thresholds = DEFAULT
) -> list[FactRow]:
    """Every row that may count for this platform in this year, read from the truth."""
    return [
        *_activities(session, platform, year, readings, thresholds),
        *_offline_services(session, platform, year, readings),
        *_online_trades(session, platform, year),
        *_needs(session, platform, year, readings),
        *_research_reports(session, platform, year),
        *_bonus_claims(session, platform, year),
    ]


_UNDER_REVIEW = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)


def _standing(stage: Stage) -> Standing:
    return Standing.COUNTED if stage is Stage.APPROVED else Standing.PENDING


def counts_for(platform: Platform, readings: Readings) -> list[sa.ColumnElement[bool]]:
    """What makes an ``Enterprise`` count for this platform under the readings; used in every count of 家次."""
    rules: list[sa.ColumnElement[bool]] = [Enterprise.is_counted.is_(True)]
    if platform.operator_uscc:
        rules.append(sa.func.coalesce(Enterprise.uscc, "") != platform.operator_uscc)
    if not readings.sole_traders_count:
        rules.append(sa.func.coalesce(Enterprise.uscc, "").not_like("92%"))
    if not readings.out_of_region_counts:
        rules.append(_in_region(platform))
    return rules


def _in_region(platform: Platform) -> sa.ColumnElement[bool]:
    """A prefecture's region is all codes that begin with its four digits; a cluster's "region" is its members."""
    match platform.kind:
        case PlatformKind.CLUSTER:
            return Enterprise.id.in_(
                sa.select(ClusterMember.enterprise_id).where(ClusterMember.platform_id == platform.id)
            )
        case PlatformKind.PREFECTURE:
            return Enterprise.region_code.like(platform.region_code[:4] + "%")
        case PlatformKind.COUNTY:
            return Enterprise.region_code == platform.region_code


def _activities(
    session: Session, platform: Platform, year: int, readings: Readings, thresholds: Thresholds
) -> Iterator[FactRow]:
    enterprises = (
        sa.select(sa.func.count())
        .select_from(CheckIn)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(
            CheckIn.activity_id == Activity.id,
            CheckIn.undone_at.is_(None),
            CheckIn.voided_at.is_(None),
            *counts_for(platform, readings),
        )
        .scalar_subquery()
    )
    photos = (
        sa.select(sa.func.count())
        .where(
            ActivityPhoto.activity_id == Activity.id,
            ActivityPhoto.removed_at.is_(None),
            ActivityPhoto.kind != PhotoKind.SIGN_IN_SHEET,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(
            Activity.id,
            Activity.title,
            Activity.category,
            Activity.form,
            Activity.organisers,
            Activity.starts_at,
            Activity.ends_at,
            Activity.place,
            Activity.meeting_link,
            Activity.stage,
            sa.func.length(sa.func.trim(sa.func.coalesce(Activity.summary, ""))).label("summary_length"),
            ActivityPlatform.part,
            ActivityPlatform.confirmed_at,
            ActivityPlatform.assist_accepted_at,
            enterprises.label("enterprises"),
            photos.label("photos"),
        )
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .where(
            ActivityPlatform.platform_id == platform.id,
            Activity.year == year,
            Activity.stage.in_([*_UNDER_REVIEW, Stage.APPROVED]),
        )
        .order_by(Activity.ends_at, Activity.id)
    )
    for row in session.execute(query):
        yield from _activity(row, thresholds)


def _activity(row: Any, thresholds: Thresholds) -> Iterator[FactRow]:
    """Two rows: its 家次, and itself as one of its category's 次."""
    standing = _standing(row.stage)
    day = day_of(row.ends_at)

    def made(fact: Fact, amount: int, reasons: tuple[str, ...]) -> FactRow:
        own = Standing.NOT_COUNTED if reasons else standing
        return FactRow(fact, amount, own, Subject.ACTIVITY, row.id, row.title, day, reasons)

    unconfirmed = () if row.confirmed_at is not None else ("part_unconfirmed",)
    yield made(Fact.ACTIVITY_PARTICIPATIONS, row.enterprises, unconfirmed)
    lacks = missing(
        title=row.title,
        category=row.category,
        part=row.part,
        form=row.form,
        organisers=row.organisers,
        starts_at=row.starts_at,
        place=row.place,
        meeting_link=row.meeting_link,
        enterprises=row.enterprises,
        photos=row.photos,
        summary_length=row.summary_length,
        thresholds=thresholds,
    )
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
        .where(OfflineServiceEnterprise.offline_service_id == OfflineService.id, *counts_for(platform, readings))
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
        )


def _online_trades(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(OnlineTrade.id, OnlineTrade.service, OnlineTrade.traded_on, OnlineTrade.stage)
    for row in session.execute(_of_year(query, OnlineTrade, platform, year)):
        standing = _standing(row.stage)
        yield FactRow(Fact.ONLINE_TRADES, 1, standing, Subject.ONLINE_TRADE, row.id, row.service, row.traded_on)


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
        yield FactRow(Fact.NEEDS, 1, standing, Subject.NEED, row.id, row.title, row.raised_on, reasons)


def _research_reports(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(ResearchReport.id, ResearchReport.title, ResearchReport.published_on, ResearchReport.stage)
    for row in session.execute(_of_year(query, ResearchReport, platform, year)):
        standing = _standing(row.stage)
        yield FactRow(Fact.RESEARCH_REPORTS, 1, standing, Subject.RESEARCH_REPORT, row.id, row.title, row.published_on)


def _bonus_claims(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    query = sa.select(BonusClaim.id, BonusClaim.kind, BonusClaim.title, BonusClaim.awarded_on, BonusClaim.stage)
    for row in session.execute(_of_year(query, BonusClaim, platform, year)):
        fact = Fact(f"bonus.{BONUS_FACT[row.kind].value}")
        yield FactRow(fact, 1, _standing(row.stage), Subject.BONUS_CLAIM, row.id, row.title, row.awarded_on)


def _of_year(
    query: sa.Select[*tuple[Any, ...]], table: Any, platform: Platform, year: int
) -> sa.Select[*tuple[Any, ...]]:
    return query.where(
        table.platform_id == platform.id, table.year == year, table.stage.in_([*_UNDER_REVIEW, Stage.APPROVED])
    ).order_by(table.id)
