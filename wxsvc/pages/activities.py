"""现场签到: the code, the live count, who is in, walk-ins by hand, corrections with a reason."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn
from models.terms import Stage, Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.pages import limits, pictures, records
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.pages.publish import own_activity
from wxsvc.services.activity import activities, submission
from wxsvc.services.door import corrections
from wxsvc.services.people import enterprises
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused

blueprint = Blueprint("activities", __name__)


@blueprint.get("/activities")
def listed() -> ResponseReturnValue:
    """Every activity of the platform, the newest first."""
    with house().database.reading() as session:
        rows = session.scalars(
            sa.select(Activity)
            .where(Activity.platform_id == own_platform_id(), Activity.stage != Stage.DRAFT)
            .order_by(Activity.starts_at.desc())
            .limit(200)
        ).all()
    return render_template("platform/activities.html", activities=rows)


@blueprint.get("/activity/<code>")
@limits.limiter.limit(limits.SEARCHES, exempt_when=lambda: not request.args.get("q"))
def door(code: str) -> ResponseReturnValue:
    """The activity while it is held."""
    return _door(code, Form(request.args))


@blueprint.get("/activity/<code>/live.json")
def live(code: str) -> ResponseReturnValue:
    """The count, polled; unchanged is 304 and costs nothing."""
    with house().database.reading() as session:
        row = own_activity(session, code)
        counted = submission.counted_enterprises(session, row)
        present = _present(session, row)
    response = jsonify(enterprises=counted, present=present)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.post("/activity/<code>/enter")
def enter_by_hand(code: str) -> ResponseReturnValue:
    """补登: a known enterprise, or a new one from its licence."""
    form = Form(request.form)
    try:
        with house().database.transaction() as session:
            row, by = own_activity(session, code), current_actor()
            enterprise_id = form.number("enterprise")
            if enterprise_id is None:
                described = EnterpriseForm(form["name"], form["uscc"] or None, form["licence_number"] or None)
                enterprise_id = enterprises.register(session, described, by, now()).id
            outcome = corrections.enter_by_hand(session, row.id, enterprise_id, by, now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _door(code, form)
    flash(wording.sentence("pages", f"entered_{outcome.kind}"), "done")
    return redirect(url_for("platform.activities.door", code=code), 303)


@blueprint.post("/activity/<code>/check-in/<int:check_in_id>")
def correct(code: str, check_in_id: int) -> ResponseReturnValue:
    """更正 or 恢复 one check-in, with a reason."""
    form = Form(request.form)
    try:
        with house().database.transaction() as session:
            row = own_activity(session, code)
            check_in = session.get(CheckIn, check_in_id)
            if check_in is None or check_in.activity_id != row.id:
                raise Refused("not_found")
            change = corrections.revive if form["deed"] == "revive" else corrections.void
            change(session, check_in_id, form.text("reason", most=300), current_actor(), now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _door(code, form)
    flash(wording.sentence("pages", "check_in_corrected"), "done")
    return redirect(url_for("platform.activities.door", code=code), 303)


@blueprint.post("/activity/<code>/cancel")
def cancel(code: str) -> ResponseReturnValue:
    """取消活动, with the reason that visitors hear."""
    form = Form(request.form)
    try:
        with house().database.transaction() as session:
            row = own_activity(session, code)
            activities.cancel(session, row.id, form.text("reason", most=300), current_actor(), now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return _door(code, form)
    flash(wording.sentence("pages", "activity_cancelled"), "done")
    return redirect(url_for("platform.activities.door", code=code), 303)


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    """A photo of an activity in which the own platform has a part."""
    own = own_platform_id()
    return pictures.photo(photo_id, lambda platforms: own in platforms)


@blueprint.get("/papers/<int:evidence_id>")
def paper(evidence_id: int) -> ResponseReturnValue:
    """A paper of the own platform."""
    own = own_platform_id()
    return pictures.paper(evidence_id, lambda platforms: own in platforms)


def _door(code: str, form: Form) -> ResponseReturnValue:
    with house().database.reading() as session:
        row = own_activity(session, code)
        shown = records.shown(session, Subject.ACTIVITY, row.id)
        counted = submission.counted_enterprises(session, row)
        present = _present(session, row)
        wanted = form["q"].strip()
        found = enterprises.search(session, wanted) if wanted else []
    page = render_template(
        "platform/activity.html",
        shown=shown,
        activity=row,
        counted=counted,
        present=present,
        form=form,
        found=found,
        has_begun=row.opens_at is not None and row.opens_at <= now(),
    )
    return page, 200 if form.is_good else 422


def _present(session: Session, row: Activity) -> int:
    """到场未计: people who came and add no 家次."""
    counted = sa.select(sa.func.count()).select_from(Attendance).where(Attendance.activity_id == row.id)
    return session.scalar(counted) or 0
