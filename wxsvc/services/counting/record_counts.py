"""What records are counted as: one query for each kind, put together into one statement.

Each query tells its records in the same columns (:func:`told`), so that a database is asked once for all kinds of
all platforms that are judged alike; ``rows`` makes of them what counts and what does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.collaboration import BonusClaim, Evidence
from models.enterprise import Enterprise, Institution
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import NeedKind, NeedState, RecordKey, Stage, Subject
from scoring.terms import BonusKind, Fact, OneStory, PlatformKind
from wxsvc.plain_rows import plain_rows
from wxsvc.services.counting import counted_enterprises
from wxsvc.services.counting.alike import PLATFORMS, YEARS, Way, is_countable, owner
from wxsvc.services.counting.fact_rows import CountStatus, FactRow, standing_of
from wxsvc.services.records import bonus_claims, needs, proofs
from wxsvc.services.records.kinds import KINDS, RecordKind
from wxsvc.services.years import AssessmentPeriod

Unproved: TypeAlias = set[RecordKey]
"""The records whose paper is not there."""
CountedRows: TypeAlias = Iterator[tuple[Any, FactRow]]
"""A record as the statement told it, and what it is counted as."""


class RecordCount(Struct, frozen=True):
    """统计口: the one query of a kind of record, the facts it adds to, and what its records are counted as.

    ``rows`` gets the records of one platform, and its assessment period (考评期): what lies outside counts in another
    year or in none, and takes no other's place.
    """

    facts: tuple[str, ...]
    subject: Subject
    query: Callable[[Way], sa.Select[*tuple[Any, ...]]]
    rows: Callable[[Sequence[Any], Way, Unproved, AssessmentPeriod], CountedRows]


def rows(
    session: Session,
    way: Way,
    given: Mapping[str, Any],
    counts: Sequence[RecordCount],
    periods: Mapping[int, AssessmentPeriod],
) -> Iterator[tuple[int, tuple[int, ...], FactRow]]:
    """The rows of some kinds, each with whose it is and the calendar year that its record belongs to."""
    if not counts:
        return
    by_kind: dict[str, list[Any]] = {}
    for row in plain_rows(session, _query(tuple(counts), way), given):
        by_kind.setdefault(row.subject, []).append(row)
    unproved = _unproved(way.kind, by_kind)
    for count in counts:
        of_kind = sorted(by_kind.get(count.subject.value, ()), key=lambda row: (row.platform_id, row.id))
        for platform_id, own in groupby(of_kind, key=lambda row: row.platform_id):
            for record, told_as in count.rows(list(own), way, unproved, periods[platform_id]):
                yield platform_id, (record.year,), told_as


@lru_cache(maxsize=128)
def _query(counts: tuple[RecordCount, ...], way: Way) -> sa.CompoundSelect[*tuple[Any, ...]]:
    queries = [count.query(way) for count in counts]
    if any(_needs_proof(count.subject) for count in counts):
        queries.append(_papers())
    return sa.union_all(*queries)


def _needs_proof(subject: Subject) -> bool:
    return subject in KINDS and KINDS[subject].needs_proof


def _papers() -> sa.Select[*tuple[Any, ...]]:
    """The papers that may prove them come along."""
    more: dict[str, Any] = {"item": Evidence.item, "of": Evidence.subject, "of_id": Evidence.subject_id}
    never = sa.cast(sa.null(), sa.Date)
    return told(Evidence, Evidence.title, never, Subject.EVIDENCE, **more).where(Evidence.withdrawn_at.is_(None))


def _unproved(kind: PlatformKind, found: Mapping[str, Sequence[Any]]) -> Unproved:
    papers = {(row.platform_id, row.year, row.item, row.of, row.of_id) for row in found.get(Subject.EVIDENCE, ())}
    asked = [
        (KINDS[Subject(word)], row, kind) for word, rows in found.items() if _needs_proof(Subject(word)) for row in rows
    ]
    return proofs.unproved_by(papers, asked)


_MORE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "reason": sa.String(),
        "kind": BonusClaim.kind.type,
        "link": sa.String(),
        "story_of": sa.Integer(),
        "recorded_by": sa.Integer(),
        "enterprise_id": sa.Integer(),
        "content": sa.String(),
        "item": Evidence.item.type,
        "of": Evidence.subject.type,
        "of_id": sa.Integer(),
    }
)
"""Columns that only some kinds tell, with their types."""


def told(table: Any, title: Any, day: Any, subject: Subject | None = None, **more: Any) -> sa.Select[*tuple[Any, ...]]:
    """One row for each record of the ``PLATFORMS`` and ``YEARS``, in the columns of every query.

    ``more`` are the ``amount`` that it adds, where that is not 1, and columns that only this kind tells. What has no
    stage of its own is approved.
    """
    return _of_owners(_columns(table, title, day, subject, **more).join(owner, owner.id == table.platform_id), table)


def _of_owners(query: sa.Select[*tuple[Any, ...]], table: Any) -> sa.Select[*tuple[Any, ...]]:
    query = query.where(owner.id.in_(PLATFORMS), table.year.in_(YEARS))
    return query.where(is_countable(table.stage)) if hasattr(table, "stage") else query


def _columns(
    table: Any, title: Any, day: Any, subject: Subject | None = None, **more: Any
) -> sa.Select[*tuple[Any, ...]]:
    stage = table.stage if hasattr(table, "stage") else sa.literal(Stage.APPROVED, BonusClaim.stage.type)
    return sa.select(
        sa.literal((subject or table.SUBJECT).value, sa.String).label("subject"),
        owner.id.label("platform_id"),
        table.year.label("year"),
        table.id.label("id"),
        title.label("title"),
        day.label("day"),
        stage.label("stage"),
        sa.cast(more.get("amount", sa.literal(1)), sa.Integer).label("amount"),  # else PostgreSQL converts each row
        *(sa.cast(more.get(name, sa.null()), kind).label(name) for name, kind in _MORE.items()),
    ).select_from(table)


def _offline_services(way: Way) -> sa.Select[*tuple[Any, ...]]:
    enterprises = (
        sa.select(sa.func.count())
        .select_from(OfflineServiceEnterprise)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(
            OfflineServiceEnterprise.offline_service_id == OfflineService.id,
            counted_enterprises.counts(counted_enterprises.at_services(way.each, way.readings)),
        )
        .correlate(OfflineService, owner)
        .scalar_subquery()
    )
    return told(OfflineService, OfflineService.content, OfflineService.served_on, amount=enterprises)


def _needs(way: Way) -> sa.Select[*tuple[Any, ...]]:
    """Its own needs and, under ``county_need_counts_for_prefecture``, those of the counties that it did not record.

    “发布对接的有效需求、发布诉求”: ``need_must_be_matched`` asks of 需求 that they are matched, never of 诉求.
    """
    recorder = aliased(Platform)
    bars = counted_enterprises.at_needs(way.each, way.readings, recorder.operator_uscc)
    if way.readings.need_must_be_matched:
        is_open = sa.and_(Need.kind == NeedKind.MATCHING, Need.state == NeedState.OPEN)
        bars.append((is_open, "need_not_matched"))
    more: dict[str, Any] = {"reason": counted_enterprises.why_not(bars), "recorded_by": Need.platform_id}
    records = recorder.id == owner.id
    if takes_counties(way):
        more |= {"enterprise_id": Need.enterprise_id, "content": Need.content}
        of_city = sa.func.substr(recorder.region_code, 1, 4) == sa.func.substr(owner.region_code, 1, 4)
        records = sa.or_(records, sa.and_(recorder.kind == PlatformKind.COUNTY, of_city))
    query = _columns(Need, Need.title, Need.raised_on, **more).join(Enterprise, Enterprise.id == Need.enterprise_id)
    return _of_owners(query.join(recorder, recorder.id == Need.platform_id).join(owner, records), Need)


def takes_counties(way: Way) -> bool:
    """Whether the needs of a city's counties count for the city."""
    return way.kind is PlatformKind.PREFECTURE and way.readings.county_need_counts_for_prefecture


