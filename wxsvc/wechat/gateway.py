"""The gateway: every call to WeChat goes through here.

What it promises: time limits on every call; a token that is shared, fresh and asked for by one thread; one refresh and
one more attempt when the token is refused; repeats only of what may be repeated; typed errors; no secret in any log.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import requests
from msgspec.structs import replace

from wxsvc.observe import token_fetches
from wxsvc.wechat.breaker import Breaker
from wxsvc.wechat.endpoints import Endpoints
from wxsvc.wechat.errors import (
    ApiError,
    Busy,
    Misconfigured,
    NoAnswer,
    NotUnderstood,
    TokenRefused,
    Unreachable,
    WeChatError,
    api_error,
)
from wxsvc.wechat.redaction import guard_http_logs, redact
from wxsvc.wechat.tokens import Cached, Credential, TokenStore
from wxsvc.wechat.transport import ApiResponse, Request, Upload, exchange, json_body, new_session

log = logging.getLogger(__name__)

REPEATABLE = frozenset(
    {
        "/cgi-bin/stable_token",
        "/cgi-bin/menu/create",
        "/cgi-bin/menu/trymatch",
        "/cgi-bin/media/upload",
        "/cgi-bin/qrcode/create",
        "/cgi-bin/tags/update",
        "/cgi-bin/tags/getidlist",
        "/cgi-bin/tags/members/batchtagging",
        "/cgi-bin/tags/members/batchuntagging",
        "/cgi-bin/user/tag/get",
        "/cgi-bin/user/info/batchget",
        "/cgi-bin/callback/check",
        "/cgi-bin/openapi/quota/get",
        "/cgi-bin/openapi/rid/get",
    }
)
"""POST paths that may be sent twice without harm. Every GET may, save what is said to be otherwise."""

# How often a repeatable call is repeated. A time-out has already cost seconds, so it is repeated only once.
_REPEATS: Mapping[type[WeChatError], int] = {Busy: 2, Unreachable: 2, NotUnderstood: 1, NoAnswer: 1}
_FIRST_WAIT = 0.2  # seconds; doubled each time, and shortened at random so that callers do not come back together


class Gateway:
    """The calls of one account. Safe to share between threads; one per process.

    Base URLs have no path: `https://api.weixin.qq.com`. `now` is the clock; `session` and `sleep` are for tests.
    `wechatpy` holds wechatpy's endpoint classes on top of `call`. Never call it within a database transaction.
    """

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        store: TokenStore,
        now: Callable[[], datetime],
        *,
        api_base_url: str = "https://api.weixin.qq.com",
        open_base_url: str = "https://open.weixin.qq.com",
        mp_base_url: str = "https://mp.weixin.qq.com",
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.app_id = app_id
        self.now = now
        self.api_base_url = api_base_url.rstrip("/")
        self.open_base_url = open_base_url.rstrip("/")
        self.mp_base_url = mp_base_url.rstrip("/")
        self.breaker = Breaker(now)
        self.token = Cached(f"access_token:{app_id}", store, self._fetch_token, now)
        self.ticket = Cached(f"jsapi_ticket:{app_id}", store, self._fetch_ticket, now)
        self.wechatpy = Endpoints(
            app_id, lambda method, path, params, body, files: self.call(method, path, params, body, files=files)
        )
        self._app_secret = app_secret
        self._session = session or new_session(self.api_base_url)
        self._sleep = sleep
        guard_http_logs()

    def call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        *,
        files: Mapping[str, Upload] | None = None,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """Call `path` (`/cgi-bin/…`) with the access token and return the answer's JSON. Raises WeChatError.

        `body` becomes JSON. `repeatable` says whether a second delivery would be harmless; by default GETs and the
        paths in REPEATABLE are.
        """
        if repeatable is None:
            repeatable = method == "GET" or path in REPEATABLE
        encoded = None if body is None else json_body(body)
        return self._with_token(Request(method, path, params or {}, encoded, files), repeatable).as_json() or {}

    def download(self, path: str, params: Mapping[str, Any], limit: int) -> ApiResponse:
        """GET a medium, at most `limit` bytes. Raises WeChatError: what WeChat refuses comes as JSON even here.

        JSON without an error, such as the address of a video, is returned as it is.
        """
        return self._with_token(Request("GET", path, params, limit=limit, is_medium=True), True)

    def call_as_app(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """GET `path` with AppID and AppSecret in place of a token. Sent once. Raises WeChatError."""
        given = {"appid": self.app_id, "secret": self._app_secret, **params}
        return self._once(Request("GET", path, given)).as_json() or {}

    def close(self) -> None:
        """Close idle connections, as before a fork or at the end."""
        self._session.close()

    def _with_token(self, request: Request, repeatable: bool) -> ApiResponse:
        self.breaker.check()
        try:
            used, is_just_fetched = self.token.get_or_fetch()
            try:
                answer = self._repeating(_signed(request, used), repeatable)
            except TokenRefused as refusal:
                if not is_just_fetched or refusal.errcode != _NOT_LATEST:
                    used = self.token.replace(used)
                answer = self._repeating(_signed(request, used), repeatable)
        except (TokenRefused, Misconfigured) as refusal:
            self.breaker.trip(refusal)
            raise
        self.breaker.close()
        return answer

    def _repeating(self, request: Request, repeatable: bool) -> ApiResponse:
        repeats, lost = 0, None
        while True:
            try:
                return self._once(request)
            except WeChatError as failure:
                if isinstance(failure, NoAnswer):
                    lost = failure
                allowed = next((n for kind, n in _REPEATS.items() if isinstance(failure, kind)), 0)
                if not repeatable or repeats >= allowed:
                    if lost is not None and isinstance(failure, Unreachable | Busy | NotUnderstood):
                        raise lost from failure  # that the last attempt did nothing says nothing of the first
                    raise
            self._sleep(_FIRST_WAIT * 2**repeats * random.uniform(0.5, 1))  # noqa: S311 - spreads load, no secret
            repeats += 1

    def _once(self, request: Request) -> ApiResponse:
        try:
            answer = exchange(self._session, self.api_base_url, request)
            _refuse_errors(answer, request)
        except WeChatError as failure:
            expected = isinstance(failure, ApiError) and not isinstance(failure, TokenRefused | Misconfigured)
            log.log(logging.INFO if expected else logging.WARNING, "wechat: %s", redact(str(failure)))
            raise
        return answer

    def _fetch_token(self) -> tuple[str, int]:
        path = "/cgi-bin/stable_token"
        asked = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._app_secret}
        outcome = "ok"
        try:
            answer = self._repeating(Request("POST", path, {}, json_body(asked)), True)
            return _credential(answer.as_json() or {}, "access_token", path)
        except TokenRefused as refusal:  # here 40001 says that the AppSecret is wrong
            outcome = str(refusal.errcode)
            raise Misconfigured(refusal.errcode, refusal.errmsg, path, refusal.body) from None
        except WeChatError as failure:
            outcome = str(failure.errcode) if isinstance(failure, ApiError) else type(failure).__name__
            raise
        finally:
            token_fetches.labels(outcome=outcome).inc()

    def _fetch_ticket(self) -> tuple[str, int]:
        path = "/cgi-bin/ticket/getticket"
        return _credential(self.call("GET", path, {"type": "jsapi"}), "ticket", path)


_LONGEST_REFUSAL = 64 * 1024
"""Bytes. A medium is longer, or is no JSON: so WeChat's refusal is found in whatever it is said to be."""

_NOT_LATEST = 40001
"""Of a token fetched for this very call it cannot be true: asking again would bring the same token."""


def _signed(request: Request, used: Credential) -> Request:
    return replace(request, params={**request.params, "access_token": used.value})


def _refuse_errors(answer: ApiResponse, request: Request) -> None:
    """Raise for WeChat's refusals and for what is no answer of WeChat's."""
    body = answer.as_json() if not request.is_medium or len(answer.content) <= _LONGEST_REFUSAL else None
    if body is not None and (refusal := api_error(body, request.path)) is not None:
        raise refusal
    if not 200 <= answer.status < 300 or (body is None and not request.is_medium):
        kind = answer.media_type or "without a media type"
        raise NotUnderstood(f"{request.path}: HTTP {answer.status}, {kind}, {len(answer.content)} bytes")


def _credential(body: Mapping[str, Any], name: str, path: str) -> tuple[str, int]:
    value, lifetime = body.get(name), body.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(lifetime, int) or lifetime <= 0:
        raise NotUnderstood(f"{path}: an answer without {name}")
    return value, lifetime
