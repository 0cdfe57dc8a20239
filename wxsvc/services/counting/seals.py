"""年度锁定: a year that is over is sealed by the province and takes no change; unsealing takes two people.

The scorecard keeps the readings that were in force when it was sealed, and the rows that it adds up from.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.terms import NoticePurpose, Subject
from models.work_list import Change
from wxsvc.services import journal, notices, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import left_out, sealed_rows, snapshots, tallies
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import lock
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find


def seal(session: Session, platform_id: int, year: int, by: Actor, now: datetime) -> PlatformYear:
    """Fold the platform's year a last time and lock it; sealing idempotent.

    Raises ``Refused``: ``year_not_over``, ``changes_waiting`` when something arrived during the fold.
    """
    row = _held(session, platform_id, year, by)
    if row.is_sealed:
        return row
    period = years.assessment_period(session, platform_id, year)
    if years.day_of(now) <= max(date(year, 12, 31), period.last):
        raise Refused("year_not_over", year=year)
    counted = tallies.fold(session, platform_id, year, now)
    if counted is None:
        raise Refused("year_without_rules", year=year)
    waiting = sa.select(Change.id).where(Change.platform_id == platform_id, Change.year == year).limit(1)
    if session.scalar(waiting) is not None:
        raise Refused("changes_waiting")
    platform, by_readings = session.get_one(Platform, platform_id), counted.scored.readings
    unseen = left_out.of(session, platform, year, by_readings, counted.rows)
    sealed_rows.keep(session, row, counted.rows, unseen)
    snapshots.keep(session, platform, counted, unseen, by, now)
    row.sealed_at, row.sealed_by = now, by.person_id
    _note(session, row, "platform_year.sealed", by, now)
    key = f"sealed:{platform_id}:{year}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.SEALED, key, {"year": year}, now, platform_id=platform_id)
    return row


def ask_unseal(session: Session, platform_id: int, year: int, reason: str, by: Actor, now: datetime) -> PlatformYear:
    """The first of two people asks to unseal, with a reason; while an ask stands, asking again changes nothing.

    Raises ``Refused``: ``year_not_sealed``, ``reason_needed``.
    """
    row = _held(session, platform_id, year, by)
    given = must_have_reason(reason)
    if not row.is_sealed:
        raise Refused("year_not_sealed", year=year)
    if row.unseal_asked_at is not None:
        return row
    row.unseal_asked_at, row.unseal_asked_by, row.unseal_reason = now, by.person_id, given
    _note(session, row, "platform_year.unseal_asked", by, now, reason=given)
    return row


def confirm_unseal(session: Session, platform_id: int, year: int, by: Actor, now: datetime) -> PlatformYear:
    """The second person unseals; the year is counted anew. Idempotent.

    Raises ``Refused``: ``unseal_not_asked``, ``two_people`` to the one who asked.
    """
    row = _held(session, platform_id, year, by)
    if not row.is_sealed:
        return row
    if row.unseal_asked_at is None:
        raise Refused("unseal_not_asked")
    if row.unseal_asked_by == by.person_id:
        raise Refused("two_people")
    reason, kept = row.unseal_reason, snapshots.kept_rows(session, platform_id, year)
    row.sealed_at = row.sealed_by = row.unseal_asked_at = row.unseal_asked_by = row.unseal_reason = None
    session.flush()
    sealed_rows.drop(session, row)
    snapshots.retire(session, platform_id, year, kept, reason, now)
    _note(session, row, "platform_year.unsealed", by, now, reason=reason)
    journal.touch(session, [(platform_id, year)], now)
    return row


def _held(session: Session, platform_id: int, year: int, by: Actor) -> PlatformYear:
    """The platform's year under its lock; only a person of the province seals and unseals."""
    by.must_be_province()
    if by.person_id is None:
        raise Refused("not_allowed")
    find(session, Platform, platform_id)
    lock(session, platform_id, year)
    row = years.platform_year(session, platform_id, year)
    session.refresh(row)
    return row


def _note(session: Session, row: PlatformYear, deed: str, by: Actor, now: datetime, reason: str | None = None) -> None:
    session.flush()
    details = {"year": row.year} | ({"reason": reason} if reason else {})
    journal.record(
        session, deed, Subject.PLATFORM_YEAR, row.platform_id, by=by, now=now, platform_id=row.platform_id, **details
    )
