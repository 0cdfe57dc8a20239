"""活动资料: the files that staff put out for those who took part; seen on the receipt of whoever is checked in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import downloads
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import done
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.activity import materials
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("materials", __name__)


@blueprint.get("/activity/<code>/materials")
def listed(code: str) -> ResponseReturnValue:
    """What is put out, and one more."""
    with house().database.read() as session:
        row = own_activity(session, code)
        put_out = materials.of(session, row.id)
    room = materials.MOST - len(put_out)
    return render_template("platform/materials.html", activity=row, materials=put_out, room=room)


@blueprint.post("/activity/<code>/materials")
def add(code: str) -> ResponseReturnValue:
    """上传; one bad file keeps none of the good ones out."""
    with house().database.read() as session:
        activity_id = own_activity(session, code).id
    count, refusals = 0, []
    for file in request.files.getlist("paper"):
        if not file.filename:
            continue
        try:
            with house().database.read() as session:
                materials.must_take(session, activity_id, current_actor())
            kept = house().files.store_paper(file.stream)
            with house().database.transaction() as session:
                materials.add(session, activity_id, kept, file.filename, current_actor(), now())
        except FileRefused as refused:
            refusals.append((file.filename, wording.sentence("file_refusals", refused.reason)))
        except Refused as refused:
            refusals.append((file.filename, refusal_text(refused)))
        else:
            count += 1
    for name, text in refusals:
        flash(wording.sentence("pages", "photo_refused", names=[name], text=text), "wrong")
    if count:
        flash(wording.sentence("pages", "material_kept", count=count), "done")
    elif not refusals:
        flash(wording.sentence("pages", "material_needed"), "wrong")
    return redirect(url_for("platform.materials.listed", code=code), 303)


@blueprint.post("/activity/<code>/materials/<int:material_id>/remove")
def remove(code: str, material_id: int) -> ResponseReturnValue:
    """移除."""
    with house().database.transaction() as session:
        materials.remove(session, own_activity(session, code).id, material_id, current_actor(), now())
    return done("material_removed", url_for("platform.materials.listed", code=code))


@blueprint.get("/activity/<code>/materials/<int:material_id>")
def show(code: str, material_id: int) -> ResponseReturnValue:
    """One of them."""
    with house().database.read() as session:
        found = materials.file_of(session, own_activity(session, code).id, material_id)
    return downloads.stored(found)
