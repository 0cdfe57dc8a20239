"""扫码登录: the desk shows a code and a number, a phone inside WeChat types it, the desk enters once. For anyone."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import Struct

from wxsvc.access import (
    AT_DESK,
    current_openid,
    house,
    is_in_wechat,
    local_path,
    now,
    place,
    public_address,
    sign_in,
    sign_out,
    visitor,
)
from wxsvc.networks import connection_of
from wxsvc.pages import form_pages, limits
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services.people import desk_sign_ins, web_sessions
from wxsvc.services.people.desk_sign_ins import Asking, Progress
from wxsvc.services.people.web_sessions import SessionPlace
from wxsvc.services.refusal import Refused

blueprint = Blueprint("desk", __name__)

_WAITING = "desk"
"""Where the session of a desk keeps its secret and until when it is good."""

_FRESH_FOR: Final = timedelta(hours=1)
_JUDGING: Final = (
    *("review", "review_corrections", "verdicts", "rulings", "ruling_sheet", "year_end", "sealed_years"),
    *("dispute_cases", "readings", "periods", "merges", "enterprises"),
)
_WHO_MAY: Final = ("people", "standings", "platforms", "systems", "webhooks")
ASKS_AGAIN: Final = frozenset(f"province.{name}" for name in (*_JUDGING, *_WHO_MAY))
"""Judging (审核、评定、锁定、异议、口径、考评期、合并、企业名称) and who may do what (人员、代表身份、平台、对接系统):
what is sent from a desk asks the phone once more, when an hour has passed."""
_ONLY_READS: Final = frozenset({"province.ruling_sheet.upload"})
"""Fills the cells of a page and writes nothing."""


class WaitingDesk(Struct, frozen=True):
    """What this browser waits with."""

    secret: str
    expires_at: datetime

    @property
    def asking(self) -> Asking:
        """What its code says."""
        return Asking(desk_sign_ins.code_of(self.secret), self.expires_at, place(is_at_desk=True))

    @property
    def number(self) -> str:
        """What it shows, and nobody else."""
        return _number(self.asking.code)


@blueprint.get("/enter/desk")
@limits.limiter.limit(limits.DESKS)
def shown() -> ResponseReturnValue:
    """The code to scan. It stays the same for its minutes, however often the page is loaded."""
    wanted = local_path(request.args.get("next"))
    if visitor() is not None:
        return redirect(wanted, 303)
    desk = _waiting()
    return _shown(desk if desk is not None and _is_good(desk) else _new_desk(), wanted)


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
        openid = desk_sign_ins.enter(database, desk.secret, place(is_at_desk=True), now())
    if openid is None:
        return _shown(desk if _is_good(desk) else _new_desk(), wanted, is_too_early=True)
    sign_in(openid, is_at_desk=True)
    return redirect(wanted, 303)


@blueprint.get("/enter/desk/<sealed>")
@limits.limiter.limit(limits.LINKS)
def asked(sealed: str) -> ResponseReturnValue:
    """What the phone is asked before anything happens: the desk's number; where the desk is, as whom it would enter."""
    if visitor() is None:
        if is_in_wechat():
            return redirect(url_for("entry.enter", next=url_for("desk.asked", sealed=sealed)), 303)
        address = public_address("desk.asked", sealed=sealed)
        return render_template("entry/open_in_wechat.html", address=address, desk=None), 403
    asking = _opened(sealed)
    if asking is None:
        return _gone("desk_expired")
    return _asked(sealed, asking, TypedForm())


@blueprint.post("/enter/desk/<sealed>")
@limits.limiter.limit(limits.LINKS)
def approve(sealed: str) -> ResponseReturnValue:
    """Let the desk in whose number was typed."""
    asking, openid, form = _opened(sealed), current_openid(), TypedForm(request.form)
    if asking is None:
        return _gone("desk_expired")
    typed = form.text("number", most=20, needed="desk_number_needed")
    if not form.is_good:
        return _asked(sealed, asking, form)
    try:
        with house().database.transaction() as database:
            left = desk_sign_ins.approve(database, asking, _number(asking.code), typed, openid, now())
    except Refused as refused:
        return _gone(refused.code)
    if left is None:
        return render_template("entry/desk_approved.html")
    if left == 0:
        return _gone("desk_spent")
    form.complain("number", "desk_number_wrong", left=left)
    return _asked(sealed, asking, form)


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    """退出登录, at a desk that others use too."""
    sign_out()
    return render_template("entry/left.html")


