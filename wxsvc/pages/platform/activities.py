"""活动: the platform's list, one activity while it is held, its end before it was held; its photos and papers."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.pages import limits, pictures, records
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.activity import activities, activity_lists, submission
from wxsvc.services.door import checkin_lists, refused_scans
from wxsvc.services.people import enterprises
from wxsvc.services.refusal import Refused

blueprint = Blueprint("activities", __name__)


@blueprint.get("/activities")
def listed() -> ResponseReturnValue:
    """Every activity of the platform, the newest first."""
    with house().database.read() as session:
        rows = activity_lists.of_platform(session, own_platform_id())
    return render_template("platform/activities.html", activities=rows)


@blueprint.get("/door")
def running() -> ResponseReturnValue:
    """现场签到 of the activity that is being held; where it is none or several, the list."""
    with house().database.read() as session:
        found = activity_lists.open_now(session, own_platform_id(), now(), limit=2)
    if len(found) == 1:
        return redirect(url_for("platform.activities.door", code=found[0].code))
    return redirect(url_for("platform.activities.listed"))


@blueprint.get("/activity/<code>")
@limits.limiter.limit(limits.SEARCHES, exempt_when=lambda: not request.args.get("q"))
def door(code: str) -> ResponseReturnValue:
    """The activity while it is held."""
    return door_page(code, TypedForm(request.args))


@blueprint.post("/activity/<code>/cancel")
def cancel(code: str) -> ResponseReturnValue:
    """取消活动, with the reason that visitors hear."""
    form = TypedForm(request.form)
    try:
        with house().database.transaction() as session:
            row = own_activity(session, code)
            activities.cancel(session, row.id, form.text("reason", most=300), current_actor(), now())
    except Refused as refused:
        form.refusal = refusal_text(refused)
        return door_page(code, form)
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


def door_page(code: str, form: TypedForm) -> ResponseReturnValue:
    """现场签到, with what was typed and why it was refused."""
    with house().database.read() as session:
        row = own_activity(session, code)
        wanted = form["q"].strip()
        shown = records.shown(session, Subject.ACTIVITY, row.id)
        page = render_template(
            "platform/activity.html",
            shown=shown,
            activity=row,
            arrivals=shown.arrivals,
            counted=submission.counted_enterprises(session, row),
            present=checkin_lists.present(session, row.id),
            waiting=refused_scans.waiting(session, row.id),
            form=form,
            found=enterprises.search(session, wanted, near=shown.platform.region_code) if wanted else [],
            already={each.enterprise_id for each in shown.live},
            has_begun=row.opens_at is not None and row.opens_at <= now(),
        )
    return page, 200 if form.is_good else 422
