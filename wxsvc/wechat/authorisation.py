"""Web authorisation: who is looking at a page inside WeChat.

Source: WeChat service account documentation, page "web authorisation".
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from wxsvc.wechat.errors import CodeSpent, NotUnderstood

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

SILENT = "snsapi_base"
"""Asks nothing and tells the openid only. The only scope that we use."""

_PATH = "/sns/oauth2/access_token"
_STATE = re.compile(r"[A-Za-z0-9]{1,128}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,512}")


class AuthorisedUser(Struct, frozen=True):
    """Who came back from the authorisation. A snapshot visitor is a made-up person: never bind its openid."""

    openid: str
    is_snapshot: bool


def new_state() -> str:
    """A fresh `state`: 128 random bits in the letters that WeChat lets through. Keep it in the session; use it once."""
    return secrets.token_hex(16)


def authorize_url(gateway: Gateway, redirect_uri: str, state: str) -> str:
    """Where to send the browser. WeChat is known to insist on the order of the parameters.

    `state` has 1 to 128 ASCII letters and digits, else ValueError. The host of `redirect_uri` must be the account's
    authorisation domain exactly.
    """
    if _STATE.fullmatch(state) is None:
        raise ValueError("state must be 1 to 128 ASCII letters and digits")
    return (
        f"{gateway.open_base_url}/connect/oauth2/authorize?appid={quote(gateway.app_id, safe='')}"
        f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope={SILENT}"
        f"&state={state}#wechat_redirect"
    )


def visitor_of(gateway: Gateway, code: str) -> AuthorisedUser:
    """Exchange the code in the returning address for the visitor. A code works once and for five minutes.

    Raises CodeSpent when it is used, old or none: start again once. It is never sent twice, so after NoAnswer start
    again as well. Raises WeChatError for the rest.
    """
    if _CODE.fullmatch(code) is None:
        raise CodeSpent(40029, "not a code", _PATH)
    body = gateway.call_as_app(_PATH, {"code": code, "grant_type": "authorization_code"})
    openid = body.get("openid")
    if not isinstance(openid, str) or not openid:
        raise NotUnderstood(f"{_PATH}: an answer without openid")
    return AuthorisedUser(openid, bool(body.get("is_snapshotuser")))