def _needs_counted(found: Sequence[Any], way: Way, unproved: Unproved, period: AssessmentPeriod) -> CountedRows:
    again: set[int] = set()
    if takes_counties(way):
        countable = [row for row in found if row.reason is None and period.holds(row.day)]
        again = needs.recorded_again(countable, found[0].platform_id)
    for row in sorted(found, key=lambda row: (row.day, row.id)):
        reason = "need_recorded_twice" if row.id in again else row.reason
        yield row, _row(row, Fact.NEEDS, Subject.NEED, (reason,) if reason is not None else ())


def _online_trades(way: Way) -> sa.Select[*tuple[Any, ...]]:
    why = counted_enterprises.why_not(counted_enterprises.at_trades(way.each, way.readings))
    return (
        told(OnlineTrade, OnlineTrade.service, OnlineTrade.traded_on, reason=why)
        .join(Enterprise, Enterprise.id == OnlineTrade.enterprise_id)
        .outerjoin(Institution, Institution.id == OnlineTrade.institution_id)
    )


def _bonus_claims(_way: Way) -> sa.Select[*tuple[Any, ...]]:
    """考评年度内: an award of another year counts there; the reviewer puts the claim into that year."""
    more: dict[str, Any] = {"kind": BonusClaim.kind, "link": BonusClaim.link, "story_of": BonusClaim.story_of}
    more["reason"] = sa.case((bonus_claims.IS_OF_ITS_YEAR, sa.null()), else_="awarded_in_another_year")
    return told(BonusClaim, BonusClaim.title, BonusClaim.awarded_on, **more)


