"""权威主流媒体清单 as the province keeps it: what press claims choose their medium from."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.records import media
from wxsvc.services.records.media import MediumEntry

blueprint = Blueprint("media_list", __name__)


@blueprint.get("/media")
def page() -> ResponseReturnValue:
    """The list."""
    return _listed(TypedForm())


@blueprint.post("/media")
def add() -> ResponseReturnValue:
    """Put a medium on the list."""
    form = TypedForm(request.form)
    entry = MediumEntry(
        form.text("name", needed="text_needed", most=60), form.text("sites") or None, form.text("accounts") or None
    )

    def deed(session: Session) -> str:
        media.add(session, entry, current_actor(), now())
        return url_for("province.media_list.page")

    return taken(form, deed, "medium_added", name=entry.name) or _listed(form)


@blueprint.post("/media/<int:item_id>/withdraw")
def withdraw(item_id: int) -> ResponseReturnValue:
    """Take it off the list; claims that name it stay as they are."""
    with house().database.transaction() as session:
        name = media.withdraw(session, item_id, current_actor(), now()).name
    return done("medium_withdrawn", url_for("province.media_list.page"), name=name)


def _listed(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = media.listed(session)
    return shown("province/media.html", form, media=found)
