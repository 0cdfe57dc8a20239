"""更正与认定 on a review page: one platform's part, an activity's category, a claim's year, reports of one story."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.terms import Subject
from scoring.terms import ActivityCategory
from wxsvc.access import current_actor, now
from wxsvc.db import Session
from wxsvc.pages import cards
from wxsvc.pages.form_pages import Led, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.province.review import after, again, detail_page, place
from wxsvc.services.activity import activities, participation
from wxsvc.services.demands import must_have_reason
from wxsvc.services.judging import review_queue
from wxsvc.services.records import bonus_claims
from wxsvc.services.reviewables import find

blueprint = Blueprint("review_corrections", __name__)

LONGEST_REASON = 500


@blueprint.post("/review/activity/<int:activity_id>/parts/<code>")
def part(activity_id: int, code: str) -> ResponseReturnValue:
    """认定协办 or not, 确认计入 or not, of one platform; at a desk the next entry comes, as after a verdict."""
    form = TypedForm(request.form)
    field = f"part_reason_{code}"
    reason, shown = form.text(field, most=LONGEST_REASON), form["seen"] or None

    def deed(session: Session) -> None:
        asked = (activity_id, cards.platform_by_code(session, code).id)
        match form["deed"]:
            case "accept_assist":
                participation.accept_assist(session, *asked, current_actor(), now(), shown)
            case "reject_assist":
                participation.reject_assist(session, *asked, reason, current_actor(), now(), shown)
            case "accept_part":
                participation.accept_part(session, *asked, current_actor(), now())
            case "reject_part":
                participation.reject_part(session, *asked, reason, current_actor(), now())
            case _:
                abort(400)

    def done(session: Session) -> Led:
        is_desk, at = form.ticked("desk"), place()
        platform, activity = cards.platform_by_code(session, code), find(session, Activity, activity_id)
        about = {"title": activity.title, "platform": platform.name, "deed": form["deed"]}
        noun = review_queue.noun_of_part(session, activity_id, platform.id)
        if noun is None or not is_desk:
            deed(session)
            return again(Subject.ACTIVITY, activity_id, is_desk=is_desk), about
        following = review_queue.following(session, f"{noun}-{activity_id}", current_actor(), now(), at.part)
        deed(session)
        return after(following, at, None, is_desk=is_desk), about

    return taken(form, done, "review_part", {"reason_needed": field}) or detail_page(
        Subject.ACTIVITY, activity_id, form
    )


@blueprint.post("/review/activity/<int:activity_id>/category")
def category(activity_id: int) -> ResponseReturnValue:
    """调整类别 by the province."""
    form = TypedForm(request.form)
    chosen = form.word("category", ActivityCategory, needed="form_choose")
    reason = form.text("category_reason", most=LONGEST_REASON)
    form.checked("category_reason", must_have_reason, reason)

    def deed(session: Session) -> None:
        if chosen is not None:
            activities.change_category(
                session, activity_id, chosen, reason, current_actor(), now(), form.number("version")
            )

    return _done(Subject.ACTIVITY, activity_id, form, deed, "category_reason", "review_category")


@blueprint.post("/review/bonus_claim/<int:record_id>/year")
def year(record_id: int) -> ResponseReturnValue:
    """更正年度 of a claim."""
    form = TypedForm(request.form)
    chosen = form.year("year", needed="form_choose")
    reason = form.text("year_reason", most=LONGEST_REASON)
    form.checked("year_reason", must_have_reason, reason)

    def deed(session: Session) -> None:
        if chosen is not None:
            bonus_claims.set_year(session, record_id, chosen, reason, current_actor(), now(), form.number("version"))

    return _done(Subject.BONUS_CLAIM, record_id, form, deed, "year_reason", "review_year")


@blueprint.post("/review/bonus_claim/<int:record_id>/story")
def story(record_id: int) -> ResponseReturnValue:
    """同一报道 as another claim, or none."""
    form = TypedForm(request.form)
    of_id = form.number("story")

    def deed(session: Session) -> None:
        bonus_claims.mark_story(session, record_id, of_id, current_actor(), now(), form.number("version"))

    return _done(Subject.BONUS_CLAIM, record_id, form, deed, "story", "review_story")


def _done(
    subject: Subject, subject_id: int, form: TypedForm, deed: Callable[[Session], None], field: str, said: str
) -> ResponseReturnValue:
    """Do it and show the record again; refused, with the sentence beside the reason or above the page."""

    def done(session: Session) -> str:
        deed(session)
        return again(subject, subject_id, is_desk=form.ticked("desk"))

    return taken(form, done, said, {"reason_needed": field}) or detail_page(subject, subject_id, form)
