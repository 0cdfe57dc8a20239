"""公告 (省级): written to all platforms, one kind or the chosen ones; who has read it; withdrawn with a reason."""

from __future__ import annotations

import secrets

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.announcement import Announcement
from scoring.terms import PlatformKind
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import downloads, platform_choices, sent_papers
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.paging import word_in
from wxsvc.pages.row_numbers import key_of
from wxsvc.services import announcements
from wxsvc.services.announcements import LONGEST_CONTENT, LONGEST_TITLE, PER_PAGE, AnnouncementEntry
from wxsvc.services.people import persons, staff_lists
from wxsvc.services.records import papers

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
    paper = sent_papers.one(form)

    def deed(session: Session) -> str:
        sha256 = paper.keep(session) if paper is not None else None
        entry = AnnouncementEntry(title, content, word_in(to, PlatformKind), chosen if to == _CHOSEN else (), sha256)
        row = announcements.publish(session, form["key"][:32], entry, current_actor(), now())
        return url_for("province.announcements.show", announcement_id=row.id)

    return taken(form, deed, "announcement_published") or _blank(form)


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
    return done("announcement_withdrawn", url_for("province.announcements.show", announcement_id=announcement_id))


@blueprint.get("/announcements/<int:announcement_id>/paper")
def paper(announcement_id: int) -> ResponseReturnValue:
    """Its file."""
    with house().database.read() as session:
        row = session.get(Announcement, announcement_id)
        stored = papers.of(session, row.sha256) if row is not None else None
    return downloads.stored(stored)


def _blank(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        every = platform_choices.boxes(session)
    return shown(
        "province/announcement_new.html",
        form,
        kinds=PlatformKind,
        platforms=every,
        chosen=set(form.all("platforms")),
        most=(LONGEST_TITLE, LONGEST_CONTENT),
    )


def _show(announcement_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        row, readings = announcements.readings(session, announcement_id, current_actor())
        staffed = staff_lists.counts(session, [each.platform.id for each in readings])
    names = {
        each.reader.id: persons.name_of(each.reader, house().vault) for each in readings if each.reader is not None
    }
    return shown("province/announcement.html", form, row=row, readings=readings, names=names, staffed=staffed)
