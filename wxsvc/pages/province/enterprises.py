"""企业 (省级): found by code or name; its name and its 登记所在地 put right, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import overtaken
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services import kept_enterprises
from wxsvc.services.people import enterprise_names, enterprise_regions, enterprises
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions

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
    """One enterprise, its former names, and the forms."""
    return _show(enterprise_id)


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
        _reproached(form, refused, _FIELD_OF)
        return _show(enterprise_id, form)
    flash(wording.sentence("pages", "enterprise_renamed"), "done")
    return redirect(url_for("province.enterprises.show", enterprise_id=kept_id), 303)


@blueprint.post("/enterprises/<int:enterprise_id>/region")
def correct_region(enterprise_id: int) -> ResponseReturnValue:
    """更正登记所在地, whether or not a record of the enterprise waits for review."""
    form = TypedForm(request.form)
    region = form.text("region", needed="region_needed")
    reason = form.text("region_reason", most=LONGEST_REASON, needed="reason_needed")
    if not form.is_good:
        return _show(enterprise_id, region_form=form)
    try:
        with house().database.transaction() as session:
            by, shown = current_actor(), form["seen"] or None
            row = enterprise_regions.correct(session, enterprise_id, region, reason, by, now(), shown)
            kept_id = row.id
    except Refused as refused:
        _reproached(form, refused, {"wrong_region": "region", "reason_needed": "region_reason"})
        return _show(enterprise_id, region_form=form)
    flash(wording.sentence("pages", "region_corrected"), "done")
    return redirect(url_for("province.enterprises.show", enterprise_id=kept_id), 303)


def _reproached(form: TypedForm, refused: Refused, fields: Mapping[str, str]) -> None:
    if refused.code == overtaken.CODE:
        form.is_overtaken = True
    elif field := fields.get(refused.code):
        form.reproach(field, refusal_text(refused))
    else:
        form.refusal = refusal_text(refused)


def _show(
    enterprise_id: int, form: TypedForm | None = None, region_form: TypedForm | None = None
) -> ResponseReturnValue:
    """The page with both forms; that of what was typed is shown again, the other says what stands."""
    with house().database.read() as session:
        row = kept_enterprises.find(session, enterprise_id) or abort(404)
        former = enterprise_names.former_names(session, row.id)
    names = {"name": row.name, "seen": enterprise_names.seen(row)}
    region = {"region": row.region_code, "seen": enterprise_regions.seen(row)}
    told = {"region": regions.name_of(row.region_code) if row.region_code else ""}
    typed = form or region_form or TypedForm()
    if typed.is_overtaken:
        typed = overtaken.noted(typed, names if form else region, told)
    page = render_template(
        "province/enterprise.html",
        enterprise=row,
        former=former,
        form=typed if form else TypedForm(names),
        region_form=typed if region_form else TypedForm(region),
        refused=typed,
        elsewhere=regions.ELSEWHERE,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        most=LONGEST_REASON,
    )
    return page, 200 if typed.is_good else 409 if typed.is_overtaken or typed.refusal else 422
