"""代表身份核实 (省级): who said that they stand for an enterprise, and was reported or sent the licence."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import downloads
from wxsvc.pages.form_pages import done
from wxsvc.pages.forms import OVERTAKEN, TypedForm
from wxsvc.services.people import standings
from wxsvc.services.refusal import Refused

blueprint = Blueprint("standings", __name__)

_AT_ONCE: Final = 6
"""Cases on the page: whoever decides one sees the next."""


@blueprint.get("/standings")
def waiting() -> ResponseReturnValue:
    """What waits: reported standings first, then licences."""
    with house().database.read() as session:
        cases = standings.waiting(session, current_actor(), limit=_AT_ONCE + 1)
    return render_template("province/standings.html", cases=cases[:_AT_ONCE], is_more=len(cases) > _AT_ONCE)


@blueprint.get("/standings/<int:person_id>/<int:enterprise_id>/licence")
def licence(person_id: int, enterprise_id: int) -> ResponseReturnValue:
    """The picture of the licence."""
    with house().database.read() as session:
        stored = standings.licence_of(session, person_id, enterprise_id, current_actor())
    return downloads.stored(stored, is_small="small" in request.args)


@blueprint.post("/standings/<int:person_id>/<int:enterprise_id>")
def decide(person_id: int, enterprise_id: int) -> ResponseReturnValue:
    """确认代表身份, or 不予确认."""
    form = TypedForm(request.form)
    deed = form["deed"]
    if deed not in ("confirm", "refuse"):
        abort(400)
    try:
        with house().database.transaction() as session:
            by, is_confirmed = current_actor(), deed == "confirm"
            shown = form["seen"] or None
            case = (session, person_id, enterprise_id)
            standings.decide(*case, is_confirmed=is_confirmed, by=by, now=now(), shown=shown)
            enterprise = session.get_one(Enterprise, enterprise_id).name
    except Refused as refused:
        if refused.code != OVERTAKEN:
            abort(404)
        flash(wording.sentence("pages", "standing_moved"), "wrong")
        return redirect(url_for("province.standings.waiting"), 303)
    said = "standing_confirmed" if deed == "confirm" else "standing_refused"
    return done(said, url_for("province.standings.waiting"), enterprise=enterprise)
