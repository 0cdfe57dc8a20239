"""未能签到的扫码: who scanned and was not checked in, and what staff at the door can do for them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.person import Contact
from models.terms import Refusal
from wxsvc.services.actor import Actor
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find

ADMISSIBLE: Final = (Refusal.SECOND_ENTERPRISE, Refusal.TOO_EARLY, Refusal.OVER)
"""Staff who see the visitor before them may check their enterprise in."""
_HELPED: Final = (*ADMISSIBLE, Refusal.NOT_ENROLLED, Refusal.CHOOSE, Refusal.VOIDED)


class ScanWaiting(Struct, frozen=True):
    """One visitor's last refused scan at an activity, while they are not in.

    ``enterprise`` is whom they stand for now, if anybody; ``first_enterprise`` the one they checked in before.
    """

    scan_id: int
    scanned_at: datetime
    refusal: Refusal
    enterprise: Enterprise | None
    first_enterprise: str | None

    @property
    def is_admissible(self) -> bool:
        """Whether one tap of the staff checks them in."""
        return self.enterprise is not None and self.refusal in ADMISSIBLE


def waiting(session: Session, activity_id: int) -> list[ScanWaiting]:
    """Who may need help, the earliest first; whoever is in by now, or came for no enterprise, does not."""
    is_in = sa.exists().where(
        CheckIn.activity_id == activity_id, CheckIn.is_live, CheckIn.enterprise_id == Enterprise.id
    )
    attended = sa.exists().where(Attendance.activity_id == activity_id, Attendance.person_id == RefusedScan.person_id)
    query = (
        sa.select(RefusedScan, Enterprise, _checked_in_before(activity_id))
        .outerjoin(Contact, sa.and_(Contact.person_id == RefusedScan.person_id, Contact.is_current))
        .outerjoin(Enterprise, Enterprise.id == Contact.enterprise_id)
        .where(
            RefusedScan.activity_id == activity_id,
            RefusedScan.refusal.in_(_HELPED),
            RefusedScan.completed_by.is_(None),
            ~is_in,
            ~attended,
        )
        .order_by(RefusedScan.scanned_at, RefusedScan.id)
    )
    last = {
        scan.person_id: ScanWaiting(scan.id, scan.scanned_at, scan.refusal, enterprise, before)
        for scan, enterprise, before in session.execute(query)
        if scan.refusal not in (Refusal.NOT_ENROLLED, Refusal.CHOOSE) or before is None
    }
    return sorted(last.values(), key=lambda each: each.scanned_at)


def _checked_in_before(activity_id: int) -> sa.ScalarSelect[str]:
    """The name of the enterprise that whoever scanned has checked in at this activity."""
    own = aliased(Enterprise)
    return (
        sa.select(own.name)
        .join(CheckIn, CheckIn.enterprise_id == own.id)
        .where(CheckIn.activity_id == activity_id, CheckIn.person_id == RefusedScan.person_id, CheckIn.is_live)
        .limit(1)
        .scalar_subquery()
    )


def admit(session: Session, scan_id: int, by: Actor, now: datetime) -> Outcome:
    """登记 whoever was refused: a second enterprise of one person, a scan too early or too late. Idempotent.

    Their enterprise is in since the scan (who was too early: since now). Raises ``Refused``: ``not_found`` for a scan
    that staff cannot help so, ``enterprise_needed`` for somebody who stands for nobody, as ``enter_by_hand``.
    """
    scan = find(session, RefusedScan, scan_id)
    if scan.activity_id is None or scan.refusal not in ADMISSIBLE:
        raise Refused("not_found")
    activity = find(session, Activity, scan.activity_id)
    enterprise_id = session.scalar(
        sa.select(Contact.enterprise_id).where(Contact.person_id == scan.person_id, Contact.is_current)
    )
    if enterprise_id is None:
        raise Refused("enterprise_needed")
    came_at = now if scan.refusal is Refusal.TOO_EARLY else scan.scanned_at
    outcome = corrections.enter_by_hand(
        session, activity.id, enterprise_id, by, now, person_id=scan.person_id, came_at=came_at
    )
    scan.completed_by = outcome.check_in_id or scan.completed_by
    session.flush()
    return outcome
