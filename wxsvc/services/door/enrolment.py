"""首次登记: a person says whom they stand for, once; scans that waited for it are completed at their own time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.signup import Signup
from wxsvc.services import journal, kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.door.corrections import complete_pending, counts_after_all
from wxsvc.services.locks import insert_once
from wxsvc.services.people import enterprises, persons, standings
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused, every_fault
from wxsvc.vault import Vault


class EnrolmentForm(Struct, frozen=True):
    """What a first visitor tells: an enterprise picked or described, or 我不代表企业; who they are, if they wish."""

    consent_version: str | None
    """版本 of the notice that was agreed to; without one nothing is kept."""
    enterprise_id: int | None = None
    enterprise: EnterpriseForm | None = None
    is_no_enterprise: bool = False
    contact_name: str = ""
    phone: str = ""


class Enrolled(Struct, frozen=True):
    """Who enrolled, for whom (None: for no enterprise), and what became of the scans that waited."""

    person: Person
    enterprise: Enterprise | None
    completed: tuple[Outcome, ...]


def enrol(session: Session, openid: str, form: EnrolmentForm, now: datetime, *, vault: Vault) -> Enrolled:
    """登记: keep consent, person and enterprise, and complete the waiting scans. The same again changes nothing.

    Raises ``Refused``: ``consent_needed``, ``enterprise_needed``, ``unknown_enterprise``, ``wrong_phone``,
    ``name_too_long``, ``enterprises_enough``, ``invented_enough``, and whatever ``enterprises.register`` refuses.
    """
    with every_fault() as checked:  # before anything of the person is kept
        checked(lambda: _must_consent(form))
        checked(lambda: persons.must_be_name(form.contact_name))
        if form.phone.strip():
            checked(lambda: persons.mobile(form.phone))
        if (described := form.enterprise) is not None and not form.is_no_enterprise:
            checked(lambda: enterprises.described(session, described))
    person = persons.locked(session, persons.person_of(session, openid, now).id)
    by = Actor(person.id)
    if form.contact_name.strip():
        persons.keep_name(person, form.contact_name, vault)
    if form.phone.strip():
        persons.keep_phone(person, form.phone, vault)
    if person.consent_version != form.consent_version:
        person.consent_version, person.consented_at = form.consent_version, now
        journal.record_of(session, person, "consented", by, now, version=form.consent_version)
    enterprise = None if form.is_no_enterprise else _enterprise(session, form, by, now)
    _stand_for(session, person, enterprise, now)
    return Enrolled(person, enterprise, tuple(complete_pending(session, person.id, now)))


def _must_consent(form: EnrolmentForm) -> None:
    if not form.consent_version:
        raise Refused("consent_needed")


def add_enterprise(
    session: Session, person_id: int, enterprise: EnterpriseForm | int, now: datetime, *, at: str | None = None
) -> Enrolled:
    """添加企业 of somebody who is enrolled, by its form or its id; they stand for it from now on.

    Of somebody who had said 我不代表企业, the attendance at the activity with the code ``at`` becomes a check-in.
    Raises ``Refused``: ``consent_needed`` for somebody who is not enrolled, ``unknown_enterprise``, as above.
    """
    person = persons.locked(session, person_id)
    if person.consent_version is None or person.erased_at is not None:
        raise Refused("consent_needed")
    chosen = (
        _known(session, enterprise)
        if isinstance(enterprise, int)
        else _described(session, enterprise, Actor(person_id), now)
    )
    was_none = person.is_no_enterprise
    _stand_for(session, person, chosen, now)
    completed = complete_pending(session, person_id, now)
    if was_none and at is not None and (outcome := counts_after_all(session, person_id, at, now)) is not None:
        completed.append(outcome)
    return Enrolled(person, chosen, tuple(completed))


def choose_enterprise(session: Session, person_id: int, enterprise_id: int, now: datetime) -> Enrolled:
    """换一家: stand for another of one's own enterprises. Raises ``Refused("not_your_enterprise")``."""
    person = persons.locked(session, person_id)
    if not enterprises.is_contact(session, person_id, enterprise_id):
        raise Refused("not_your_enterprise")
    chosen = _known(session, enterprise_id)
    _stand_for(session, person, chosen, now)
    return Enrolled(person, chosen, tuple(complete_pending(session, person_id, now)))


def leave_enterprise(session: Session, person_id: int, enterprise_id: int, now: datetime) -> None:
    """不再代表 one of one's own enterprises; where a single one is left, scans count for that. Idempotent.

    Its check-ins stay: they are the enterprise's. The places (报名) that the person took for it at activities to come
    are free again, and the worker gives them to those who wait.
    """
    person = persons.locked(session, person_id)
    enterprise_id = kept_enterprises.id_of(session, enterprise_id)
    contact = session.get(Contact, (person_id, enterprise_id))
    if contact is None:
        return
    was_current = contact.is_current
    session.delete(contact)
    standings.end(session, person_id, enterprise_id, now)
    to_come = sa.select(Activity.id).where(Activity.starts_at > now)
    own = sa.and_(Signup.person_id == person_id, Signup.enterprise_id == enterprise_id)
    session.execute(sa.delete(Signup).where(own, Signup.activity_id.in_(to_come)))
    journal.record_of(session, person, "left", Actor(person_id), now, enterprise_id=enterprise_id)
    left = session.scalars(sa.select(Contact).where(Contact.person_id == person_id)).all()
    if was_current and len(left) == 1:
        _stand_for(session, person, _known(session, left[0].enterprise_id), now)
    session.flush()


def _enterprise(session: Session, form: EnrolmentForm, by: Actor, now: datetime) -> Enterprise:
    if form.enterprise_id is not None:
        return _known(session, form.enterprise_id)
    if form.enterprise is None:
        raise Refused("enterprise_needed")
    return _described(session, form.enterprise, by, now)


def _described(session: Session, form: EnterpriseForm, by: Actor, now: datetime) -> Enterprise:
    """The enterprise of a form that a visitor filled in: one that we know, or one of the few new ones a day."""
    if by.person_id is not None and enterprises.by_code(session, form.uscc or form.licence_number or "") is None:
        standings.must_not_invent(session, by.person_id, now)
    return enterprises.register(session, form, by, now)


def _known(session: Session, enterprise_id: int) -> Enterprise:
    found = kept_enterprises.find(session, enterprise_id)
    if found is None:
        raise Refused("unknown_enterprise")
    return found


def _stand_for(session: Session, person: Person, enterprise: Enterprise | None, now: datetime) -> None:
    """Make this enterprise the person's only current one (上次代表), or none of them."""
    person.is_no_enterprise = enterprise is None
    enterprise_id = enterprise.id if enterprise is not None else None
    if enterprise_id is not None and session.get(Contact, (person.id, enterprise_id)) is None:
        standings.begin(session, person.id, enterprise_id, now)
        insert_once(session, Contact, person_id=person.id, enterprise_id=enterprise_id, created_at=now)
    own = session.scalars(sa.select(Contact).where(Contact.person_id == person.id)).all()
    if all(contact.is_current is (contact.enterprise_id == enterprise_id) for contact in own):
        session.flush()
        return
    for contact in own:
        contact.is_current = False
    session.flush()  # the former one steps back first: the index allows one current enterprise
    for contact in own:
        contact.is_current = contact.enterprise_id == enterprise_id
    journal.record_of(session, person, "stands_for", Actor(person.id), now, enterprise_id=enterprise_id)
    session.flush()
