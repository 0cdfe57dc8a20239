"""发布活动 and its corrections: one screen, filled from the last activity, kept as a draft, published at once."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.terms import Stage
from scoring.category_words import propose
from scoring.terms import ActivityCategory, Part
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import limits, records
from wxsvc.pages.form_pages import done, status
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform import activity_form
from wxsvc.pages.platform.activity_form import entry_of, typed_of
from wxsvc.pages.platform.own_records.noun import own_row
from wxsvc.pages.records import ShownRecord
from wxsvc.pages.row_numbers import asked_number
from wxsvc.services.activity import activities, activity_forms, activity_lists, drafts, participation
from wxsvc.services.activity.activity_codes import new_code
from wxsvc.services.activity.participation import Hosted
from wxsvc.services.refusal import Refused

blueprint = Blueprint("publish", __name__)


@blueprint.get("/publish")
def blank() -> ResponseReturnValue:
    """An empty form, the last activity's copy (``?copy``), or a draft; ``?category=`` where a gap led here."""
    draft_id = asked_number("draft")
    with house().database.read() as session:
        if draft_id is not None:
            draft = _own(session, draft_id, Stage.DRAFT)
            typed = typed_of(activity_forms.form_of(session, draft)) | {"key": draft.code, "version": draft.version}
            return activity_form.page(TypedForm(typed), draft=draft)
        copied = activity_forms.copy_of_last(session, own_platform_id(), current_actor())
    typed = typed_of(copied) if copied and "copy" in request.args else {"part": Part.HOST.value, "takes_signups": "1"}
    wanted = request.args.get("category")
    if wanted in set(ActivityCategory):
        typed["category"] = wanted
    return activity_form.page(TypedForm(typed | {"key": new_code()}))


@blueprint.post("/publish")
def publish() -> ResponseReturnValue:
    """保存草稿, or 发布: codes and page work at once. Without a category, the title's words propose one first."""
    form = TypedForm(request.form)
    entry, published = entry_of(form), None
    draft_id = asked_number("draft")
    if form["deed"] != "draft":
        if entry.category is None and (proposal := propose(entry.title)).categories:
            form = form.having(category=proposal.only.value if proposal.only else "")
            entry = entry_of(form)  # tells again what is wrong with the other fields
            form.reproach("category", activity_form.proposal_text(proposal) or "")
        activity_form.reproach_wanting(form, entry)
        activity_form.ask(form, entry)
    else:
        activity_form.reproach_senseless(form, entry)
    if form.is_good:
        try:
            with house().database.transaction() as session:
                if draft_id is not None:
                    _own(session, draft_id)
                row = _write(session, form, entry, draft_id)
                code, is_draft = row.code, row.stage is Stage.DRAFT
                is_over = row.closes_at is not None and row.closes_at < now()
        except Refused as refused:
            form.refuse(refused, activity_form.FIELD_OF)
            published = str(refused.values["activity"]) if refused.code == "published_meanwhile" else None
            if refused.code == "draft_saved_elsewhere":
                form = _compared(form, entry, draft_id)
        else:
            if is_draft:
                return done("draft_saved", url_for("platform.today.page"))
            said = "activity_published_over" if is_over else "activity_published"
            return done(said, url_for("platform.activities.door", code=code))
    with house().database.read() as session:
        draft = _own(session, draft_id) if draft_id is not None else None
    return activity_form.page(form, draft=draft, published=published)


@blueprint.post("/publish/draft")
@limits.limiter.limit(limits.SUBMISSIONS)
def keep() -> ResponseReturnValue:
    """Keep what is typed so far, as the page asks every few seconds; the answer says until when it is kept."""
    form = TypedForm(request.form)
    entry = entry_of(form)
    if not form.is_good:
        return jsonify(text=wording.sentence("pages", "draft_not_kept_yet")), status(form)
    try:
        with house().database.transaction() as session:
            row = _write(session, form.having(deed="draft"), entry, None)
            version = row.version
    except Refused as refused:
        if refused.code in ("not_allowed", "not_found"):
            raise
        form.refuse(refused)
        return jsonify(text=wording.sentence("pages", "draft_not_kept", reason=form.refusal)), status(form)
    return jsonify(version=version, text=wording.sentence("pages", "draft_kept", at=now()))


