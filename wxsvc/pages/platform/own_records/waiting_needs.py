"""企业提出的需求与诉求: what waits to be taken up, whom to call about it, and how it is taken up or declined."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from models.record import Need
from models.terms import Stage
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.needs import LONGEST_TITLE
from wxsvc.pages.platform.own_records.noun import reproach
from wxsvc.services.records import raised_needs
from wxsvc.services.refusal import Refused

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

    def deed(session: Session) -> None:
        title = form.text("title", most=LONGEST_TITLE, needed="form_needed")
        if form.is_good:
            raised_needs.take_up(session, need_id, current_actor(), now(), title)

    if not _done(need_id, form, deed):
        return _page(need_id, form)
    flash(wording.sentence("own_records", "need_taken_up"), "done")
    return redirect(url_for("platform.needs.record", record_id=need_id), 303)


@blueprint.post("/needs/raised/<int:need_id>/decline")
def decline(need_id: int) -> ResponseReturnValue:
    """不予受理, with a reason that the enterprise reads."""
    form = TypedForm(request.form)

    def deed(session: Session) -> None:
        raised_needs.decline(session, need_id, form.text("reason", most=300), current_actor(), now())

    if not _done(need_id, form, deed):
        return _page(need_id, form)
    flash(wording.sentence("own_records", "need_declined"), "done")
    return redirect(url_for("platform.needs.listed"), 303)


def _done(need_id: int, form: TypedForm, deed: Callable[[Session], None]) -> bool:
    try:
        with house().database.transaction() as session:
            _raised(session, need_id)
            deed(session)
    except Refused as refused:
        reproach(form, refused, {"reason_needed": "reason"})
    return form.is_good


def _page(need_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        row = _raised(session, need_id)
        name, phone = raised_needs.who_asked(session, need_id, current_actor(), vault=house().vault)
        enterprise = session.get_one(Enterprise, row.enterprise_id)
    page = render_template(
        "platform/records/waiting_need.html",
        need=row,
        enterprise=enterprise,
        name=name,
        phone=phone,
        form=form,
        longest_title=LONGEST_TITLE,
    )
    return page, 200 if form.is_good else 422


def _raised(session: Session, need_id: int) -> Need:
    """The need that an enterprise raised at the own platform; 404 for any other."""
    row = session.get(Need, need_id)
    if row is None or row.platform_id != own_platform_id() or not row.is_from_enterprise:
        abort(404)
    return row
