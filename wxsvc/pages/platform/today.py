"""今天: what was missed, what came back, who waits for us, activities that lack one thing, what is due next and why."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import Subject
from scoring.scheme_files import scheme_for
from scoring.terms import Part
from wxsvc import wording
from wxsvc.access import current_actor, current_person_id, house, now, own_platform_id
from wxsvc.pages import paging
from wxsvc.pages.form_pages import done
from wxsvc.pages.forms import OVERTAKEN, TypedForm
from wxsvc.pages.platform import chat_pictures
from wxsvc.pages.platform.own_records.noun import NOUNS
from wxsvc.services import announcements, desk
from wxsvc.services.activity import chat_picture_errands, drafts, participation
from wxsvc.services.counting import agenda
from wxsvc.services.records import filings_due, raised_needs, record_lists
from wxsvc.services.records.record_lists import Returned
from wxsvc.services.refusal import Refused
from wxsvc.services.years import year_of

blueprint = Blueprint("today", __name__)

_SHOWN = 3
"""Of what may be many: the rest is counted and stands on its own page."""


@blueprint.get("/today")
def page() -> ResponseReturnValue:
    """Everything that wants a hand today, the most urgent first."""
    platform_id, moment = own_platform_id(), now()
    with house().database.read() as session:
        own = desk.of(session, platform_id, current_actor(), moment)
        shown = {
            "agenda": agenda.of(session, platform_id, moment),
            "due": filings_due.of(session, platform_id, moment),
            "asked": agenda.asked(session, platform_id),
            "returned": record_lists.returned_of(session, platform_id, paging.asked("returned")),
            "needs": raised_needs.waiting_for(session, platform_id),
            "disputed": own.disputed,
            "drafts": drafts.of_platform(session, platform_id, paging.asked("drafts")),
            "announced": announcements.unread(session, platform_id),
            "unread": own.unread,
            "pictures": chat_pictures.shown(
                chat_picture_errands.of_platform(session, platform_id, current_person_id(), moment)
            ),
            "card": own.card,
            "publicity": own.publicity,
            "scheme": scheme_for(own.platform.kind, year_of(moment)),
        }
    return render_template(
        "platform/today.html",
        most=_SHOWN,
        mend_at=_mend_at,
        needs_at=url_for("platform.needs.listed"),
        filings_at=url_for("platform.filings.listed"),
        **shown,
    )


@blueprint.post("/joint/<int:activity_id>/confirm")
def confirm(activity_id: int) -> ResponseReturnValue:
    """确认参与 with one tap."""
    part = TypedForm(request.form).word("seen", Part)
    try:
        with house().database.transaction() as session:
            participation.confirm_part(session, activity_id, own_platform_id(), current_actor(), now(), part)
    except Refused as refused:
        if refused.code != OVERTAKEN:
            raise
        flash(wording.sentence("pages", "part_changed"), "wrong")
        return redirect(url_for("platform.today.page"), 303)
    return done("part_confirmed", url_for("platform.today.page"))


@blueprint.post("/joint/<int:activity_id>/decline")
def decline(activity_id: int) -> ResponseReturnValue:
    """不参与."""
    with house().database.transaction() as session:
        participation.decline_part(session, activity_id, own_platform_id(), current_actor(), now())
    return done("part_declined", url_for("platform.today.page"))


def _mend_at(back: Returned) -> str | None:
    """Where the platform mends what came back."""
    record: Any = back.record
    if back.subject is Subject.ACTIVITY:
        return url_for("platform.wrap_up.page", code=record.code)
    if back.subject is Subject.FILING:
        return url_for("platform.filings.show", obligation=record.obligation.value, period=record.period)
    noun = NOUNS.get(back.subject)
    return url_for(f"{noun.endpoint}.record", record_id=record.id) if noun else None
