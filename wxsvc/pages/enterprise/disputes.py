"""不是我们单位: where one's enterprises were counted this year, and what one objects to."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import DisputeSubject
from wxsvc import wording
from wxsvc.access import current_actor, current_person_id, house, now
from wxsvc.db import Session
from wxsvc.pages import limits, paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.row_numbers import asked_number
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.queries import NO_ROWS
from wxsvc.services.disputes import countings, dispute_lists, disputes
from wxsvc.services.disputes.countings import Counting
from wxsvc.services.people import enterprises, known_standings
from wxsvc.services.refusal import Refused

blueprint = Blueprint("disputes", __name__)


@blueprint.get("/disputes")
def every() -> ResponseReturnValue:
    """Everything that counted, and the answers to what was objected to."""
    person_id = current_person_id()
    with house().database.read() as session:
        year, counted = _of_year(session, person_id) if person_id is not None else (asked_year(), [])
        stands_for_any = bool(counted) or known_standings.stands_for_any(session, person_id)
        raised = dispute_lists.of_person(session, person_id, paging.asked()) if person_id is not None else NO_ROWS
        is_open = dispute_lists.open_of_person(session, person_id) if person_id is not None else set()
        sealed = countings.sealed(session, counted)
        unconfirmed = known_standings.unconfirmed(session, person_id) if person_id is not None else {}
    return render_template(
        "enterprise/disputes.html",
        place=paging.place("year", "page"),
        stands_for_any=stands_for_any,
        counted=counted,
        raised=raised,
        is_open=is_open,
        unconfirmed={each.enterprise.id for each in counted} & set(unconfirmed),
        sealed=sealed,
        year=year,
        years=offered_years(),
    )


def _of_year(session: Session, person_id: int) -> tuple[int, list[Counting]]:
    """The year and what counted in it; the one before where none was asked for and the running one has nothing yet."""
    year = asked_year()
    counted = countings.of_person(session, person_id, year)
    former = [] if counted or "year" in request.args else countings.of_person(session, person_id, year - 1)
    return (year - 1, former) if former else (year, counted)


@blueprint.get("/disputes/<subject>/<int:subject_id>")
def form(subject: str, subject_id: int) -> ResponseReturnValue:
    """What it is about, and why it is not us."""
    return _page(_subject(subject), subject_id, TypedForm())


@blueprint.post("/disputes/<subject>/<int:subject_id>")
@limits.limiter.limit(limits.SUBMISSIONS)
def object_to(subject: str, subject_id: int) -> ResponseReturnValue:
    """提出异议."""
    noun, typed = _subject(subject), TypedForm(request.form)
    reason = wording.sentence("enterprise", "dispute_reasons", reasons=typed.all("reason"), more=typed["more"].strip())
    if not reason:
        typed.reproach("reason", wording.sentence("enterprise", "dispute_reason_needed"))
        return _page(noun, subject_id, typed)
    try:
        with house().database.transaction() as session:
            enterprise_id = _counted(session, noun, subject_id).enterprise.id
            disputes.raise_dispute(session, enterprise_id, noun, subject_id, reason, current_actor(), now())
    except Refused as refused:
        if refused.code not in ("dispute_too_long", "identity_number_written"):
            raise
        typed.refuse(refused, {ANY_OTHER: "more"})
        return _page(noun, subject_id, typed)
    return done("dispute_raised", url_for("enterprise.disputes.every"), table="enterprise")


@blueprint.post("/disputes/<int:dispute_id>/withdraw")
@limits.limiter.limit(limits.SUBMISSIONS)
def withdraw(dispute_id: int) -> ResponseReturnValue:
    """撤回."""
    with house().database.transaction() as session:
        disputes.withdraw(session, dispute_id, current_actor(), now())
    at = url_for("enterprise.disputes.every", **paging.place("year", "page"))
    return done("dispute_withdrawn", at, table="enterprise")


def _page(subject: DisputeSubject, subject_id: int, typed: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        counted = _counted(session, subject, subject_id)
    return shown("enterprise/dispute.html", typed, counted=counted, most=disputes.LONGEST_REASON)


def _counted(session: Session, subject: DisputeSubject, subject_id: int) -> Counting:
    """The row that counts the enterprise of the address, one's own; else 404. Raises as ``disputes.raise_dispute``."""
    enterprise_id = asked_number("enterprise")
    if enterprise_id is None or not enterprises.is_contact(session, current_person_id(), enterprise_id):
        abort(404)
    known_standings.must_be_confirmed(session, current_person_id(), enterprise_id)
    found = countings.find(session, subject, subject_id, enterprise_id)
    if found is None:
        raise Refused("nothing_to_dispute")
    if (year := disputes.frozen_in(session, subject, subject_id)) is not None:
        raise Refused("dispute_of_sealed_year", year=year)
    return found


def _subject(word: str) -> DisputeSubject:
    return paging.word_in(word, DisputeSubject) or abort(404)
