"""为什么没算: everything of a platform's year that adds nothing to its score, row by row, each with its reason.

Beside the rows that the tally itself leaves out stand those it never sees: enterprises at an activity that do not
count, check-ins taken out by staff or undone by the visitor, colleagues (到场未计), scans that were refused, void
records, activities of another year. What was sent back is here, as it adds nothing until it is mended; so are claims
that count and bring nothing more (加分已达上限), which alone are ``COUNTED``. What waits for the reviewer, or was never
handed in, is not here: it may count. Counted, waiting and left out together are all there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import Attendance, CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.platform import Platform
from models.record import OfflineService, OfflineServiceEnterprise
from models.terms import Stage, Subject
from scoring.readings import Readings
from scoring.rules import Bonus
from scoring.scheme import Indicator, Scheme
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, BonusKind, Fact, Obligation
from wxsvc.services import years
from wxsvc.services.counting import alike, counted_enterprises
from wxsvc.services.counting.alike import PLATFORMS, YEARS, Judged, Way, owner
from wxsvc.services.counting.facts import CATEGORY_FACT, CountStatus, FactRow, facts
from wxsvc.services.records.kinds import KINDS, RecordKind
from wxsvc.services.years import day_of, last_day_of

_OPEN: Final = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED)


class CountedYear(Judged, frozen=True):
    """A platform's year as somebody has just counted it."""

    rows: Sequence[FactRow]


def of(session: Session, platform: Platform, year: int, readings: Readings) -> list[FactRow]:
    """Every row that adds nothing, with the codes of its reasons; ``amount`` is what it would have been."""
    period = years.assessment_period(session, platform.id, year)
    counted = CountedYear(platform, readings, period, facts(session, platform, year, readings, period))
    return of_all(session, [counted], year)[platform.id]


def of_all(session: Session, found: Sequence[CountedYear], year: int) -> dict[int, list[FactRow]]:
    """The same of several platforms that were just counted, by their ids."""
    unseen: dict[tuple[int, int], list[FactRow]] = defaultdict(list)
    later: dict[tuple[int, int], list[FactRow]] = defaultdict(list)
    for way, alike_ones in alike.grouped(found).items():
        calendar_years = sorted({each for one in alike_ones for each in one.calendar_years(year)})
        given = {PLATFORMS.key: [each.platform.id for each in alike_ones], YEARS.key: calendar_years}
        for row in sorted(session.execute(_unseen(way), given), key=_place):
            if row.part == _ANOTHER_YEAR:
                if row.year == (began := day_of(row.moment)).year + 1:
                    later[row.platform_id, began.year].append(_row_of(row, began))
            elif row.reason is not None:
                unseen[row.platform_id, row.year].append(
                    _row_of(row, row.day or (row.moment and last_day_of(row.moment)))
                )
    left_out = {}
    for each in found:
        scheme, own_years = scheme_for(each.platform.kind, year), each.calendar_years(year)
        line_of = cache(scheme.counting)
        left_out[each.platform.id] = [
            *(told for row in each.rows if (told := _told(row, line_of(row.fact), each.readings)) is not None),
            *_beyond_cap(each.rows, scheme, each.readings),
            *(
                row
                for calendar_year in own_years
                for row in unseen.get((each.platform.id, calendar_year), ())
                if calendar_year == year or row.day is None or each.period.holds(row.day)
            ),
            *(
                row
                for row in later.get((each.platform.id, own_years[-1]), ())
                if row.day is not None and each.period.holds(row.day)
            ),
        ]
    return left_out


def _told(row: FactRow, line: Indicator | None, readings: Readings) -> FactRow | None:
    """The row with its reason, if it adds nothing: that no line of this table counts such a fact, or its own."""
    if row.standing is CountStatus.NOT_COUNTED and line is not None:
        return row
    if row.standing is CountStatus.PENDING:
        return _kept_waiting(row)
    if not row.amount:
        return None
    if line is None:
        return replace(row, standing=CountStatus.NOT_COUNTED, reasons=("not_for_this_kind",))
    reading = line.rule.counts_under.get(row.fact) if isinstance(line.rule, Bonus) else None
    return None if reading is None or readings.is_on(reading) else _because(row, f"reading_{reading.value}")


def _kept_waiting(row: FactRow) -> FactRow | None:
    """已退回, or 缺佐证: what cannot be approved as it stands; all else that waits may count."""
    if row.stage is Stage.RETURNED:
        return _because(row, "returned")
    return _because(row, "no_proof") if "proof" in row.lacks else None


