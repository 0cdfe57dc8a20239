"""企业异议 (省级): each case with its evidence; found true or not, in words that the enterprise reads."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.person import Person
from models.terms import DisputeState, Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import paging, records
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services.disputes import dispute_lists, disputes, traces
from wxsvc.services.disputes.disputes import Remedy
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused

blueprint = Blueprint("dispute_cases", __name__)


class Somebody(Struct, frozen=True):
    """A person as the reviewer may see them: to be called, so nothing is masked."""

    name: str | None
    phone: str | None


@blueprint.get("/disputes")
def listed() -> ResponseReturnValue:
    """What waits, in the order it came; or what was decided."""
    state = _state(request.args.get("state"))
    with house().database.read() as session:
        found = dispute_lists.cases(session, current_actor(), state, paging.asked(), paging.AT_A_DESK)
        waiting = dispute_lists.open_count(session)
    return render_template("province/disputes.html", found=found, state=state, states=DisputeState, waiting=waiting)


@blueprint.get("/disputes/<int:dispute_id>")
def case(dispute_id: int) -> ResponseReturnValue:
    """One case."""
    return _page(dispute_id, TypedForm())


@blueprint.post("/disputes/<int:dispute_id>")
def decide(dispute_id: int) -> ResponseReturnValue:
    """异议成立 or 不成立."""
    form = TypedForm(request.form)
    verdict = form["verdict"]
    if verdict not in ("upheld", "dismissed"):
        abort(400)
    finding = form.text("finding", most=disputes.LONGEST_REASON, needed="reason_needed")
    remedy = form.word("remedy", Remedy) or Remedy.SEND_BACK
    if form.is_good:
        try:
            with house().database.transaction() as session:
                disputes.decide(
                    session,
                    dispute_id,
                    is_upheld=verdict == "upheld",
                    finding=finding,
                    by=current_actor(),
                    now=now(),
                    remedy=remedy,
                )
        except Refused as refused:
            form.refusal = refusal_text(refused)
        else:
            flash(wording.sentence("enterprise", f"dispute_{verdict}"), "done")
            return redirect(url_for("province.dispute_cases.listed"), 303)
    return _page(dispute_id, form)


def _page(dispute_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = dispute_lists.case_of(session, dispute_id)
        row = found.dispute
        came = traces.of(session, dispute_id)
        if came is not None:
            shown = records.shown(session, Subject.ACTIVITY, came.check_in.activity_id)
        else:
            shown = records.shown(session, Subject(row.subject.value), row.subject_id)
        raised_by = came.raised_by if came is not None else session.get_one(Person, row.raised_by)
    page = render_template(
        "province/dispute.html",
        case=found,
        shown=shown,
        traces=came,
        raised_by=raised_by,
        somebody=_somebody,
        form=form,
        remedies=Remedy,
        most=disputes.LONGEST_REASON,
    )
    return page, 200 if form.is_good else 409 if form.refusal else 422


def _somebody(person: Person) -> Somebody:
    vault = house().vault
    return Somebody(persons.name_of(person, vault), persons.phone_of(person, vault))


def _state(word: str | None) -> DisputeState:
    return DisputeState(word) if word in {each.value for each in DisputeState} else DisputeState.OPEN
