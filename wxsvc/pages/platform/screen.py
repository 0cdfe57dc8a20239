"""现场大屏: what the venue's projector shows, a code that rotates and who has come; its names are masked."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.platform import Platform
from wxsvc import wording
from wxsvc.access import house, now, public_address
from wxsvc.db import Session
from wxsvc.pages import seen_screens
from wxsvc.pages.enterprise import door
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.activity import submission
from wxsvc.services.door import checkin_lists, screen_codes
from wxsvc.texts.masks import mask_enterprise
from wxsvc.wechat import drawing

blueprint = Blueprint("screen", __name__)

_PERIOD = int(screen_codes.PERIOD.total_seconds())
_NAMES = 8
"""How many of those who came last are shown."""


@blueprint.get("/activity/<code>/screen")
def show(code: str) -> ResponseReturnValue:
    """The page; without its script it loads itself anew."""
    with house().database.read() as session:
        activity = own_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
        come = _come(session, activity)
    return render_template(
        "platform/screen.html", activity=activity, platform=platform, come=come, **_shown(activity), period=_PERIOD
    )


@blueprint.get("/activity/<code>/screen/code.json")
def renew(code: str) -> ResponseReturnValue:
    """The code of this moment, how many seconds it is still the newest, and whether anybody can check in."""
    with house().database.read() as session:
        activity = own_activity(session, code)
    return jsonify(**_shown(activity))


@blueprint.get("/activity/<code>/screen/live.json")
def live(code: str) -> ResponseReturnValue:
    """How many came and who came last, polled; unchanged is 304."""
    with house().database.read() as session:
        come = _come(session, own_activity(session, code))
    response = jsonify(**come)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _shown(activity: Activity) -> dict[str, Any]:
    token = screen_codes.token(house().settings.token_key, activity.code, now())
    address = public_address("enterprise.door.show", code=activity.code, **{seen_screens.TOKEN: token})
    picture = "data:image/svg+xml;base64," + b64encode(drawing.svg(address)).decode()
    return {"picture": picture, "seconds": screen_codes.seconds_left(now()), "window": door.window(activity)}


def _come(session: Session, activity: Activity) -> dict[str, Any]:
    newest = checkin_lists.newest_of_activity(session, activity.id, _NAMES)
    return {
        "enterprises": submission.counted_enterprises(session, activity),
        "names": [
            {"name": mask_enterprise(each.enterprise_name), "at": wording.clock(each.checked_in_at)} for each in newest
        ],
    }
