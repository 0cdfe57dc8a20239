"""重点工作 as the province sets it: what all platforms are asked for, and which of them answered."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.collaboration import Assignment, Response
from models.platform import Platform
from models.terms import HANDED_IN, AssignmentKind
from scoring.scheme_files import NoSchemeError
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import overtaken
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.records import assignments
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.reports import obligations
from wxsvc.services.reviewables import find

blueprint = Blueprint("assigned_work", __name__)

_FIELD_OF: Final = {"day_too_early": "due_on"}


class AssignmentAnswers(Struct, frozen=True):
    """One assignment with the platforms that answered it, and those that did not: never, or it was sent back."""

    assignment: Assignment
    given: tuple[tuple[Response, Platform], ...]
    open: tuple[Platform, ...]

    @property
    def answered(self) -> int:
        """How many answers stand; one that was sent back does not."""
        return sum(response.stage in HANDED_IN for response, _ in self.given)


@blueprint.get("/assignments")
def page() -> ResponseReturnValue:
    """The year's 重点工作 with every platform's answer."""
    return _assignments(TypedForm())


@blueprint.post("/assignments")
def assign() -> ResponseReturnValue:
    """布置重点工作 to all platforms."""
    form = TypedForm(request.form)
    entry = _entry(form, asked_year())
    if entry is None:
        return _assignments(form)

    def deed(session: Session) -> str:
        assignments.add(session, entry, current_actor(), now())
        return url_for("province.assigned_work.page", year=asked_year())

    return taken(form, deed, "assignment_set", _FIELD_OF, title=entry.title) or _assignments(form)


@blueprint.get("/assignments/<int:assignment_id>")
def one(assignment_id: int) -> ResponseReturnValue:
    """One assignment as all platforms read it, to be put right."""
    return _one(assignment_id, None)


@blueprint.post("/assignments/<int:assignment_id>")
def correct(assignment_id: int) -> ResponseReturnValue:
    """更正 its name, its kind, what it asks for, or its day."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        year = find(session, Assignment, assignment_id).year
    entry = _entry(form, year)
    if entry is None:
        return _one(assignment_id, form)

    def deed(session: Session) -> str:
        assignments.correct(session, assignment_id, entry, current_actor(), now(), form["seen"] or None)
        return url_for("province.assigned_work.page", year=year)

    return taken(form, deed, "assignment_corrected", _FIELD_OF, title=entry.title) or _one(assignment_id, form)


def _entry(form: TypedForm, year: int) -> AssignmentEntry | None:
    """What was typed; None, with its complaints in the form, where something is missing."""
    kind = form.word("kind", AssignmentKind, needed="choice_needed")
    title = form.text("title", needed="text_needed")
    content = form.text("content", most=5000, needed="text_needed")
    due_on = form.day("due_on")
    return AssignmentEntry(year, kind, title, content, due_on) if kind is not None and form.is_good else None


def _one(assignment_id: int, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        row = find(session, Assignment, assignment_id)
        answered = assignments.answered(session, row.id)
    stands = {
        "kind": row.kind.value,
        "title": row.title,
        "content": row.content,
        "due_on": row.due_on and row.due_on.isoformat(),
        "seen": assignments.seen(row),
    }
    typed = overtaken.filled(form, stands, {"kind": wording.word(row.kind.value, "assignment_kind")})
    return shown("province/assignment.html", typed, assignment=row, answered=answered, kinds=AssignmentKind)


@blueprint.post("/assignments/<int:assignment_id>/withdraw")
def withdraw(assignment_id: int) -> ResponseReturnValue:
    """No more answers are asked for."""
    with house().database.transaction() as session:
        row = assignments.withdraw(session, assignment_id, current_actor(), now())
        title, year = row.title, row.year
    return done("assignment_withdrawn", url_for("province.assigned_work.page", year=year), title=title)


def _assignments(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        answers = _answers(session, asked_year())
    return shown(
        "province/assignments.html",
        form,
        shown=answers,
        kinds=AssignmentKind,
        year=asked_year(),
        years=offered_years(),
    )


def _answers(session: Session, year: int) -> list[AssignmentAnswers]:
    if not assignments.of_year(session, year):
        return []
    try:
        table = obligations.table(session, year, now())
    except NoSchemeError:
        return []
    return [
        AssignmentAnswers(
            item.assignment,
            tuple((row.cell(item).record, row.platform) for row in table.rows if row.cell(item).record is not None),
            tuple(table.without(item)),
        )
        for item in table.items
        if item.assignment is not None
    ]
