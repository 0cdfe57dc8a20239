"""``/wechat``: where WeChat verifies the address and pushes what happens. Parse, dispatch, answer; nothing else."""

from __future__ import annotations

from time import perf_counter
from typing import cast

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from wxsvc import observe
from wxsvc.access import House, house
from wxsvc.chat import events, passive
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.protocol_errors import BadPush
from wxsvc.chat.push import Push
from wxsvc.chat.xmlbody import MAX_BODY

blueprint = Blueprint("wechat", __name__)

_ENVELOPE = "wxsvc-envelope"


@blueprint.record
def _open_the_letterbox(state: BlueprintSetupState) -> None:
    settings = cast(House, state.app.extensions["wxsvc"]).settings
    state.app.extensions[_ENVELOPE] = Envelope(
        settings.wechat_token, settings.wechat_aes_key or None, settings.wechat_app_id, settings.wechat_mode.value
    )


def _envelope() -> Envelope:
    return cast(Envelope, current_app.extensions[_ENVELOPE])


@blueprint.get("/wechat")
def verify() -> Response:
    """The console's check of the address: echo what was sent, if it is signed with our token."""
    return Response(_envelope().verify_get(request.args), mimetype="text/plain")


@blueprint.post("/wechat")
def receive() -> Response:
    """One push. What is unknown gets the empty acknowledgement; what is not WeChat's gets 4xx and writes nothing."""
    started = perf_counter()
    parts = house()
    now = parts.clock.now()
    request.max_content_length = MAX_BODY
    envelope = _envelope()
    opened = envelope.open(request.args, request.get_data(cache=False), now)
    push = Push.parse(opened.xml)
    text = events.answer(parts, push, now)
    observe.pushes.labels("answered" if text else "acknowledged").inc()
    observe.push_seconds.observe(perf_counter() - started)
    if not text:
        return Response(passive.ACKNOWLEDGEMENT, mimetype="text/plain")
    body = envelope.answer(opened, passive.text_reply(push, text, now))
    return Response(body, mimetype="application/xml")


@blueprint.errorhandler(BadPush)
def refuse(bad: BadPush) -> Response:
    """4xx with no body that says more than the status does; the reason goes to the log."""
    observe.pushes.labels("refused").inc()
    observe.logger("wechat").warning("push refused", reason=bad.reason.value, detail=bad.detail)
    return Response(status=bad.status)
