"""Access (谁可以进): enterprise · platform staff · reviewer · province.

A person is whoever WeChat says they are: an openid from silent web authorisation, kept in a signed cookie, never in a
link; the cookie is good while the database has its session. Every blueprint declares its audience where it is
registered; one guard before every request enforces it, and a blueprint that declared nothing is closed. Session and
roles are read from the database at each request, so that ending one takes effect at once.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from models.terms import Role
from wxsvc import readers, role_choice, wording
from wxsvc.house import House
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons, web_sessions
from wxsvc.services.people.signed_in import signed_in
from wxsvc.services.people.staff import RoleHeld
from wxsvc.services.people.web_sessions import SessionPlace
from wxsvc.settings import WeChat
from wxsvc.texts import browsers

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

SEEN_SCREENS: Final = "screens"
"""What a session keeps when somebody signs in: which screens this browser stood before (``pages/seen_screens``)."""

AT_DESK: Final = "is_at_desk"
"""What a session keeps that began by scanning: only there one has to sign out."""

_SESSION: Final = "session"
"""Where the cookie keeps the random id of its session."""

_UNSENT: Final = "unsent"
"""That a form came when its session had ended: whoever signs in again is told that it was not taken."""

_AUDIENCES: Final = "wxsvc-audiences"


class Audience(StrEnum):
    """Whom a blueprint is for. The province may enter wherever its hub may; a system by its key alone."""

    ANYONE = "anyone"
    ENTERPRISE = "enterprise"
    PLATFORM = "platform"
    REVIEWER = "reviewer"
    PROVINCE = "province"
    SYSTEM = "system"


_ROLES: Final = {
    Audience.PLATFORM: (Role.PLATFORM,),
    Audience.REVIEWER: (Role.REVIEWER, Role.PROVINCE),
    Audience.PROVINCE: (Role.PROVINCE,),
}


class CurrentUser(Struct, frozen=True):
    """Who is there: the openid, the person once there is one, and every role held."""

    openid: str
    person_id: int | None
    standings: tuple[RoleHeld, ...]
    session_id: int
    is_bound: bool
    """Whether the session is written down as the person's: not for somebody who was nobody when it began."""
    approved_at: datetime
    consent_version: str | None
    """版本 of the notice that the person agreed to."""
    name_sealed: str | None


def house() -> House:
    """The parts of the app that serves this request."""
    return cast(House, current_app.extensions["wxsvc"])


def now() -> datetime:
    """The one instant of this request."""
    if "now" not in g:
        g.now = house().clock.now()
    return cast(datetime, g.now)


def admit(app: Flask, blueprint: Blueprint, audience: Audience, **options: Any) -> None:
    """Register a blueprint for an audience; there is no other way to register one that opens."""
    app.extensions.setdefault(_AUDIENCES, {})[blueprint.name] = audience
    app.register_blueprint(blueprint, **options)


def audience_of(app: Flask, endpoint: str) -> Audience | None:
    """For whom an endpoint is; None when nobody said, which means: for nobody."""
    if endpoint == "static":
        return Audience.ANYONE
    found: Audience | None = app.extensions.get(_AUDIENCES, {}).get(endpoint.partition(".")[0])
    return found


def guard() -> ResponseReturnValue | None:
    """Before every request: let in whom the page is for, ask the unknown who they are, refuse the others."""
    if request.endpoint is None:
        return None  # no such page: 404 or 405 follows by itself
    audience = audience_of(current_app, request.endpoint)
    if audience is Audience.ANYONE:
        return None
    if audience is None:
        abort(403)
    if audience is Audience.SYSTEM:
        readers.reader(house())
        return None
    if visitor() is None:
        return _who_are_you(audience)
    if audience is Audience.ENTERPRISE:
        return None
    fitting = [standing for standing in standings() if standing.role in _ROLES[audience]]
    if not fitting:
        abort(403)
    g.standing = role_choice.chosen(fitting)
    if g.standing is None:
        return redirect(url_for("entry.roles", next=local_path(request.full_path)))
    return None


def visitor() -> CurrentUser | None:
    """The signed-in person of this request, if any."""
    if "visitor" not in g:
        g.visitor = _visitor()
    return cast("CurrentUser | None", g.visitor)


def look_again() -> None:
    """Somebody who was nobody yet has become a person in this request: whoever asks for them from now on finds them."""
    g.pop("visitor", None)


def standings() -> tuple[RoleHeld, ...]:
    """Every role that the visitor holds now."""
    found = visitor()
    return found.standings if found else ()


def standing() -> RoleHeld | None:
    """The role in which this page was entered, if it needs one."""
    return cast("RoleHeld | None", g.get("standing"))


def own_name() -> str | None:
    """姓名 of who is signed in, where one was left."""
    found = visitor()
    return persons.opened(found.name_sealed, house().vault) if found else None


def current_openid() -> str:
    """The openid of who is signed in; on pages for anyone, 403 where nobody is."""
    found = visitor()
    if found is None:
        abort(403)
    return found.openid


def current_person_id() -> int | None:
    """The signed-in person, or None for somebody who has never been here before."""
    found = visitor()
    return found.person_id if found else None


def own_session_id() -> int:
    """The session of this request; 403 where nobody is signed in."""
    found = visitor()
    if found is None:
        abort(403)
    return found.session_id


def own_person_id() -> int:
    """The signed-in person; 403 for somebody who has never been here before: there is nothing of theirs to change."""
    person_id = current_person_id()
    if person_id is None:
        abort(403)
    return person_id


