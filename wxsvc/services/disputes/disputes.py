"""企业异议 (不是我们单位): an enterprise objects to having been counted; the reviewer decides with a written finding.

Upheld, a check-in is voided with the finding as its reason, and any other record goes back to its platform or is
voided: the score follows by the same ways as every correction. A sealed year takes neither.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.dispute import Dispute
from models.terms import DisputeState, DisputeSubject, NoticePurpose, Stage, Subject
from wxsvc.services import counting_years, journal, notices, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_have_reason, must_hold_no_identity_number
from wxsvc.services.disputes import countings, dispute_lists
from wxsvc.services.disputes.countings import Counting
from wxsvc.services.door import corrections
from wxsvc.services.judging import reviews
from wxsvc.services.locks import concerning, insert_once, lock_all
from wxsvc.services.people import known_standings, persons
from wxsvc.services.people.enterprises import is_contact
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import RECORDS, find

LONGEST_REASON: Final = 500


class Remedy(StrEnum):
    """What becomes of a record whose dispute is upheld: 退回平台更正 or 作废. A check-in is always voided."""

    SEND_BACK = "send_back"
    VOID = "void"


def raise_dispute(
    session: Session,
    enterprise_id: int,
    subject: DisputeSubject,
    subject_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Dispute:
    """提出异议 by somebody of the enterprise; one that is open already is the dispute.

    Raises ``Refused``: ``not_your_enterprise``, ``standing_unconfirmed``, ``standing_suspended``, ``reason_needed``,
    ``identity_number_written``, ``dispute_too_long``, ``dispute_of_sealed_year``; ``nothing_to_dispute`` for what does
    not count the enterprise (any more).
    """
    persons.must_be_here(session, by.person_id)
    if not is_contact(session, by.person_id, enterprise_id):
        raise Refused("not_your_enterprise")
    known_standings.must_be_confirmed(session, by.person_id, enterprise_id)
    given = must_have_reason(reason)
    must_hold_no_identity_number(given)
    if len(given) > LONGEST_REASON:
        raise Refused("dispute_too_long", most=LONGEST_REASON)
    counted = countings.find(session, subject, subject_id, enterprise_id)
    if counted is None:
        raise Refused("nothing_to_dispute")
    if (year := frozen_in(session, subject, subject_id)) is not None:
        raise Refused("dispute_of_sealed_year", year=year)
    is_new = insert_once(
        session,
        Dispute,
        enterprise_id=enterprise_id,
        platform_id=counted.platform.id,
        subject=subject,
        subject_id=subject_id,
        reason=given,
        raised_at=now,
        raised_by=by.person_id,
        state=DisputeState.OPEN,
    )
    row = session.scalars(_open_about(subject, subject_id).where(Dispute.enterprise_id == enterprise_id)).one()
    if is_new:
        _log(session, row, "raised", by, now)
        facts = _facts(counted, "raised")
        notices.tell(session, NoticePurpose.DISPUTE, f"dispute:{row.id}:raised:province", facts, now)
        key = f"dispute:{row.id}:raised:platform"
        notices.tell(session, NoticePurpose.DISPUTE, key, facts, now, platform_id=counted.platform.id)
    return row


def withdraw(session: Session, dispute_id: int, by: Actor, now: datetime) -> Dispute:
    """撤回异议 by somebody of the enterprise, before it is decided; idempotent. ``Refused("dispute_decided")``."""
    row = find(session, Dispute, dispute_id)
    if not is_contact(session, by.person_id, row.enterprise_id):
        raise Refused("not_found")
    if row.state is DisputeState.WITHDRAWN:
        return row
    if not _close(session, row, DisputeState.WITHDRAWN, "", by, now):
        raise Refused("dispute_decided")
    _log(session, row, "withdrawn", by, now)
    return row


def decide(
    session: Session,
    dispute_id: int,
    *,
    is_upheld: bool,
    finding: str,
    by: Actor,
    now: datetime,
    remedy: Remedy = Remedy.SEND_BACK,
) -> Dispute:
    """异议成立 or 不成立, with what was found; the enterprise reads it. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``dispute_too_long``, ``dispute_decided_before``, and
    ``unseal_first`` where upholding would change a sealed year.
    """
    by.must_review()
    row = find(session, Dispute, dispute_id)
    given = must_have_reason(finding)
    if len(given) > LONGEST_REASON:
        raise Refused("dispute_too_long", most=LONGEST_REASON)
    lock_all(session, _held_for(session, row))
    session.refresh(row)
    concerned = _frozen_by(session, row.subject, row.subject_id)
    state = DisputeState.UPHELD if is_upheld else DisputeState.DISMISSED
    if (row.state, row.decision) == (state, given):
        return row
    if row.state is not DisputeState.OPEN:
        raise Refused("dispute_decided_before")
    counted = countings.find(session, row.subject, row.subject_id, row.enterprise_id)
    if is_upheld and counted is not None:
        if (year := _sealed(session, concerned)) is not None:
            raise Refused("unseal_first", year=year)
        _mend(session, row, given, remedy, by, now)
    if not _close(session, row, state, given, by, now):
        raise Refused("dispute_decided_before")
    _log(session, row, state.value, by, now)
    facts = _facts(counted or _former(session, row), "decided") | {"is_upheld": is_upheld}
    key = f"dispute:{row.id}:decided"
    notices.tell(session, NoticePurpose.DISPUTE, f"{key}:platform", facts, now, platform_id=row.platform_id)
    notices.tell(session, NoticePurpose.DISPUTE, f"{key}:person", facts, now, person_id=row.raised_by)
    if is_upheld:  # who held the activity with it loses the 家次 too
        others = {platform_id for platform_id, _ in concerned} - {row.platform_id}
        if keys := {each: f"{key}:{each}" for each in sorted(others)}:
            notices.tell_platforms(session, NoticePurpose.DISPUTE, keys, facts, now)
    return row


def _mend(session: Session, row: Dispute, finding: str, remedy: Remedy, by: Actor, now: datetime) -> None:
    """Take out of the count what should not be in it."""
    if row.subject is DisputeSubject.CHECK_IN:
        corrections.void(session, row.subject_id, finding, by, now)
        return
    subject = Subject(row.subject.value)
    record = find(session, RECORDS[subject], row.subject_id)
    if remedy is Remedy.VOID:
        reviews.void(session, subject, record.id, finding, by, now, can_undo=False)
    elif record.stage is not Stage.RETURNED:  # with its platform already
        reviews.send_back(session, subject, record.id, finding, by, now, can_undo=False)


def _close(session: Session, row: Dispute, state: DisputeState, decision: str, by: Actor, now: datetime) -> bool:
    """Write the end of an open dispute; whether it was still open."""
    written = session.scalar(
        sa.update(Dispute)
        .where(Dispute.id == row.id, Dispute.state == DisputeState.OPEN)
        .values(state=state, decision=decision, decided_at=now, decided_by=by.person_id)
        .returning(Dispute.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    return written is not None


def _open_about(subject: DisputeSubject, subject_id: int) -> sa.Select[Dispute]:
    return sa.select(Dispute).where(
        Dispute.subject == subject, Dispute.subject_id == subject_id, Dispute.state == DisputeState.OPEN
    )


def frozen_in(session: Session, subject: DisputeSubject, subject_id: int) -> int | None:
    """The first sealed year (锁定) that freezes what would be objected to."""
    return _sealed(session, _frozen_by(session, subject, subject_id))


def _frozen_by(session: Session, subject: DisputeSubject, subject_id: int) -> set[tuple[int, int]]:
    """The platform-years whose seal freezes the row."""
    if subject is DisputeSubject.CHECK_IN:
        return corrections.platform_years(session, find(session, CheckIn, subject_id).activity_id)
    record = find(session, RECORDS[Subject(subject.value)], subject_id)
    return counting_years.of(session, [(record.platform_id, record.year)], when(record).day)


def _held_for(session: Session, row: Dispute) -> set[tuple[int, int]]:
    """What is held before the dispute is decided: what upholding it would write."""
    if row.subject is DisputeSubject.CHECK_IN:
        return corrections.held_for(session, find(session, CheckIn, row.subject_id).activity_id)
    record = find(session, RECORDS[Subject(row.subject.value)], row.subject_id)
    return concerning(session, record.platform_id, [when(record)])


def _sealed(session: Session, platform_years: set[tuple[int, int]]) -> int | None:
    """The first of the years that is sealed (锁定)."""
    return next(
        (year for platform_id, year in sorted(platform_years) if years.is_sealed(session, platform_id, year)), None
    )


def _former(session: Session, row: Dispute) -> Counting:
    """What the dispute was about, when it does not count any more: enough for a notice."""
    case = dispute_lists.case_of(session, row.id)
    return Counting(
        row.subject,
        row.subject_id,
        case.enterprise,
        case.platform,
        case.year,
        years.day_of(row.raised_at),
        None,
        name=case.title,
    )


def _facts(counted: Counting, deed: str) -> dict[str, object]:
    """What a notice says: of a check-in its activity; of whom and where; no person."""
    return {
        "deed": deed,
        "subject": counted.subject.value,
        "title": counted.name if counted.subject is DisputeSubject.CHECK_IN else None,
        "day": counted.day.isoformat(),
        "enterprise": counted.enterprise.name,
        "platform": counted.platform.name,
    }


def _log(session: Session, row: Dispute, deed: str, by: Actor, now: datetime) -> None:
    journal.record(
        session,
        f"dispute.{deed}",
        Subject(row.subject.value),
        row.subject_id,
        by=by,
        now=now,
        platform_id=row.platform_id,
        dispute_id=row.id,
        enterprise_id=row.enterprise_id,
    )
    session.flush()
