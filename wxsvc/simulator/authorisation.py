"""Web authorisation: who opened a page inside WeChat, told through a single-use code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.people import People, Person
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

PATH = "/connect/oauth2/authorize"
CODE_SECONDS, TOKEN_SECONDS, REFRESH_SECONDS = 300, 7200, 30 * 86400
SCOPES = ("snsapi_base", "snsapi_userinfo")
STATE = re.compile(r"[A-Za-z0-9]{0,128}")


class BadRequest(Exception):
    """WeChat shows an error page instead of going on; ``code`` is the number on it."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"{code} {reason}")


@dataclass(frozen=True)
class Request:
    """What a product asks for when it sends a person to the authorise address."""

    redirect_uri: str
    scope: str
    state: str

    def back(self, **found: str) -> str:
        """Return the product's address with the answer in its query."""
        parts = urlsplit(self.redirect_uri)
        query = [*parse_qsl(parts.query, keep_blank_values=True), *found.items(), ("state", self.state)]
        return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


@dataclass
class Grant:
    """A code or a token and whom it speaks of."""

    openid: str
    scope: str
    expires_at: float
    snapshot: bool = False
    used: bool = False


class Authorisation:
    """Codes, sns tokens and refresh tokens. Source: "Web authorisation" page.

    They are another thing than the account's access tokens, and their errors are worded otherwise.
    """

    def __init__(self, app_id: str, app_secret: str, people: People, clock: Clock, serial: Serial) -> None:
        self._app_id, self._app_secret = app_id, app_secret
        self._people, self._clock, self._serial = people, clock, serial
        self.domain: str | None = None
        """The one host (and port, when not 80 or 443) that may be returned to; None allows every host."""
        self.allowed = True
        """False for an account that may not authorise at all: 48001 on the page."""
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def read(self, args: Mapping[str, str]) -> Request:
        """Check what the authorise address was given; raise BadRequest as WeChat shows an error page."""
        if args.get("appid") != self._app_id:
            raise BadRequest(10013, "appid")
        if not self.allowed:
            raise BadRequest(48001, "api unauthorized")
        target = urlsplit(args.get("redirect_uri", ""))
        if target.scheme not in ("http", "https") or not target.netloc:
            raise BadRequest(10003, "redirect_uri")
        if self.domain is not None and target.netloc != self.domain:
            raise BadRequest(10003, "redirect_uri domain")
        if args.get("response_type") != "code":
            raise BadRequest(10004, "response_type")
        if args.get("scope") not in SCOPES:
            raise BadRequest(10005, "scope")
        if not STATE.fullmatch(args.get("state", "")):
            raise BadRequest(10016, "state")
        return Request(args["redirect_uri"], args["scope"], args.get("state", ""))

    def grant(self, request: Request, person: Person, *, snapshot: bool = False) -> str:
        """Return the address that leads back with a fresh code; a snapshot speaks of a virtual person."""
        openid = self._people.openid_of(f"snapshot of {person.openid}") if snapshot else person.openid
        code = "0" + self._serial.text(31)
        self._codes[code] = Grant(openid, request.scope, self._clock.now() + CODE_SECONDS, snapshot)
        return request.back(code=code)

    def endpoints(self) -> list[Endpoint]:
        """The calls of the sns family; none takes the account's access token."""
        table = {
            "/sns/oauth2/access_token": self._exchange,
            "/sns/oauth2/refresh_token": self._renew,
            "/sns/userinfo": self._userinfo,
            "/sns/auth": self._auth,
        }
        return [Endpoint(path, handler, "ANY", token=False, body="none") for path, handler in table.items()]

    def _exchange(self, call: Call) -> Answer:
        args = call.args
        self._check_app(args)
        if not args.get("secret"):
            raise Refusal(41004)
        if args["secret"] != self._app_secret:
            raise Refusal(40125)
        if args.get("grant_type") != "authorization_code":
            raise Refusal(40002)
        if not args.get("code"):
            raise Refusal(41008)
        grant = self._codes.get(args["code"])
        if grant is None:
            raise Refusal(40029)
        if grant.used:
            raise Refusal(40163)
        if self._clock.now() >= grant.expires_at:
            raise Refusal(42003)
        grant.used = True
        return self._issue(grant)

    def _issue(self, grant: Grant) -> Answer:
        now, text = self._clock.now(), self._serial.text(86)
        refresh = self._serial.text(86)
        self._tokens[text] = Grant(grant.openid, grant.scope, now + TOKEN_SECONDS, grant.snapshot)
        self._refresh[refresh] = Grant(grant.openid, grant.scope, now + REFRESH_SECONDS, grant.snapshot)
        answer: dict[str, Any] = {
            "access_token": text,
            "expires_in": TOKEN_SECONDS,
            "refresh_token": refresh,
            "openid": grant.openid,
            "scope": grant.scope,
        }
        return {**answer, "is_snapshotuser": 1} if grant.snapshot else answer

    def _renew(self, call: Call) -> Answer:
        self._check_app(call.args)
        if not call.args.get("refresh_token"):
            raise Refusal(41003)
        grant = self._refresh.pop(call.args["refresh_token"], None)
        if grant is None:
            raise Refusal(40030)
        if self._clock.now() >= grant.expires_at:
            raise Refusal(42002)
        return self._issue(grant)

    def _userinfo(self, call: Call) -> Answer:
        grant = self._token(call)
        if grant.scope != "snsapi_userinfo":
            raise Refusal(48001)
        name = "" if grant.snapshot else self._people.find(grant.openid).name
        answer = {"openid": grant.openid, "nickname": name, "sex": 0, "province": "", "city": "", "country": ""}
        return {**answer, "headimgurl": "", "privilege": []}

    def _auth(self, call: Call) -> Answer:
        self._token(call)
        return OK

    def _token(self, call: Call) -> Grant:
        grant = self._tokens.get(call.args.get("access_token", ""))
        if grant is None:
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if self._clock.now() >= grant.expires_at:
            raise Refusal(42001)
        if call.args.get("openid") != grant.openid:
            raise Refusal(40003)
        return grant

    def _check_app(self, args: Mapping[str, str]) -> None:
        if not args.get("appid"):
            raise Refusal(41002)
        if args["appid"] != self._app_id:
            raise Refusal(40013)