def current_actor() -> Actor:
    """Who does what this request asks for: the person, in the role in which the page was entered."""
    role = standing()
    return Actor(current_person_id(), role.role if role else None, role.platform_id if role else None)


def own_platform_id() -> int:
    """The platform whose staff this is; 403 on pages that are not for platform staff."""
    role = standing()
    if role is None or role.platform_id is None:
        abort(403)
    return role.platform_id


def sign_in(openid: str, *, is_at_desk: bool = False) -> None:
    """Begin a session for this openid; what the cookie held before is gone (no fixation), save ``SEEN_SCREENS``."""
    former, is_unsent = session.get(_SESSION), session.get(_UNSENT)
    _forget()
    session.permanent = True
    session["openid"] = openid
    session[_SESSION] = secrets.token_urlsafe(24)
    if is_at_desk:
        session[AT_DESK] = True
    with house().database.transaction() as database:
        if isinstance(former, str):
            web_sessions.end(database, fingerprint(former))
        web_sessions.begin(database, fingerprint(session[_SESSION]), openid, place(is_at_desk=is_at_desk), now())
    g.pop("visitor", None)
    if is_unsent:
        flash(wording.sentence("pages", "sent_signed_out"), "wrong")


def sign_out() -> None:
    """End this browser's session: its cookie opens nothing any more, whoever kept a copy."""
    own = session.get(_SESSION)
    if isinstance(own, str):
        with house().database.transaction() as database:
            web_sessions.end(database, fingerprint(own))
    session.clear()
    g.pop("visitor", None)


def bind_session(response: Response) -> Response:
    """After a request: the session of somebody who has just become a person to us is written down as theirs."""
    found: CurrentUser | None = g.get("visitor")
    if request.method == "POST" and response.status_code < 400 and found is not None and not found.is_bound:
        with house().database.transaction() as database:
            web_sessions.bind(database, found.session_id, found.openid)
    return response


def place(*, is_at_desk: bool) -> SessionPlace:
    """Where this request comes from: what the browser calls itself, and its network address."""
    return SessionPlace(browsers.kind_of(request.user_agent.string), request.remote_addr, is_at_desk)


def fingerprint(session_id: str) -> str:
    """A keyed hash: what lies in the database opens nothing."""
    key = house().settings.token_key.encode()
    return hmac.digest(key, f"web session {session_id}".encode(), "sha256").hex()


def _forget() -> None:
    for name in session.keys() - {SEEN_SCREENS}:
        session.pop(name)


def is_simulated() -> bool:
    """Whether WeChat is the simulator: any browser is then a phone."""
    return house().settings.wechat is WeChat.SIMULATOR


def is_in_wechat() -> bool:
    """Whether this browser can pass WeChat's silent authorisation.

    企业微信 (``wxwork``) calls itself MicroMessenger too, but authorises for another kind of account.
    """
    agent = request.user_agent.string
    return "wxwork" not in agent.lower() and (is_simulated() or "MicroMessenger" in agent)


def local_path(wanted: str | None) -> str:
    """A path of ours with its query, or ``/``: nobody is sent elsewhere by a link."""
    if not wanted or not wanted.startswith("/") or wanted[1:2] in ("/", "\\") or not wanted.isprintable():
        return "/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def public_address(endpoint: str, **values: Any) -> str:
    """The address of a page as the world knows it."""
    return house().settings.public_url + url_for(endpoint, **values)


def this_page() -> str:
    """The address of the page that is shown, as the world knows it, to be opened somewhere else."""
    asked = local_path(request.full_path) if request.query_string else request.path
    return house().settings.public_url + request.script_root + asked


def is_for_staff(path: str) -> bool:
    """Whether a path of ours leads staff to their work: then a desk may sign in to it. The front door may as well."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(urlsplit(path).path, "GET")
    except (HTTPException, RequestRedirect):
        return False
    return endpoint == "entry.home" or audience_of(current_app, endpoint) in _ROLES


def _who_are_you(audience: Audience) -> ResponseReturnValue:
    """Send a WeChat browser through silent authorisation; show every other one how to open the page in WeChat.

    Staff at a desk are shown as well where they sign in by scanning.
    """
    wanted = local_path(request.full_path)
    if request.method not in ("GET", "HEAD"):
        session[_UNSENT] = True
        wanted = wanted if _can_be_read(request.path) else "/"
    if is_in_wechat():
        return redirect(url_for("entry.enter", next=wanted), 303)
    address = house().settings.public_url + request.script_root + wanted
    desk = url_for("desk.shown", next=wanted) if audience in _ROLES else None
    return render_template("entry/open_in_wechat.html", address=address, desk=desk), 403


def _can_be_read(path: str) -> bool:
    try:
        return current_app.url_map.bind("").test(path, "GET")
    except (HTTPException, RequestRedirect):
        return False


def _visitor() -> CurrentUser | None:
    openid, session_id = session.get("openid"), session.get(_SESSION)
    if not isinstance(openid, str) or not isinstance(session_id, str):
        return None
    with house().database.read() as reading:
        found = signed_in(reading, fingerprint(session_id), openid, now())
    if found is None:
        _forget()
        return None
    return CurrentUser(
        openid,
        found.person_id,
        found.standings,
        found.session_id,
        found.is_bound,
        found.approved_at,
        found.consent_version,
        found.name_sealed,
    )
