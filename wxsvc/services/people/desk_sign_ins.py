"""扫码登录: a desk shows a code and a number, a phone types the number, the desk enters once. For staff alone.

The desk keeps a secret; its code is made from it and cannot be turned back. So who photographs the code has nothing:
only the desk that shows it can enter. The number is nowhere in the code, so who is sent somebody else's code cannot let
that desk in with a tap. Before a phone types a number there is no row.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import DeskSignIn, Person, StaffRole
from models.terms import NoticePurpose, Subject
from wxsvc.services import journal, notices
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import staff
from wxsvc.services.people.web_sessions import SessionPlace
from wxsvc.services.refusal import Refused
from wxsvc.texts import browsers

VALID_FOR: Final = timedelta(minutes=5)
"""From showing the code to having entered."""

TRIES: Final = 3
"""Wrong numbers after which a code is worth nothing."""


class Progress(StrEnum):
    """How far it is, as the desk asks: the phone has not approved, has approved, or it is too late."""

    WAITING = "waiting"
    APPROVED = "approved"
    OVER = "over"


class Asking(Struct, frozen=True):
    """What the code says: its own half, until when it is good, and where the desk is that shows it."""

    code: str
    expires_at: datetime
    place: SessionPlace

    @property
    def shown_at(self) -> datetime:
        """When the desk began to show it."""
        return self.expires_at - VALID_FOR


def begin(place: SessionPlace, now: datetime) -> tuple[str, Asking]:
    """A desk's new secret, and what its code says."""
    secret = secrets.token_urlsafe(24)
    return secret, Asking(code_of(secret), now + VALID_FOR, place)


def code_of(secret: str) -> str:
    """The code's half of a desk's secret: 128 bits that do not lead back."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()[:16]).rstrip(b"=").decode()


def roles_of_approver(session: Session, asking: Asking, openid: str, now: datetime) -> tuple[StaffRole, ...]:
    """As whom this person would let the desk in.

    Raises ``Refused``: ``desk_expired``, ``desk_for_staff``, ``desk_spent`` after three wrong numbers.
    """
    if asking.expires_at <= now:
        raise Refused("desk_expired")
    roles = staff.roles_of(session, openid)
    if not roles:
        raise Refused("desk_for_staff")
    wrong = session.scalar(sa.select(DeskSignIn.wrong_tries).where(DeskSignIn.token_hash == staff.hash_of(asking.code)))
    if (wrong or 0) >= TRIES:
        raise Refused("desk_spent")
    return roles


def approve(session: Session, asking: Asking, number: str, typed: str, openid: str, now: datetime) -> int | None:
    """The person on the phone types what the desk shows, and lets it in as themselves; idempotent.

    None when it is the desk's ``number``; else how many tries are left, which has to be committed. Raises ``Refused``:
    ``desk_expired``, ``desk_for_staff``, ``desk_spent``, ``desk_taken`` where somebody else approved it first.
    """
    person_id = roles_of_approver(session, asking, openid, now)[0].person_id
    link = staff.hash_of(asking.code)
    insert_once(session, DeskSignIn, token_hash=link, number=number, expires_at=asking.expires_at, wrong_tries=0)
    row = session.scalars(sa.select(DeskSignIn).where(DeskSignIn.token_hash == link).with_for_update()).one()
    if row.wrong_tries >= TRIES:
        raise Refused("desk_spent")
    if row.person_id is not None:
        if row.person_id != person_id:
            raise Refused("desk_taken")
        return None
    if typed.strip() != number:
        row.wrong_tries += 1
        session.flush()
        journal.record(session, "person.desk_mistyped", Subject.PERSON, person_id, by=Actor(person_id), now=now)
        return TRIES - row.wrong_tries
    row.person_id, row.approved_at = person_id, now
    session.flush()
    journal.record(session, "person.desk_approved", Subject.PERSON, person_id, by=Actor(person_id), now=now)
    return None


def progress(session: Session, secret: str, expires_at: datetime, now: datetime) -> Progress:
    """How far the desk with this secret is."""
    row = session.scalar(sa.select(DeskSignIn).where(DeskSignIn.token_hash == staff.hash_of(code_of(secret))))
    if expires_at <= now or (row is not None and (row.used_at is not None or row.wrong_tries >= TRIES)):
        return Progress.OVER
    return Progress.APPROVED if row is not None and row.approved_at is not None else Progress.WAITING


def enter(session: Session, secret: str, place: SessionPlace, now: datetime) -> str | None:
    """The openid as whom the desk is let in, once; the person is told.

    None where nobody approved it, it is over, or was used.
    """
    found = _used(session, secret, now)
    if found is None:
        return None
    sign_in_id, person_id, openid = found
    journal.record(session, "person.desk_entered", Subject.PERSON, person_id, by=Actor(person_id), now=now)
    facts = {"deed": "desk", "browser": browsers.name_of(place.browser)}
    notices.tell(session, NoticePurpose.ROLE, f"desk:{sign_in_id}", facts, now, person_id=person_id)
    return openid


def confirm(session: Session, secret: str, openid: str, now: datetime) -> bool:
    """再次确认: whether a phone has just said that this desk is still the same person's; good once."""
    found = _used(session, secret, now)
    if found is None or found[2] != openid:
        return False
    journal.record(session, "person.desk_confirmed", Subject.PERSON, found[1], by=Actor(found[1]), now=now)
    return True


def _used(session: Session, secret: str, now: datetime) -> tuple[int, int, str] | None:
    """The row, the person and the openid of an approval, which is used up by asking."""
    used = session.execute(
        sa.update(DeskSignIn)
        .where(
            DeskSignIn.token_hash == staff.hash_of(code_of(secret)),
            DeskSignIn.approved_at.is_not(None),
            DeskSignIn.used_at.is_(None),
            DeskSignIn.expires_at > now,
        )
        .values(used_at=now)
        .returning(DeskSignIn.id, DeskSignIn.person_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    openid = session.scalar(sa.select(Person.openid).where(Person.id == used.person_id)) if used is not None else None
    if used is None or openid is None or not staff.roles_of(session, openid):
        return None
    return used.id, used.person_id, openid
