"""链接: the address of a page without what only tells how it was passed on, so that one article is one address."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

_WECHAT: Final = "mp.weixin.qq.com"
_ARTICLE: Final = ("__biz", "mid", "idx", "sn")
"""What names an article (公众号文章) of WeChat; all else says who shared it and where it was opened."""
_SHARED: Final = frozenset({"isappinstalled", "spm", "share_token"})
_CAMPAIGN: Final = "utm_"
_SHARED_TO: Final = frozenset({"timeline", "groupmessage", "singlemessage"})
"""Values of ``from``, which is a page's own parameter where it says anything else."""
_PORTS: Final = {"http": 80, "https": 443}
_MARKS: Final = frozenset({"rd", "wechat_redirect", ""})
"""Fragments that WeChat adds; any other may be the page itself."""


def plain_link(link: str) -> str:
    """The address that opens the same page: parameters of sharing are gone, the others stay as they were written.

    The host is in small letters, without the port that its scheme has anyway.

    Raises ``ValueError`` where it is no address.
    """
    parts = _in_one_spelling(urlsplit(link.replace("&amp;", "&")))
    fragment = "" if parts.fragment in _MARKS else parts.fragment
    pairs = [pair for pair in parts.query.split("&") if pair and not _is_of_sharing(pair)]
    if parts.hostname == _WECHAT and (parts.path == "/s" or parts.path.startswith("/s/")):
        pairs, fragment = _of_article(parts.path, pairs), ""
    return urlunsplit(parts._replace(query="&".join(pairs), fragment=fragment))


def _in_one_spelling(parts: SplitResult) -> SplitResult:
    """Who is asked, written in one way; every article of WeChat is had by https."""
    host = (parts.hostname or "").removesuffix(".")
    if not host:
        raise ValueError("an address without a host")
    if ":" in host:  # IPv6
        return parts
    scheme = "https" if host == _WECHAT else parts.scheme
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return parts._replace(scheme=scheme, netloc=host + port)


def _is_of_sharing(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name in _SHARED or name.startswith(_CAMPAIGN) or (name == "from" and value in _SHARED_TO)


def _of_article(path: str, pairs: list[str]) -> list[str]:
    """The short form has its name in the path, the long one in four parameters; in an order of ours."""
    if path.startswith("/s/"):
        return []
    named = dict(parse_qsl("&".join(pairs)))
    if not all(name in named for name in _ARTICLE):
        return pairs
    return [f"{name}={quote(named[name], safe='=')}" for name in _ARTICLE]
