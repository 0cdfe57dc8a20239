"""通知 (站内): everything somebody was told, the newest first; the same page for each audience, in its own frame."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import paging
from wxsvc.pages.form_pages import done
from wxsvc.services import inbox
from wxsvc.services.inbox import Letter
from wxsvc.services.notices import audience_of
from wxsvc.wording import WordedNotice


def _made(audience: str, per_page: int) -> Blueprint:
    """The inbox within the pages of one audience."""
    blueprint = Blueprint("notices", __name__)

    @blueprint.get("/notices")
    def every() -> ResponseReturnValue:
        """The notices, unread ones marked. Looking marks nothing as read: previews look too."""
        with house().database.read() as session:
            found = inbox.letters(session, current_actor(), now(), paging.asked(), per_page)
            unread = inbox.unread(session, current_actor(), now())
        return render_template(
            "notices.html",
            frame=f"{audience}/base.html",
            found=found,
            letters=[(letter, told(letter)) for letter in found.rows],
            at=lambda number: url_for(f"{audience}.notices.every", page=number),
            unread=unread,
            read_at=url_for(f"{audience}.notices.read"),
        )

    @blueprint.post("/notices/read")
    def read() -> ResponseReturnValue:
        """全部标为已读."""
        with house().database.transaction() as session:
            inbox.read_all(session, current_actor(), now())
        return done("notices_read", url_for(f"{audience}.notices.every"))

    return blueprint


def told(letter: Letter) -> WordedNotice:
    """A notice in words, for whom it was meant."""
    notice = letter.notice
    return wording.notice(notice.purpose, notice.facts, notice.made_at, audience_of(notice))


platform, province = _made("platform", paging.AT_A_DESK), _made("province", paging.AT_A_DESK)
enterprise = _made("enterprise", paging.ON_A_PHONE)
