"""审核之后与批量审核: a filter's clean items approved as one step, and a step undone (撤销) within ten minutes."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import current_actor, house, now
from wxsvc.pages.form_pages import done, not_done
from wxsvc.pages.province.review import chosen_of, place, tell_approved
from wxsvc.services.judging import batches, reviews, verdict_steps
from wxsvc.services.refusal import Refused

blueprint = Blueprint("verdicts", __name__)


@blueprint.get("/review/batch")
def batch() -> ResponseReturnValue:
    """What 通过本筛选 would approve: how many, whose, with what effect; those with doubts only if ticked."""
    at = place()
    with house().database.read() as session:
        found = batches.of(session, at.part, current_actor(), now())
    return render_template("province/batch.html", batch=found, place=at)


@blueprint.post("/review/batch")
def approve() -> ResponseReturnValue:
    """Approve what the page showed, and what was ticked on it, as one step."""
    looked_at = [chosen_of(value) for value in request.form.getlist("doubtful")]
    chosen = [chosen_of(value) for value in request.form.getlist("clean")] + looked_at
    with house().database.transaction() as session:
        batch = reviews.approve_many(session, chosen, current_actor(), now(), frozenset(looked_at))
        step = verdict_steps.made_now(session, current_actor(), now())
    tell_approved(batch)
    undo = step.id if step is not None else None
    return redirect(url_for("province.review.queue", undo=undo, **place().within), 303)


@blueprint.post("/review/undo/<int:step_id>")
def undo(step_id: int) -> ResponseReturnValue:
    """撤销: everything of the step as before; a single record is opened again."""
    back = url_for("province.review.queue", **place().address)
    try:
        with house().database.transaction() as session:
            step = verdict_steps.undo(session, step_id, current_actor(), now())
            changes = step.changes
    except Refused as refused:
        return not_done(refused, back)
    if len(changes) == 1:
        item = f"{changes[0]['subject']}-{changes[0]['id']}"
        back = url_for("province.review.queue", item=item, **place().address)
    return done("verdict_undone", back, count=len(changes))
