"""在线服务清单 as the province keeps it: the items that platforms offer online, year by year."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.records import online_services
from wxsvc.services.records.online_services import ServiceItemEntry
from wxsvc.services.refusal import Refused

blueprint = Blueprint("service_items", __name__)


@blueprint.get("/service-items")
def page() -> ResponseReturnValue:
    """在线服务清单 of the year."""
    return _items(TypedForm())


@blueprint.post("/service-items")
def add() -> ResponseReturnValue:
    """Put an item on the list."""
    form = TypedForm(request.form)
    name = form.text("name", needed="text_needed")
    description = form.text("description", most=1000) or None
    if not form.is_good:
        return _items(form)
    try:
        with house().database.transaction() as session:
            online_services.add_item(session, ServiceItemEntry(asked_year(), name, description), current_actor(), now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _items(form)
    flash(wording.sentence("pages", "service_item_added"), "done")
    return redirect(url_for("province.service_items.page", year=asked_year()), 303)


@blueprint.post("/service-items/<int:item_id>/withdraw")
def withdraw(item_id: int) -> ResponseReturnValue:
    """Take it off the list; what platforms offered stays."""
    with house().database.transaction() as session:
        year = online_services.withdraw_item(session, item_id, current_actor(), now()).year
    flash(wording.sentence("pages", "service_item_withdrawn"), "done")
    return redirect(url_for("province.service_items.page", year=year), 303)


def _items(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        items = online_services.items(session, asked_year())
    shown = render_template(
        "province/service_items.html", form=form, items=items, year=asked_year(), years=offered_years()
    )
    return shown, 200 if form.is_good else 422
