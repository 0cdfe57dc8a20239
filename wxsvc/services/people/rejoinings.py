"""重新关联: a member of staff whose openid changed becomes again who they were, by a one-time link.

The new openid goes on the old row, so that everything done before and after is one person's. Where it has a row of its
own already, what that row holds (links to enterprises, roles, name and phone, and what was done under it:
``carried_visits``) is carried over, and the row stays without an openid. Nothing that was counted moves.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import PersonTag
from models.notice import Subscription
from models.person import Contact, Person, Rejoining, StaffRole
from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.people import carried_visits, person_tags, persons, staff, standings, web_sessions
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

VALID_FOR: Final = timedelta(hours=24)


def offer(session: Session, person_id: int, by: Actor, now: datetime) -> str:
    """The token of a link for this member of staff, good once and for a day; an earlier link opens nothing more.

    By the province. Raises ``Refused``: ``not_allowed``, ``not_found`` for somebody who is no staff now.
    """
    by.must_be_province()
    if session.get(Person, person_id) is not None:
        persons.locked(session, person_id)
    if not _roles(session, person_id):
        raise Refused("not_found")
    persons.open_no_more(session, Rejoining, now, person_id=person_id)
    token = secrets.token_urlsafe(32)
    session.add(
        Rejoining(
            token_hash=staff.hash_of(token),
            person_id=person_id,
            expires_at=now + VALID_FOR,
            created_at=now,
            created_by=by.person_id,
        )
    )
    journal.record(session, "person.rejoining_offered", Subject.PERSON, person_id, by=by, now=now)
    session.flush()
    return token


def offered_to(session: Session, token: str, openid: str, now: datetime) -> Person:
    """Whose link it is, as this openid may use it.

    Raises ``Refused``: ``rejoining_unknown``, ``rejoining_used``, ``rejoining_expired``, ``rejoining_own`` for the
    official who made it.
    """
    return _person(session, link_of(session, token), openid, now)


def link_of(session: Session, token: str) -> Rejoining:
    """The row of a link. Raises ``Refused("rejoining_unknown")``."""
    found = session.scalar(sa.select(Rejoining).where(Rejoining.token_hash == staff.hash_of(token)))
    if found is None:
        raise Refused("rejoining_unknown")
    return found


def take_up(
    session: Session, rejoining_id: int, openid: str, now: datetime, *, as_of: datetime, vault: Vault
) -> Person:
    """The person behind this openid is the link's person from now on, if the link was open at ``as_of``; idempotent.

    What the former openid did until now stays the person's, also where WeChat tells of it later. Raises as
    ``offered_to`` does.
    """
    found = session.get_one(Rejoining, rejoining_id)
    person = persons.locked(session, found.person_id)
    session.refresh(found)  # who opened it twice in one moment waited here for themselves
    if found.used_at is not None and person.openid == openid:
        return person
    _person(session, found, openid, as_of)
    is_first = session.scalar(
        sa.update(Rejoining)
        .where(Rejoining.id == found.id, Rejoining.used_at.is_(None))
        .values(used_at=now)
        .returning(Rejoining.id)
        .execution_options(synchronize_session=False)
    )
    if is_first is None:
        raise Refused("rejoining_used")
    session.refresh(found)
    if person.openid == openid:  # nothing had changed after all
        return person
    former = persons.find(session, openid)
    for each in {person.id, former.id if former is not None else person.id}:
        web_sessions.end_all(session, each)
    person.is_following, person.followed_at = False, None
    for of_openid in (PersonTag, Subscription):  # what WeChat keeps by the openid that is theirs no more
        session.execute(sa.delete(of_openid).where(of_openid.person_id == person.id))
    if former is not None:
        carry_over(session, former, person, now)
    persons.give_up_openid(session, person, now, vault)
    person.openid = openid
    details = {"from_person": former.id} if former is not None else {}
    journal.record_of(session, person, "rejoined", Actor(person.id), now, **details)
    return person


def carry_over(session: Session, former: Person, person: Person, now: datetime) -> None:
    """What the new openid's own row holds goes to the person, with what was done under it."""
    person.is_following, person.followed_at = former.is_following, former.followed_at
    if person.consented_at is None or (former.consented_at is not None and former.consented_at > person.consented_at):
        person.consent_version, person.consented_at = former.consent_version, former.consented_at
    person.consent_put_off = person.consent_put_off or former.consent_put_off
    person.name_sealed = person.name_sealed or former.name_sealed
    person.phone_sealed = former.phone_sealed or person.phone_sealed
    former.openid = former.name_sealed = former.phone_sealed = None
    former.is_following, former.followed_at = False, None
    session.flush()
    _carry_contacts(session, former, person)
    _carry_roles(session, former, person, now)
    carried_visits.carry(session, former.id, person.id)
    persons.void_invitations(session, former.id, now)
    person_tags.moved(session, former.id, person.id)


def _carry_contacts(session: Session, former: Person, person: Person) -> None:
    """Links to enterprises that the person lacks. The enterprise last stood for stays the person's own, if any."""
    known = sa.select(Contact.enterprise_id).where(Contact.person_id == person.id)
    has_current = session.scalar(known.where(Contact.is_current)) is not None
    news = session.scalars(
        sa.select(Contact).where(Contact.person_id == former.id, Contact.enterprise_id.not_in(known))
    ).all()
    current = [row.enterprise_id for row in news if row.is_current and not has_current]
    session.execute(sa.update(Contact).where(Contact.person_id == former.id).values(is_current=False))
    for row in news:
        session.add(
            Contact(
                person_id=person.id,
                enterprise_id=row.enterprise_id,
                is_current=row.enterprise_id in current,
                created_at=row.created_at,
            )
        )
    standings.carry(session, former.id, person.id)


def _carry_roles(session: Session, former: Person, person: Person, now: datetime) -> None:
    """Roles that the person lacks, granted anew as they were; those of the former row end."""
    held = {(row.role, row.platform_id) for row in _roles(session, person.id)}
    for row in _roles(session, former.id):
        row.ended_at = now
        if (row.role, row.platform_id) not in held:
            session.add(
                StaffRole(
                    person_id=person.id,
                    role=row.role,
                    platform_id=row.platform_id,
                    granted_at=row.granted_at,
                    granted_by=row.granted_by,
                )
            )
    session.flush()


def _person(session: Session, found: Rejoining, openid: str, now: datetime) -> Person:
    person = session.get_one(Person, found.person_id)
    if found.used_at is not None and person.openid != openid:
        raise Refused("rejoining_used")
    if found.used_at is None and (found.expires_at <= now or not _roles(session, found.person_id)):
        raise Refused("rejoining_expired")
    opener = persons.find(session, openid)
    if opener is not None and opener.id == found.created_by and opener.id != person.id:
        raise Refused("rejoining_own")
    return person


def _roles(session: Session, person_id: int) -> list[StaffRole]:
    query = sa.select(StaffRole).where(StaffRole.person_id == person_id, StaffRole.is_held)
    return list(session.scalars(query.order_by(StaffRole.id)))
