"""误取消关注: whoever follows again within ten days has again what they had: roles and links to enterprises.

取消关注 erases openid, name and phone at once (``following``). What stays for ten days is a keyed trace, by which
somebody who follows again is known, and what they would have again. Name and phone are asked anew. Looked for by a job,
once no older push can arrive, so that the order in which WeChat delivers decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import Contact, Departure, Person, StaffRole
from models.platform import Platform
from models.terms import Role
from wxsvc.services import journal, kept_enterprises
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.people import rejoinings, web_sessions

KNOWN_FOR: Final = timedelta(days=10)

_LOOKS_BACK: Final = timedelta(days=1)
"""Whoever followed since is looked at: the job runs every minute, and may have stood still for a while."""


def remember(session: Session, person: Person, trace: str, left_at: datetime) -> None:
    """What the person would have again, before their links to enterprises go. Nothing to have, nothing is kept."""
    links = session.scalars(sa.select(Contact).where(Contact.person_id == person.id)).all()
    if not links and not _roles(session, person.id, left_at):
        return
    session.execute(sa.delete(Departure).where(Departure.openid_hash == trace))
    linked = [[each.enterprise_id, each.is_current, each.created_at.isoformat()] for each in links]
    session.add(Departure(openid_hash=trace, person_id=person.id, left_at=left_at, links=linked))
    session.flush()


def know_no_more(session: Session, traces: Collection[str]) -> None:
    """Who left before under one of these hashes is not known again; what rested with them has ended."""
    session.execute(sa.delete(Departure).where(Departure.openid_hash.in_(traces)))


def take_back(session: Session, traces_of: Callable[[str], Collection[str]], now: datetime) -> int:
    """Whoever follows again is who they were; how many. ``traces_of`` gives an openid's hashes, by every secret."""
    open_ones = {each.openid_hash: each for each in session.scalars(sa.select(Departure))}
    if not open_ones:
        return 0
    followers = session.scalars(
        sa.select(Person).where(Person.is_following, Person.openid.is_not(None), Person.followed_at > now - _LOOKS_BACK)
    ).all()
    returned = 0
    for follower in followers:
        found = next((open_ones[each] for each in traces_of(str(follower.openid)) if each in open_ones), None)
        if found is not None and follower.followed_at is not None and follower.followed_at > found.left_at:
            returned += _have_again(session, found, follower, now)
    return returned


def expire(session: Session, now: datetime) -> int:
    """Ten days later nobody is known any more; how many. A suspended role ends once somebody else is an official."""
    over = sa.delete(Departure).where(Departure.left_at <= now - KNOWN_FOR).returning(Departure.person_id)
    gone = len(session.scalars(over.execution_options(synchronize_session=False)).all())
    if session.scalar(sa.select(StaffRole.id).where(StaffRole.role == Role.PROVINCE, StaffRole.is_held).limit(1)):
        waited = sa.select(StaffRole).where(
            StaffRole.ended_at.is_(None),
            StaffRole.suspended_at.is_not(None),
            StaffRole.person_id.not_in(sa.select(Departure.person_id)),
        )
        for role in session.scalars(waited).all():
            role.ended_at, role.suspended_at = now, None
            journal.record_of(session, role, "ended", MACHINE, now, role=role.role.value)
    session.flush()
    return gone


def suspended(session: Session) -> int:
    """How many roles rest because the last official left."""
    query = sa.select(sa.func.count()).where(StaffRole.ended_at.is_(None), StaffRole.suspended_at.is_not(None))
    return session.scalar(query) or 0


def _have_again(session: Session, departure: Departure, follower: Person, now: datetime) -> bool:
    person = session.get_one(Person, departure.person_id, with_for_update={"key_share": True}, populate_existing=True)
    openid, left_at, links = follower.openid, departure.left_at, departure.links
    session.delete(departure)
    if person.erased_at != left_at or person.id == follower.id:
        return False
    person.erased_at = None
    for role in _roles(session, person.id, left_at):
        if role.platform_id is None or not session.get_one(Platform, role.platform_id).is_closed:
            role.ended_at = role.suspended_at = None
    have: dict[int, tuple[bool, datetime]] = {}
    for enterprise_id, is_current, created_at in links:  # of two that were merged meanwhile, one is there
        kept = kept_enterprises.id_of(session, enterprise_id)
        have[kept] = (is_current or (kept in have and have[kept][0]), datetime.fromisoformat(created_at))
    for enterprise_id, (is_current, since) in have.items():
        session.add(Contact(person_id=person.id, enterprise_id=enterprise_id, is_current=is_current, created_at=since))
    session.flush()
    for each in (person.id, follower.id):
        web_sessions.end_all(session, each)
    rejoinings.carry_over(session, follower, person, now)
    person.openid = openid
    journal.record_of(session, person, "returned", Actor(person.id), now, from_person=follower.id)
    return True


def _roles(session: Session, person_id: int, left_at: datetime) -> list[StaffRole]:
    """The roles that ended, or were suspended, with the leaving."""
    with_it = sa.or_(StaffRole.ended_at == left_at, StaffRole.suspended_at == left_at)
    return list(session.scalars(sa.select(StaffRole).where(StaffRole.person_id == person_id, with_it)))
