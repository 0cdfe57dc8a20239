"""海报: one A4 sheet with what an activity is, and every way to check in at it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.platform import Platform
from wxsvc.access import house
from wxsvc.pages.platform import codes

blueprint = Blueprint("poster", __name__)


@blueprint.get("/activity/<code>/poster")
def sheet(code: str) -> ResponseReturnValue:
    """The sheet; printed, nothing else is on it."""
    with house().database.read() as session:
        activity = codes.public_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
        drawn = codes.drawn_for(session, activity)
    address = codes.address_of(activity)
    return render_template("platform/poster.html", activity=activity, platform=platform, drawn=drawn, address=address)
