"""企业 (省级): found by code or name, and its name put right with a reason."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import overtaken
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services import kept_enterprises
from wxsvc.services.people import enterprise_names, enterprises
from wxsvc.services.refusal import Refused

blueprint = Blueprint("enterprises", __name__)

LONGEST_REASON = 300
_FIELD_OF = {"reason_needed": "reason"} | dict.fromkeys(
    (
        "enterprise_name_needed",
        "enterprise_name_too_long",
        "person_in_name",
        "name_unlikely",
        "renamed_as_known",
    ),
    "name",
)


@blueprint.get("/enterprises")
def found() -> ResponseReturnValue:
    """Enterprises by a code, a licence's number or a part of the name."""
    wanted = TypedForm(request.args)["q"].strip()
    with house().database.read() as session:
        rows = enterprises.search(session, wanted) if wanted else ()
    return render_template("province/enterprises.html", wanted=wanted, rows=rows, most=enterprises.FOUND)


@blueprint.get("/enterprises/<int:enterprise_id>")
def show(enterprise_id: int) -> ResponseReturnValue:
    """One enterprise, its former names, and the form."""
    return _show(enterprise_id, None)


@blueprint.post("/enterprises/<int:enterprise_id>")
def correct(enterprise_id: int) -> ResponseReturnValue:
    """更正名称."""
    form = TypedForm(request.form)
    name = form.text("name", most=enterprises.LONGEST_NAME, needed="text_needed")
    reason = form.text("reason", most=LONGEST_REASON, needed="reason_needed")
    if not form.is_good:
        return _show(enterprise_id, form)
    again, shown = form.asks_again("name"), form["seen"] or None
    try:
        with house().database.transaction() as session:
            by = current_actor()
            row = enterprise_names.correct(
                session, enterprise_id, name, reason, by, now(), shown=shown, asks_again=again
            )
            kept_id = row.id
    except Refused as refused:
        if refused.code == overtaken.CODE:
            form.is_overtaken = True
        elif field := _FIELD_OF.get(refused.code):
            form.reproach(field, refusal_text(refused))
        else:
            form.refusal = refusal_text(refused)
        return _show(enterprise_id, form)
    flash(wording.sentence("pages", "enterprise_renamed"), "done")
    return redirect(url_for("province.enterprises.show", enterprise_id=kept_id), 303)


def _show(enterprise_id: int, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        row = kept_enterprises.find(session, enterprise_id) or abort(404)
        former = enterprise_names.former_names(session, row.id)
    stands = {"name": row.name, "seen": enterprise_names.seen(row)}
    typed = TypedForm(stands) if form is None else form
    if typed.is_overtaken:
        typed = overtaken.noted(typed, stands)
    page = render_template("province/enterprise.html", enterprise=row, former=former, form=typed, most=LONGEST_REASON)
    return page, 200 if typed.is_good else 409 if typed.is_overtaken or typed.refusal else 422
