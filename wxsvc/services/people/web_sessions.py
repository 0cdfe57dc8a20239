"""登录: the browsers in which a person is signed in. Each ends by itself after its hours, or when somebody ends it.

What the cookie holds is a random id; here lies only its keyed hash (``wxsvc.access`` makes it). Whether a session
still stands is asked with the person and the roles in one statement (``signed_in``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import Person
from models.terms import Subject
from models.web_session import WebSession
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused

LASTS: Final = timedelta(hours=12)
"""Silent authorisation costs the visitor nothing, so a session need not live long."""


class SessionPlace(Struct, frozen=True):
    """Where a session is: the browser as it calls itself, its network address, and whether it is a desk."""

    browser: str
    address: str | None
    is_at_desk: bool = False


def begin(session: Session, token_hash: str, openid: str, place: SessionPlace, now: datetime) -> None:
    """A browser signs in as this openid."""
    session.execute(
        sa.insert(WebSession).values(
            token_hash=token_hash,
            person_id=sa.select(Person.id).where(Person.openid == openid).scalar_subquery(),
            is_at_desk=place.is_at_desk,
            browser=place.browser,
            address=place.address,
            started_at=now,
            approved_at=now,
            expires_at=now + LASTS,
        )
    )


def bind(session: Session, session_id: int, openid: str) -> None:
    """A session that began before its person was known to us becomes theirs."""
    person_id = sa.select(Person.id).where(Person.openid == openid).scalar_subquery()
    session.execute(
        sa.update(WebSession)
        .where(WebSession.id == session_id, WebSession.person_id.is_(None))
        .values(person_id=person_id)
        .execution_options(synchronize_session=False)
    )


def approve(session: Session, session_id: int, now: datetime) -> None:
    """再次确认: a phone has just said that it is still this person who sits there."""
    session.execute(
        sa.update(WebSession)
        .where(WebSession.id == session_id)
        .values(approved_at=now)
        .execution_options(synchronize_session=False)
    )


def end(session: Session, token_hash: str) -> None:
    """退出登录: this browser's own session. Idempotent."""
    _delete(session, WebSession.token_hash == token_hash)


def end_one(session: Session, session_id: int, by: Actor, now: datetime) -> None:
    """One of the person's own sessions, in whatever browser; one that has ended is ended. Raises ``Refused``.

    ``not_found`` for a session of somebody else.
    """
    owner = session.scalar(sa.select(WebSession.person_id).where(WebSession.id == session_id))
    if owner is not None and owner != by.person_id:
        raise Refused("not_found")
    if by.person_id is not None and _delete(session, WebSession.id == session_id, WebSession.person_id == by.person_id):
        journal.record(session, "person.signed_out", Subject.PERSON, by.person_id, by=by, now=now)


def end_all(session: Session, person_id: int) -> int:
    """全部退出: every session of this person, in whatever browser; how many there were."""
    return _delete(session, WebSession.person_id == person_id)


def sign_out_everywhere(session: Session, by: Actor, now: datetime) -> None:
    """全部退出, by the person; it stands in the log."""
    if by.person_id is not None and (ended := end_all(session, by.person_id)):
        journal.record(
            session, "person.signed_out_everywhere", Subject.PERSON, by.person_id, by=by, now=now, sessions=ended
        )


def standing_of(session: Session, person_id: int, now: datetime) -> Sequence[WebSession]:
    """我的登录: the person's sessions that still stand, the newest first."""
    return session.scalars(
        sa.select(WebSession)
        .where(WebSession.person_id == person_id, WebSession.expires_at > now)
        .order_by(WebSession.started_at.desc(), WebSession.id.desc())
    ).all()


def clear(session: Session, now: datetime) -> int:
    """Delete the sessions whose hours are over; how many."""
    return _delete(session, WebSession.expires_at <= now)


def _delete(session: Session, *where: sa.ColumnElement[bool]) -> int:
    statement = sa.delete(WebSession).where(*where).execution_options(synchronize_session=False)
    return cast("sa.CursorResult[Any]", session.execute(statement)).rowcount
