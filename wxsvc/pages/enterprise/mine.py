"""我的签到: the enterprises that one stands for, and where they were checked in."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from wxsvc import wording
from wxsvc.access import current_actor, current_person_id, house, now
from wxsvc.pages import limits
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services.door import checkin_lists
from wxsvc.services.people import enterprises
from wxsvc.services.refusal import Refused

blueprint = Blueprint("mine", __name__)


@blueprint.get("/mine")
def check_ins() -> ResponseReturnValue:
    """The check-ins of my enterprises, the newest first; my own lead to their receipt and its second thoughts."""
    person_id = current_person_id()
    with house().database.read() as session:
        own = enterprises.of_person(session, person_id)
        arrivals = checkin_lists.of_enterprises(session, person_id) if person_id else []
        current = enterprises.current_of(session, person_id)
        by_me = checkin_lists.scanned_by(session, person_id)
    return render_template("enterprise/mine.html", own=own, current=current, arrivals=arrivals, by_me=by_me)


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
    if form.is_good:
        try:
            with house().database.transaction() as session:
                enterprises.give_code(session, enterprise_id, uscc, current_actor(), now())
        except Refused as refused:
            if refused.code == "not_allowed":
                abort(404)
            form.reproach("uscc", refusal_text(refused))
        else:
            flash(wording.sentence("pages", "code_given"), "done")
            return redirect(url_for("enterprise.mine.check_ins"), 303)
    return _code(enterprise_id, form)


def _code(enterprise_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        if not enterprises.is_contact(session, current_person_id(), enterprise_id):
            abort(404)
        enterprise = session.get_one(Enterprise, enterprise_id)
    page = render_template("enterprise/code.html", enterprise=enterprise, form=form)
    return page, 200 if form.is_good else 422
