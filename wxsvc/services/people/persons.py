"""人员: the person behind an openid. Names and phones go through the vault; erasing empties them for good."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from models.errand import ChatPicture, PersonTag
from models.notice import Delivery, Subscription, SubscriptionEvent
from models.person import Contact, DeskSignIn, Invitation, Passage, Person, Rejoining, StaffRole, Standing
from models.platform import Platform
from models.signup import Signup
from models.terms import DeliveryState, NoticePurpose, Role
from wxsvc import wording
from wxsvc.services import journal, key_checks, notices
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.people import free_text, licences, web_sessions
from wxsvc.services.refusal import Refused, every_fault
from wxsvc.texts.masks import mask_name
from wxsvc.vault import Unreadable, Vault, VaultError

LONGEST_OPENID: Final = 64
LONGEST_NAME: Final = 64


def find(session: Session, openid: str) -> Person | None:
    """The person behind the openid, if we met."""
    return session.scalar(sa.select(Person).where(Person.openid == openid))


def person_of(session: Session, openid: str, now: datetime) -> Person:
    """The person behind the openid, met now if never before. Raises ``Refused("wrong_openid")``."""
    if not 0 < len(openid) <= LONGEST_OPENID:
        raise Refused("wrong_openid")
    found = find(session, openid)
    if found is None:
        insert_once(session, Person, openid=openid, created_at=now)
        found = session.scalars(sa.select(Person).where(Person.openid == openid)).one()
    return found


def locked(session: Session, person_id: int) -> Person:
    """The person, held until the transaction ends: who changes the same person waits, scans do not."""
    session.flush()
    return session.get_one(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)


def must_be_here(session: Session, person_id: int | None) -> None:
    """Hold who acts for themselves, before anything else: their 删除 comes before the deed or after it, never between.

    Raises ``Refused("not_allowed")`` once they have gone. Nobody (None) is left to the use case.
    """
    if person_id is not None and locked(session, person_id).erased_at is not None:
        raise Refused("not_allowed")


def all_locked(session: Session, person_ids: Iterable[int]) -> None:
    """Hold several, always in the same order, so that two who want the same never wait for each other."""
    for person_id in sorted(set(person_ids)):
        locked(session, person_id)


def erase(session: Session, person_id: int, by: Actor, now: datetime) -> Person:
    """删除个人信息: openid, name and phone go, roles and links to enterprises end; attendance and counts stay.

    By the person or the province; idempotent.
    """
    if by.person_id != person_id:
        by.must_be_province()
    person = locked(session, person_id)
    if person.erased_at is not None:
        return person
    empty(session, person, now)
    free_text.without_numbers_of(session, person_id)
    forget_visits(session, person, now)
    journal.record_of(session, person, "erased", by, now)
    session.flush()
    return person


def give_up_openid(session: Session, person: Person, now: datetime, vault: Vault) -> None:
    """What the person's openid did until now is theirs, also where WeChat tells of it later (``following``).

    Kept as a passage, under the openid's keyed hash, for the minutes in which older pushes may arrive.
    """
    if person.openid is not None:  # without a lock on the openid: whoever has that one may be waiting for the person
        own = {"openid_hash": vault.lookup(person.openid), "passed_at": now, "is_leaving": True}
        insert_once(session, Passage, **own, person_id=person.id, is_final=True)


def forget_visits(session: Session, person: Person, now: datetime) -> None:
    """Take away what only a visitor has: consent, links to enterprises, licences sent, places at activities to come."""
    licences.release(session, licences.of_person(session, person.id), now)
    person.consent_version = person.consented_at = person.consent_put_off = None
    person.is_no_enterprise = False
    for links in (Contact, Standing, Signup):
        session.execute(sa.delete(links).where(links.person_id == person.id))


def empty(session: Session, person: Person, at: datetime) -> None:
    """Remove openid, name and phone, end every role, stop what was on its way; links to enterprises stay.

    Of a person who is found to have gone earlier than we thought, all of it happened then.
    """
    _end_roles(session, person, at)
    person.openid = person.name_sealed = person.phone_sealed = None
    person.is_following, person.followed_at, person.erased_at = False, None, at
    void_invitations(session, person.id, at)
    open_no_more(session, DeskSignIn, at, person_id=person.id)
    open_no_more(session, Rejoining, at, person_id=person.id)
    web_sessions.end_all(session, person.id)
    for stop in (
        sa.delete(PersonTag).where(PersonTag.person_id == person.id),
        sa.delete(Signup).where(Signup.person_id == person.id),
        sa.delete(Subscription).where(Subscription.person_id == person.id),
        sa.delete(SubscriptionEvent).where(SubscriptionEvent.person_id == person.id),
        sa.update(ChatPicture)
        .where(ChatPicture.person_id == person.id, ~ChatPicture.is_claimed, ChatPicture.dropped_at.is_(None))
        .values(dropped_at=at, problem="the sender left"),
        sa.update(Delivery)
        .where(Delivery.person_id == person.id, Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.NOT_FOLLOWING, finished_at=at),
    ):
        session.execute(stop)
    session.flush()


def _end_roles(session: Session, person: Person, at: datetime) -> None:
    """Every role ends; the last provincial official's is suspended instead, for nobody is there to give another."""
    own = StaffRole.person_id == person.id
    held = sa.and_(own, StaffRole.role == Role.PROVINCE, StaffRole.is_held)
    is_official = session.scalar(sa.select(StaffRole.id).where(held).limit(1)) is not None
    if is_official and {each.person_id for each in hold_officials(session)} == {person.id}:
        session.execute(sa.update(StaffRole).where(held).values(suspended_at=at))
    if person.erased_at is not None:  # found to have gone earlier than we thought
        for column in (StaffRole.ended_at, StaffRole.suspended_at):
            with_it = sa.and_(own, column == person.erased_at)
            session.execute(sa.update(StaffRole).where(with_it).values({column.key: at}))
    ending = sa.update(StaffRole).where(own, StaffRole.is_held).values(ended_at=at).returning(StaffRole.platform_id)
    left = session.scalars(ending).all()
    _tell_of_platforms_without_staff(session, [each for each in left if each is not None], person.id, at)


