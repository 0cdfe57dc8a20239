"""海报: one A4 sheet with what an activity is, and every way to check in at it; and the same as one picture to send."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from models.platform import Platform
from wxsvc import wording
from wxsvc.access import house
from wxsvc.pages import downloads
from wxsvc.pages.platform import codes
from wxsvc.wechat import drawing

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


@blueprint.get("/activity/<code>/poster.png")
def picture(code: str) -> ResponseReturnValue:
    """One picture to press and send. 404 on a machine without a Chinese font: the page says so where it stands."""
    from wxsvc.documents import activity_pictures

    with house().database.read() as session:
        activity = codes.public_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
        drawn = codes.drawn_for(session, activity)
    facts = wording.sentence("codes", "poster_facts", activity=activity, platform=platform).splitlines()
    shown = activity_pictures.Poster(
        platform=platform.name,
        title=activity.title,
        facts=[(label, text) for label, _, text in (each.partition("　") for each in facts)],
        call=wording.sentence("codes", "poster_call"),
        ways=wording.sentence("codes", "poster_ways", activity=activity, is_parametric=drawn.is_parametric),
    )
    try:
        content = activity_pictures.poster(shown, drawing.png(drawn.text, 8))
    except activity_pictures.NoChineseFont:
        abort(404)
    name = wording.sentence("codes", "poster_file", title=activity.title)
    return downloads.made(content, "image/png", f"{name}.png", is_shown="download" not in request.args)
