"""为什么没算: everything of a platform's year that adds nothing to its score, row by row, each with its reason.

Beside the rows that the tally itself leaves out stand those it never sees: enterprises at an activity that do not
count, check-ins and records taken out, activities of another year. What waits for review is not here: it may count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.record import OfflineService, OfflineServiceEnterprise
from models.terms import Stage, Subject
from scoring.readings import Readings
from scoring.rules import Bonus
from scoring.scheme import Scheme
from scoring.scheme_files import scheme_for
from scoring.terms import Fact
from wxsvc.services import years
from wxsvc.services.counting import counted_enterprises
from wxsvc.services.counting.facts import CATEGORY_FACT, CountStatus, FactRow, facts
from wxsvc.services.records import evidence
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import RECORDS
from wxsvc.services.years import day_of, last_day_of, year_of


def of(
    session: Session, platform: Platform, year: int, readings: Readings, known: Sequence[FactRow] | None = None
) -> list[FactRow]:
    """Every row that does not count, with the codes of its reasons; ``amount`` is what it would have been.

    ``known`` are the year's rows where somebody has just read them.
    """
    scheme = scheme_for(platform.kind, year)
    rows = facts(session, platform, year, readings) if known is None else known
    return [
        *(told for row in rows if (told := _told(row, scheme, readings)) is not None),
        *_unproved(session, rows),
        *_unseen(session, platform, year, readings),
    ]


def _unseen(session: Session, platform: Platform, year: int, readings: Readings) -> Iterator[FactRow]:
    """What the tally never sees, of every calendar year that the assessment period has days in."""
    period = years.assessment_period(session, platform.id, year)
    for calendar_year in sorted({year, *period.calendar_years}):
        for row in (
            *_uncounted_enterprises(session, platform, calendar_year, readings),
            *_taken_out(session, platform, calendar_year),
        ):
            if calendar_year == year or row.day is None or period.holds(row.day):
                yield row
    yield from _of_another_year(session, platform, max(year, *period.calendar_years))


def _told(row: FactRow, scheme: Scheme, readings: Readings) -> FactRow | None:
    """The row with its reason, if it adds nothing: that no line of this table counts such a fact, or its own."""
    line = scheme.counting(row.fact)
    if row.standing is CountStatus.NOT_COUNTED and line is not None:
        return row
    if row.standing is CountStatus.PENDING or not row.amount:
        return None
    if line is None:
        return replace(row, standing=CountStatus.NOT_COUNTED, reasons=("not_for_this_kind",))
    reading = line.rule.counts_under.get(row.fact) if isinstance(line.rule, Bonus) else None
    return None if reading is None or readings.is_on(reading) else _because(row, f"reading_{reading.value}")


def _unproved(session: Session, rows: Sequence[FactRow]) -> Iterator[FactRow]:
    """缺佐证: reports and claims that cannot be accepted before their paper is there."""
    for row in rows:
        if row.standing is CountStatus.PENDING and KINDS[row.subject].needs_proof:
            record: Any = session.get_one(RECORDS[row.subject], row.subject_id)
            if evidence.lacking(session, record) is not None:
                yield _because(row, "no_proof")


def _uncounted_enterprises(session: Session, platform: Platform, year: int, readings: Readings) -> Iterator[FactRow]:
    """Enterprises at an activity, or served, that do not count for this platform, by reason."""
    why = counted_enterprises.why_not(counted_enterprises.at_activities(platform, readings))
    check_ins = (
        sa.select(Activity.id, Activity.title, Activity.ends_at, Activity.stage, why, sa.func.count())
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(
            ActivityPlatform.platform_id == platform.id,
            ActivityPlatform.confirmed_at.is_not(None),
            Activity.year == year,
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
            CheckIn.is_live,
            why.is_not(None),
        )
        .group_by(Activity.id, Activity.title, Activity.ends_at, Activity.stage, why)
        .order_by(Activity.ends_at, Activity.id)
    )
    for row in session.execute(check_ins):
        yield _participations(row, int(row[5]), str(row[4]))
    why = counted_enterprises.why_not(counted_enterprises.at_services(platform, readings))
    served = (
        sa.select(
            OfflineService.id,
            OfflineService.content,
            OfflineService.served_on,
            OfflineService.stage,
            why,
            sa.func.count(),
        )
        .join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(
            OfflineService.platform_id == platform.id,
            OfflineService.year == year,
            OfflineService.stage.not_in([Stage.DRAFT, Stage.VOID]),
            why.is_not(None),
        )
        .group_by(OfflineService.id, OfflineService.content, OfflineService.served_on, OfflineService.stage, why)
        .order_by(OfflineService.served_on, OfflineService.id)
    )
    for service_id, content, served_on, stage, reason, number in session.execute(served):
        fact, subject = Fact.OFFLINE_PARTICIPATIONS, Subject.OFFLINE_SERVICE
        yield _row(fact, number, subject, service_id, content, served_on, reason, stage)


def _taken_out(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    """作废 and 更正: activities and records struck out, check-ins voided by staff."""
    voided = (
        sa.select(Activity.id, Activity.title, Activity.ends_at, Activity.stage, sa.func.count())
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .where(
            Activity.platform_id == platform.id,
            Activity.year == year,
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
            CheckIn.voided_at.is_not(None),
        )
        .group_by(Activity.id, Activity.title, Activity.ends_at, Activity.stage)
        .order_by(Activity.ends_at, Activity.id)
    )
    for row in session.execute(voided):
        yield _participations(row, int(row[4]), "voided_check_in")
    struck = sa.select(Activity).where(
        Activity.platform_id == platform.id, Activity.year == year, Activity.stage == Stage.VOID
    )
    for activity in session.scalars(struck.order_by(Activity.id)):
        if activity.category is not None and activity.ends_at is not None:
            fact, day = CATEGORY_FACT[activity.category], last_day_of(activity.ends_at)
            yield _row(fact, 1, Subject.ACTIVITY, activity.id, activity.title, day, "void", Stage.VOID)
    for kind in KINDS.values():
        if kind.facts:
            table: Any = kind.model
            of_year = (table.platform_id == platform.id, table.year == year, table.stage == Stage.VOID)
            for record in session.scalars(sa.select(table).where(*of_year).order_by(table.id)):
                counted_as = kind.counted_as(record) or kind.facts[0]
                on, title = kind.day_of(record), kind.title(record)
                yield _row(counted_as, 1, kind.subject, record.id, title, on, "void", Stage.VOID)


def _of_another_year(session: Session, platform: Platform, year: int) -> Iterator[FactRow]:
    """Activities that begin in this year and end in another: their end decides."""
    query = (
        sa.select(Activity)
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .where(
            ActivityPlatform.platform_id == platform.id,
            Activity.year == year + 1,
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
        )
        .order_by(Activity.starts_at)
    )
    for row in session.scalars(query):
        if row.starts_at is not None and year_of(row.starts_at) == year and row.category is not None:
            day = day_of(row.starts_at)
            fact = CATEGORY_FACT[row.category]
            yield _row(fact, 1, Subject.ACTIVITY, row.id, row.title, day, "another_year", row.stage)


def _participations(row: Any, amount: int, reason: str) -> FactRow:
    """Check-ins of one activity that add no 家次, under one reason."""
    fact, day = Fact.ACTIVITY_PARTICIPATIONS, last_day_of(row.ends_at)
    return _row(fact, amount, Subject.ACTIVITY, row.id, row.title, day, reason, row.stage)


def _row(
    fact: str, amount: int, subject: Subject, subject_id: int, title: str, day: Any, reason: str, stage: Stage
) -> FactRow:
    return FactRow(fact, amount, CountStatus.NOT_COUNTED, subject, subject_id, title, day, (reason,), stage)


def _because(row: FactRow, reason: str) -> FactRow:
    return replace(row, standing=CountStatus.NOT_COUNTED, reasons=(*row.reasons, reason))
