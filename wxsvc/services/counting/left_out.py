"""为什么没算: everything of a platform's year that adds nothing to its score, row by row, each with its reason.

Beside the rows that the tally itself leaves out stand those it never sees: enterprises at an activity that do not
count, check-ins taken out by staff or undone by the visitor, colleagues (到场未计), scans that were refused, void
records, activities of another year. What was sent back is here, as it adds nothing until it is mended; so are claims
that count and bring nothing more (加分已达上限), which alone are ``COUNTED``. What waits for the reviewer, or was never
handed in, is not here: it may count. Counted, waiting and left out together are all there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
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
from scoring.terms import Fact
from wxsvc.services import years
from wxsvc.services.counting import counted_enterprises
from wxsvc.services.counting.facts import CATEGORY_FACT, CountStatus, FactRow, facts
from wxsvc.services.records.kinds import KINDS, RecordKind
from wxsvc.services.years import AssessmentPeriod, day_of, last_day_of

_OPEN: Final = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED)


@dataclass(frozen=True, slots=True)
class Counted:
    """A platform's year as somebody has just counted it."""

    platform: Platform
    readings: Readings
    period: AssessmentPeriod
    rows: Sequence[FactRow]


def of(session: Session, platform: Platform, year: int, readings: Readings) -> list[FactRow]:
    """Every row that adds nothing, with the codes of its reasons; ``amount`` is what it would have been."""
    period = years.assessment_period(session, platform.id, year)
    counted = Counted(platform, readings, period, facts(session, platform, year, readings, period))
    return of_all(session, [counted], year)[platform.id]


