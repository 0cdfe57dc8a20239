"""重点工作响应: what the platform did for one of the province's assignments, one response to each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from msgspec import Struct

from models.collaboration import Assignment, Response
from models.terms import Subject
from wxsvc.access import now
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.pages.row_numbers import key_of
from wxsvc.services.actor import Actor
from wxsvc.services.records import assignments
from wxsvc.services.reviewables import find
from wxsvc.services.years import year_of

LONGEST_CONTENT: Final = 2000


class ResponseEntry(Struct, frozen=True):
    """What the form says: to which assignment, what was done, on which day."""

    assignment_id: int
    content: str
    responded_on: date


def entry_of(session: Session, form: TypedForm) -> ResponseEntry | None:
    """What the form says."""
    assignment_id = form.number("assignment", needed="form_choose")
    content = form.text("content", most=LONGEST_CONTENT, needed="form_needed")
    day = form.day_come("day", needed="form_needed")
    if assignment_id is not None:
        form.checked("assignment", find, session, Assignment, assignment_id)
    return ResponseEntry(assignment_id, content, day) if assignment_id is not None and day is not None else None


def typed_of(_session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {"assignment": row.assignment_id, "content": row.content, "day": row.responded_on.isoformat()}


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """The assignments of the year, and the one that is answered."""
    wanted = key_of(form["assignment"])
    chosen = session.get(Assignment, wanted) if wanted is not None else None
    return {"assignments": assignments.of_year(session, year_of(now())), "chosen": chosen, "longest": LONGEST_CONTENT}


def _add(
    session: Session, platform_id: int, entry: ResponseEntry, by: Actor, at: datetime, backfill_days: int
) -> Response:
    return assignments.respond(
        session, platform_id, entry.assignment_id, entry.content, by, at, entry.responded_on, backfill_days
    )


def _correct(
    session: Session,
    record_id: int,
    entry: ResponseEntry,
    version: int,
    by: Actor,
    at: datetime,
    backfill_days: int,
) -> Response:
    return assignments.correct_response(
        session, record_id, entry.content, entry.responded_on, version, by, at, backfill_days
    )


noun = Noun(
    Subject.RESPONSE,
    "responses",
    entry_of,
    typed_of,
    _add,
    _correct,
    beside=beside,
    field_of={
        "not_found": "assignment",
        "assignment_withdrawn": "assignment",
        "already_recorded": "assignment",
        "record_withdrawn": "assignment",
    },
    listed_at="platform.own_assignments.listed",
    is_repeatable=False,
)
blueprint = pages_of(noun)
