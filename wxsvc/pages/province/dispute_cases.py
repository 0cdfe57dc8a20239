"""企业异议 (省级): each case with its evidence; found true or not, in words that the enterprise reads."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.enterprise import Enterprise
from models.person import Person
from models.terms import DisputeState, Subject
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import paging, records
from wxsvc.pages.form_pages import Led, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.disputes import dispute_lists, disputes, traces
from wxsvc.services.disputes.disputes import Remedy
from wxsvc.services.people import persons

blueprint = Blueprint("dispute_cases", __name__)


class Somebody(Struct, frozen=True):
    """A person as the reviewer may see them: to be called, so nothing is masked."""

    name: str | None
    phone: str | None


@blueprint.get("/disputes")
def listed() -> ResponseReturnValue:
    """What waits, in the order it came; or what was decided."""
    state = paging.word_asked("state", DisputeState) or DisputeState.OPEN
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
    remedy, is_upheld = form.word("remedy", Remedy) or Remedy.SEND_BACK, verdict == "upheld"

    def deed(session: Session) -> Led:
        by = current_actor()
        row = disputes.decide(
            session, dispute_id, is_upheld=is_upheld, finding=finding, by=by, now=now(), remedy=remedy
        )
        about = {"enterprise": session.get_one(Enterprise, row.enterprise_id).name}
        return url_for("province.dispute_cases.listed"), about

    return taken(form, deed, f"dispute_{verdict}", table="enterprise") or _page(dispute_id, form)


def _page(dispute_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = dispute_lists.case_of(session, dispute_id)
        row = found.dispute
        came = traces.of(session, dispute_id)
        if came is not None:
            record = records.shown(session, Subject.ACTIVITY, came.check_in.activity_id)
        else:
            record = records.shown(session, Subject(row.subject.value), row.subject_id)
        raised_by = came.raised_by if came is not None else session.get_one(Person, row.raised_by)
    return shown(
        "province/dispute.html",
        form,
        case=found,
        shown=record,
        traces=came,
        raised_by=raised_by,
        somebody=_somebody,
        remedies=Remedy,
        most=disputes.LONGEST_REASON,
    )


def _somebody(person: Person) -> Somebody:
    vault = house().vault
    return Somebody(persons.name_of(person, vault), persons.phone_of(person, vault))
