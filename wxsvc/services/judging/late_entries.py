"""What came late (晚报) among the entries of 待审事项 that are shown: its last day, and how many days behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.terms import Subject
from wxsvc.services.judging.review_queue import QueueEntry
from wxsvc.services.records import filings_due


class Lateness(Struct, frozen=True):
    """The last day, and how many days behind it the entry was handed in."""

    due_on: date
    days: int


def of(session: Session, entries: Iterable[QueueEntry], now: datetime) -> dict[str, Lateness]:
    """By the entry's key; what came in time, or has no day, is not in it."""
    shown = list(entries)
    found = _filings(session, [each for each in shown if each.noun == Subject.FILING], now)
    return found | _responses(session, [each for each in shown if each.noun == Subject.RESPONSE])


def _filings(session: Session, shown: list[QueueEntry], now: datetime) -> dict[str, Lateness]:
    claims = {each.record_id: (each.platform_id, each.year) for each in shown if each.year is not None}
    standings = filings_due.of_filings(session, claims, now)
    return {
        f"{Subject.FILING.value}-{filing_id}": Lateness(each.due_on, each.days_late)
        for filing_id, each in standings.items()
        if each.days_late
    }


def _responses(session: Session, shown: list[QueueEntry]) -> dict[str, Lateness]:
    if not shown:
        return {}
    query = sa.select(Response.id, Response.responded_on, Assignment.due_on).join(
        Assignment, Assignment.id == Response.assignment_id
    )
    late = query.where(Response.id.in_([each.record_id for each in shown]), Response.responded_on > Assignment.due_on)
    return {
        f"{Subject.RESPONSE.value}-{row.id}": Lateness(row.due_on, (row.responded_on - row.due_on).days)
        for row in session.execute(late)
    }
