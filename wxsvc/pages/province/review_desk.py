"""审核台: taking a record and giving it back, assigning the top of a filter to a colleague, saved filters."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from msgspec.structs import replace

from models.terms import Subject
from wxsvc.access import current_actor, house, now
from wxsvc.pages.form_pages import done, not_done
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.province.review import again, place, subject_of
from wxsvc.services.judging import review_queue, saved_views, takes
from wxsvc.services.refusal import Refused

blueprint = Blueprint("review_desk", __name__)

_MOST_ASSIGNED = 100


@blueprint.post("/review/<subject>/<int:subject_id>/take")
def take(subject: str, subject_id: int) -> ResponseReturnValue:
    """认领, 接手 or 交还 one record, and look at it again."""
    noun, form = subject_of(subject), TypedForm(request.form)
    at = again(noun, subject_id, is_desk=form.ticked("desk"))
    try:
        with house().database.transaction() as session:
            if form["deed"] == "back":
                takes.give_back(session, noun, subject_id, current_actor())
            else:
                takes.take(session, noun, subject_id, current_actor(), now(), over=form.number("over"))
    except Refused as refused:
        return not_done(refused, at)
    return redirect(at, 303)


@blueprint.post("/review/assign")
def assign() -> ResponseReturnValue:
    """指派: the first so many of the filter to one reviewer; what somebody has already stays theirs."""
    form, at = TypedForm(request.form), place()
    count, person = form.number("count") or 0, form.number("person") or 0
    try:
        with house().database.transaction() as session:
            free, most = replace(at.part, free_for=person), max(0, min(count, _MOST_ASSIGNED))
            first = review_queue.waiting(session, current_actor(), now(), free, most=most)
            keys = [(Subject(each.noun), each.record_id) for each in first]
            assigned = takes.assign(session, keys, person, current_actor(), now())
    except Refused as refused:
        return not_done(refused, at.queue)
    return done("review_assigned", at.queue, count=assigned)


@blueprint.post("/review/views")
def keep_view() -> ResponseReturnValue:
    """Keep the filter of this address under a name."""
    form, at = TypedForm(request.form), place()
    try:
        with house().database.transaction() as session:
            view = saved_views.keep(session, form["name"], at.within, current_actor(), now())
    except Refused as refused:
        return not_done(refused, at.queue)
    return done("view_kept", at.queue, name=view.name)


@blueprint.post("/review/views/<int:view_id>/remove")
def remove_view(view_id: int) -> ResponseReturnValue:
    """Let a saved filter go."""
    with house().database.transaction() as session:
        saved_views.remove(session, view_id, current_actor())
    return redirect(place().queue, 303)
