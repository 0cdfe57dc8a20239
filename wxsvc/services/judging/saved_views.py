"""常用筛选: filters of the queue that a reviewer keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.review_desk import SavedView
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused

MOST: Final = 12
"""Views of one person: as many as can be seen at once."""
LONGEST_NAME: Final = 20


def of(session: Session, by: Actor) -> Sequence[SavedView]:
    """One's own, in the order in which they were first kept."""
    by.must_review()
    return session.scalars(sa.select(SavedView).where(SavedView.person_id == by.person_id).order_by(SavedView.id)).all()


def keep(session: Session, name: str, filters: Mapping[str, str], by: Actor, now: datetime) -> SavedView:
    """Keep a filter; under a name that one has already it takes that one's place.

    Raises ``Refused``: ``view_needs_name`` (with ``most``), ``view_needs_filter``, ``views_full``.
    """
    by.must_review()
    if by.person_id is not None:
        persons.locked(session, by.person_id)
    own = {view.name: view for view in of(session, by)}
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST_NAME:
        raise Refused("view_needs_name", most=LONGEST_NAME)
    if not filters or by.person_id is None:
        raise Refused("view_needs_filter")
    view = own.get(called)
    if view is None:
        if len(own) >= MOST:
            raise Refused("views_full", most=MOST)
        view = SavedView(person_id=by.person_id, name=called)
        session.add(view)
    view.filters, view.made_at = dict(filters), now
    session.flush()
    return view


def remove(session: Session, view_id: int, by: Actor) -> None:
    """Let one of one's own go; idempotent, and nothing happens to somebody else's."""
    by.must_review()
    session.execute(sa.delete(SavedView).where(SavedView.id == view_id, SavedView.person_id == by.person_id))
