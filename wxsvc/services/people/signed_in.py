"""谁已登录: who is behind a browser's session, with every role held: asked once for each page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import Person, StaffRole
from models.platform import Platform
from models.web_session import WebSession
from wxsvc.services.people.staff import STANDING, KnownPerson, RoleHeld


class SignedIn(KnownPerson, frozen=True):
    """Who is behind a browser's session."""

    session_id: int
    is_bound: bool
    """Whether the session is written down as the person's."""
    approved_at: datetime
    """When a phone last said that it is this person."""
    consent_version: str | None
    name_sealed: str | None


# Made once: every page asks it.
_SIGNED_IN: Final = (
    sa.select(WebSession.id, WebSession.person_id, WebSession.approved_at, Person.consent_version, Person.name_sealed)
    .add_columns(Person.id, *STANDING)
    .select_from(WebSession)
    .outerjoin(Person, Person.openid == sa.bindparam("openid"))
    .outerjoin(StaffRole, (StaffRole.person_id == Person.id) & StaffRole.is_held)
    .outerjoin(Platform, Platform.id == StaffRole.platform_id)
    .where(
        WebSession.token_hash == sa.bindparam("token_hash"),
        WebSession.expires_at > sa.bindparam("now"),
        sa.or_(WebSession.person_id.is_(None), WebSession.person_id == Person.id),
    )
    .order_by(StaffRole.id)
)


def signed_in(session: Session, token_hash: str, openid: str, now: datetime) -> SignedIn | None:
    """Who is behind a session that a browser began as this openid; None where the session has ended.

    Read anew each time, in one statement: a session that ended and a role that was taken away are gone at once.
    """
    asked = {"token_hash": token_hash, "openid": openid, "now": now}
    rows: Sequence[Any] = session.execute(_SIGNED_IN, asked).all()
    if not rows:
        return None
    session_id, bound_to, approved_at, consent_version, name_sealed, person_id, *_ = rows[0]
    held = tuple(RoleHeld(*row[6:12]) for row in rows if row[6] is not None)
    return SignedIn(person_id, held, session_id, bound_to is not None, approved_at, consent_version, name_sealed)
