"""扫码登录: a desk shows a code, a phone approves it, the desk enters once. For staff alone.

The desk keeps a secret; its code is made from it and cannot be turned back. So who photographs the code has nothing:
only the desk that shows it can enter. Before a phone approves there is no row.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import DeskSignIn, Person, StaffRole
from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import staff
from wxsvc.services.refusal import Refused

VALID_FOR: Final = timedelta(minutes=5)
"""From showing the code to having entered."""


class Progress(StrEnum):
    """How far it is, as the desk asks: the phone has not approved, has approved, or it is too late."""

    WAITING = "waiting"
    APPROVED = "approved"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the code says: its own half, the number on both screens, until when it is good."""

    code: str
    number: str
    expires_at: datetime


def begin(now: datetime) -> tuple[str, Asking]:
    """A desk's new secret, and what its code says."""
    secret = secrets.token_urlsafe(24)
    return secret, Asking(code_of(secret), f"{secrets.randbelow(10_000):04}", now + VALID_FOR)


def code_of(secret: str) -> str:
    """The code's half of a desk's secret: 128 bits that do not lead back."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()[:16]).rstrip(b"=").decode()


def roles_of_approver(session: Session, asking: Asking, openid: str, now: datetime) -> tuple[StaffRole, ...]:
    """As whom this person would let the desk in. Raises ``Refused``: ``desk_expired``, ``desk_for_staff``."""
    if asking.expires_at <= now:
        raise Refused("desk_expired")
    roles = staff.roles_of(session, openid)
    if not roles:
        raise Refused("desk_for_staff")
    return roles


def approve(session: Session, asking: Asking, openid: str, now: datetime) -> None:
    """The person on the phone lets the desk in as themselves; idempotent.

    Raises ``Refused``: ``desk_expired``, ``desk_for_staff``, ``desk_taken`` where somebody else approved it first.
    """
    person_id = roles_of_approver(session, asking, openid, now)[0].person_id
    is_new = insert_once(
        session,
        DeskSignIn,
        token_hash=_hash(asking.code),
        number=asking.number,
        expires_at=asking.expires_at,
        person_id=person_id,
        approved_at=now,
    )
    if is_new:
        journal.record(session, "person.desk_approved", Subject.PERSON, person_id, by=Actor(person_id), now=now)
        return
    approver = session.scalar(sa.select(DeskSignIn.person_id).where(DeskSignIn.token_hash == _hash(asking.code)))
    if approver != person_id:
        raise Refused("desk_taken")


def progress(session: Session, secret: str, expires_at: datetime, now: datetime) -> Progress:
    """How far the desk with this secret is."""
    row = session.scalar(sa.select(DeskSignIn).where(DeskSignIn.token_hash == _hash(code_of(secret))))
    if expires_at <= now or (row is not None and row.used_at is not None):
        return Progress.OVER
    return Progress.APPROVED if row is not None else Progress.WAITING


def enter(session: Session, secret: str, now: datetime) -> str | None:
    """The openid as whom the desk is let in, once; None where nobody approved it, it is over, or was used."""
    person_id = session.scalar(
        sa.update(DeskSignIn)
        .where(
            DeskSignIn.token_hash == _hash(code_of(secret)),
            DeskSignIn.approved_at.is_not(None),
            DeskSignIn.used_at.is_(None),
            DeskSignIn.expires_at > now,
        )
        .values(used_at=now)
        .returning(DeskSignIn.person_id)
        .execution_options(synchronize_session=False)
    )
    openid = session.scalar(sa.select(Person.openid).where(Person.id == person_id)) if person_id is not None else None
    if openid is None or not staff.roles_of(session, openid):
        return None
    journal.record(session, "person.desk_entered", Subject.PERSON, person_id, by=Actor(person_id), now=now)
    return openid


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