def _claims_counted(found: Sequence[Any], way: Way, unproved: Unproved, period: AssessmentPeriod) -> CountedRows:
    """Every claim is one; under ``one_story`` = ``once`` reports of one story are one, an approved one first."""
    kind = KINDS[Subject.BONUS_CLAIM]
    reasons = {row.id: _reasons(row, kind.subject, unproved) for row in found}
    if way.readings.one_story is OneStory.ONCE:
        own = [row for row in found if row.kind is BonusKind.PRESS and period.holds(row.day)]
        reports = [row for row in own if not reasons[row.id]]
        for report in bonus_claims.told_again(reports):
            reasons[report.id] = ("reading_one_story",)
    for row in found:
        lacks = _lacks(row, kind.subject, unproved)
        yield row, _row(row, kind.counted_as(row) or "", kind.subject, reasons[row.id], lacks)


def _all_of(kind: RecordKind) -> Callable[[Way], sa.Select[*tuple[Any, ...]]]:
    """Every record of a kind that has a title and a day of its own."""
    table: Any = kind.model
    return lambda _way: told(table, getattr(table, kind.titled_by[0]), getattr(table, kind.day or ""))


def one_each(
    fact: str, subject: Subject, found: Sequence[Any], _way: Way, unproved: Unproved, _period: AssessmentPeriod
) -> CountedRows:
    """Every record is one, or its ``amount``; the ``reason`` that the query told bars it, and a paper that is missing.

    不按要求提供则视为无，不计入评分: what is approved does not count while its paper is not there.
    """
    for row in found:
        yield row, _row(row, fact, subject, _reasons(row, subject, unproved), _lacks(row, subject, unproved))


def _row(row: Any, fact: str, subject: Subject, reasons: tuple[str, ...], lacks: tuple[str, ...] = ()) -> FactRow:
    standing = CountStatus.NOT_COUNTED if reasons else standing_of(row.stage)
    return FactRow(fact, row.amount, standing, subject, row.id, row.title, row.day, reasons, row.stage, lacks)


def _reasons(row: Any, subject: Subject, unproved: Unproved) -> tuple[str, ...]:
    told_by_query = (row.reason,) if row.reason is not None else ()
    is_unproved = row.stage is Stage.APPROVED and (subject, row.id) in unproved
    return (*told_by_query, "no_proof") if is_unproved else told_by_query


def _lacks(row: Any, subject: Subject, unproved: Unproved) -> tuple[str, ...]:
    """What waits cannot be approved before its paper is there."""
    return ("proof",) if row.stage is not Stage.APPROVED and (subject, row.id) in unproved else ()


_OWN_QUERY: Final = {
    Subject.OFFLINE_SERVICE: _offline_services,
    Subject.ONLINE_TRADE: _online_trades,
    Subject.NEED: _needs,
    Subject.BONUS_CLAIM: _bonus_claims,
}
_OWN_ROWS: Final = {Subject.NEED: _needs_counted, Subject.BONUS_CLAIM: _claims_counted}
COUNTS: Final[list[RecordCount]] = [
    RecordCount(
        kind.facts,
        kind.subject,
        _OWN_QUERY.get(kind.subject) or _all_of(kind),
        _OWN_ROWS.get(kind.subject) or partial(one_each, kind.facts[0], kind.subject),
    )
    for kind in KINDS.values()
    if kind.facts
]
"""Every query of records that a table may count by; a later year's fact is one more."""
