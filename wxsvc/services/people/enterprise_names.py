"""更名: an enterprise's name put right, the former ones kept in the log. A name tells whether it traded with itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.journal import LogEntry
from models.record import OnlineTrade
from models.terms import Subject
from wxsvc.services import journal, kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.people.enterprise_years import trading_years
from wxsvc.services.people.enterprises import by_another_number, must_be_name
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.texts import names

RENAMED: Final = "enterprise.renamed"
"""The deed whose entry keeps a former name (曾用名)."""


def seen(row: Enterprise) -> str:
    """The mark of what a form shows of the enterprise."""
    return mark(row.name)


def correct(
    session: Session,
    enterprise_id: int,
    name: str,
    reason: str,
    by: Actor,
    now: datetime,
    *,
    shown: str | None = None,
    asks_again: bool = False,
) -> Enterprise:
    """Another name of the same enterprise, by the hub or the province with a reason; idempotent.

    ``shown`` is as :func:`seen` has it. A name that looks like none, or is another's who may be the same one, is
    refused once if ``asks_again``. Raises ``Refused``: ``not_allowed``, ``not_found``, ``reason_needed``,
    ``enterprise_name_needed``, ``enterprise_name_too_long``, ``person_in_name``, ``name_unlikely``,
    ``renamed_as_known`` with the other's ``name`` and ``number``, ``edited_by_other``.
    """
    by.must_review()
    why, given = must_have_reason(reason), must_be_name(name)
    row = must_be_found(kept_enterprises.held(session, enterprise_id))
    former = row.name
    if given == former:
        return row
    must_stand(shown, seen(row))
    if asks_again:
        if (other := by_another_number(session, given, row.uscc, but=row.id)) is not None:
            raise Refused("renamed_as_known", name=other.name, number=other.uscc or other.licence_number)
        if not names.is_likely(given):
            raise Refused("name_unlikely")
    row.name, row.name_form = given, names.normal_form(given)
    journal.record_of(session, row, "renamed", by, now, former_name=former, name=given, reason=why)
    session.flush()
    journal.touch(session, trading_years(session, OnlineTrade.enterprise_id == row.id), now)
    return row


def former_names(session: Session, enterprise_id: int) -> list[tuple[str, datetime]]:
    """曾用名 with the moment until which each held, the latest first, as the log tells them."""
    query = sa.select(LogEntry.details, LogEntry.done_at).where(
        LogEntry.subject == Subject.ENTERPRISE, LogEntry.subject_id == enterprise_id, LogEntry.deed == RENAMED
    )
    entries = session.execute(query.order_by(LogEntry.id.desc())).all()
    return [(str(details["former_name"]), done_at) for details, done_at in entries]
