"""An activity as the world may see it: the page behind a shared link, its calendar file, its picture.

No person stands on it, and nothing is asked: WeChat's own phones go on to the page where one enrols and checks in. Who
opens it is not known yet, and a whole hall may share one address, so looking has no limit; only drawing has.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from wxsvc import wording
from wxsvc.access import house, is_in_wechat, now, public_address
from wxsvc.db import Session
from wxsvc.documents import activity_calendars
from wxsvc.pages import downloads, limits
from wxsvc.services.activity import activity_lists
from wxsvc.services.refusal import Refused

blueprint = Blueprint("shared_activities", __name__)


@blueprint.get("/a/<code>")
def page(code: str) -> ResponseReturnValue:
    """What staff wrote about it, with the tags that make a card of the link; inside WeChat, the activity's own page."""
    with house().database.read() as session:
        activity = public_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
    if is_in_wechat():
        return redirect(url_for("enterprise.door.show", code=code), 303)
    return render_template(
        "entry/activity.html",
        activity=activity,
        platform=platform,
        door=public_address("enterprise.door.show", code=code),
        **shared(activity),
    )


@blueprint.get("/a/<code>/calendar.ics")
def calendar(code: str) -> ResponseReturnValue:
    """加入日历."""
    with house().database.read() as session:
        activity = public_activity(session, code)
    host = urlsplit(house().settings.public_url).hostname or "localhost"
    content = activity_calendars.calendar(activity, shared(activity)["address"], host, now())
    return downloads.made(content, activity_calendars.MEDIA_TYPE, f"{code}.ics", is_shown=True)


@blueprint.get("/a/<code>/picture.png")
@limits.limiter.limit(limits.STAFF_SEARCHES)
def picture(code: str) -> ResponseReturnValue:
    """The picture of the card: title, time and place. 404 on a machine without a Chinese font."""
    from wxsvc.documents import activity_pictures

    with house().database.read() as session:
        activity = public_activity(session, code)
    try:
        drawn = activity_pictures.card(activity.title, *card_text(activity).splitlines())
    except activity_pictures.NoChineseFont:
        abort(404)
    return downloads.made(drawn, "image/png", f"{code}.png", is_shown=True)


def public_activity(session: Session, code: str) -> Activity:
    """The activity of this code, unless it is a draft: 404, in words for somebody with a poster in front of them."""
    found = activity_lists.by_code(session, code)
    if found is None:
        raise Refused("no_such_activity")
    return found


def shared(activity: Activity) -> dict[str, str]:
    """Where a shared link leads and where its picture is, as the world knows them; no picture is an empty text."""
    from wxsvc.documents import activity_pictures

    has_picture = activity_pictures.has_font() and activity.stage is not Stage.VOID
    return {
        "address": public_address("shared_activities.page", code=activity.code),
        "picture": public_address("shared_activities.picture", code=activity.code) if has_picture else "",
    }


def card_text(activity: Activity) -> str:
    """Time and place, a line each."""
    return wording.sentence("codes", "card", activity=activity)
