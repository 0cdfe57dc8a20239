"""企业 (省级): found by code or name; its name and its 登记所在地 put right, each with a reason."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import described_enterprises, overtaken, paging
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.queries import NO_ROWS
from wxsvc.services import kept_enterprises
from wxsvc.services.people import enterprise_names, enterprise_regions, enterprises
from wxsvc.texts import regions

blueprint = Blueprint("enterprises", __name__)

LONGEST_REASON = 300
_FIELD_OF = {"reason_needed": "reason", "renamed_as_known": "name"}
_FIELD_OF_REGION = {"wrong_region": "region", "reason_needed": "region_reason"}


@blueprint.get("/enterprises")
def found() -> ResponseReturnValue:
    """Enterprises by a code, a licence's number or a part of the name."""
    wanted = TypedForm(request.args)["q"].strip()
    with house().database.read() as session:
        hits = enterprises.look_for(session, wanted, paging.asked(), paging.AT_A_DESK) if wanted else NO_ROWS
    return render_template("province/enterprises.html", wanted=wanted, found=hits)


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

    def deed(session: Session) -> str:
        again, mark, by = form.asks_again("name"), form["seen"] or None, current_actor()
        at = (session, enterprise_id, name, reason, by, now())
        kept = enterprise_names.correct(*at, shown=mark, asks_again=again)
        return url_for("province.enterprises.show", enterprise_id=kept.id)

    return taken(form, deed, "enterprise_renamed", described_enterprises.field_of(form) | _FIELD_OF) or _show(
        enterprise_id, form
    )


@blueprint.post("/enterprises/<int:enterprise_id>/region")
def correct_region(enterprise_id: int) -> ResponseReturnValue:
    """更正登记所在地, whether or not a record of the enterprise waits for review."""
    form = TypedForm(request.form)
    region = form.text("region", needed="region_needed")
    reason = form.text("region_reason", most=LONGEST_REASON, needed="reason_needed")
    if region:
        form.checked("region", enterprises.must_be_region, region)

    def deed(session: Session) -> str:
        mark, by = form["seen"] or None, current_actor()
        kept = enterprise_regions.correct(session, enterprise_id, region, reason, by, now(), mark)
        return url_for("province.enterprises.show", enterprise_id=kept.id)

    return taken(form, deed, "region_corrected", _FIELD_OF_REGION) or _show(enterprise_id, region_form=form)


def _show(
    enterprise_id: int, form: TypedForm | None = None, region_form: TypedForm | None = None
) -> ResponseReturnValue:
    """The page with both forms; that of what was typed is shown again, the other says what stands."""
    with house().database.read() as session:
        row = kept_enterprises.find(session, enterprise_id) or abort(404)
        former = enterprise_names.former_names(session, row.id)
    names = overtaken.filled(form, {"name": row.name, "seen": enterprise_names.seen(row)})
    told = {"region": regions.name_of(row.region_code) if row.region_code else ""}
    stands = {"region": row.region_code, "seen": enterprise_regions.seen(row)}
    region = overtaken.filled(region_form, stands, told)
    return shown(
        "province/enterprise.html",
        names if form else region,
        enterprise=row,
        former=former,
        name_form=names,
        region_form=region,
        elsewhere=regions.ELSEWHERE,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        most=LONGEST_REASON,
    )
