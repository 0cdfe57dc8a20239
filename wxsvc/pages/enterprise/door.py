"""网页签到: the activity and one green button. Looking changes nothing; the button signs up before, and checks in then.

Two codes lead here: the printed one says where the page is, the one on the screen proves that the visitor is there.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.platform import Platform
from models.terms import Door, Stage
from wxsvc import observe, wording
from wxsvc.access import current_actor, current_openid, current_person_id, house, local_path, now
from wxsvc.pages import limits, seen_screens
from wxsvc.pages.enterprise import subscribing
from wxsvc.pages.form_pages import done, not_done
from wxsvc.pages.row_numbers import key_of
from wxsvc.pages.shared_activities import card_text, public_activity, shared
from wxsvc.services.activity import signups
from wxsvc.services.door import checkin_lists
from wxsvc.services.door.checkins import Outcome, OutcomeKind, Scan, check_in
from wxsvc.services.people import enterprises, own_information
from wxsvc.services.refusal import Refused

blueprint = Blueprint("door", __name__)

SIGNUP: Final = "signup"
"""What ``ahead`` of an address says where 报名 is wanted; other words want no more than to be enrolled."""


@blueprint.get("/c/<code>")
def show(code: str) -> ResponseReturnValue:
    """What this is, when and where, and as whom one would check in; whoever is in is led to the receipt."""
    with house().database.read() as session:
        activity = public_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
        current = enterprises.current_of(session, current_person_id())
        own = enterprises.of_person(session, current_person_id())
        receipt_id = checkin_lists.own_at(session, current_person_id(), code)
        offer = signups.offer(session, activity, current.id if current else None, now())
    return render_template(
        "enterprise/door.html",
        activity=activity,
        platform=platform,
        current=current,
        window=window(activity),
        own=own,
        offer=offer,
        receipt_id=receipt_id,
        is_expired=seen_screens.is_expired(code),
        token=request.args.get(seen_screens.TOKEN),
        **shared(activity),
    )


@blueprint.post("/c/<code>/signup")
@limits.limiter.limit(limits.SUBMISSIONS)
def sign_up(code: str) -> ResponseReturnValue:
    """报名 for the enterprise that the page named; its button agrees to the notice where an older one was agreed to."""
    version = wording.sentence("pages", "consent_version")
    person_id = current_person_id()
    if request.form.get("consent") == version and person_id is not None:
        with house().database.transaction() as session:
            own_information.agree(session, person_id, version, now())
    return signed_up(code, _named())


def signed_up(code: str, enterprise_id: int) -> ResponseReturnValue:
    """Sign the enterprise up, and show the activity's page, which says so."""
    with house().database.transaction() as session:
        activity = public_activity(session, code)
        row = signups.sign_up(session, activity.id, enterprise_id, current_actor(), now())
        said = "signup_waits" if row.is_waiting else "signed_up"
    return done(said, url_for("enterprise.door.show", code=code), table="enterprise")


@blueprint.post("/c/<code>/signup/cancel")
@limits.limiter.limit(limits.SUBMISSIONS)
def cancel_signup(code: str) -> ResponseReturnValue:
    """取消报名."""
    with house().database.transaction() as session:
        activity = public_activity(session, code)
        signups.cancel(session, activity.id, _named(), current_actor(), now())
    return done("signup_cancelled", url_for("enterprise.door.show", code=code), table="enterprise")


def _named() -> int:
    enterprise_id = key_of(request.form.get("enterprise"))
    if enterprise_id is None:
        abort(400)
    return enterprise_id


@blueprint.get("/c/<code>/share.json")
@limits.limiter.limit(limits.SEARCHES)
def share(code: str) -> ResponseReturnValue:
    """分享: the card of this page, and the signature with which WeChat takes it; 404 where there is none to be had."""
    with house().database.read() as session:
        activity = public_activity(session, code)
    page, to = request.args.get("page", ""), shared(activity)
    if not local_path(page).startswith(url_for("enterprise.door.show", code=code)):
        abort(404)
    config = subscribing.signed(page)
    card = {"title": activity.title, "desc": card_text(activity), "link": to["address"], "imgUrl": to["picture"]}
    return jsonify(config=config, card=card)


@blueprint.post("/c/<code>")
@limits.limiter.limit(limits.SUBMISSIONS)
def enter(code: str) -> ResponseReturnValue:
    """签到, at this moment."""
    is_expired = seen_screens.is_expired(code)
    by_door = Door.SCREEN if is_expired or seen_screens.has_seen(code) else Door.PAGE
    scan = Scan(current_openid(), code, by_door, now(), now(), is_code_expired=is_expired)
    outcome = house().database.for_scan(lambda connection: check_in(connection, scan))
    observe.check_ins.labels(outcome.kind.value).inc()
    return told(outcome, code)


def went_on(code: str, enterprise_id: int) -> ResponseReturnValue:
    """报名 that was wanted before it was known for whom. Where it is closed by now, the activity's page says so."""
    try:
        return signed_up(code, enterprise_id)
    except Refused as refused:
        return not_done(refused, url_for("enterprise.door.show", code=code))


def told(outcome: Outcome, code: str) -> ResponseReturnValue:
    """Where the visitor goes from here: the receipt, the next question, or a page that says what happened."""
    if outcome.kind is OutcomeKind.FIRST_VISIT:
        return redirect(url_for("enterprise.enrol.form", activity=code), 303)
    if outcome.kind is OutcomeKind.CHOOSE:
        return redirect(url_for("enterprise.receipts.choose", activity=code), 303)
    if outcome.is_in and outcome.check_in_id is not None and outcome.kind is not OutcomeKind.COLLEAGUE:
        return redirect(url_for("enterprise.receipts.receipt", check_in_id=outcome.check_in_id), 303)
    return render_template("enterprise/outcome.html", outcome=outcome, code=code)


def window(activity: Activity) -> str:
    """``cancelled``, ``early``, ``open`` or ``over``."""
    if activity.stage is Stage.VOID:
        return "cancelled"
    if activity.opens_at is not None and now() < activity.opens_at:
        return "early"
    return "over" if activity.closes_at is not None and now() > activity.closes_at else "open"
