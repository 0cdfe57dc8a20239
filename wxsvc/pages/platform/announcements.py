"""公告 (平台): what the province announced to this platform; 已阅 is a tap of its own, as looking changes nothing."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.pages import downloads
from wxsvc.pages.form_pages import done
from wxsvc.services import announcements
from wxsvc.services.records import papers

blueprint = Blueprint("announcements", __name__)


@blueprint.get("/announcements")
def listed() -> ResponseReturnValue:
    """The newest announcements to this platform."""
    with house().database.read() as session:
        found = announcements.of_platform(session, own_platform_id())
    return render_template("platform/announcements.html", found=found)


@blueprint.get("/announcements/<int:announcement_id>")
def show(announcement_id: int) -> ResponseReturnValue:
    """One of them."""
    with house().database.read() as session:
        row, own = announcements.addressed(session, announcement_id, own_platform_id())
    return render_template("platform/announcement.html", row=row, own=own)


@blueprint.post("/announcements/<int:announcement_id>/read")
def read(announcement_id: int) -> ResponseReturnValue:
    """已阅."""
    with house().database.transaction() as session:
        announcements.read(session, announcement_id, own_platform_id(), current_actor(), now())
    return done("announcement_read", url_for("platform.announcements.show", announcement_id=announcement_id))


@blueprint.get("/announcements/<int:announcement_id>/paper")
def paper(announcement_id: int) -> ResponseReturnValue:
    """Its file."""
    with house().database.read() as session:
        row, _ = announcements.addressed(session, announcement_id, own_platform_id())
        stored = papers.of(session, row.sha256)
    return downloads.stored(stored)
