"""签到回执, 撤销 and 换一家 within ten minutes, 选择企业."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from wxsvc import wording
from wxsvc.access import current_person_id, house, now, own_person_id
from wxsvc.db import Session
from wxsvc.pages.enterprise import door
from wxsvc.pages.row_numbers import asked_number, whole
from wxsvc.services.door import corrections, enrolment
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.people import enterprises

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipt/<int:check_in_id>")
def receipt(check_in_id: int) -> ResponseReturnValue:
    """One's own check-in: time, activity, whom to call, and what can still be changed."""
    with house().database.read() as session:
        row = _own(session, check_in_id)
        activity = session.get_one(Activity, row.activity_id)
        platform = session.get_one(Platform, activity.platform_id)
        enterprise = session.get_one(Enterprise, row.enterprise_id)
    may_undo = row.is_live and now() - row.received_at <= corrections.SELF_UNDO
    return render_template(
        "enterprise/receipt.html",
        row=row,
        activity=activity,
        platform=platform,
        enterprise=enterprise,
        may_undo=may_undo,
        until=row.received_at + corrections.SELF_UNDO,
    )


@blueprint.post("/receipt/<int:check_in_id>/undo")
def undo(check_in_id: int) -> ResponseReturnValue:
    """撤销."""
    with house().database.transaction() as session:
        _own(session, check_in_id)
        corrections.undo(session, check_in_id, own_person_id(), now())
    flash(wording.sentence("pages", "check_in_undone"), "done")
    return redirect(url_for("enterprise.receipts.receipt", check_in_id=check_in_id), 303)


@blueprint.get("/choose")
def choose() -> ResponseReturnValue:
    """选择企业: for the activity whose scan asks for it, or in place of the one that a receipt names."""
    with house().database.read() as session:
        own = enterprises.of_person(session, current_person_id())
        row = _row_to_change(session)
        current = row.enterprise_id if row else None
    return render_template(
        "enterprise/choose.html", own=own, current=current, activity=request.args.get("activity"), receipt=row
    )


@blueprint.post("/choose")
def chosen() -> ResponseReturnValue:
    """Stand for this one: the waiting scan is completed, or the receipt's check-in changed."""
    enterprise_id = request.form.get("enterprise", type=whole)
    if enterprise_id is None:
        abort(400)
    with house().database.transaction() as session:
        outcomes = stand_for(session, enterprise_id)
    return after(outcomes, request.args.get("activity"))


def stand_for(session: Session, enterprise_id: int) -> tuple[Outcome, ...]:
    """Change the receipt's check-in to this enterprise, or stand for it from now on."""
    row = _row_to_change(session)
    if row is not None:
        return (corrections.change_enterprise(session, row.id, own_person_id(), enterprise_id, now()),)
    return enrolment.choose_enterprise(session, own_person_id(), enterprise_id, now()).completed


def after(outcomes: tuple[Outcome, ...], code: str | None) -> ResponseReturnValue:
    """Where to go once whom one stands for is known: to what became of the scan, or to the door."""
    outcome = next((each for each in outcomes if code is None or each.activity_code == code), None)
    if outcome is not None and outcome.activity_code is not None:
        return door.told(outcome, outcome.activity_code)
    if code:
        return redirect(url_for("enterprise.door.show", code=code), 303)
    return redirect(url_for("enterprise.mine.check_ins"), 303)


def _row_to_change(session: Session) -> CheckIn | None:
    check_in_id = asked_number("receipt")
    return _own(session, check_in_id) if check_in_id is not None else None


def _own(session: Session, check_in_id: int) -> CheckIn:
    row = session.get(CheckIn, check_in_id)
    if row is None or row.person_id is None or row.person_id != current_person_id():
        abort(404)
    return row
