"""Correcting check-ins: 撤销 and 换一家 by the visitor, 更正, 恢复, 补登 by staff; completing a first visit."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.person import Contact, Person
from models.terms import Absence, Door, Refusal, Stage
from wxsvc.services import counting_years, journal, kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.door import checkin_sql as sql
from wxsvc.services.door.checkins import Outcome, OutcomeKind, check_in
from wxsvc.services.door.scans import LATE, WEAKER, Scan
from wxsvc.services.locks import lock_all
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import concerned

SELF_UNDO = timedelta(minutes=10)
"""How long a visitor may undo or change the own check-in."""

COMPLETION = timedelta(days=7)
"""How old a first visit's scan may be when enrolment completes it."""


def undo(session: Session, check_in_id: int, person_id: int, now: datetime) -> CheckIn:
    """撤销 one's own check-in within ten minutes; the enterprise may be checked in again. Idempotent."""
    row = _own(session, check_in_id, person_id)
    if not row.holds_place:
        return row
    activity = _must_be_open(session, row.activity_id)
    if not row.holds_place:  # undone while this waited
        return row
    if row.voided_at is not None or now - row.received_at > SELF_UNDO:
        raise Refused("undo_too_late")
    row.undone_at = now
    by = Actor(person_id)
    journal.record_of(session, row, "undone", by, now, platform_id=activity.platform_id)
    journal.touch(session, concerned(session, activity), now)
    session.flush()
    return row


def change_enterprise(session: Session, check_in_id: int, person_id: int, enterprise_id: int, now: datetime) -> Outcome:
    """换一家: undo, stand for another of one's own enterprises, and check that one in at the same scan's time."""
    persons.must_be_here(session, person_id)
    row = _own(session, check_in_id, person_id)
    enterprise_id = kept_enterprises.id_of(session, enterprise_id)
    contact = session.get(Contact, (person_id, enterprise_id))
    if contact is None:
        raise Refused("not_your_enterprise")
    undo(session, check_in_id, person_id, now)
    session.execute(sa.update(Contact).where(Contact.person_id == person_id).values(is_current=False))
    session.execute(
        sa.update(Contact)
        .where(Contact.person_id == person_id, Contact.enterprise_id == enterprise_id)
        .values(is_current=True)
    )
    person = session.get_one(Person, person_id)
    activity = session.get_one(Activity, row.activity_id)
    at, grade = row.checked_in_at, row.evidence_grade
    scan = Scan(person.openid or "", activity.code, row.door, at, now, grade, found_by=Door.PAGE)
    return check_in(session.connection(), scan)


def void(session: Session, check_in_id: int, reason: str, by: Actor, now: datetime) -> CheckIn:
    """更正: staff take a check-in out, with a reason; the enterprise cannot scan itself back in."""
    row = session.get_one(CheckIn, check_in_id)
    activity = _must_be_correctable(session, row.activity_id, by)
    if not reason.strip():
        raise Refused("reason_needed")
    if not row.holds_place:
        raise Refused("check_in_undone")
    if row.voided_at is None:
        row.voided_at, row.voided_by, row.void_reason = now, by.person_id, reason.strip()
        _log(session, "voided", row, activity, by, now, reason=reason.strip())
    return row


def revive(session: Session, check_in_id: int, reason: str, by: Actor, now: datetime) -> CheckIn:
    """恢复 a check-in that staff had taken out."""
    row = session.get_one(CheckIn, check_in_id)
    activity = _must_be_correctable(session, row.activity_id, by)
    if not reason.strip():
        raise Refused("reason_needed")
    if row.voided_at is not None:
        row.voided_at = row.voided_by = row.void_reason = None
        _log(session, "revived", row, activity, by, now, reason=reason.strip())
    return row


def enter_by_hand(
    session: Session,
    activity_id: int,
    enterprise_id: int,
    by: Actor,
    now: datetime,
    *,
    person_id: int | None = None,
    came_at: datetime | None = None,
) -> Outcome:
    """补登: staff check an enterprise in for a visitor who could not; also confirms a person's second enterprise.

    ``came_at`` is when they came, if that is known; entries after the window carry the lowest evidence grade. An
    enterprise that is already in stays as it is. Raises ``Refused``: ``not_allowed``, ``activity_already_approved``,
    ``activity_not_open_for_entries``, ``activity_not_begun``, ``year_sealed``.
    """
    activity = _must_be_correctable(session, activity_id, by)
    enterprise_id = kept_enterprises.id_of(session, enterprise_id)
    if activity.stage not in (Stage.PUBLISHED, Stage.RETURNED):
        raise Refused("activity_not_open_for_entries")
    if activity.opens_at is None or now < activity.opens_at:
        raise Refused("activity_not_begun")
    came_at = came_at or now
    late = activity.closes_at is not None and came_at > activity.closes_at
    check_in_id = sql.insert_once(
        session.connection(),
        {
            "activity_id": activity_id,
            "enterprise_id": enterprise_id,
            "person_id": person_id,
            "door": Door.STAFF.value,
            "evidence_grade": LATE if late else WEAKER,
            "checked_in_at": came_at,
            "received_at": now,
            "entered_by": by.person_id,
            "year": activity.year,
        },
    )
    kind = OutcomeKind.CHECKED_IN if check_in_id else OutcomeKind.ALREADY_IN
    if check_in_id:
        row = session.get_one(CheckIn, check_in_id)
        _log(session, "entered", row, activity, by, now)
    return Outcome(kind, activity.code, activity.title, check_in_id=check_in_id, at=came_at)


