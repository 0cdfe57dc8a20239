"""近期活动: of all platforms, what runs now first; each leads to its page, where one can enrol before."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wxsvc.access import current_person_id, house, now
from wxsvc.pages import limits
from wxsvc.pages.row_numbers import asked_page
from wxsvc.services.activity.coming_activities import coming
from wxsvc.services.people import enterprises

blueprint = Blueprint("coming_activities", __name__)

_LONGEST = 30


@blueprint.get("/activities")
@limits.limiter.limit(limits.SEARCHES)
def every() -> ResponseReturnValue:
    """What runs and what comes, narrowed by a place or a word, page by page."""
    wanted = request.args.get("q", "").strip()[:_LONGEST]
    with house().database.read() as session:
        current = enterprises.current_of(session, current_person_id())
        region_code = current.region_code if current else None
        found = coming(session, now(), region_code=region_code, wanted=wanted, page=asked_page())
    return render_template("enterprise/activities.html", found=found, wanted=wanted)
