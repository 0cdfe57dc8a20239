"""现场签到: the live list, walk-ins by hand, whom the door turned away, corrections with a reason, older licences."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.checkin import CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.platform import Platform
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import described_enterprises, limits
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.platform.activities import door_page, named
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services import kept_enterprises
from wxsvc.services.activity import signups, submission
from wxsvc.services.door import checkin_lists, corrections, refused_scans
from wxsvc.services.people import enterprises, merge_cases, standings
from wxsvc.services.refusal import Refused

blueprint = Blueprint("arrivals", __name__)


@blueprint.get("/activity/<code>/live.json")
def live(code: str) -> ResponseReturnValue:
    """The count alone; unchanged is 304."""
    with house().database.read() as session:
        row = own_activity(session, code)
        counted = submission.counted_enterprises(session, row)
        present = checkin_lists.present(session, row.id)
    response = jsonify(enterprises=counted, present=present)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.get("/activity/<code>/arrivals")
def listed(code: str) -> ResponseReturnValue:
    """Count and lists as a piece of the page, polled; while nothing changes it is 304 and one statement of counts."""
    with house().database.read() as session:
        row = own_activity(session, code)
        state = checkin_lists.state_of(session, row.id)
        if request.if_none_match.contains_weak(state):
            return "", 304
        piece = render_template(
            "platform/arrivals.html",
            activity=row,
            named=named(session, row.id),
            counted=submission.counted_enterprises(session, row),
            present=checkin_lists.present(session, row.id),
            waiting=refused_scans.waiting(session, row.id),
            signed_up=signups.of_activity(session, row.id),
            has_begun=row.opens_at is not None and row.opens_at <= now(),
        )
    return piece, {"ETag": f'W/"{state}"', "Cache-Control": "private, no-cache"}


@blueprint.get("/activity/<code>/found")
@limits.limiter.limit(limits.STAFF_SEARCHES)
def found(code: str) -> ResponseReturnValue:
    """Walk-ins while one types: what was found, as a piece of the page."""
    form = TypedForm(request.args)
    wanted = form["q"].strip()
    with house().database.read() as session:
        row = own_activity(session, code)
        near = session.get_one(Platform, row.platform_id).region_code
        sought = enterprises.search(session, wanted, near=near) if wanted else []
        already = checkin_lists.enterprises_in(session, row.id, [each.id for each in sought])
        return render_template("platform/door/found.html", activity=row, form=form, found=sought, already=already)


@blueprint.post("/activity/<code>/enter")
def enter(code: str) -> ResponseReturnValue:
    """补登: a known enterprise, or a new one from its licence."""
    form = TypedForm(request.form)
    try:
        with house().database.transaction() as session:
            row, by = own_activity(session, code), current_actor()
            enterprise_id = form.number("enterprise")
            if enterprise_id is None:
                enterprise_id = enterprises.register(session, described_enterprises.of(form), by, now()).id
            elif kept_enterprises.find(session, enterprise_id) is None:
                raise Refused("unknown_enterprise")
            outcome = corrections.enter_by_hand(session, row.id, enterprise_id, by, now())
    except Refused as refused:
        form.refuse(refused, {"name_unlikely": "name", "name_known": "name"})
        return door_page(code, form)
    return _back(code, f"entered_{outcome.kind}")


@blueprint.post("/activity/<code>/refused/<int:scan_id>")
@limits.limiter.limit(limits.SUBMISSIONS)
def admit(code: str, scan_id: int) -> ResponseReturnValue:
    """登记 whom the door turned away: their enterprise is in since their scan."""
    form = TypedForm(request.form)
    try:
        with house().database.transaction() as session:
            row, scan = own_activity(session, code), session.get(RefusedScan, scan_id)
            if scan is None or scan.activity_id != row.id:
                abort(404)
            outcome = refused_scans.admit(session, scan_id, current_actor(), now())
    except Refused as refused:
        form.refuse(refused)
        return door_page(code, form)
    return _back(code, f"entered_{outcome.kind}")


@blueprint.get("/activity/<code>/check-in/<int:check_in_id>")
def one(code: str, check_in_id: int) -> ResponseReturnValue:
    """One check-in, and what staff may do about it."""
    return _one(code, check_in_id, TypedForm())


@blueprint.post("/activity/<code>/check-in/<int:check_in_id>")
def correct(code: str, check_in_id: int) -> ResponseReturnValue:
    """更正 or 恢复 with a reason; of an older licence, 核实 it or give its code."""
    form = TypedForm(request.form)
    deed, by = form["deed"], current_actor()
    is_taken = deed == "merge"
    try:
        with house().database.transaction() as session:
            _, check_in = _own(session, code, check_in_id)
            enterprise = session.get_one(Enterprise, check_in.enterprise_id).name
            match deed:
                case "revive":
                    corrections.revive(session, check_in_id, form.text("reason", most=300), by, now())
                case "void":
                    corrections.void(session, check_in_id, _reason(form), by, now())
                case "standing":
                    standings.confirm_at_door(session, check_in, by, now())
                case "confirm":
                    enterprises.confirm_licence(session, check_in.enterprise_id, by, now())
                case "code":
                    enterprises.give_code(session, check_in.enterprise_id, form["uscc"], by, now())
                case "merge":
                    reason = form.text("merge_reason", most=merge_cases.LONGEST_REASON)
                    merge_cases.propose(session, check_in.enterprise_id, form["uscc"], reason, by, now())
                case _:
                    abort(400)
            if not form.is_good:
                session.rollback()
    except Refused as refused:
        is_taken = is_taken or refused.code == "code_taken"
        of_code = {ANY_OTHER: "uscc"} if deed in ("code", "merge") else {}
        form.refuse(refused, {"reason_needed": "merge_reason" if is_taken else "reason", **of_code})
    if not form.is_good:
        return _one(code, check_in_id, form, is_taken=is_taken)
    said = _SAID.get(deed, "check_in_corrected")
    return done(said, url_for("platform.activities.door", code=code), enterprise=enterprise)


_SAID: Final = {
    "standing": "standing_confirmed",
    "confirm": "licence_settled",
    "code": "licence_settled",
    "merge": "merge_proposed",
}


def _reason(form: TypedForm) -> str:
    """A reason that was picked, and what was added to it."""
    return "；".join(filter(None, [*form.all("because"), form.text("reason", most=300)]))


def _one(code: str, check_in_id: int, form: TypedForm, *, is_taken: bool = False) -> ResponseReturnValue:
    with house().database.read() as session:
        row, check_in = _own(session, code, check_in_id)
        enterprise = session.get_one(Enterprise, check_in.enterprise_id)
        return shown(
            "platform/check_in.html",
            form,
            activity=row,
            check_in=check_in,
            enterprise=enterprise,
            claim=standings.at_door(session, check_in),
            is_taken=is_taken,
        )


def _own(session: Session, code: str, check_in_id: int) -> tuple[Activity, CheckIn]:
    row, check_in = own_activity(session, code), session.get(CheckIn, check_in_id)
    if check_in is None or check_in.activity_id != row.id or not check_in.holds_place:
        abort(404)
    return row, check_in


def _back(code: str, said: str) -> ResponseReturnValue:
    return done(said, url_for("platform.activities.door", code=code))
