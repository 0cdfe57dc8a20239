"""我的企业: whom one stands for, changed, added and left."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_person_id, house, now, own_person_id
from wxsvc.pages import limits
from wxsvc.pages.enterprise import receipts
from wxsvc.services.door import enrolment
from wxsvc.services.people import enterprises

blueprint = Blueprint("own_enterprises", __name__)


@blueprint.get("/enterprises")
def every() -> ResponseReturnValue:
    """The enterprises, the current one first."""
    with house().database.read() as session:
        own = enterprises.of_person(session, current_person_id())
        current = enterprises.current_of(session, current_person_id())
    return render_template("enterprise/enterprises.html", own=own, current=current)


@blueprint.post("/enterprises/<int:enterprise_id>/stand")
@limits.limiter.limit(limits.SUBMISSIONS)
def stand(enterprise_id: int) -> ResponseReturnValue:
    """换一家: from now on scans count for this one; a scan that waited for the choice is completed."""
    with house().database.transaction() as session:
        chosen = enrolment.choose_enterprise(session, own_person_id(), enterprise_id, now())
        name = chosen.enterprise.name if chosen.enterprise is not None else ""
    if chosen.completed:
        return receipts.after(chosen.completed, None)
    flash(wording.sentence("enterprise", "stands_for", enterprise=name), "done")
    return redirect(url_for("enterprise.own_enterprises.every"), 303)


@blueprint.post("/enterprises/<int:enterprise_id>/leave")
@limits.limiter.limit(limits.SUBMISSIONS)
def leave(enterprise_id: int) -> ResponseReturnValue:
    """不再代表; the enterprise's check-ins stay."""
    with house().database.transaction() as session:
        enrolment.leave_enterprise(session, own_person_id(), enterprise_id, now())
    flash(wording.sentence("enterprise", "enterprise_left"), "done")
    return redirect(url_for("enterprise.own_enterprises.every"), 303)
