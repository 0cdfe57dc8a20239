"""在线服务清单 as the province keeps it: the items that platforms offer online, year by year."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.records import online_services
from wxsvc.services.records.online_services import ServiceItemEntry

blueprint = Blueprint("service_items", __name__)


@blueprint.get("/service-items")
def page() -> ResponseReturnValue:
    """在线服务清单 of the year."""
    return _items(TypedForm())


@blueprint.post("/service-items")
def add() -> ResponseReturnValue:
    """Put an item on the list, or all those of the year before (沿用)."""
    form = TypedForm(request.form)
    if form["deed"] == "carry":
        with house().database.transaction() as session:
            carried = online_services.carry_items(session, asked_year(), current_actor(), now())
        at = url_for("province.service_items.page", year=asked_year())
        return done("service_items_carried", at, former=asked_year() - 1, count=len(carried))
    name = form.text("name", needed="text_needed")
    entry = ServiceItemEntry(asked_year(), name, form.text("description", most=1000) or None)

    def deed(session: Session) -> str:
        online_services.add_item(session, entry, current_actor(), now())
        return url_for("province.service_items.page", year=asked_year())

    return taken(form, deed, "service_item_added", name=name) or _items(form)


@blueprint.post("/service-items/<int:item_id>/withdraw")
def withdraw(item_id: int) -> ResponseReturnValue:
    """Take it off the list; what platforms offered stays."""
    with house().database.transaction() as session:
        row = online_services.withdraw_item(session, item_id, current_actor(), now())
        name, year = row.name, row.year
    return done("service_item_withdrawn", url_for("province.service_items.page", year=year), name=name)


def _items(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        items = online_services.items(session, asked_year())
        former = online_services.items(session, asked_year() - 1) if not items else []
    year, years = asked_year(), offered_years()
    return shown("province/service_items.html", form, items=items, former=former, year=year, years=years)
