"""权威主流媒体清单 as the province keeps it: what press claims choose their medium from."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services.records import media
from wxsvc.services.records.media import MediumEntry
from wxsvc.services.refusal import Refused

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
    if not form.is_good:
        return _listed(form)
    try:
        with house().database.transaction() as session:
            media.add(session, entry, current_actor(), now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _listed(form)
    flash(wording.sentence("pages", "medium_added"), "done")
    return redirect(url_for("province.media_list.page"), 303)


@blueprint.post("/media/<int:item_id>/withdraw")
def withdraw(item_id: int) -> ResponseReturnValue:
    """Take it off the list; claims that name it stay as they are."""
    with house().database.transaction() as session:
        media.withdraw(session, item_id, current_actor(), now())
    flash(wording.sentence("pages", "medium_withdrawn"), "done")
    return redirect(url_for("province.media_list.page"), 303)


def _listed(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = media.listed(session)
    return render_template("province/media.html", form=form, media=found), 200 if form.is_good else 422
