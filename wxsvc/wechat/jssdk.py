"""What a page needs to call WeChat from JavaScript.

Source: WeChat service account documentation, page "JS-SDK", appendix 1.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway


class PageConfig(TypedDict):
    """The arguments of `wx.config`."""

    appId: str
    timestamp: int
    nonceStr: str
    signature: str


def page_config(gateway: Gateway, url: str) -> PageConfig:
    """Sign a page. `url` is exactly what the browser shows, query included, a last `?` with nothing
    behind it too; what follows `#` is left out.

    Raises WeChatError when there is no ticket: show the page without JS-SDK then.
    """
    nonce, timestamp = secrets.token_hex(8), int(gateway.now().timestamp())
    ticket = gateway.ticket.get().value
    signature = sign(gateway, nonce, ticket, timestamp, url.partition("#")[0])
    return PageConfig(appId=gateway.app_id, timestamp=timestamp, nonceStr=nonce, signature=signature)


def sign(gateway: Gateway, nonce: str, ticket: str, timestamp: int, url: str) -> str:
    """SHA-1 of the four values in WeChat's order, as 40 hexadecimal digits."""
    return str(gateway.wechatpy.jsapi.get_jsapi_signature(nonce, ticket, timestamp, url))