def _beyond_cap(rows: Iterable[FactRow], scheme: Scheme, readings: Readings) -> Iterator[FactRow]:
    """不再增加: claims that count, after the bonus had reached its cap with those before them, by day."""
    so_far = Decimal(0)
    counted = (row for row in rows if row.standing is CountStatus.COUNTED)
    for row in sorted(counted, key=lambda row: (str(row.day), row.subject_id)):
        line = scheme.counting(row.fact)
        if line is None or not isinstance(line.rule, Bonus):
            continue
        reading = line.rule.counts_under.get(row.fact)
        if reading is not None and not readings.is_on(reading):
            continue
        if so_far >= scheme.bonus_cap:
            yield replace(row, reasons=("beyond_cap",))
        so_far += line.rule.earned(row.amount)


_ENTERPRISES: Final = "enterprises"
_STRUCK: Final = "struck"
_ANOTHER_YEAR: Final = "another year"


@lru_cache(maxsize=64)
def _unseen(way: Way) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """What the tally of ``PLATFORMS`` in ``YEARS`` never sees, in one statement; each query tells the same columns."""
    return sa.union_all(
        _enterprises(way),
        *(_struck(kind) for kind in KINDS.values()),
        _of_another_year(),
    )


def _enterprises(way: Way) -> sa.Select[*tuple[Any, ...]]:
    """Enterprises at an activity or served that do not count, who came besides, refused scans: by record and reason.

    Those without a reason count; they are left out later and not by the statement, which would look for reasons at
    every check-in of the province before it knows which are the platform's.
    """
    both = sa.union_all(*_at_activities(way), _at_services(way)).subquery()
    apart = [each for each in both.c if each.name != "n"]
    return sa.select(*apart, sa.func.count().label("n")).group_by(*apart)


def _at_activities(way: Way) -> Iterator[sa.Select[Any]]:
    """One row for each check-in, arrival and scan; without a reason where it is a 家次 of the platform."""
    reason = sa.case(
        (CheckIn.voided_at.is_not(None), "voided_check_in"),
        (Activity.stage == Stage.VOID, "void"),
        else_=counted_enterprises.why_not(counted_enterprises.at_activities(way.each, way.readings)),
    )
    # Undone ones apart: each kind has an index of its own, and none has both.
    yield (
        _of_activity(reason)
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(CheckIn.undone_at.is_(None))
    )
    undone = sa.case((CheckIn.set_aside_by.is_not(None), "merged_enterprise"), else_="undone")
    given_back = _of_activity(undone).join(CheckIn, CheckIn.activity_id == Activity.id)
    yield given_back.where(CheckIn.undone_at.is_not(None))
    came = sa.literal("present_").concat(sa.cast(Attendance.absence, sa.String))
    yield _of_activity(came).join(Attendance, Attendance.activity_id == Activity.id)
    refused = sa.literal("refused_").concat(sa.cast(RefusedScan.refusal, sa.String))
    scans = _of_activity(refused).join(RefusedScan, RefusedScan.activity_id == Activity.id)
    yield scans.where(RefusedScan.completed_by.is_(None))


def _of_activity(reason: Any) -> sa.Select[Any]:
    part = sa.and_(ActivityPlatform.activity_id == Activity.id, ActivityPlatform.confirmed_at.is_not(None))
    query = _unseen_row(_ENTERPRISES, Activity, reason, Activity.title, moment=Activity.ends_at)
    return (
        query.join(ActivityPlatform, part)
        .join(owner, owner.id == ActivityPlatform.platform_id)
        .where(owner.id.in_(PLATFORMS), Activity.year.in_(YEARS), Activity.stage != Stage.DRAFT)
    )


def _at_services(way: Way) -> sa.Select[Any]:
    """One row for each enterprise of a service; of a void one, all of them have a reason."""
    why = counted_enterprises.why_not(counted_enterprises.at_services(way.each, way.readings))
    reason = sa.case((OfflineService.stage == Stage.VOID, "void"), else_=why)
    query = _unseen_row(_ENTERPRISES, OfflineService, reason, OfflineService.content, day=OfflineService.served_on)
    return (
        query.join(owner, owner.id == OfflineService.platform_id)
        .join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(owner.id.in_(PLATFORMS), OfflineService.year.in_(YEARS), OfflineService.stage != Stage.DRAFT)
    )


