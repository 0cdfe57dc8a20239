"""签到的来历: how a disputed check-in came about, for the reviewer, in one statement."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.terms import DisputeSubject
from wxsvc.services.kept_enterprises import KEPT_ID


class Traces(Struct, frozen=True):
    """A disputed check-in, who objects, who made it, and who entered it."""

    check_in: CheckIn
    raised_by: Person
    scanned_by: Person | None
    entered_by: Person | None
    """Staff, where they entered it."""
    is_contact: bool
    """Whether who scanned stands for this enterprise, or for the one that it was merged into."""
    by_same_person: int
    """Check-ins of that person at that activity, without those undone."""


def of(session: Session, dispute_id: int) -> Traces | None:
    """The traces of what is disputed; None where that is no check-in."""
    scanner, enterer, raiser, others = aliased(Person), aliased(Person), aliased(Person), aliased(CheckIn)
    is_contact = (
        sa.exists()
        .where(Enterprise.id == CheckIn.enterprise_id)
        .where(Contact.person_id == CheckIn.person_id, Contact.enterprise_id == KEPT_ID)
    )
    by_same_person = (
        sa.select(sa.func.count())
        .select_from(others)
        .where(others.activity_id == CheckIn.activity_id, others.person_id == CheckIn.person_id, others.holds_place)
    )
    query = (
        sa.select(CheckIn, raiser, scanner, enterer, is_contact, by_same_person.scalar_subquery())
        .join(Dispute, sa.and_(Dispute.subject_id == CheckIn.id, Dispute.subject == DisputeSubject.CHECK_IN))
        .join(raiser, raiser.id == Dispute.raised_by)
        .outerjoin(scanner, scanner.id == CheckIn.person_id)
        .outerjoin(enterer, enterer.id == CheckIn.entered_by)
        .where(Dispute.id == dispute_id)
    )
    row = session.execute(query).one_or_none()
    return Traces(*row) if row is not None else None