def complete_pending(session: Session, person_id: int, now: datetime) -> list[Outcome]:
    """Complete the scans that waited for this person's enrolment, each at its own time, even if the window closed.

    Each keeps its door and what that is worth. Activities of a sealed year stay as they are.
    """
    person = session.get_one(Person, person_id)
    waiting = session.scalars(_waiting(person_id, now).order_by(RefusedScan.scanned_at)).all()
    outcomes: dict[int, Outcome] = {}
    places = [held_for(session, scan.activity_id) for scan in waiting if scan.activity_id is not None]
    lock_all(session, set().union(*places))
    for scan in waiting:
        if scan.activity_id is None or person.openid is None:
            continue
        activity = session.get_one(Activity, scan.activity_id)
        if scan.activity_id not in outcomes:
            try:
                _must_be_open(session, scan.activity_id)
            except Refused:
                continue
            outcomes[scan.activity_id] = check_in(
                session.connection(),
                Scan(person.openid, activity.code, scan.door, scan.scanned_at, now, found_by=Door.PAGE),
            )
        scan.completed_by = outcomes[scan.activity_id].check_in_id
    session.flush()
    return list(outcomes.values())


def completes(session: Session, person_id: int | None, activity_code: str, now: datetime) -> bool:
    """Whether 登记 makes a check-in at this activity: a scan of the person waits for it, or an attendance may count.

    A link that somebody else has passed on (转发) leads to the same form, and 签到 is still to be pressed then.
    """
    if person_id is None:
        return False
    here = Activity.code == activity_code
    scans = _waiting(person_id, now).join(Activity, Activity.id == RefusedScan.activity_id).where(here)
    return session.scalar(sa.select(sa.or_(scans.exists(), _attended(person_id, here).exists()))) or False


def _waiting(person_id: int, now: datetime) -> sa.Select[RefusedScan]:
    return sa.select(RefusedScan).where(
        RefusedScan.person_id == person_id,
        RefusedScan.refusal.in_([Refusal.NOT_ENROLLED, Refusal.CHOOSE]),
        RefusedScan.completed_by.is_(None),
        RefusedScan.activity_id.is_not(None),
        RefusedScan.scanned_at > now - COMPLETION,
    )


def _attended(person_id: int, where: sa.ColumnElement[bool]) -> sa.Select[Attendance]:
    """Where somebody who had said 我不代表企业 was noted."""
    return (
        sa.select(Attendance)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(where, Attendance.person_id == person_id, Attendance.absence == Absence.NOT_AN_ENTERPRISE)
    )


def counts_after_all(session: Session, person_id: int, activity_code: str, now: datetime) -> Outcome | None:
    """Who had said 我不代表企业 stands for an enterprise now: their attendance here becomes a check-in at its own time.

    It is worth what a check-in on a page is: by which door they came then is not known any more. None where there is
    no such attendance, or where it must stay: the year is sealed, or the check-in is refused.
    """
    attended = session.scalar(_attended(person_id, Activity.code == activity_code))
    openid = session.get_one(Person, person_id).openid
    if attended is None or openid is None:
        return None
    try:
        _must_be_open(session, attended.activity_id)
    except Refused:
        return None
    with session.begin_nested() as undoable:
        came = attended.attended_at
        session.delete(attended)
        session.flush()
        outcome = check_in(session.connection(), Scan(openid, activity_code, Door.PAGE, came, now))
        if not outcome.is_in:
            undoable.rollback()
            return None
    return outcome


def platform_years(session: Session, activity_id: int) -> set[tuple[int, int]]:
    """The platform-years that an activity's check-ins count in; any one of them sealed freezes them."""
    activity = session.get_one(Activity, activity_id)
    return counting_years.of(session, concerned(session, activity), when(activity).day)


def held_for(session: Session, activity_id: int) -> set[tuple[int, int]]:
    """What is held before a check-in of the activity is written."""
    activity = session.get_one(Activity, activity_id)
    return counting_years.held_for(session, concerned(session, activity), when(activity).day)


def _own(session: Session, check_in_id: int, person_id: int) -> CheckIn:
    row = session.get(CheckIn, check_in_id)
    if row is None or row.person_id != person_id:
        raise Refused("not_allowed")
    return row


def _must_be_open(session: Session, activity_id: int) -> Activity:
    activity = session.get_one(Activity, activity_id)
    lock_all(session, held_for(session, activity_id))
    counting_years.all_must_be_open(session, concerned(session, activity), when(activity).day)
    return activity


def _must_be_correctable(session: Session, activity_id: int, by: Actor) -> Activity:
    """Staff of the publishing platform until approval; provincial staff afterwards too."""
    activity = _must_be_open(session, activity_id)
    if not by.reviews:
        by.must_work_for(activity.platform_id)
        if activity.stage is Stage.APPROVED:
            raise Refused("activity_already_approved")
    return activity


def _log(
    session: Session, deed: str, row: CheckIn, activity: Activity, by: Actor, now: datetime, **details: str
) -> None:
    at, whose = activity.platform_id, row.enterprise_id
    journal.record_of(session, row, deed, by, now, platform_id=at, enterprise_id=whose, **details)
    journal.touch(session, concerned(session, activity), now)
    session.flush()