def must_be_fresh() -> ResponseReturnValue | None:
    """Before judging and 人员 at a desk that a phone let in over an hour ago: the phone says once more that it is you.

    What was filled in stands in the page that asks, and is sent on with the phone's word.
    """
    endpoint = request.endpoint or ""
    if request.method != "POST" or endpoint in _ONLY_READS or endpoint.rpartition(".")[0] not in ASKS_AGAIN:
        return None
    found = visitor()
    if found is None or not session.get(AT_DESK) or now() - found.approved_at < _FRESH_FOR:
        return None
    desk = _waiting()
    if desk is not None:
        with house().database.transaction() as database:
            if desk_sign_ins.confirm(database, desk.secret, found.openid, now()):
                web_sessions.approve(database, found.session_id, now())
                session.pop(_WAITING)
                return None
        if not _is_good(desk):
            desk = None
    return _asks_again(desk or _new_desk())


def _asks_again(desk: WaitingDesk) -> ResponseReturnValue:
    """The code beside all that was sent, with the token that came with it: a forged form gets none from us."""
    page = render_template(
        "entry/desk_again.html",
        address=_address(desk),
        number=desk.number,
        expires_at=desk.expires_at,
        action=local_path(request.full_path),
        fields=[(name, value) for name, values in request.form.lists() for value in values],
    )
    return page, HTTPStatus.FORBIDDEN


def _asked(sealed: str, asking: Asking, form: TypedForm) -> ResponseReturnValue:
    try:
        with house().database.read() as reading:
            desk_sign_ins.roles_of_approver(reading, asking, current_openid(), now())
    except Refused as refused:
        return _gone(refused.code)
    is_near = connection_of(asking.place.address) == connection_of(request.remote_addr)
    return form_pages.shown("entry/desk_asked.html", form, sealed=sealed, asking=asking, is_near=is_near, at=now())


def _shown(desk: WaitingDesk, wanted: str, *, is_too_early: bool = False) -> ResponseReturnValue:
    page = render_template(
        "entry/desk.html",
        address=_address(desk),
        number=desk.number,
        expires_at=desk.expires_at,
        next=wanted,
        is_too_early=is_too_early,
    )
    return page, HTTPStatus.CONFLICT if is_too_early else HTTPStatus.OK


def _waiting() -> WaitingDesk | None:
    """The code that this browser shows, while it is good."""
    match session.get(_WAITING):
        case [str(secret), int(until)] if until > now().timestamp():
            return WaitingDesk(secret, datetime.fromtimestamp(until, UTC))
    return None


def _is_good(desk: WaitingDesk) -> bool:
    """Whether a phone may still approve it, or has."""
    with house().database.read() as reading:
        return desk_sign_ins.progress(reading, desk.secret, desk.expires_at, now()) is not Progress.OVER


def _new_desk() -> WaitingDesk:
    secret, asking = desk_sign_ins.begin(place(is_at_desk=True), now())
    session[_WAITING] = [secret, int(asking.expires_at.timestamp())]
    return WaitingDesk(secret, asking.expires_at)


def _address(desk: WaitingDesk) -> str:
    asking = desk.asking
    said = [asking.code, int(asking.expires_at.timestamp()), asking.place.browser, asking.place.address]
    return public_address("desk.asked", sealed=_serializer().dumps(said))


def _opened(sealed: str) -> Asking | None:
    """What a code says, if it is one that we made."""
    try:
        code, until, browser, address = _serializer().loads(sealed)
    except BadSignature:
        return None
    return Asking(code, datetime.fromtimestamp(until, UTC), SessionPlace(browser, address, is_at_desk=True))


def _number(code: str) -> str:
    """Four digits that belong to a code, and that nobody can tell from it without our key."""
    signed = hmac.digest(_key(), f"desk number {code}".encode(), "sha256")
    return f"{int.from_bytes(signed) % 10_000:04}"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(_key(), salt="desk sign-in")


def _key() -> bytes:
    return house().settings.token_key.encode()


def _gone(code: str) -> ResponseReturnValue:
    status = HTTPStatus.FORBIDDEN if code == "desk_for_staff" else HTTPStatus.GONE
    return render_template("entry/desk_gone.html", text=refusal_text(Refused(code))), status
