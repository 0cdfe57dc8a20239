"""我的登录: the phones and desks where one is signed in, each of which can be ended. For everybody who is signed in."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, current_person_id, house, now, own_session_id, sign_out
from wxsvc.pages import limits
from wxsvc.pages.form_pages import done
from wxsvc.services.people import web_sessions

blueprint = Blueprint("sign_ins", __name__)


@blueprint.get("/sign-ins")
def listed() -> ResponseReturnValue:
    """Every session that still stands, with time and browser; this one says so."""
    person_id = current_person_id()
    with house().database.read() as database:
        found = web_sessions.standing_of(database, person_id, now()) if person_id is not None else ()
    return render_template("entry/sign_ins.html", found=found, own=own_session_id())


@blueprint.post("/sign-ins/<int:session_id>/end")
@limits.limiter.limit(limits.SUBMISSIONS)
def end(session_id: int) -> ResponseReturnValue:
    """End one of them; this very one is 退出登录."""
    with house().database.transaction() as database:
        web_sessions.end_one(database, session_id, current_actor(), now())
    if session_id == own_session_id():
        sign_out()
        return render_template("entry/left.html")
    return done("sign_in_ended", url_for("sign_ins.listed"))


@blueprint.post("/sign-ins/end-all")
@limits.limiter.limit(limits.SUBMISSIONS)
def end_all() -> ResponseReturnValue:
    """全部退出: here and everywhere else."""
    with house().database.transaction() as database:
        web_sessions.sign_out_everywhere(database, current_actor(), now())
    sign_out()
    return render_template("entry/left.html")
