"""我的签到: the enterprises that one stands for, and where they were checked in."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, current_person_id, house, now
from wxsvc.pages import limits, paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.queries import NO_ROWS
from wxsvc.services import kept_enterprises
from wxsvc.services.activity import signups
from wxsvc.services.door import checkin_lists
from wxsvc.services.people import enterprises, merge_cases
from wxsvc.services.refusal import Refused

blueprint = Blueprint("mine", __name__)


@blueprint.get("/mine")
def check_ins() -> ResponseReturnValue:
    """The check-ins of my enterprises, the newest first; my own lead to their receipt and its second thoughts."""
    person_id = current_person_id()
    with house().database.read() as session:
        own = enterprises.of_person(session, person_id)
        arrivals = checkin_lists.of_enterprises(session, person_id, paging.asked()) if person_id else NO_ROWS
        current = enterprises.current_of(session, person_id)
        by_me = checkin_lists.scanned_by(session, person_id, [each.check_in_id for each in arrivals.rows])
        coming = signups.of_person(session, person_id, now(), paging.asked("coming")) if person_id else NO_ROWS
    return render_template(
        "enterprise/mine.html", own=own, current=current, arrivals=arrivals, by_me=by_me, coming=coming
    )


@blueprint.get("/mine/<int:enterprise_id>/code")
def code(enterprise_id: int) -> ResponseReturnValue:
    """补填信用代码 of an enterprise known by its older licence."""
    return _code(enterprise_id, TypedForm())


@blueprint.post("/mine/<int:enterprise_id>/code")
@limits.limiter.limit(limits.SUBMISSIONS)
def give_code(enterprise_id: int) -> ResponseReturnValue:
    """Keep the code, once it is right."""
    form = TypedForm(request.form)
    uscc = form.text("uscc", most=40, needed="uscc_needed")
    is_taken = False
    if form.is_good:
        try:
            with house().database.transaction() as session:
                is_given = enterprises.give_code(session, enterprise_id, uscc, current_actor(), now()).uscc is not None
        except Refused as refused:
            if refused.code == "not_allowed":
                abort(404)
            is_taken = refused.code == "code_taken"
            form.refuse(refused, {ANY_OTHER: "uscc"})
        else:
            return done("code_given" if is_given else "code_offered", url_for("enterprise.mine.check_ins"))
    return _code(enterprise_id, form, is_taken=is_taken)


@blueprint.post("/mine/<int:enterprise_id>/merge")
@limits.limiter.limit(limits.SUBMISSIONS)
def propose_merge(enterprise_id: int) -> ResponseReturnValue:
    """申请合并 with the enterprise that has the code already; it waits for the hub."""
    form = TypedForm(request.form)
    reason = form.text("merge_reason", most=merge_cases.LONGEST_REASON, needed="reason_needed")
    form.checked("uscc", enterprises.must_be_uscc, form["uscc"])
    if form.is_good:
        try:
            with house().database.transaction() as session:
                waits = merge_cases.propose(session, enterprise_id, form["uscc"], reason, current_actor(), now())
        except Refused as refused:
            if refused.code in ("not_allowed", "not_found"):
                abort(404)
            form.refuse(refused, {ANY_OTHER: "uscc"})
        else:
            return done("merge_proposed" if waits else "code_given", url_for("enterprise.mine.check_ins"))
    return _code(enterprise_id, form, is_taken=True)


def _code(enterprise_id: int, form: TypedForm, *, is_taken: bool = False) -> ResponseReturnValue:
    with house().database.read() as session:
        if not enterprises.is_contact(session, current_person_id(), enterprise_id):
            abort(404)
        enterprise = kept_enterprises.find(session, enterprise_id)
        proposal = merge_cases.last_proposed(session, enterprise_id)
    return shown("enterprise/code.html", form, enterprise=enterprise, is_taken=is_taken, proposal=proposal)
