"""扫码登录: the desk shows a code and a number, a phone inside WeChat approves, the desk enters once. For anyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from wxsvc.access import (
    current_openid,
    house,
    is_in_wechat,
    local_path,
    now,
    public_address,
    sign_in,
    sign_out,
    visitor,
)
from wxsvc.pages import limits
from wxsvc.pages.errors import refusal_text
from wxsvc.services.people import desk_sign_ins
from wxsvc.services.people.desk_sign_ins import Asking, Progress
from wxsvc.services.refusal import Refused

blueprint = Blueprint("desk", __name__)

_WAITING = "desk"
"""Where the session of a desk keeps its secret, its number and until when they are good."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What this browser waits with."""

    secret: str
    number: str
    expires_at: datetime

    @property
    def asking(self) -> Asking:
        """What its code says."""
        return Asking(desk_sign_ins.code_of(self.secret), self.number, self.expires_at)


@blueprint.get("/enter/desk")
def shown() -> ResponseReturnValue:
    """The code to scan. It stays the same for its minutes, however often the page is loaded."""
    wanted = local_path(request.args.get("next"))
    if visitor() is not None:
        return redirect(wanted, 303)
    return _shown(_waiting() or _new_desk(), wanted)


@blueprint.get("/enter/desk/progress.json")
def progress() -> ResponseReturnValue:
    """How far it is, polled by the desk; unchanged is 304."""
    desk = _waiting()
    if desk is None:
        found = Progress.OVER
    else:
        with house().database.read() as reading:
            found = desk_sign_ins.progress(reading, desk.secret, desk.expires_at, now())
    response = jsonify(progress=found.value)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.post("/enter/desk")
@limits.limiter.limit(limits.SUBMISSIONS)
def enter() -> ResponseReturnValue:
    """Enter as whom the phone said, once."""
    wanted, desk = local_path(request.form.get("next")), _waiting()
    if visitor() is not None:
        return redirect(wanted, 303)
    if desk is None:
        return redirect(url_for("desk.shown", next=wanted), 303)
    with house().database.transaction() as database:
        openid = desk_sign_ins.enter(database, desk.secret, now())
    if openid is None:
        return _shown(desk, wanted, is_too_early=True)
    sign_in(openid, is_at_desk=True)
    return redirect(wanted, 303)


@blueprint.get("/enter/desk/<sealed>")
def asked(sealed: str) -> ResponseReturnValue:
    """What the phone shows before anything happens: the number, a warning, as whom the desk would enter."""
    if visitor() is None:
        if is_in_wechat():
            return redirect(url_for("entry.enter", next=url_for("desk.asked", sealed=sealed)), 303)
        address = public_address("desk.asked", sealed=sealed)
        return render_template("entry/open_in_wechat.html", address=address, desk=None), 403
    asking = _opened(sealed)
    if asking is None:
        return _gone("desk_expired")
    try:
        with house().database.read() as reading:
            desk_sign_ins.roles_of_approver(reading, asking, current_openid(), now())
    except Refused as refused:
        return _gone(refused.code)
    return render_template("entry/desk_asked.html", number=asking.number, sealed=sealed)


@blueprint.post("/enter/desk/<sealed>")
@limits.limiter.limit(limits.SUBMISSIONS)
def approve(sealed: str) -> ResponseReturnValue:
    """Let the desk in."""
    asking, openid = _opened(sealed), current_openid()
    if asking is None:
        return _gone("desk_expired")
    try:
        with house().database.transaction() as database:
            desk_sign_ins.approve(database, asking, openid, now())
    except Refused as refused:
        return _gone(refused.code)
    return render_template("entry/desk_approved.html")


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    """退出登录, at a desk that others use too."""
    sign_out()
    return render_template("entry/left.html")


def _shown(desk: Desk, wanted: str, *, is_too_early: bool = False) -> ResponseReturnValue:
    address = public_address("desk.asked", sealed=_serializer().dumps(_said(desk.asking)))
    page = render_template(
        "entry/desk.html",
        address=address,
        number=desk.number,
        expires_at=desk.expires_at,
        next=wanted,
        is_too_early=is_too_early,
    )
    return page, HTTPStatus.CONFLICT if is_too_early else HTTPStatus.OK


def _waiting() -> Desk | None:
    """The code that this browser shows, while it is good."""
    match session.get(_WAITING):
        case [str(secret), str(number), int(until)] if until > now().timestamp():
            return Desk(secret, number, datetime.fromtimestamp(until, UTC))
    return None


def _new_desk() -> Desk:
    secret, asking = desk_sign_ins.begin(now())
    session[_WAITING] = [secret, asking.number, int(asking.expires_at.timestamp())]
    return Desk(secret, asking.number, asking.expires_at)


def _said(asking: Asking) -> list[object]:
    return [asking.code, asking.number, int(asking.expires_at.timestamp())]


def _opened(sealed: str) -> Asking | None:
    """What a code says, if it is one that we made."""
    try:
        code, number, until = _serializer().loads(sealed)
    except BadSignature:
        return None
    return Asking(code, number, datetime.fromtimestamp(until, UTC))


def _serializer() -> URLSafeSerializer:
    keys = list(reversed(house().settings.secret_keys))  # the oldest first, the one in use last
    return URLSafeSerializer(keys, salt="desk sign-in")


def _gone(code: str) -> ResponseReturnValue:
    status = HTTPStatus.FORBIDDEN if code == "desk_for_staff" else HTTPStatus.GONE
    return render_template("entry/desk_gone.html", text=refusal_text(Refused(code))), status
