"""权威主流媒体: the list that the province keeps, 央视、新华社、人民日报、工信部官网及其微信公众号 first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.collaboration import Medium
from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_say
from wxsvc.services.locks import PROVINCE, held, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find


class MediumEntry(Struct, frozen=True):
    """A medium with its sites and WeChat accounts, as people read them."""

    name: str
    sites: str | None = None
    accounts: str | None = None


def listed(session: Session) -> Sequence[Medium]:
    """The media that stand on the list, in the order in which they came onto it."""
    return session.scalars(sa.select(Medium).where(Medium.withdrawn_at.is_(None)).order_by(Medium.id)).all()


def add(session: Session, entry: MediumEntry, by: Actor, now: datetime) -> Medium:
    """Put a medium on the list, or one that was taken off back onto it; the very same again changes nothing.

    Raises ``Refused``: ``not_allowed``, ``text_needed``, ``medium_listed`` for the name with other sites or accounts.
    """
    by.must_be_province()
    must_say(entry.name)
    lock(session, PROVINCE, now.year)
    row = session.scalar(sa.select(Medium).where(Medium.name == entry.name))
    if row is None:
        row = Medium(**asdict(entry), created_at=now, created_by=by.person_id)
        session.add(row)
    elif row.withdrawn_at is None:
        if (row.sites, row.accounts) != (entry.sites, entry.accounts):
            raise Refused("medium_listed", name=row.name)
        return row
    else:
        row.sites, row.accounts, row.withdrawn_at = entry.sites, entry.accounts, None
    _note(session, row, "medium.added", by, now)
    return row


def withdraw(session: Session, medium_id: int, by: Actor, now: datetime) -> Medium:
    """Take a medium off the list: no new claim names it, those that do keep it. Idempotent."""
    by.must_be_province()
    row = held(session, find(session, Medium, medium_id))
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        _note(session, row, "medium.withdrawn", by, now)
    return row


def must_stand(session: Session, medium_id: int, *, kept: int | None = None) -> Medium:
    """A medium of the list, or the one that the claim names already; else ``Refused("medium_unknown")``."""
    row = session.get(Medium, medium_id)
    if row is None or (row.withdrawn_at is not None and medium_id != kept):
        raise Refused("medium_unknown")
    return row


def _note(session: Session, row: Medium, deed: str, by: Actor, now: datetime) -> None:
    session.flush()
    journal.record(session, deed, Subject.BONUS_CLAIM, None, by=by, now=now, medium=row.id, name=row.name)
