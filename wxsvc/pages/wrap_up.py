"""活动总结与提交: photos, the summary, what complete still lacks, and the way to review."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import ActivityPhoto
from models.terms import PhotoKind, Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.filetypes import FileRefused
from wxsvc.pages import cards, chat_pictures, records
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.pages.publish import own_activity
from wxsvc.services.activity import chat_picture_errands, photos, submission
from wxsvc.services.refusal import Refused

blueprint = Blueprint("wrap_up", __name__)


@blueprint.get("/activity/<code>/wrap-up")
def page(code: str) -> ResponseReturnValue:
    """Everything that is left to do after the activity."""
    return _page(code, None)


@blueprint.post("/activity/<code>/photos")
def add_photos(code: str) -> ResponseReturnValue:
    """Keep what was chosen, several at once; one bad file keeps none of the good ones out."""
    form = Form(request.form)
    kind = form.word("kind", PhotoKind) or PhotoKind.PHOTO
    with house().database.reading() as session:
        activity_id = own_activity(session, code).id
    kept, refusals = 0, []
    for file in request.files.getlist("photos"):
        if not file.filename:
            continue
        try:
            with house().database.reading() as session:
                photos.must_take(session, activity_id, current_actor())
            stored = photos.store(house().files, file.stream, kind)
            with house().database.transaction() as session:
                photos.add_photo(session, activity_id, stored, current_actor(), now(), name=file.filename, kind=kind)
        except FileRefused as refused:
            refusals.append((file.filename, wording.sentence("file_refusals", refused.reason)))
        except Refused as refused:
            refusals.append((file.filename, refusal_text(refused)))
        else:
            kept += 1
    if kept:
        flash(wording.sentence("pages", "photos_kept", count=kept), "done")
    for name, text in refusals:
        flash(wording.sentence("pages", "photo_refused", name=name, text=text), "wrong")
    if not kept and not refusals:
        flash(wording.sentence("pages", "photo_needed"), "wrong")
    return redirect(url_for("platform.wrap_up.page", code=code), 303)


@blueprint.post("/activity/<code>/photos/<int:photo_id>/remove")
def remove_photo(code: str, photo_id: int) -> ResponseReturnValue:
    """移除."""
    with house().database.transaction() as session:
        row = own_activity(session, code)
        photo = session.get(ActivityPhoto, photo_id)
        if photo is None or photo.activity_id != row.id:
            raise Refused("not_found")
        photos.remove_photo(session, photo_id, current_actor(), now())
    flash(wording.sentence("pages", "photo_removed"), "done")
    return redirect(url_for("platform.wrap_up.page", code=code), 303)


@blueprint.post("/activity/<code>/wrap-up")
def save(code: str) -> ResponseReturnValue:
    """Keep the summary; with the other button, submit as well."""
    form = Form(request.form)
    text, version = form.text("summary", most=submission.LONGEST_SUMMARY), form.number("version") or 0
    if not form.is_good:
        return _page(code, form)
    try:
        with house().database.transaction() as session:
            row = own_activity(session, code)
            submission.write_summary(session, row.id, text, version, current_actor(), now())
            if form["deed"] == "submit":
                submission.submit(session, row.id, current_actor(), now(), cards.thresholds())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _page(code, form)
    flash(wording.sentence("pages", "submitted" if form["deed"] == "submit" else "summary_saved"), "done")
    return redirect(url_for("platform.wrap_up.page", code=code), 303)


def _page(code: str, form: Form | None) -> ResponseReturnValue:
    with house().database.reading() as session:
        row = own_activity(session, code)
        shown = records.shown(session, Subject.ACTIVITY, row.id)
        counted = submission.counted_enterprises(session, row)
        pictures = chat_pictures.shown(chat_picture_errands.of_activity(session, row.id, now()))
    filled = form or Form({"summary": row.summary or "", "version": row.version})
    page = render_template(
        "platform/wrap_up.html",
        shown=shown,
        activity=row,
        counted=counted,
        form=filled,
        pictures=pictures,
        kinds=PhotoKind,
        is_over=row.ends_at is not None and row.ends_at <= now(),
        fewest=house().settings.min_summary_chars,
    )
    return page, 200 if filled.is_good else 422
