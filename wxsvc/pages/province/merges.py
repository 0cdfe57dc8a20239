"""企业合并 (省级): two registrations of one firm are found, looked at, merged with a reason, and undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import paging
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import Led, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.actor import Actor
from wxsvc.services.people import enterprise_merges, enterprises, merge_cases
from wxsvc.services.refusal import Refused

blueprint = Blueprint("merges", __name__)

_DEEDS: Final[dict[str, Callable[[Session, int, str, Actor, datetime], EnterpriseMerge]]] = {
    "confirm": enterprise_merges.confirm,
    "refuse": merge_cases.refuse,
    "undo": enterprise_merges.undo,
}


@blueprint.get("/merges")
def listed() -> ResponseReturnValue:
    """What waits and what was merged; two enterprises to be found."""
    return _listed(TypedForm(request.args))


@blueprint.get("/merges/pair")
def pair() -> ResponseReturnValue:
    """Both side by side, with what changes; nothing is written."""
    return _preview(TypedForm(request.args))


@blueprint.post("/merges/pair")
def merge() -> ResponseReturnValue:
    """合并, with the reason."""
    form = TypedForm(request.form)
    kept, merged = form.number("kept", needed="enterprise_pick"), form.number("merged", needed="enterprise_pick")
    reason = form.text("reason", most=merge_cases.LONGEST_REASON, needed="reason_needed")
    if kept is None or merged is None:
        return _preview(form)

    def deed(session: Session) -> Led:
        row = enterprise_merges.merge(session, kept, merged, reason, current_actor(), now())
        return url_for("province.merges.listed"), _about(session, row)

    return taken(form, deed, "merge_confirm") or _preview(form)


@blueprint.get("/merges/<int:record_id>")
def case(record_id: int) -> ResponseReturnValue:
    """One proposal, to be confirmed or refused; or one merge, to be undone."""
    return _case(record_id, TypedForm())


def _about(session: Session, row: EnterpriseMerge) -> dict[str, object]:
    """Which enterprise was or would be found as which."""
    kept, merged = (session.get_one(Enterprise, each).name for each in (row.kept_id, row.merged_id))
    return {"kept": kept, "merged": merged}


@blueprint.post("/merges/<int:record_id>")
def decide(record_id: int) -> ResponseReturnValue:
    """同意合并, 不同意 or 撤销合并, with the reason."""
    form = TypedForm(request.form)
    deed = _DEEDS.get(form["deed"]) or abort(400)
    reason = form.text("reason", most=merge_cases.LONGEST_REASON, needed="reason_needed")

    def decided(session: Session) -> Led:
        row = deed(session, record_id, reason, current_actor(), now())
        return url_for("province.merges.listed"), _about(session, row)

    return taken(form, decided, f"merge_{form['deed']}") or _case(record_id, form)


def _listed(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = {name: _found(session, form, name) for name in ("kept", "merged")}
        state = form["state"] if form["state"] in merge_cases.STATES else None
        cases = merge_cases.cases(session, current_actor(), state, paging.asked(), paging.AT_A_DESK)
        counts = merge_cases.counts(session)
    return shown("province/merges.html", form, cases=cases, counts=counts, state=state, found=found)


def _found(session: Session, form: TypedForm, name: str) -> Sequence[Enterprise]:
    """What was searched for on one side, the one that was chosen before first."""
    chosen = form.number(name)
    first = enterprises.by_ids(session, [chosen]) if chosen is not None else ()
    wanted = form[f"{name}_q"].strip()
    more = enterprises.search(session, wanted) if wanted else ()
    return [*first, *(each for each in more if each.id != chosen)]


def _preview(form: TypedForm) -> ResponseReturnValue:
    kept, merged = form.number("kept"), form.number("merged")
    if kept is None or merged is None:
        flash(wording.sentence("pages", "merge_pick_both"), "wrong")
        typed: dict[str, Any] = {name: form[name] for name in ("kept_q", "merged_q", "kept", "merged") if form[name]}
        return redirect(url_for("province.merges.listed", **typed), 303)
    try:
        with house().database.read() as session:
            found = merge_cases.compare(session, kept, merged, current_actor())
    except Refused as refused:
        form.refuse(refused)
        return _listed(form)
    return shown("province/merge_preview.html", form, shown=found, most=merge_cases.LONGEST_REASON)


def _case(record_id: int, form: TypedForm) -> ResponseReturnValue:
    by = current_actor()
    facts: dict[str, Any] = {}
    with house().database.read() as session:
        found = merge_cases.case_of(session, record_id, by)
        if found.merge.is_waiting:
            try:
                facts["shown"] = merge_cases.compare(session, found.kept.id, found.merged.id, by)
            except Refused as refused:  # one of them was merged otherwise since
                facts["obstacle"] = refusal_text(refused)
    return shown("province/merge.html", form, case=found, most=merge_cases.LONGEST_REASON, **facts)
