"""订阅通知: which subscriptions a page offers to whom, and what the browser needs to show WeChat's own button."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue

from wxsvc.access import current_person_id, house, is_in_wechat, local_path, now
from wxsvc.pages import limits
from wxsvc.services import subscriptions
from wxsvc.services.notices import Recipients
from wxsvc.wechat import jssdk
from wxsvc.wechat.errors import WeChatError

blueprint = Blueprint("subscribing", __name__)

MOST: Final = 3
"""Templates of one button: WeChat asks about no more at once."""
_PURPOSES: Final = {
    Recipients.PERSON: ("need", "dispute", "signup"),
    Recipients.PLATFORM: (
        "review",
        "filing",
        "unfinished",
        "announcement",
        "need",
        "dispute",
        "ruling",
        "sealed",
        "role",
    ),
    Recipients.PROVINCE: ("dispute", "ruling", "role"),
}
"""What each audience hears of, what it waits for most first."""


def register(app: Flask) -> None:
    """Templates ask ``offered_subscriptions('person')`` for the button's templates."""
    app.jinja_env.globals["offered_subscriptions"] = offered


def offered(audience: str) -> list[str]:
    """The templates that the page's button asks about; none outside WeChat, or where nothing goes by subscription."""
    chosen = house().settings.subscriptions
    person_id = current_person_id()
    if not chosen or person_id is None or not is_in_wechat():
        return []
    ids = [chosen[purpose].id for purpose in _PURPOSES[Recipients(audience)] if purpose in chosen]
    with house().database.read() as session:
        return subscriptions.to_ask(session, person_id, ids, now())[:MOST]


@blueprint.get("/subscribing")
@limits.limiter.limit(limits.SEARCHES)
def config() -> ResponseReturnValue:
    """The signature for the page that shows the button; 404 where there is none, and the page then stays as it is."""
    page = request.args.get("page", "")
    if not house().settings.subscriptions or local_path(page) == "/":
        abort(404)
    return jsonify(signed(page))


def signed(page: str) -> dict[str, Any]:
    """What WeChat's script needs on this page of ours; 404 outside WeChat, or while WeChat signs nothing."""
    if not is_in_wechat():
        abort(404)
    try:
        return dict(jssdk.page_config(house().gateway, house().settings.public_url + page))
    except WeChatError:
        abort(404)