def of_all(session: Session, found: Sequence[Counted], year: int) -> dict[int, list[FactRow]]:
    """The same of several platforms that were just counted, by their ids."""
    ids = [each.platform.id for each in found]
    calendar_years = {year}.union(*(each.period.calendar_years for each in found))
    struck, later = _records(session, ids, calendar_years), _of_another_year(session, ids, calendar_years)
    left_out = {}
    for each in found:
        scheme, own_years = scheme_for(each.platform.kind, year), sorted({year, *each.period.calendar_years})
        line_of = cache(scheme.counting)
        left_out[each.platform.id] = [
            *(told for row in each.rows if (told := _told(row, line_of(row.fact), each.readings)) is not None),
            *_beyond_cap(each.rows, scheme, each.readings),
            *(
                row
                for calendar_year in own_years
                for row in (
                    *_enterprises(session, each.platform, calendar_year, each.readings),
                    *struck.get((each.platform.id, calendar_year), ()),
                )
                if calendar_year == year or row.day is None or each.period.holds(row.day)
            ),
            *later.get((each.platform.id, own_years[-1]), ()),
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


def _enterprises(session: Session, platform: Platform, year: int, readings: Readings) -> Iterator[FactRow]:
    """Enterprises at an activity or served that do not count, who came besides, refused scans: by record and reason.

    Those without a reason count; they are left out here and not by the statement, which would look for reasons at every
    check-in of the province before it knows which are the platform's.
    """
    both = sa.union_all(*_at_activities(platform, year, readings), _at_services(platform, year, readings)).subquery()
    by = (both.c.subject, both.c.ends_at, both.c.day, both.c.id, both.c.reason)
    columns = (both.c.subject, both.c.id, both.c.title, both.c.day, both.c.ends_at, both.c.stage, both.c.reason)
    query = sa.select(*columns, sa.func.count().label("n")).group_by(*columns).order_by(*by)
    for row in session.execute(query):
        if row.reason is None:
            continue
        subject = Subject(row.subject)
        is_held = subject is Subject.ACTIVITY
        fact = Fact.ACTIVITY_PARTICIPATIONS if is_held else Fact.OFFLINE_PARTICIPATIONS
        day = last_day_of(row.ends_at) if is_held else row.day
        yield _row(fact, row.n, subject, row.id, row.title, day, row.reason, Stage(row.stage))


def _at_activities(platform: Platform, year: int, readings: Readings) -> Iterator[sa.Select[Any]]:
    """One row for each check-in, arrival and scan; without a reason where it is a 家次 of the platform."""
    parts = sa.select(ActivityPlatform.activity_id).where(
        ActivityPlatform.platform_id == platform.id, ActivityPlatform.confirmed_at.is_not(None)
    )
    of_year = (Activity.id.in_(parts), Activity.year == year, Activity.stage != Stage.DRAFT)
    reason = sa.case(
        (CheckIn.voided_at.is_not(None), "voided_check_in"),
        (Activity.stage == Stage.VOID, "void"),
        else_=counted_enterprises.why_not(counted_enterprises.at_activities(platform, readings)),
    )
    # Undone ones apart: each kind has an index of its own, and none has both.
    yield (
        _of_activity(reason)
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(*of_year, CheckIn.undone_at.is_(None))
    )
    undone = sa.case((CheckIn.set_aside_by.is_not(None), "merged_enterprise"), else_="undone")
    given_back = _of_activity(undone).join(CheckIn, CheckIn.activity_id == Activity.id)
    yield given_back.where(*of_year, CheckIn.undone_at.is_not(None))
    came = sa.literal("present_").concat(sa.cast(Attendance.absence, sa.String))
    yield _of_activity(came).join(Attendance, Attendance.activity_id == Activity.id).where(*of_year)
    refused = sa.literal("refused_").concat(sa.cast(RefusedScan.refusal, sa.String))
    scans = _of_activity(refused).join(RefusedScan, RefusedScan.activity_id == Activity.id)
    yield scans.where(*of_year, RefusedScan.completed_by.is_(None))


def _of_activity(reason: Any) -> sa.Select[Any]:
    day = sa.cast(sa.null(), sa.Date).label("day")
    return _told_of(Subject.ACTIVITY, Activity, Activity.title, day, Activity.ends_at, reason)


def _at_services(platform: Platform, year: int, readings: Readings) -> sa.Select[Any]:
    """One row for each enterprise of a service; of a void one, all of them have a reason."""
    why = counted_enterprises.why_not(counted_enterprises.at_services(platform, readings))
    reason = sa.case((OfflineService.stage == Stage.VOID, "void"), else_=why)
    never = sa.cast(sa.null(), Activity.ends_at.type).label("ends_at")
    query = _told_of(
        Subject.OFFLINE_SERVICE, OfflineService, OfflineService.content, OfflineService.served_on, never, reason
    )
    return (
        query.join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(
            OfflineService.platform_id == platform.id,
            OfflineService.year == year,
            OfflineService.stage != Stage.DRAFT,
        )
    )


def _told_of(subject: Subject, table: Any, title: Any, day: Any, ends_at: Any, reason: Any) -> sa.Select[Any]:
    return sa.select(
        sa.literal(subject.value).label("subject"),
        table.id.label("id"),
        title.label("title"),
        day.label("day"),
        ends_at.label("ends_at"),
        sa.cast(table.stage, sa.String).label("stage"),
        sa.cast(reason, sa.String).label("reason"),
    ).select_from(table)


def _records(
    session: Session, platform_ids: Collection[int], calendar_years: Collection[int]
) -> dict[tuple[int, int], list[FactRow]]:
    """作废 of every kind, and 已退回 of the kinds that are not counted but judged: those that are, the tally knows."""
    found: dict[tuple[int, int], list[FactRow]] = defaultdict(list)
    struck = sa.select(Activity).where(
        Activity.platform_id.in_(platform_ids), Activity.year.in_(calendar_years), Activity.stage == Stage.VOID
    )
    for activity in session.scalars(struck.order_by(Activity.id)):
        fact = CATEGORY_FACT[activity.category] if activity.category is not None else ""
        day = last_day_of(activity.ends_at) if activity.ends_at is not None else None
        row = _row(fact, 1, Subject.ACTIVITY, activity.id, activity.title, day, "void", Stage.VOID)
        found[activity.platform_id, activity.year or 0].append(row)
    ids = _ids_of_records(session, platform_ids, calendar_years)
    for kind in KINDS.values():
        if own := [record_id for subject, record_id in ids if subject == kind.subject.value]:
            table: Any = kind.model
            for record in session.scalars(sa.select(table).where(table.id.in_(own)).order_by(table.id)):
                found[record.platform_id, record.year].append(_struck(kind, record))
    return found


def _ids_of_records(
    session: Session, platform_ids: Collection[int], calendar_years: Collection[int]
) -> list[tuple[str, int]]:
    """Which records these are: most kinds have none, and are not asked one by one."""
    queries = []
    for kind in KINDS.values():
        table: Any = kind.model
        if table is not Activity:
            stages = [Stage.VOID] if kind.facts else [Stage.VOID, Stage.RETURNED]
            columns = (sa.literal(kind.subject.value).label("subject"), table.id.label("id"))
            own = (table.platform_id.in_(platform_ids), table.year.in_(calendar_years), table.stage.in_(stages))
            queries.append(sa.select(*columns).where(*own))
    return [(row.subject, row.id) for row in session.execute(sa.union_all(*queries))]


def _struck(kind: RecordKind, record: Any) -> FactRow:
    """A service is told with its enterprises, so that here it adds nothing to their sum."""
    fact = kind.counted_as(record) or ""
    amount = 0 if kind.subject is Subject.OFFLINE_SERVICE else 1
    reason = "void" if record.stage is Stage.VOID else "returned"
    return _row(fact, amount, kind.subject, record.id, kind.title(record), kind.day_of(record), reason, record.stage)


def _of_another_year(
    session: Session, platform_ids: Collection[int], calendar_years: Collection[int]
) -> dict[tuple[int, int], list[FactRow]]:
    """Activities that begin in one of these years and end in the next: their end decides."""
    query = (
        sa.select(ActivityPlatform.platform_id, Activity)
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .where(
            ActivityPlatform.platform_id.in_(platform_ids),
            Activity.year.in_([each + 1 for each in calendar_years]),
            Activity.stage.in_(_OPEN),
        )
        .order_by(Activity.starts_at)
    )
    found: dict[tuple[int, int], list[FactRow]] = defaultdict(list)
    for platform_id, row in session.execute(query):
        if row.starts_at is not None and row.category is not None:
            day, fact = day_of(row.starts_at), CATEGORY_FACT[row.category]
            if row.year == day.year + 1:
                told = _row(fact, 1, Subject.ACTIVITY, row.id, row.title, day, "another_year", row.stage)
                found[platform_id, day.year].append(told)
    return found


def _row(
    fact: str, amount: int, subject: Subject, subject_id: int, title: str, day: Any, reason: str, stage: Stage
) -> FactRow:
    return FactRow(fact, amount, CountStatus.NOT_COUNTED, subject, subject_id, title, day, (reason,), stage)


def _because(row: FactRow, reason: str) -> FactRow:
    return replace(row, standing=CountStatus.NOT_COUNTED, reasons=(*row.reasons, reason))
