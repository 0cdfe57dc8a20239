"""二维码与分享: an activity's codes to look at, to download and to pass on; the page's code stands in for WeChat's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from wxsvc import wording
from wxsvc.access import house, now, public_address
from wxsvc.db import Session
from wxsvc.pages import downloads
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.activity import parametric_codes
from wxsvc.services.refusal import Refused
from wxsvc.wechat import drawing

blueprint = Blueprint("codes", __name__)

_MODULE = 24
"""Pixels of one square in a PNG: about a thousand in all, enough for a poster of one's own."""


class Drawn(Struct, frozen=True):
    """What is drawn for an activity: its parametric code once there is one that lasts, until then its page."""

    text: str
    is_parametric: bool
    is_far: bool
    """Whether the activity is still too far away for a code of WeChat's that lives until its end."""
    expires_at: datetime | None


@blueprint.get("/activity/<code>/codes")
def page(code: str) -> ResponseReturnValue:
    """The code, where it can be downloaded, and a text that leads a chat group here."""
    from wxsvc.documents import activity_pictures

    with house().database.read() as session:
        activity = public_activity(session, code)
        platform = session.get_one(Platform, activity.platform_id)
        drawn = drawn_for(session, activity)
    address = address_of(activity)
    share = wording.sentence("codes", "share", activity=activity, platform=platform, address=address)
    return render_template(
        "platform/codes.html",
        activity=activity,
        drawn=drawn,
        address=address,
        share=share,
        has_font=activity_pictures.has_font(),
    )


@blueprint.get("/activity/<code>/code.svg")
def svg(code: str) -> ResponseReturnValue:
    """The code as a drawing that can be printed at any size."""
    return _picture(code, drawing.svg, "image/svg+xml", "svg")


@blueprint.get("/activity/<code>/code.png")
def png(code: str) -> ResponseReturnValue:
    """The code as a picture, for chat groups and for programs that know no SVG."""
    return _picture(code, lambda text: drawing.png(text, _MODULE), "image/png", "png")


def public_activity(session: Session, code: str) -> Activity:
    """The own platform's activity, unless it was cancelled: nobody should print or show a code of that."""
    activity = own_activity(session, code)
    if activity.stage is Stage.VOID:
        raise Refused("activity_void")
    return activity


def address_of(activity: Activity) -> str:
    """The address of the activity's door, which needs no following."""
    return public_address("enterprise.door.show", code=activity.code)


def drawn_for(session: Session, activity: Activity) -> Drawn:
    """The code that leads to this activity, today and on its day."""
    lasting = parametric_codes.current(session, activity, now())
    is_far = activity.closes_at is not None and activity.closes_at > now() + parametric_codes.LIFE
    if lasting is None or lasting.url is None:
        return Drawn(address_of(activity), False, is_far, None)
    return Drawn(lasting.url, True, is_far, lasting.expires_at)


def _picture(code: str, draw: Callable[[str], bytes], media_type: str, suffix: str) -> ResponseReturnValue:
    with house().database.read() as session:
        activity = public_activity(session, code)
        drawn = drawn_for(session, activity)
    name = wording.sentence("codes", "file_name", title=activity.title)
    return downloads.made(draw(drawn.text), media_type, f"{name}.{suffix}", is_shown="download" not in request.args)
