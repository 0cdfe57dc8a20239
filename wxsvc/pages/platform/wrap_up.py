"""活动总结与提交: photos, the summary, what complete still lacks and what that costs, and the way to review.

One form holds it all, so that whichever button is pressed, nothing that was typed or chosen is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity, ActivityPhoto
from models.terms import PhotoKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform import chat_pictures
from wxsvc.pages.platform.publish import own_activity, own_shown
from wxsvc.pages.records import ShownRecord
from wxsvc.services.activity import chat_picture_errands, photos, submission
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.facts import CATEGORY_FACT
from wxsvc.services.door import checkin_lists, satisfactions
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import completeness
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("wrap_up", __name__)


@blueprint.get("/activity/<code>/wrap-up")
def page(code: str) -> ResponseReturnValue:
    """Everything that is left to do after the activity."""
    return _page(code, None)


@blueprint.post("/activity/<code>/wrap-up")
def save(code: str) -> ResponseReturnValue:
    """Keep the chosen photos and the summary; then draft, remove or submit, as the button says."""
    form = TypedForm(request.form)
    text, version = form.text("summary", most=submission.LONGEST_SUMMARY), form.number("version") or 0
    with house().database.read() as session:
        activity_id = own_activity(session, code).id
    kept, same, refused_files = _keep_photos(activity_id, form.word("kind", PhotoKind) or PhotoKind.PHOTO)
    for sentence in refused_files:
        flash(sentence, "wrong")
    for sentence, count in (("photos_kept", kept), ("photos_same", same)):
        if count:
            flash(wording.sentence("pages", sentence, count=count), "done")
    if form["deed"] == "draft":
        return _page(code, form.having(summary="\n".join(filter(None, [text, _draft(code)]))))
    if not form.is_good:
        return _page(code, form)
    try:
        with house().database.transaction() as session:
            row = submission.write_summary(session, activity_id, text, version, current_actor(), now())
            if (photo_id := form.number("remove")) is not None:
                _remove_photo(session, row, photo_id)
            if form["deed"] == "submit" and not refused_files:
                submission.submit(session, activity_id, current_actor(), now())
    except Refused as refused:
        form.refuse(refused)
        return _page(code, form)
    if form["deed"] == "submit" and refused_files:
        flash(wording.sentence("pages", "not_submitted_yet"), "wrong")
    elif said := _said(form, has_photos=bool(kept or same or refused_files)):
        flash(wording.sentence("pages", said), "done" if said != "photo_needed" else "wrong")
    return redirect(url_for("platform.wrap_up.page", code=code), 303)


def _said(form: TypedForm, *, has_photos: bool) -> str | None:
    """What was done, beside the photos that came: they have their own sentences."""
    if form["remove"]:
        return "photo_removed"
    if form["deed"] == "upload":
        return None if has_photos else "photo_needed"
    return "submitted" if form["deed"] == "submit" else "summary_saved"


def _keep_photos(activity_id: int, kind: PhotoKind) -> tuple[int, int, list[str]]:
    """How many are new, how many were there already, and a sentence for each reason to refuse some.

    One bad file keeps none of the good ones out.
    """
    with house().database.read() as session:
        known = {each.id for each in photos.of(session, activity_id)}
    kept, same, refusals = 0, 0, defaultdict[str, list[str]](list)
    for file in request.files.getlist("photos"):
        if not file.filename:
            continue
        try:
            with house().database.read() as session:
                photos.must_take(session, activity_id, current_actor())
            stored = photos.store(house().files, file.stream, kind)
            with house().database.transaction() as session:
                photo_id = photos.add_photo(
                    session, activity_id, stored, current_actor(), now(), name=file.filename, kind=kind
                ).id
        except FileRefused as refused:
            refusals[wording.sentence("file_refusals", refused.reason)].append(file.filename)
        except Refused as refused:
            refusals[refusal_text(refused)].append(file.filename)
        else:
            kept, same = (kept, same + 1) if photo_id in known else (kept + 1, same)
            known.add(photo_id)
    return (
        kept,
        same,
        [wording.sentence("pages", "photo_refused", names=names, text=text) for text, names in refusals.items()],
    )


def _remove_photo(session: Session, row: Activity, photo_id: int) -> None:
    photo = session.get(ActivityPhoto, photo_id)
    if photo is None or photo.activity_id != row.id:
        raise Refused("not_found")
    photos.remove_photo(session, photo_id, current_actor(), now())


def _draft(code: str) -> str:
    """A summary of what is known: when, where, who, how many. What it achieved only people know."""
    with house().database.read() as session:
        shown = own_shown(session, code)
        row = shown.record
        return wording.sentence(
            "pages",
            "summary_draft",
            activity=row,
            partners=[
                each.platform.name for each in shown.hosts if each.is_confirmed and each.platform.id != row.platform_id
            ],
            enterprises=submission.counted_enterprises(session, row),
            present=checkin_lists.present(session, row.id),
            answers=satisfactions.of_activity(session, row.id),
        )


def _page(code: str, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        hosted = own_shown(session, code)
        row = hosted.record
        counted, fewest = submission.counted_enterprises(session, row), submission.fewest_characters(session, row)
        worth = _worth(session, row)
        answers = satisfactions.of_activity(session, row.id)
        pictures = chat_pictures.shown(chat_picture_errands.of_activity(session, row.id, now()))
    filled = form or TypedForm({"summary": row.summary or "", "version": row.version})
    is_overtaken = filled.is_overtaken
    if is_overtaken:  # what stands now is shown beside what was typed; pressing again is a decision
        filled = filled.having(version=row.version)
        filled.refusal = wording.sentence("pages", "summary_edited_by_other")
    return shown(
        "platform/wrap_up.html",
        filled,
        shown=hosted,
        activity=row,
        counted=counted,
        checklist=list(_checklist(hosted)),
        worth=worth,
        answers=answers,
        pictures=pictures,
        overtaken=row.summary if is_overtaken else None,
        kinds=PhotoKind,
        is_over=row.ends_at is not None and row.ends_at <= now(),
        fewest=fewest,
        characters=completeness.characters(row.summary),
        room=max(0, photos.MOST - sum(each.kind is not PhotoKind.SIGN_IN_SHEET for each in hosted.photos)),
    )


def _checklist(shown: ShownRecord) -> Iterator[tuple[str, bool]]:
    """What a complete activity has after it was held, each with whether it is there; of the form, only what lacks."""
    after = ("enterprises", "photos", "summary")
    for code in (*(each for each in shown.lacks if each not in after), *after):
        yield code, code not in shown.lacks


def _worth(session: Session, row: Activity) -> Decimal | None:
    """What the activity would add as one of its category's 次, as the scorecard stands."""
    if row.category is None or row.year is None:
        return None
    return scorecards.worth_of(session, row.platform_id, row.year, CATEGORY_FACT[row.category])
