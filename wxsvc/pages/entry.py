"""Entry (进入): silent web authorisation, the choice of a role, invitations. For anyone: here nobody is known yet."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from models.terms import Role
from wxsvc import observe
from wxsvc.access import (
    current_openid,
    current_person_id,
    house,
    is_for_staff,
    is_in_wechat,
    local_path,
    now,
    public_address,
    sign_in,
    standings,
    visitor,
)
from wxsvc.pages import limits
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import whole
from wxsvc.services.people import link_claims, staff
from wxsvc.services.refusal import Refused
from wxsvc.wechat import authorisation
from wxsvc.wechat.errors import CodeSpent, WeChatError

blueprint = Blueprint("entry", __name__)
log = observe.logger(__name__)

_OPEN_FLOWS: Final = 4
"""How many pages one browser may be opening at the same time."""
_FIRST, _SECOND = "1", "2"
"""The last character of a state tells the attempt, so that a browser without cookies does not go round for ever."""


@blueprint.get("/enter")
def enter() -> ResponseReturnValue:
    """Off to WeChat, with a state that is good once."""
    wanted = local_path(request.args.get("next"))
    if visitor() is not None:
        return redirect(wanted, 303)
    if not is_in_wechat():
        if is_for_staff(wanted):
            return redirect(url_for("desk.shown", next=wanted), 303)
        address = house().settings.public_url + wanted
        return render_template("entry/open_in_wechat.html", address=address, desk=None), 403
    attempt = _SECOND if request.args.get("attempt") == _SECOND else _FIRST
    state = authorisation.new_state() + attempt
    session["flows"] = [*_flows()[1 - _OPEN_FLOWS :], [state, wanted]]
    return redirect(authorisation.authorize_url(house().gateway, public_address("entry.back"), state), 303)


@blueprint.get("/enter/back")
@limits.limiter.limit(limits.REFUSED_CODES, deduct_when=limits.was_refused)
def back() -> ResponseReturnValue:
    """Back from WeChat: the code becomes an openid in the session, and neither code nor state stays in the address."""
    state, code = request.args.get("state", ""), request.args.get("code", "")
    wanted = next((path for known, path in _flows() if known == state), None)
    session["flows"] = [flow for flow in _flows() if flow[0] != state]
    if wanted is None:  # reloaded, gone back, or a link that somebody passed on
        return redirect("/", 303) if visitor() else _again(state, "/")
    if not code:
        return render_template("entry/not_authorised.html", next=wanted), 403
    try:
        found = authorisation.visitor_of(house().gateway, code)
    except CodeSpent:
        limits.note_refusal()
        return _again(state, wanted)
    except WeChatError as error:
        log.warning("web authorisation failed", reason=str(error))
        return render_template("entry/wechat_silent.html", next=wanted), 503
    if found.is_snapshot:
        return render_template("entry/snapshot.html", next=wanted), 403
    sign_in(found.openid)
    return redirect(wanted, 303)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Where everybody begins: staff at their work, enterprises at their check-ins."""
    if visitor() is None:
        return redirect(url_for("entry.enter", next="/"), 303)
    chosen = session.get("standing")
    roles = sorted(standings(), key=lambda standing: standing.id != chosen)
    if not roles:
        return redirect("/mine", 303)
    return redirect("/p/today" if roles[0].role is Role.PLATFORM else "/v/scores", 303)


@blueprint.get("/roles")
def roles() -> ResponseReturnValue:
    """选择身份, for who holds several roles."""
    return render_template("entry/roles.html", standings=standings(), next=local_path(request.args.get("next")))


@blueprint.post("/roles")
def choose_role() -> ResponseReturnValue:
    """Remember the chosen role; whether it still holds is asked again at every request."""
    wanted = request.form.get("standing", type=whole)
    if wanted not in {standing.id for standing in standings()}:
        abort(403)
    session["standing"] = wanted
    return redirect(local_path(request.form.get("next")), 303)


@blueprint.get("/join/<token>")
@limits.limiter.limit(limits.LINKS)
def join(token: str) -> ResponseReturnValue:
    """邀请: the link shows what it is and asks for a name; nothing happens before the button.

    Whoever cannot open it reads why before they are asked for anything.
    """
    if visitor() is None:
        return redirect(url_for("entry.enter", next=url_for("entry.join", token=token)), 303)
    try:
        with house().database.read() as database:
            if (claim := link_claims.of_opener(database, token, current_openid())) is not None:
                return render_template("entry/claimed.html", claim=claim)
            if not staff.is_open(database, token, current_person_id(), now()):
                return redirect(url_for("entry.home"), 303)
    except Refused as refused:
        return render_template("entry/join_gone.html", text=refusal_text(refused)), HTTPStatus.GONE
    return render_template("entry/join.html", token=token, form=TypedForm())


@blueprint.post("/join/<token>")
@limits.limiter.limit(limits.LINKS)
def accept(token: str) -> ResponseReturnValue:
    """Ask to be a colleague; an official confirms it. While there is no official, become one."""
    form = TypedForm(request.form)
    name = form.text("name", most=64, needed="name_needed")
    if form.is_good:
        try:
            with house().database.transaction() as database:
                claim = link_claims.ask_to_join(database, token, current_openid(), name, now(), vault=house().vault)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("entry.join", token=token) if claim else url_for("entry.home"), 303)
    return shown("entry/join.html", form, token=token)


def _flows() -> list[list[str]]:
    found: Any = session.get("flows", [])
    return list(found)


def _again(state: str, wanted: str) -> ResponseReturnValue:
    """Begin once more, once: a code is spent by a reload, and the next one is good."""
    if state.endswith(_SECOND):
        return render_template("entry/not_authorised.html", next=wanted), 403
    return redirect(url_for("entry.enter", next=wanted, attempt=_SECOND), 303)
