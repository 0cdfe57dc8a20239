"""签到回执 with what comes after (资料, 满意度, the next activity), 撤销 and 换一家 within ten minutes, 选择企业."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.terms import Grade
from wxsvc.access import current_actor, current_person_id, house, now, own_person_id
from wxsvc.db import Session
from wxsvc.pages import downloads, limits
from wxsvc.pages.enterprise import door
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.row_numbers import asked_number, whole
from wxsvc.services.activity import coming_activities, materials
from wxsvc.services.door import corrections, enrolment, satisfactions
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.people import enterprises
from wxsvc.services.refusal import Refused

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipt/<int:check_in_id>")
def receipt(check_in_id: int) -> ResponseReturnValue:
    """One's own check-in: time, activity, whom to call, what can still be changed, and what comes after."""
    return _receipt(check_in_id, None)


@blueprint.post("/receipt/<int:check_in_id>/rate")
@limits.limiter.limit(limits.SUBMISSIONS)
def rate(check_in_id: int) -> ResponseReturnValue:
    """满意度, in one tap."""
    form = TypedForm(request.form)
    grade = form.word("grade", Grade)
    if grade is None:
        abort(400)
    try:
        with house().database.transaction() as session:
            _own(session, check_in_id)
            satisfactions.rate(session, check_in_id, grade, form["words"], current_actor(), now())
    except Refused as refused:
        if refused.code not in ("rating_too_long", "identity_number_written"):
            raise
        form.refuse(refused, {ANY_OTHER: "words"})
        return _receipt(check_in_id, form)
    return done("rated", url_for("enterprise.receipts.receipt", check_in_id=check_in_id), table="enterprise")


@blueprint.get("/receipt/<int:check_in_id>/materials/<int:material_id>")
def material(check_in_id: int, material_id: int) -> ResponseReturnValue:
    """One file of the activity that one was checked in at."""
    with house().database.read() as session:
        row = _own(session, check_in_id)
        found = materials.file_of(session, row.activity_id, material_id) if row.is_live else None
    return downloads.stored(found)


def _receipt(check_in_id: int, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        row = _own(session, check_in_id)
        activity = session.get_one(Activity, row.activity_id)
        platform = session.get_one(Platform, activity.platform_id)
        enterprise = session.get_one(Enterprise, row.enterprise_id)
        rated = satisfactions.of_enterprise(session, activity.id, enterprise.id)
        put_out = materials.of(session, activity.id) if row.is_live else []
        following = coming_activities.next_of(session, platform.id, now())
    form = form or TypedForm({"words": rated.words if rated else ""})
    may_undo = row.is_live and now() - row.received_at <= corrections.SELF_UNDO
    return shown(
        "enterprise/receipt.html",
        form,
        row=row,
        activity=activity,
        platform=platform,
        enterprise=enterprise,
        may_undo=may_undo,
        until=row.received_at + corrections.SELF_UNDO,
        is_over=activity.closes_at is not None and activity.closes_at < now(),
        rated=rated,
        grades=Grade,
        most=satisfactions.LONGEST,
        materials=put_out,
        following=following,
    )


@blueprint.post("/receipt/<int:check_in_id>/undo")
def undo(check_in_id: int) -> ResponseReturnValue:
    """撤销."""
    with house().database.transaction() as session:
        _own(session, check_in_id)
        corrections.undo(session, check_in_id, own_person_id(), now())
    return done("check_in_undone", url_for("enterprise.receipts.receipt", check_in_id=check_in_id))


@blueprint.get("/choose")
def choose() -> ResponseReturnValue:
    """选择企业: for the activity whose scan asks for it, or in place of the one that a receipt names."""
    with house().database.read() as session:
        own = enterprises.of_person(session, current_person_id())
        row = _row_to_change(session)
        current = row.enterprise_id if row else None
    return render_template(
        "enterprise/choose.html",
        own=own,
        current=current,
        activity=request.args.get("activity"),
        ahead=request.args.get("ahead"),
        receipt=row,
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
    """Where to go once whom one stands for is known: to what became of the scan, on to 报名, or to the door."""
    outcome = next((each for each in outcomes if code is None or each.activity_code == code), None)
    if outcome is not None and outcome.activity_code is not None:
        return door.told(outcome, outcome.activity_code)
    if code and request.args.get("ahead") == door.SIGNUP:
        with house().database.read() as session:
            chosen = enterprises.current_of(session, current_person_id())
        if chosen is not None:
            return door.went_on(code, chosen.id)
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
