"""得分异议: while the result is published, a platform objects to a line of its own scorecard, and reads the answer."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import cards, downloads, sent_papers
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.year_end import objections, publicities

blueprint = Blueprint("objections", __name__)


@blueprint.get("/objections")
def listed() -> ResponseReturnValue:
    """The platform's own objections with their answers; what is published now."""
    with house().database.read() as session:
        found = objections.of_platform(session, own_platform_id())
        running = publicities.running_of(session, own_platform_id(), now())
    return render_template("platform/objections.html", cases=found, publicity=running)


@blueprint.get("/objections/<int:year>/<indicator>")
def blank(year: int, indicator: str) -> ResponseReturnValue:
    """One's own line, and the form."""
    return _form(year, indicator, TypedForm())


@blueprint.post("/objections/<int:year>/<indicator>")
def raise_one(year: int, indicator: str) -> ResponseReturnValue:
    """提出异议, with a paper where there is one."""
    form = TypedForm(request.form)
    text = form.text("text", most=objections.LONGEST, needed="objection_text")
    paper = sent_papers.one(form)

    def deed(session: Session) -> str:
        sha256 = paper.keep(session) if paper is not None else None
        at = (session, own_platform_id(), year, indicator)
        objections.raise_objection(*at, text, current_actor(), now(), sha256=sha256)
        return url_for("platform.objections.listed")

    return taken(form, deed, "objection_raised") or _form(year, indicator, form)


@blueprint.post("/objections/<int:record_id>/withdraw")
def withdraw(record_id: int) -> ResponseReturnValue:
    """撤回异议, before it is answered."""
    with house().database.transaction() as session:
        objections.withdraw(session, record_id, current_actor(), now())
    return done("objection_withdrawn", url_for("platform.objections.listed"))


@blueprint.get("/objections/<int:record_id>/paper")
def paper(record_id: int) -> ResponseReturnValue:
    """The paper that was sent along."""
    with house().database.read() as session:
        case = objections.case_of(session, record_id)
    if case.platform.id != own_platform_id():
        abort(404)
    return downloads.stored(case.paper)


def _form(year: int, indicator: str, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        line = cards.line_with_rows(session, own_platform_id(), year, indicator).line
        running = publicities.running_of(session, own_platform_id(), now())
        waiting = objections.waiting_for(session, own_platform_id(), year, indicator)
    return shown(
        "platform/objection.html",
        form,
        line=line,
        publicity=running if running is not None and running.year == year else None,
        waiting=waiting,
        year=year,
        most=objections.LONGEST,
    )