def _struck(kind: RecordKind) -> sa.Select[Any]:
    """作废 of a kind, and 已退回 of one that is not counted but judged: of one that is, the tally knows.

    A service is told with its enterprises, so that here it adds nothing to their sum.
    """
    table: Any = kind.model
    is_counted = bool(kind.facts) or table is Activity
    reason = sa.case((table.stage == Stage.VOID, "void"), else_="returned")
    told: dict[str, Any] = {"amount": 0 if kind.subject is Subject.OFFLINE_SERVICE else 1}
    if table is Activity:
        told |= {"moment": Activity.ends_at, "word": Activity.category}
    elif kind.day is not None:
        told["day"] = getattr(table, kind.day)
    if kind.fact_of is not None:
        told["word"] = table.kind
    query = _unseen_row(_STRUCK, table, reason, *(getattr(table, column) for column in kind.titled_by), **told)
    return query.join(owner, owner.id == table.platform_id).where(
        owner.id.in_(PLATFORMS),
        table.year.in_(YEARS),
        table.stage.in_([Stage.VOID] if is_counted else [Stage.VOID, Stage.RETURNED]),
    )


def _of_another_year() -> sa.Select[Any]:
    """Activities that begin in one of these years and end in the next: their end decides."""
    query = _unseen_row(
        _ANOTHER_YEAR,
        Activity,
        sa.literal("another_year"),
        Activity.title,
        moment=Activity.starts_at,
        word=Activity.category,
    )
    return (
        query.join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .join(owner, owner.id == ActivityPlatform.platform_id)
        .where(
            owner.id.in_(PLATFORMS),
            (Activity.year - 1).in_(YEARS),
            Activity.stage.in_(_OPEN),
            Activity.starts_at.is_not(None),
            Activity.category.is_not(None),
        )
    )


def _unseen_row(
    part: str,
    table: Any,
    reason: Any,
    title: Any,
    more: Any = "",
    *,
    day: Any = None,
    moment: Any = None,
    word: Any = None,
    amount: int = 1,
) -> sa.Select[Any]:
    """``word`` is the kind or category that tells the fact; ``more`` the second column of the title."""
    never = sa.cast(sa.null(), Activity.ends_at.type)
    return sa.select(
        sa.literal(part, sa.String).label("part"),
        sa.literal(table.SUBJECT.value, sa.String).label("subject"),
        owner.id.label("platform_id"),
        table.year.label("year"),
        table.id.label("id"),
        sa.cast(title, sa.Text).label("title"),
        sa.cast(more, sa.Text).label("more"),
        (sa.cast(sa.null(), sa.Date) if day is None else day).label("day"),
        (never if moment is None else moment).label("moment"),
        sa.cast(table.stage, sa.String).label("stage"),
        sa.cast(reason, sa.String).label("reason"),
        sa.cast(sa.null() if word is None else word, sa.String).label("word"),
        sa.literal(amount, sa.Integer).label("n"),
    ).select_from(table)


def _place(row: Any) -> tuple[str, ...]:
    """Enterprises first, then records, each kind by day."""
    return row.part, row.subject, str(row.moment), str(row.day), f"{row.id:020}", row.reason or ""


def _row_of(row: Any, day: Any) -> FactRow:
    subject = Subject(row.subject)
    if row.part == _ENTERPRISES:
        is_held = subject is Subject.ACTIVITY
        fact: str = Fact.ACTIVITY_PARTICIPATIONS if is_held else Fact.OFFLINE_PARTICIPATIONS
        title = row.title
    else:
        fact, title = _fact_of(row, subject), _title_of(row, subject)
    return FactRow(fact, row.n, CountStatus.NOT_COUNTED, subject, row.id, title, day, (row.reason,), Stage(row.stage))


def _fact_of(row: Any, subject: Subject) -> str:
    if subject is Subject.ACTIVITY:
        return CATEGORY_FACT[ActivityCategory(row.word)] if row.word is not None else ""
    kind = BonusKind(row.word) if row.word is not None else None
    return KINDS[subject].counted_as(SimpleNamespace(kind=kind)) or ""


def _title_of(row: Any, subject: Subject) -> str:
    titled_by = KINDS[subject].titled_by
    named: dict[str, Any] = dict(zip(titled_by, (row.title, row.more), strict=False))
    if subject is Subject.FILING:
        named["obligation"] = Obligation(row.title)
    return KINDS[subject].title(SimpleNamespace(**named))


def _because(row: FactRow, reason: str) -> FactRow:
    return replace(row, standing=CountStatus.NOT_COUNTED, reasons=(*row.reasons, reason))