@blueprint.get("/publish/category.json")
@limits.limiter.limit(limits.SUBMISSIONS)
def category() -> ResponseReturnValue:
    """Which category the title's words speak of, asked while it is typed."""
    proposal = propose(request.args.get("title", "")[:200])
    return jsonify(categories=proposal.categories, text=activity_form.proposal_text(proposal))


@blueprint.post("/draft/<int:draft_id>/discard")
def discard(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with house().database.transaction() as session:
        drafts.discard(session, draft_id, current_actor())
    return done("draft_discarded", url_for("platform.today.page"))


@blueprint.get("/activity/<code>/edit")
def correct(code: str) -> ResponseReturnValue:
    """The same form, filled with what stands."""
    with house().database.read() as session:
        row = own_activity(session, code)
        typed = typed_of(activity_forms.form_of(session, row)) | {"version": row.version}
    return activity_form.page(TypedForm(typed), activity=row)


@blueprint.post("/activity/<code>/edit")
def edit(code: str) -> ResponseReturnValue:
    """Correct a published activity; if somebody else did meanwhile, both versions are shown."""
    form = TypedForm(request.form)
    entry, version = entry_of(form), form.number("version") or 0
    with house().database.read() as session:
        activity = own_activity(session, code)
    activity_form.reproach_wanting(form, entry)
    activity_form.ask(form, entry, activity)
    if form.is_good:
        try:
            with house().database.transaction() as session:
                activities.edit(session, activity.id, entry, version, current_actor(), now())
        except Refused as refused:
            form.refuse(refused, activity_form.FIELD_OF)
            if form.is_overtaken:
                form.refusal = wording.sentence("pages", "activity_edited_by_other")
                with house().database.read() as session:
                    form = activity_form.compare(session, form, entry, own_activity(session, code))
        else:
            return done("activity_edited", url_for("platform.activities.door", code=code))
    return activity_form.page(form, activity=activity)


def own_activity(session: Session, code: str) -> Activity:
    """The own platform's published activity of this code; 404 for anybody else's."""
    found = activity_lists.by_code(session, code)
    if found is None or found.platform_id != own_platform_id():
        abort(404)
    return found


def own_shown(session: Session, code: str) -> ShownRecord:
    """The same with everything about it."""
    return records.of_activity(session, _own_hosted(session, code))


def own_with_hosts(session: Session, code: str) -> ShownRecord:
    """The same with its facts alone."""
    return records.with_hosts(_own_hosted(session, code))


def _own_hosted(session: Session, code: str) -> Hosted:
    found = participation.published_with_hosts(session, code)
    if found is None or found[1].id != own_platform_id():
        abort(404)
    return found


def _write(session: Session, form: TypedForm, entry: activity_forms.ActivityForm, draft_id: int | None) -> Activity:
    """Keep the form as a draft, or publish it: under the key that it was given when it was opened."""
    by, key, version = current_actor(), form["key"] or None, form.number("version")
    if form["deed"] == "draft":
        return drafts.save(session, entry, by, now(), draft_id=draft_id, key=key, version=version)
    return activities.publish(session, entry, by, now(), draft_id=draft_id, key=key, version=version)


def _compared(form: TypedForm, entry: activity_forms.ActivityForm, draft_id: int | None) -> TypedForm:
    with house().database.read() as session:
        stored = drafts.found(session, own_platform_id(), draft_id, form["key"] or None)
        return activity_form.compare(session, form, entry, stored) if stored is not None else form


def _own(session: Session, activity_id: int, stage: Stage | None = None) -> Activity:
    row: Activity = own_row(session, Activity, activity_id)
    return row if stage in (None, row.stage) else abort(404)
