"""企业提出的需求与诉求: what waits to be taken up, whom to call about it, and how it is taken up or declined."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from models.record import Need
from models.terms import Stage
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.needs import LONGEST_TITLE
from wxsvc.pages.platform.own_records.noun import own_row
from wxsvc.services.records import raised_needs

blueprint = Blueprint("waiting_needs", __name__)


@blueprint.get("/needs/raised/<int:need_id>")
def page(need_id: int) -> ResponseReturnValue:
    """What the enterprise wrote; once taken up, the record's own page shows it."""
    with house().database.read() as session:
        row = _raised(session, need_id)
    if row.stage is not Stage.DRAFT:
        return redirect(url_for("platform.needs.record", record_id=need_id))
    return _page(need_id, TypedForm({"title": row.title}))


@blueprint.post("/needs/raised/<int:need_id>/take-up")
def take_up(need_id: int) -> ResponseReturnValue:
    """受理: it becomes the platform's record and goes to the reviewer."""
    form = TypedForm(request.form)
    title = form.text("title", most=LONGEST_TITLE, needed="form_needed")

    def deed(session: Session) -> str:
        raised_needs.take_up(session, _raised(session, need_id).id, current_actor(), now(), title)
        return url_for("platform.needs.record", record_id=need_id)

    return taken(form, deed, "need_taken_up", table="own_records") or _page(need_id, form)


@blueprint.post("/needs/raised/<int:need_id>/decline")
def decline(need_id: int) -> ResponseReturnValue:
    """不予受理, with a reason that the enterprise reads."""
    form = TypedForm(request.form)
    reason = form.text("reason", most=300)

    def deed(session: Session) -> str:
        raised_needs.decline(session, _raised(session, need_id).id, reason, current_actor(), now())
        return url_for("platform.needs.listed")

    field_of = {"reason_needed": "reason"}
    return taken(form, deed, "need_declined", field_of, table="own_records") or _page(need_id, form)


def _page(need_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        row = _raised(session, need_id)
        name, phone = raised_needs.who_asked(session, need_id, current_actor(), vault=house().vault)
        enterprise = session.get_one(Enterprise, row.enterprise_id)
    return shown(
        "platform/records/waiting_need.html",
        form,
        need=row,
        enterprise=enterprise,
        name=name,
        phone=phone,
        longest_title=LONGEST_TITLE,
    )


def _raised(session: Session, need_id: int) -> Need:
    """The need that an enterprise raised at the own platform; 404 for any other."""
    row: Need = own_row(session, Need, need_id)
    if not row.is_from_enterprise:
        abort(404)
    return row