def _tell_of_platforms_without_staff(session: Session, left: Collection[int], person_id: int, at: datetime) -> None:
    """Whose last member of staff has left hears of no deadline any more: provincial staff are told."""
    at_work = sa.exists().where(StaffRole.platform_id == Platform.id, StaffRole.is_held)
    empty_ones = sa.select(Platform.id, Platform.name).where(Platform.id.in_(left), ~Platform.is_closed, ~at_work)
    for platform_id, name in session.execute(empty_ones).all():
        facts = {"deed": "platform_left", "platform": name}
        notices.tell(session, NoticePurpose.ROLE, f"platform:{platform_id}:left:{person_id}", facts, at)


def hold_officials(session: Session) -> Sequence[StaffRole]:
    """The roles of provincial officials, as they are now, until the transaction ends.

    Of two who lose theirs in one moment the second waits, and finds that theirs is the last.
    """
    official = sa.select(StaffRole).where(StaffRole.role == Role.PROVINCE, StaffRole.is_held)
    held = official.order_by(StaffRole.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(held).all()


def void_invitations(session: Session, person_id: int, now: datetime) -> None:
    """Whoever may no longer invite has no open invitations either."""
    open_no_more(session, Invitation, now, created_by=person_id)


def open_no_more(
    session: Session, links: type[Invitation | Rejoining | DeskSignIn], now: datetime, **which: object
) -> None:
    """The unused ones of these one-time links, by their columns, open nothing from now on."""
    is_open = (links.used_at.is_(None), links.expires_at > now)
    session.execute(sa.update(links).filter_by(**which).where(*is_open).values(expires_at=now))


def seen(name: str | None, phone: str | None) -> str:
    """The mark of what a form shows of a person."""
    return mark(name or "", phone or "")


def correct(
    session: Session,
    person_id: int,
    by: Actor,
    now: datetime,
    *,
    vault: Vault,
    name: str | None,
    phone: str | None,
    shown: str | None = None,
) -> Person:
    """更正个人信息 by the person: what is given replaces what was kept, what is left empty is removed.

    ``shown`` is what the form showed (:func:`seen`). Raises ``Refused``: ``not_allowed``, ``name_too_long``,
    ``wrong_phone``, ``wrong_key``, ``edited_by_other``.
    """
    if by.person_id != person_id:
        raise Refused("not_allowed")
    person = locked(session, person_id)
    kept = name_of(person, vault), phone_of(person, vault)
    with every_fault() as checked:  # before either is written
        given = checked(lambda: must_be_name(name or "")), checked(lambda: _must_be_phone(person, phone or "", vault))
    if given != (kept[0] or "", kept[1] or ""):
        must_stand(shown, seen(*kept))
        keep_name(person, name or "", vault)
        keep_phone(person, phone or "", vault)
        journal.record_of(session, person, "corrected", by, now)
    session.flush()
    return person


def must_be_name(text: str) -> str:
    """A name (姓名) without its outer spaces; else ``Refused("name_too_long")``."""
    typed = text.strip()
    if len(typed) > LONGEST_NAME:
        raise Refused("name_too_long", most=LONGEST_NAME)
    return typed


def keep_name(person: Person, name: str, vault: Vault) -> bool:
    """Seal the name (姓名), unless it is the one kept; whether anything changed.

    Raises ``Refused``: ``name_too_long``, ``wrong_key``.
    """
    typed = must_be_name(name)
    if typed == (name_of(person, vault) or ""):
        return False
    person.name_sealed = _sealed(person, typed, vault)
    return True


def keep_phone(person: Person, phone: str, vault: Vault) -> bool:
    """Seal the mobile number (手机号), unless it is the one kept; whether it changed.

    Raises ``Refused``: ``wrong_phone``, ``wrong_key``.
    """
    typed = _must_be_phone(person, phone, vault)
    if typed == (phone_of(person, vault) or ""):
        return False
    person.phone_sealed = _sealed(person, typed, vault)
    return True


def _must_be_phone(person: Person, phone: str, vault: Vault) -> str:
    typed = phone.strip()
    return typed if typed in ("", phone_of(person, vault)) else mobile(typed)


def by_ids(session: Session, ids: Collection[int]) -> Sequence[Person]:
    """These persons, in one query at most."""
    return session.scalars(sa.select(Person).where(Person.id.in_(ids))).all() if ids else ()


def name_of(person: Person, vault: Vault) -> str | None:
    """姓名, opened; :class:`Unreadable` where no secret opens it."""
    return opened(person.name_sealed, vault)


def phone_of(person: Person, vault: Vault) -> str | None:
    """手机号, opened: eleven digits; :class:`Unreadable` where no secret opens it."""
    return opened(person.phone_sealed, vault)


def opened(sealed: str | None, vault: Vault) -> str | None:
    """What a sealed column holds; :class:`Unreadable` where no secret opens it."""
    if not sealed:
        return None
    try:
        return vault.decrypt(sealed)
    except VaultError:
        return Unreadable(wording.sentence("pages", "unreadable"))


def masked(sealed: str | None, vault: Vault) -> str | None:
    """What a sealed name is in lists (王**); :class:`Unreadable` whole where no secret opens it."""
    name = opened(sealed, vault)
    return name if name is None or isinstance(name, Unreadable) else mask_name(name)


def _sealed(person: Person, typed: str, vault: Vault) -> str | None:
    """Closed, unless what is closed here already was closed with a secret that we do not have."""
    if not typed:
        return None
    session = object_session(person)
    if session is not None and key_checks.fit(session, vault) is key_checks.Fit.WRONG:
        raise Refused("wrong_key")
    return vault.encrypt(typed)


def mobile(text: str) -> str:
    """A mobile number as typed → eleven digits, without +86, spaces, hyphens. Else ``Refused("wrong_phone")``."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    found = re.fullmatch(r"(?:\+?86)?(1[3-9][0-9]{9})", digits)
    if found is None:
        raise Refused("wrong_phone")
    return found[1]
