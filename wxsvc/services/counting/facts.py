"""The truth of one platform-year, as rows: what counts, what waits for review, what does not count and why.

The tally is the sum of these rows and a page shows the very same rows, so a number and its list cannot disagree.

A query reads the records of a calendar year; the assessment period (考评期) then decides, here and for all kinds alike,
which of them this year counts. A period that crosses the year's end reads both calendar years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import BonusClaim
from models.enterprise import Enterprise, Institution
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import NeedKind, NeedState, Stage, Subject
from scoring.readings import Readings
from scoring.scheme import Scheme, SchemeError
from scoring.terms import ActivityCategory, BonusKind, Fact, OneStory, Part, PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services import years
from wxsvc.services.counting import activity_rows, counted_enterprises
from wxsvc.services.records import bonus_claims, evidence, needs
from wxsvc.services.records.kinds import KINDS, RecordKind, bonus_fact
from wxsvc.services.years import AssessmentPeriod, last_day_of


class CountStatus(StrEnum):
    """已计入 · 待审核 · 不计入."""

    COUNTED = "counted"
    PENDING = "pending"
    NOT_COUNTED = "not_counted"


@dataclass(frozen=True, slots=True)
class FactRow:
    """One record's share in one fact: ``amount`` 家次, 次, 条 or 份; ``reasons`` are codes why it does not count.

    ``lacks`` is what a record under review still lacks: an activity to be complete, another its ``proof``.
    """

    fact: str
    amount: int
    standing: CountStatus
    subject: Subject
    subject_id: int
    title: str
    day: date | None
    reasons: tuple[str, ...] = ()
    stage: Stage | None = None
    lacks: tuple[str, ...] = field(default=(), compare=False)


def sums(rows: Iterable[FactRow], standing: CountStatus) -> dict[str, int]:
    """What the rows of one standing add up to, by fact; a fact that comes to nothing is left out."""
    found: dict[str, int] = {}
    for row in rows:
        if row.standing is standing and row.amount:
            found[str(row.fact)] = found.get(row.fact, 0) + row.amount
    return found


Rows: TypeAlias = Iterator[FactRow]


@dataclass(frozen=True, slots=True)
class Count:
    """统计口: one query over the truth, the facts whose rows it yields, and the one kind of record that it reads."""

    facts: tuple[str, ...]
    subject: Subject
    rows: Callable[[Session, Platform, int, Readings], Rows]


def facts(
    session: Session, platform: Platform, year: int, readings: Readings, period: AssessmentPeriod | None = None
) -> list[FactRow]:
    """Every row that may count for this platform in this year, read from the truth; its ``period`` may be at hand."""
    return list(_assessed(session, platform, year, readings, COUNTS, period))


def of_facts(
    session: Session,
    platform: Platform,
    year: int,
    readings: Readings,
    wanted: Iterable[str],
    period: AssessmentPeriod | None = None,
) -> list[FactRow]:
    """The rows of some facts alone, as of one line; the queries of the others are not asked."""
    names = {str(fact) for fact in wanted}
    own = [count for count in COUNTS if names & {str(fact) for fact in count.facts}]
    return [row for row in _assessed(session, platform, year, readings, own, period) if str(row.fact) in names]


def of_kind(session: Session, platform: Platform, year: int, readings: Readings, subject: Subject) -> list[FactRow]:
    """The rows of one kind of record alone; none where such records are not counted."""
    own = [count for count in COUNTS if count.subject is subject]
    return list(_assessed(session, platform, year, readings, own))


def _assessed(
    session: Session,
    platform: Platform,
    year: int,
    readings: Readings,
    counts: Iterable[Count],
    period: AssessmentPeriod | None = None,
) -> Iterator[FactRow]:
    """考评期为每年度1月1日-12月31日: what lies outside does not count, an activity by its end, a record by its day."""
    period = period or years.assessment_period(session, platform.id, year)
    for count in counts:
        for calendar_year in sorted({year, *period.calendar_years}):
            for row in count.rows(session, platform, calendar_year, readings):
                if row.day is None or period.holds(row.day) or "awarded_in_another_year" in row.reasons:
                    yield row
                elif calendar_year == year:
                    yield replace(row, standing=CountStatus.NOT_COUNTED, reasons=(*row.reasons, "outside_period"))


def must_be_countable(scheme: Scheme) -> None:
    """Every fact that a table counts is yielded by some query. Raises SchemeError, naming table, line and fact."""
    known = {fact for count in COUNTS for fact in count.facts}
    for line in scheme.indicators:
        if unknown := set(line.counts) - known:
            raise SchemeError(f"{scheme.name}: {line.code}: no query counts {', '.join(sorted(unknown))}")


_UNDER_REVIEW = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)


def _standing(stage: Stage) -> CountStatus:
    return CountStatus.COUNTED if stage is Stage.APPROVED else CountStatus.PENDING


def _activities(session: Session, platform: Platform, year: int, readings: Readings) -> Rows:
    of_year = (_ended_in(year), Activity.stage.in_([*_UNDER_REVIEW, Stage.APPROVED]))
    for row in activity_rows.of(session, platform, readings, *of_year):
        yield from _activity(row, readings)


def _ended_in(year: int) -> sa.ColumnElement[bool]:
    """An activity that ended at 24:00 on 31 December, too: an earlier release wrote it down under the next year."""
    return sa.or_(Activity.year == year, Activity.ends_at == datetime(year + 1, 1, 1, tzinfo=BEIJING))


def _activity(row: Any, readings: Readings) -> Iterator[FactRow]:
    """Two rows: its 家次, and itself as one of its category's 次.

    平台主办、承办: an activity that the platform only assists (协办) adds no 家次 unless ``assist_counts`` says so.
    """
    stage = Stage.SUBMITTED if row.stage is Stage.APPROVED and row.awaits_review else row.stage
    standing = _standing(stage)
    day = last_day_of(row.ends_at)

    def made(fact: str, amount: int, reasons: tuple[str, ...], lacks: tuple[str, ...] = ()) -> FactRow:
        own = CountStatus.NOT_COUNTED if reasons else standing
        return FactRow(fact, amount, own, Subject.ACTIVITY, row.id, row.title, day, reasons, stage, lacks)

    unconfirmed = () if row.confirmed_at is not None else ("part_unconfirmed",)
    assists = row.part is Part.ASSIST and not readings.assist_counts
    yield made(
        Fact.ACTIVITY_PARTICIPATIONS, row.enterprises, unconfirmed + (("reading_assist_counts",) if assists else ())
    )
    lacks = activity_rows.lacks(row, readings)
    # An activity still under review may become complete: until it is approved, what it lacks is advice.
    reasons = (
        unconfirmed
        + _part_counts(row)
        + (tuple(f"lacks_{code}" for code in lacks) if row.stage is Stage.APPROVED else ())
    )
    yield made(CATEGORY_FACT[row.category], 1, reasons, lacks)


def _part_counts(row: Any) -> tuple[str, ...]:
    """主办 and 承办 count for all categories; 协办 for 其他 alone (平台组织开展), once its evidence is accepted."""
    if row.part is not Part.ASSIST:
        return ()
    if row.category is not ActivityCategory.OTHER:
        return ("assist_in_named_category",)
    if row.assist_accepted_at is not None:
        return ()
    return ("assist_refused",) if row.assist_refusal is not None else ("assist_not_accepted",)


CATEGORY_FACT = {category: Fact(f"activities.{category.value}") for category in ActivityCategory}


def _offline_services(session: Session, platform: Platform, year: int, readings: Readings) -> Rows:
    enterprises = (
        sa.select(sa.func.count())
        .select_from(OfflineServiceEnterprise)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(
            OfflineServiceEnterprise.offline_service_id == OfflineService.id,
            counted_enterprises.counts(counted_enterprises.at_services(platform, readings)),
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


def _needs(session: Session, platform: Platform, year: int, readings: Readings) -> Rows:
    """Its own needs and, under ``county_need_counts_for_prefecture``, those of the counties that it did not record."""
    why = counted_enterprises.why_not(counted_enterprises.at_needs(platform, readings))
    query = sa.select(*needs.COUNTED, why.label("reason")).join(Enterprise, Enterprise.id == Need.enterprise_id)
    query = query.where(Need.year == year, Need.stage.in_([*_UNDER_REVIEW, Stage.APPROVED]))
    takes_counties = platform.kind is PlatformKind.PREFECTURE and readings.county_need_counts_for_prefecture
    recorders = [Need.platform_id == platform.id]
    if takes_counties:
        counties = sa.select(Platform.id).where(
            Platform.kind == PlatformKind.COUNTY, Platform.region_code.like(platform.region_code[:4] + "%")
        )
        recorders.append(Need.platform_id.in_(counties))
    rows = session.execute(query.where(sa.or_(*recorders)).order_by(Need.raised_on, Need.id)).all()
    bars = {need.id: need.reason or _unmatched(need, readings) for need in rows}
    if takes_counties:
        valid = [need for need in rows if bars[need.id] is None]
        bars |= dict.fromkeys(needs.recorded_again(valid, platform.id), "need_recorded_twice")
    for need in rows:
        reason = bars[need.id]
        standing = _standing(need.stage) if reason is None else CountStatus.NOT_COUNTED
        reasons = (reason,) if reason is not None else ()
        yield FactRow(Fact.NEEDS, 1, standing, Subject.NEED, need.id, need.title, need.raised_on, reasons, need.stage)


def _unmatched(need: Any, readings: Readings) -> str | None:
    """“发布对接的有效需求、发布诉求”: the reading asks of 需求 that they are matched, never of 诉求."""
    is_open = need.kind is NeedKind.MATCHING and need.state is NeedState.OPEN
    return "need_not_matched" if readings.need_must_be_matched and is_open else None


def _online_trades(session: Session, platform: Platform, year: int, readings: Readings) -> Rows:
    why = counted_enterprises.why_not(counted_enterprises.at_trades(platform, readings))
    query = (
        sa.select(OnlineTrade.id, OnlineTrade.service, OnlineTrade.traded_on, OnlineTrade.stage, why.label("reason"))
        .join(Enterprise, Enterprise.id == OnlineTrade.enterprise_id)
        .outerjoin(Institution, Institution.id == OnlineTrade.institution_id)
    )
    fact, subject = Fact.ONLINE_TRADES, Subject.ONLINE_TRADE
    for row in session.execute(_of_year(query, OnlineTrade, platform, year)):
        standing = _standing(row.stage) if row.reason is None else CountStatus.NOT_COUNTED
        reasons = (row.reason,) if row.reason is not None else ()
        yield FactRow(fact, 1, standing, subject, row.id, row.service, row.traded_on, reasons, row.stage)


def _bonus_claims(session: Session, platform: Platform, year: int, readings: Readings) -> Rows:
    """Every claim is one; under ``one_story`` = ``once`` reports of one story are one, an approved one first."""
    kind = KINDS[Subject.BONUS_CLAIM]
    claims = list(session.scalars(_of_year(sa.select(BonusClaim), BonusClaim, platform, year)))
    unproved = _unproved(session, platform, kind, claims)
    reasons = {claim.id: (*_outside(claim), *(("no_proof",) if _bars(claim, unproved) else ())) for claim in claims}
    if readings.one_story is OneStory.ONCE:
        told = [claim for claim in claims if claim.kind is BonusKind.PRESS and not reasons[claim.id]]
        for claim in bonus_claims.told_again(told):
            reasons[claim.id] = ("reading_one_story",)
    for claim in claims:
        why = reasons[claim.id]
        standing = CountStatus.NOT_COUNTED if why else _standing(claim.stage)
        fact, lacks = bonus_fact(claim.kind), _lacks(claim, unproved)
        yield FactRow(fact, 1, standing, kind.subject, claim.id, claim.title, claim.awarded_on, why, claim.stage, lacks)


def _outside(claim: BonusClaim) -> tuple[str, ...]:
    """考评年度内: an award of another year counts there; the reviewer puts the claim into that year."""
    return ("awarded_in_another_year",) if claim.awarded_on.year != claim.year else ()


def _one_each(kind: RecordKind) -> Callable[[Session, Platform, int, Readings], Rows]:
    """Every record of a kind is one."""

    def rows(session: Session, platform: Platform, year: int, _readings: Readings) -> Rows:
        table: Any = kind.model
        found = session.scalars(_of_year(sa.select(table), table, platform, year)).all()
        unproved = _unproved(session, platform, kind, found)
        for row in found:
            fact, day = kind.counted_as(row) or kind.facts[0], kind.day_of(row)
            reasons = ("no_proof",) if _bars(row, unproved) else ()
            standing, lacks = CountStatus.NOT_COUNTED if reasons else _standing(row.stage), _lacks(row, unproved)
            yield FactRow(fact, 1, standing, kind.subject, row.id, kind.title(row), day, reasons, row.stage, lacks)

    return rows


def _unproved(session: Session, platform: Platform, kind: RecordKind, rows: Sequence[Any]) -> set[int]:
    """The records whose paper is not there."""
    return set(evidence.unproved_of(session, platform, rows)) if kind.needs_proof and rows else set()


def _bars(row: Any, unproved: set[int]) -> bool:
    """不按要求提供则视为无，不计入评分: what is approved does not count while its paper is not there."""
    return row.stage is Stage.APPROVED and row.id in unproved


def _lacks(row: Any, unproved: set[int]) -> tuple[str, ...]:
    """What waits cannot be approved before its paper is there."""
    return ("proof",) if row.id in unproved and row.stage is not Stage.APPROVED else ()


def _of_year(
    query: sa.Select[*tuple[Any, ...]], table: Any, platform: Platform, year: int
) -> sa.Select[*tuple[Any, ...]]:
    return query.where(
        table.platform_id == platform.id, table.year == year, table.stage.in_([*_UNDER_REVIEW, Stage.APPROVED])
    ).order_by(table.id)


_OWN_QUERY: Final = {
    Subject.OFFLINE_SERVICE: _offline_services,
    Subject.ONLINE_TRADE: _online_trades,
    Subject.NEED: _needs,
    Subject.BONUS_CLAIM: _bonus_claims,
}
COUNTS: Final[list[Count]] = [
    Count((Fact.ACTIVITY_PARTICIPATIONS, *CATEGORY_FACT.values()), Subject.ACTIVITY, _activities),
    *(
        Count(kind.facts, kind.subject, _OWN_QUERY.get(kind.subject) or _one_each(kind))
        for kind in KINDS.values()
        if kind.facts
    ),
]
"""Every query that a table may count by; a later year's fact is one more."""
