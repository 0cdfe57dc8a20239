"""What is known of whom somebody stands for (代表资格): confirmed, open or suspended. ``standings`` writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.person import Contact, Standing
from wxsvc.queries import remembered
from wxsvc.services import kept_enterprises
from wxsvc.services.refusal import Refused


class StandingState(StrEnum):
    """已核实 · 待核实 · 已暂停."""

    CONFIRMED = "confirmed"
    OPEN = "open"
    SUSPENDED = "suspended"


class Own(Struct, frozen=True):
    """An enterprise that a person stands for, and how far that is known."""

    enterprise: Enterprise
    state: StandingState
    has_sent_licence: bool = False


def stands_for_any(session: Session, person_id: int | None) -> bool:
    """Whether this person may stand for an enterprise at all."""
    return bool(session.scalar(sa.select(sa.exists().where(Contact.person_id == person_id))))


def state_of(session: Session, person_id: int, enterprise_id: int) -> StandingState:
    """How far a contact's standing is known."""
    return state_from(rows_of(session, person_id, enterprise_id))


def confirmed_contacts(session: Session, enterprise_id: int, but: int, most: int) -> Sequence[int]:
    """Who else stands for the enterprise and is confirmed, the first to come first; one statement."""
    rows = (
        sa.select(Standing.enterprise_id)
        .join(Enterprise, Enterprise.id == Standing.enterprise_id)
        .where(Standing.person_id == Contact.person_id, Contact.enterprise_id == kept_enterprises.KEPT_ID)
        .correlate(Contact)
    )
    is_confirmed = sa.or_(~rows.exists(), rows.where(Standing.confirmed_at.is_not(None)).exists())
    others = sa.select(Contact.person_id).where(
        Contact.enterprise_id == enterprise_id,
        Contact.person_id != but,
        ~rows.where(Standing.suspended_at.is_not(None)).exists(),
        is_confirmed,
    )
    return session.scalars(others.order_by(Contact.created_at, Contact.person_id).limit(most)).all()


def must_be_confirmed(session: Session, person_id: int | None, enterprise_id: int) -> None:
    """For a contact: ``Refused`` ``standing_unconfirmed`` or ``standing_suspended``."""
    if person_id is None:
        raise Refused("not_allowed")
    state = state_of(session, person_id, enterprise_id)
    if state is not StandingState.CONFIRMED:
        raise Refused("standing_suspended" if state is StandingState.SUSPENDED else "standing_unconfirmed")


def unconfirmed(session: Session, person_id: int) -> dict[int, datetime | None]:
    """Enterprises of which this person sees only what came after them, and since when; None: nothing.

    With those that were merged into them.
    """
    return remembered(session, ("unconfirmed", person_id), lambda: _unconfirmed(session, person_id))


def _unconfirmed(session: Session, person_id: int) -> dict[int, datetime | None]:
    query = (
        sa.select(Enterprise.id, Contact.enterprise_id, Contact.created_at, Standing)
        .join(Contact, Contact.enterprise_id == kept_enterprises.KEPT_ID)
        .outerjoin(Standing, sa.and_(Standing.enterprise_id == Enterprise.id, Standing.person_id == person_id))
        .where(Contact.person_id == person_id)
    )
    rows = session.execute(query).all()
    known: dict[int, list[Standing]] = defaultdict(list)
    for _, kept_id, _, standing in rows:
        if standing is not None:
            known[kept_id].append(standing)
    states = {kept_id: state_from(of) for kept_id, of in known.items()}
    return {
        enterprise_id: since if states[kept_id] is StandingState.OPEN else None
        for enterprise_id, kept_id, since, _ in rows
        if states.get(kept_id, StandingState.CONFIRMED) is not StandingState.CONFIRMED
    }


def own(session: Session, person_id: int) -> list[Own]:
    """The enterprises that a person stands for, the one last stood for first."""
    query = sa.select(Enterprise).join(Contact).where(Contact.person_id == person_id)
    found = session.scalars(query.order_by(Contact.is_current.desc(), Enterprise.id)).all()
    known = known_of(session, person_id)
    rows = [(each, known.get(each.id, ())) for each in found]
    return [Own(each, state_from(of), any(row.licence_sha256 is not None for row in of)) for each, of in rows]


def state_from(rows: Sequence[Standing]) -> StandingState:
    """How far a standing is known, from what is known about one person and one enterprise."""
    if any(row.suspended_at is not None for row in rows):
        return StandingState.SUSPENDED
    return (
        StandingState.CONFIRMED if not rows or any(row.confirmed_at is not None for row in rows) else StandingState.OPEN
    )


def known_of(session: Session, person_id: int) -> dict[int, list[Standing]]:
    """What is known of all standings of a person, by the enterprise that is kept; one statement."""
    query = sa.select(kept_enterprises.KEPT_ID, Standing).join(Enterprise, Enterprise.id == Standing.enterprise_id)
    found: dict[int, list[Standing]] = defaultdict(list)
    for kept, row in session.execute(query.where(Standing.person_id == person_id).order_by(Standing.begun_at)):
        found[kept].append(row)
    return found


def rows_of(session: Session, person_id: int, enterprise_id: int) -> Sequence[Standing]:
    """What is known of a person's standing for the enterprise, under its own name or one that was merged into it."""
    kept = kept_enterprises.id_of(session, enterprise_id)
    query = sa.select(Standing).join(Enterprise, Enterprise.id == Standing.enterprise_id)
    return session.scalars(
        query.where(Standing.person_id == person_id, kept_enterprises.KEPT_ID.in_([kept])).order_by(Standing.begun_at)
    ).all()
