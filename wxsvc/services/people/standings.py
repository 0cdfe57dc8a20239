"""代表资格: whether somebody who says that they stand for an enterprise really does.

Enrolment asks for no proof and a scan counts at once. What hangs on it is another matter: what was there before them,
objections and the enterprise's code need a standing that somebody has confirmed — staff at the door, a contact who was
there before, or provincial staff who saw the licence. Contacts from before this was asked are confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.person import Contact, Standing
from models.stored_file import StoredFile
from models.terms import NoticePurpose, Role, StandingProof, Subject
from wxsvc.clock import BEIJING
from wxsvc.files import KeptFile
from wxsvc.services import journal, kept_enterprises, locks, notices
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.people import licences, persons
from wxsvc.services.people.enterprise_years import platform_years
from wxsvc.services.people.known_standings import StandingState, confirmed_contacts, must_be_confirmed, own, rows_of
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.services.years import day_of

MOST_ENTERPRISES: Final = 5
"""Enterprises that one person may stand for without staff."""
MOST_NEW: Final = 3
"""Enterprises nobody knew that one person may register in a day."""
_MOST_TOLD: Final = 20
_MOST_ASKED: Final = 5


class StandingCase(Struct, frozen=True):
    """A standing that somebody is asked about, and the enterprise that it is for."""

    standing: Standing
    enterprise: Enterprise

    @property
    def seen(self) -> str:
        """The mark of what a form shows of it."""
        return _seen(self.standing)


def _seen(row: Standing) -> str:
    return mark(row.confirmed_at, row.suspended_at, row.licence_sha256, row.offered_uscc)


def begin(session: Session, person_id: int, enterprise_id: int, now: datetime) -> None:
    """Somebody new says that they stand for an enterprise; its confirmed contacts are told.

    Raises ``Refused("enterprises_enough", most=…)`` for one enterprise too many.
    """
    own = sa.select(sa.func.count()).select_from(Contact).where(Contact.person_id == person_id)
    if (session.scalar(own) or 0) >= MOST_ENTERPRISES:
        raise Refused("enterprises_enough", most=MOST_ENTERPRISES)
    if not insert_once(session, Standing, person_id=person_id, enterprise_id=enterprise_id, begun_at=now):
        return  # suspended, and come back: it stays so
    enterprise = session.get_one(Enterprise, enterprise_id)
    facts = {"deed": "standing", "enterprise": enterprise.name}
    for other in confirmed_contacts(session, enterprise_id, person_id, _MOST_TOLD):
        key = f"standing:{enterprise_id}:{person_id}:{now.timestamp():.0f}:{other}"
        notices.tell(session, NoticePurpose.ROLE, key, facts, now, person_id=other)


def end(session: Session, person_id: int, enterprise_id: int, now: datetime) -> None:
    """They stand for it no more. A suspended standing stays, so that nobody is rid of it by coming again."""
    for row in rows_of(session, person_id, enterprise_id):
        if row.suspended_at is None:
            licences.release(session, [row], now)
            session.delete(row)
    session.flush()


def must_not_invent(session: Session, person_id: int, now: datetime) -> None:
    """``Refused("invented_enough", most=…)`` for somebody who has registered enough unknown enterprises today."""
    invented = sa.select(sa.func.count()).select_from(Enterprise)
    today = sa.and_(
        Enterprise.created_by == person_id, Enterprise.created_at >= datetime.combine(day_of(now), time.min, BEIJING)
    )
    if (session.scalar(invented.where(today)) or 0) >= MOST_NEW:
        raise Refused("invented_enough", most=MOST_NEW)


def asked(session: Session, person_id: int) -> list[StandingCase]:
    """有人登记代表贵单位: standings of others that this person, confirmed for it, may vouch for or report."""
    mine = [each.enterprise.id for each in own(session, person_id) if each.state is StandingState.CONFIRMED]
    query = _of_contacts().where(
        Contact.enterprise_id.in_(mine),
        Standing.person_id != person_id,
        Standing.confirmed_at.is_(None),
        Standing.suspended_at.is_(None),
    )
    return [
        StandingCase(row[0], row[1])
        for row in session.execute(query.order_by(Standing.begun_at.desc()).limit(_MOST_ASKED))
    ]


def vouch(session: Session, person_id: int, enterprise_id: int, by: Actor, now: datetime) -> None:
    """是我们单位的人, by a contact who is confirmed. Idempotent.

    Raises ``Refused``: ``not_your_enterprise``, ``standing_unconfirmed``, ``standing_suspended``, ``not_found``, and
    ``colleague_reported`` where another contact does not know the person.
    """
    row = _asked_about(session, person_id, enterprise_id, by)
    if row.suspended_at is not None:
        raise Refused("colleague_reported")
    _confirm(session, row, StandingProof.CONTACT, by, now)


def report(session: Session, person_id: int, enterprise_id: int, by: Actor, now: datetime) -> None:
    """不认识, by a contact who is confirmed: suspended until provincial staff have looked. Idempotent.

    Raises ``Refused``: ``not_your_enterprise``, ``standing_unconfirmed``, ``standing_suspended``, ``not_found``, and
    ``colleague_confirmed`` where somebody has confirmed the person meanwhile.
    """
    row = _asked_about(session, person_id, enterprise_id, by)
    if row.suspended_at is None and row.confirmed_at is not None:
        raise Refused("colleague_confirmed")
    if row.suspended_at is None:
        row.suspended_at, row.suspended_by = now, by.person_id
        _log(session, "standing_reported", row, by, now)
        facts = {"deed": "standing_reported", "enterprise": session.get_one(Enterprise, row.enterprise_id).name}
        notices.tell(session, NoticePurpose.ROLE, f"standing:{row.enterprise_id}:{person_id}:reported", facts, now)


def confirm_at_door(session: Session, check_in: CheckIn, by: Actor, now: datetime) -> None:
    """现场核实 by staff of a platform that counts the enterprise: whoever scanned stands for it. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``colleague_reported``, which provincial staff must look at.
    """
    concerned = platform_years(session, check_in.enterprise_id)
    if by.role is not Role.PLATFORM or all(by.platform_id != platform_id for platform_id, _ in concerned):
        by.must_review()
    scanned = must_be_found(_of_check_in(session, check_in))
    row = must_be_found(_held(session, scanned.person_id, scanned.enterprise_id))
    if row.suspended_at is not None:
        raise Refused("colleague_reported")
    _confirm(session, row, StandingProof.STAFF, by, now)


def at_door(session: Session, check_in: CheckIn) -> Standing | None:
    """The standing behind a check-in that nobody has confirmed yet."""
    row = _of_check_in(session, check_in)
    return row if row is not None and (row.confirmed_at is None or row.suspended_at is not None) else None


def send_licence(
    session: Session, person_id: int, enterprise_id: int, stored: KeptFile, now: datetime, *, name: str = ""
) -> None:
    """上传营业执照: the picture waits for provincial staff. Raises ``Refused("not_your_enterprise")``."""
    persons.must_be_here(session, person_id)
    row = next(iter(rows_of(session, person_id, enterprise_id)), None)
    if row is None or session.get(Contact, (person_id, kept_enterprises.id_of(session, enterprise_id))) is None:
        raise Refused("not_your_enterprise")
    insert_once(
        session,
        StoredFile,
        sha256=stored.sha256,
        media_type=stored.media_type,
        size=stored.size,
        name=name.strip(),
        stored_at=now,
        stored_by=person_id,
    )
    if row.licence_sha256 != stored.sha256:
        licences.release(session, [row], now)
    row.licence_sha256, row.licence_sent_at = stored.sha256, now
    _log(session, "standing_licence_sent", row, Actor(person_id), now)


def waiting(session: Session, by: Actor, limit: int = 50) -> Sequence[StandingCase]:
    """What provincial staff must look at: reported standings first, then licences, in the order they came."""
    by.must_review()
    query = _waiting()
    since = sa.func.coalesce(Standing.suspended_at, Standing.licence_sent_at)
    query = query.order_by(sa.case((Standing.suspended_at.is_not(None), 0), else_=1), since).limit(limit)
    return [StandingCase(row[0], row[1]) for row in session.execute(query)]


def waiting_count(session: Session) -> int:
    """待核实: how many of them there are."""
    return session.scalar(_waiting().with_only_columns(sa.func.count(), maintain_column_froms=True)) or 0


def _waiting() -> Any:
    return _of_contacts().where(
        sa.or_(
            Standing.suspended_at.is_not(None),
            sa.and_(Standing.licence_sha256.is_not(None), Standing.confirmed_at.is_(None)),
        )
    )


def licence_of(session: Session, person_id: int, enterprise_id: int, by: Actor) -> StoredFile | None:
    """The picture of the licence, for provincial staff and for the person who sent it."""
    if by.person_id != person_id:
        by.must_review()
    row = session.get(Standing, (person_id, enterprise_id))
    return session.get(StoredFile, row.licence_sha256) if row is not None and row.licence_sha256 else None


def decide(
    session: Session,
    person_id: int,
    enterprise_id: int,
    *,
    is_confirmed: bool,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> None:
    """Provincial staff have looked: confirmed, or the person stands for the enterprise no more. Idempotent.

    Check-ins stay as they are; what is wrong with one is corrected at its activity. ``shown`` is what the form showed
    (:attr:`StandingCase.seen`). Raises ``Refused``: ``not_allowed``, ``not_found``, ``edited_by_other``.
    """
    by.must_review()
    row = must_be_found(session.get(Standing, (person_id, enterprise_id), with_for_update=True, populate_existing=True))
    contact = session.get(Contact, (person_id, kept_enterprises.id_of(session, enterprise_id)))
    is_refused, stands = row.suspended_at is not None and contact is None, row.confirmed_at is not None
    if (stands and row.suspended_at is None) if is_confirmed else is_refused:
        return
    must_stand(shown, _seen(row))
    if is_confirmed:
        row.suspended_at = row.suspended_by = None
        _confirm(session, row, StandingProof.LICENCE, by, now)
        return
    row.suspended_at, row.suspended_by = row.suspended_at or now, row.suspended_by or by.person_id
    row.confirmed_at = row.confirmed_by = row.proof = None
    if contact is not None:
        session.delete(contact)
        _log(session, "standing_refused", row, by, now)


def offer_code(session: Session, person_id: int, enterprise_id: int, code: str, now: datetime) -> None:
    """A right code that somebody not yet confirmed gave: staff see it beside the check-in; it decides nothing."""
    for row in rows_of(session, person_id, enterprise_id)[:1]:
        if row.offered_uscc != code:
            row.offered_uscc = code
            _log(session, "code_offered", row, Actor(person_id), now)


def carry(session: Session, former_id: int, person_id: int) -> None:
    """Standings of a person whose account changed are those of the new one, where it has none of its own."""
    known = set(session.scalars(sa.select(Standing.enterprise_id).where(Standing.person_id == person_id)))
    for row in session.scalars(sa.select(Standing).where(Standing.person_id == former_id)).all():
        if row.enterprise_id not in known:
            row.person_id = person_id
    session.flush()


def _asked_about(session: Session, person_id: int, enterprise_id: int, by: Actor) -> Standing:
    persons.must_be_here(session, by.person_id)
    if by.person_id is None or session.get(Contact, (by.person_id, enterprise_id)) is None:
        raise Refused("not_your_enterprise")
    must_be_confirmed(session, by.person_id, enterprise_id)
    row = _held(session, person_id, enterprise_id)
    if row is None or person_id == by.person_id:
        raise Refused("not_found")
    return row


def _held(session: Session, person_id: int, enterprise_id: int) -> Standing | None:
    """What is known of it, held until the transaction ends: who decides at the same moment comes after it."""
    row = next(iter(rows_of(session, person_id, enterprise_id)), None)
    return locks.held(session, row) if row is not None else None


def _confirm(session: Session, row: Standing, proof: StandingProof, by: Actor, now: datetime) -> None:
    if row.confirmed_at is None:
        row.confirmed_at, row.confirmed_by, row.proof = now, by.person_id, proof
        _log(session, "standing_confirmed", row, by, now)


def _of_check_in(session: Session, check_in: CheckIn) -> Standing | None:
    if check_in.person_id is None:
        return None
    return next(iter(rows_of(session, check_in.person_id, check_in.enterprise_id)), None)


def _of_contacts() -> Any:
    """Standings of those who stand for their enterprise still, with the enterprise that is kept."""
    named = aliased(Enterprise)
    kept_id = sa.func.coalesce(named.merged_into_id, named.id)
    return (
        sa.select(Standing, Enterprise)
        .join(named, named.id == Standing.enterprise_id)
        .join(Enterprise, Enterprise.id == kept_id)
        .join(Contact, sa.and_(Contact.person_id == Standing.person_id, Contact.enterprise_id == kept_id))
    )


def _log(session: Session, deed: str, row: Standing, by: Actor, now: datetime) -> None:
    session.flush()
    journal.record(
        session,
        f"person.{deed}",
        Subject.PERSON,
        row.person_id,
        by=by,
        now=now,
        platform_id=by.platform_id,
        enterprise_id=row.enterprise_id,
    )
    session.flush()
