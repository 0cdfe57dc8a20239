"""公告 (省级): written to all platforms, one kind or the chosen ones; who has read it; withdrawn with a reason."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.announcement import Announcement
from scoring.terms import PlatformKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import downloads
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import key_of
from wxsvc.services import announcements, platforms
from wxsvc.services.announcements import LONGEST_CONTENT, LONGEST_TITLE, PER_PAGE, AnnouncementEntry
from wxsvc.services.people import persons
from wxsvc.services.records import papers
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("announcements", __name__)

_CHOSEN = "chosen"


@blueprint.get("/announcements")
def listed() -> ResponseReturnValue:
    """Every announcement, the newest first, with how many platforms have read it."""
    with house().database.read() as session:
        found = announcements.every(session, current_actor(), TypedForm(request.args).number("older"))
    older = found[PER_PAGE - 1].announcement.id if len(found) > PER_PAGE else None
    return render_template("province/announcements.html", found=found[:PER_PAGE], older=older)


@blueprint.get("/announcements/new")
def blank() -> ResponseReturnValue:
    """The form, under a key of its own."""
    return _blank(TypedForm({"key": secrets.token_hex(16), "to": "all"}))


@blueprint.post("/announcements/new")
def publish() -> ResponseReturnValue:
    """发布公告."""
    form = TypedForm(request.form)
    to = form["to"]
    chosen = [key for each in form.all("platforms") if (key := key_of(each)) is not None]
    if to == _CHOSEN and not chosen:
        form.complain("platforms", "platforms_needed")
    title = form.text("title", most=LONGEST_TITLE, needed="text_needed")
    content = form.text("content", most=LONGEST_CONTENT, needed="text_needed")
    if not form.is_good:
        return _blank(form)
    try:
        sent = request.files.get("paper")
        kept = house().files.store_paper(sent.stream) if sent is not None and sent.filename else None
        with house().database.transaction() as session:
            by = current_actor()
            sha256 = papers.keep(session, kept, sent.filename or "", by, now()) if kept and sent else None
            kind = PlatformKind(to) if to in set(PlatformKind) else None
            entry = AnnouncementEntry(title, content, kind, chosen if to == _CHOSEN else (), sha256)
            announcement_id = announcements.publish(session, form["key"][:32], entry, by, now()).id
    except FileRefused as refused:
        form.reproach("paper", wording.sentence("file_refusals", refused.reason))
        return _blank(form)
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _blank(form)
    flash(wording.sentence("pages", "announcement_published"), "done")
    return redirect(url_for("province.announcements.show", announcement_id=announcement_id), 303)


@blueprint.get("/announcements/<int:announcement_id>")
def show(announcement_id: int) -> ResponseReturnValue:
    """One announcement, platform by platform: read by whom and when."""
    return _show(announcement_id, TypedForm())


@blueprint.post("/announcements/<int:announcement_id>")
def withdraw(announcement_id: int) -> ResponseReturnValue:
    """撤回, with the reason."""
    form = TypedForm(request.form)
    reason = form.text("reason", most=300, needed="reason_needed")
    if not form.is_good:
        return _show(announcement_id, form)
    with house().database.transaction() as session:
        announcements.withdraw(session, announcement_id, reason, current_actor(), now())
    flash(wording.sentence("pages", "announcement_withdrawn"), "done")
    return redirect(url_for("province.announcements.show", announcement_id=announcement_id), 303)


@blueprint.get("/announcements/<int:announcement_id>/paper")
def paper(announcement_id: int) -> ResponseReturnValue:
    """Its file."""
    with house().database.read() as session:
        row = session.get(Announcement, announcement_id)
        stored = papers.of(session, row.sha256) if row is not None else None
    return downloads.stored(stored or abort(404))


def _blank(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        every = platforms.in_use(session)
    page = render_template(
        "province/announcement_new.html",
        form=form,
        kinds=PlatformKind,
        platforms=every,
        chosen=set(form.all("platforms")),
        most=(LONGEST_TITLE, LONGEST_CONTENT),
    )
    return page, 200 if form.is_good else 422


def _show(announcement_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        row, readings = announcements.readings(session, announcement_id, current_actor())
    names = {
        each.reader.id: persons.name_of(each.reader, house().vault) for each in readings if each.reader is not None
    }
    page = render_template("province/announcement.html", row=row, readings=readings, names=names, form=form)
    return page, 200 if form.is_good else 422
