"""Questions about the account's own health, for `wxsvc doctor` and the status page.

Source: WeChat service account documentation, pages "network check", "API quota" and "get callback addresses".
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from wxsvc.wechat import errors
from wxsvc.wechat.errors import (
    ApiError,
    NoSuchName,
    NotUnderstood,
    Paused,
    Unreachable,
    Untrusted,
    WeChatError,
    address_in,
    api_error,
)

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

_ANSWERED = re.compile(r"\banswers (-?\d+): (.*)")
_LONG_TERM = 3
_KEY_IN_TEMPLATE = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")


class Explanation(Struct, frozen=True):
    """A failure in an operator's language: what it means, and what mends it."""

    what: str
    mend: str


class Quota(Struct, frozen=True):
    """The calls of one interface today."""

    limit: int
    used: int
    left: int


def explain(failure: WeChatError, *, is_simulated: bool = False) -> Explanation:
    """The failure in Chinese, from `explanations.toml`: by errcode, else by the kind of failure.

    `is_simulated` says that the simulator should have answered: then nobody has to look for a firewall.
    """
    if isinstance(failure, Paused):
        failure = failure.cause
    code, errmsg = (failure.errcode, failure.errmsg) if isinstance(failure, ApiError) else (0, "")
    kinds = [kind.__name__ for kind in type(failure).__mro__]
    if is_simulated and isinstance(failure, Unreachable):
        kinds = ["SimulatorAway"]
    return _explained(code, kinds, errmsg)


def explain_noted(problem: str, *, is_simulated: bool = False) -> Explanation | None:
    """The same for a failure that was written down as `Kind: its text`, such as a job's; None for any other problem."""
    kind, _, text = problem.partition(": ")
    found = getattr(errors, kind, None)
    if not (isinstance(found, type) and issubclass(found, WeChatError)):
        return None
    code, errmsg = 0, ""
    if (answered := _ANSWERED.search(text)) and (
        refusal := api_error({"errcode": answered[1], "errmsg": answered[2]}, "")
    ):
        code, errmsg = refusal.errcode, refusal.errmsg
        found = found if issubclass(found, ApiError) else type(refusal)
    kinds = [each.__name__ for each in found.__mro__]
    if is_simulated and issubclass(found, Unreachable):
        kinds = ["SimulatorAway"]
    return _explained(code, kinds, errmsg)


def check_token(gateway: Gateway) -> None:
    """Fail with WeChatError unless there is a token that WeChat accepts. Asks regardless of the breaker's pause."""
    gateway.breaker.close()
    gateway.call("GET", "/cgi-bin/getcallbackip")


def clock_ahead(api_base_url: str, now: Callable[[], datetime]) -> float | None:
    """Seconds by which our clock is ahead of WeChat's, from an answer's `Date`; None where it tells none.

    Asked without a token, which WeChat refuses with an answer all the same. Raises WeChatError where nobody answers.
    """
    from wxsvc.wechat.transport import Request, exchange, new_session

    with new_session(api_base_url) as session:
        before = now()
        answer = exchange(session, api_base_url, Request("GET", "/cgi-bin/getcallbackip", {}))
        ours = before + (now() - before) / 2
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    return (ours - theirs).total_seconds()


def check_callback(gateway: Gateway) -> dict[str, Any]:
    """WeChat's own look at our callback address: name resolution and round trips from several networks."""
    return gateway.call("POST", "/cgi-bin/callback/check", body={"action": "all", "check_operator": "DEFAULT"})


def quota(gateway: Gateway, path: str) -> Quota:
    """Today's quota of an interface, such as `/cgi-bin/message/template/send`. Raises WeChatError."""
    found = gateway.call("POST", "/cgi-bin/openapi/quota/get", body={"cgi_path": path}).get("quota") or {}
    return Quota(int(found.get("daily_limit", 0)), int(found.get("used", 0)), int(found.get("remain", 0)))


def template_keys(gateway: Gateway) -> dict[str, frozenset[str]]:
    """The account's templates by id: the keys that a message has to fill, all of them. Raises WeChatError."""
    listed = gateway.wechatpy.template.get_all_private_template().get("template_list") or ()
    return {
        str(template["template_id"]): frozenset(_KEY_IN_TEMPLATE.findall(str(template.get("content", ""))))
        for template in listed
    }


class SubscriptionTemplate(Struct, frozen=True):
    """A template of subscription notices in the account: what a message has to fill, and whether it is 长期订阅."""

    keys: frozenset[str]
    is_long: bool


def subscription_templates(gateway: Gateway) -> dict[str, SubscriptionTemplate]:
    """The account's templates of subscription notices by id. Raises WeChatError.

    Source: WeChat service account documentation, page "get the template list" (getTemplateList): `type` 2 is for once,
    3 for long.
    """
    listed = gateway.call("GET", "/wxaapi/newtmpl/gettemplate").get("data") or ()
    return {
        str(each["priTmplId"]): SubscriptionTemplate(
            frozenset(_KEY_IN_TEMPLATE.findall(str(each.get("content", "")))), each.get("type") == _LONG_TERM
        )
        for each in listed
    }


class Reached(StrEnum):
    """What came of asking our own address."""

    YES = "yes"
    REFUSED = "refused"
    """It answers, but does not believe our signature: another token, or a clock that is far off."""
    NOBODY_BEHIND = "nobody_behind"
    """The proxy answers, and does not reach the product."""
    OTHER = "other"
    """Somebody else answers there."""
    NO_NAME = "no_name"
    UNTRUSTED = "untrusted"
    """Its certificate is none that this machine trusts, so WeChat may trust it as little."""
    NO = "no"


class Heard(Struct, frozen=True):
    """What came of it, with the HTTP status where there was one, and else what was in the way."""

    reached: Reached
    status: int | None = None
    problem: str = ""


_NOBODY_BEHIND = (502, 503, 504)


def ask_own_callback(address: str, token: str, now: datetime) -> Heard:
    """Ask our callback address as WeChat's console does, signed with our token: it has to echo what was sent."""
    from wechatpy.utils import WeChatSigner

    timestamp, nonce, echo = str(int(now.timestamp())), secrets.token_hex(8), secrets.token_hex(16)
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce)
    asked = {"signature": signer.signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    try:
        status, text = _get(address, asked)
    except WeChatError as failure:
        return Heard(_not_reached(failure), problem=str(failure).partition(": ")[2])
    if status == 200 and text == echo:
        return Heard(Reached.YES, status)
    if status in _NOBODY_BEHIND:
        return Heard(Reached.NOBODY_BEHIND, status)
    return Heard(Reached.REFUSED if status in (400, 401, 403) else Reached.OTHER, status)


def _not_reached(failure: WeChatError) -> Reached:
    match failure:
        case NotUnderstood():
            return Reached.OTHER
        case NoSuchName():
            return Reached.NO_NAME
        case Untrusted():
            return Reached.UNTRUSTED
    return Reached.NO


def ask_page(address: str) -> str | None:
    """What stands at an address of ours, without outer spaces; None when nothing answers 200 there."""
    try:
        status, text = _get(address, {})
    except WeChatError:
        return None
    return text.strip() if status == 200 else None


def _get(address: str, params: Mapping[str, str]) -> tuple[int, str]:
    """Status and the text of a short page. Raises WeChatError as ``exchange`` does."""
    from wxsvc.wechat.transport import Request, exchange, new_session

    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}"
    with new_session(base) as session:
        answer = exchange(session, base, Request("GET", parts.path, params, limit=64 * 1024, is_medium=True))
    return answer.status, answer.content.decode("utf-8", "replace")


def _explained(code: int, kinds: list[str], errmsg: str) -> Explanation:
    texts = _texts()
    found = texts.get(str(code)) or next(texts[kind] for kind in kinds if kind in texts)
    seen = address_in(errmsg)
    what, mend = (
        text.replace("{address}", seen or "?").replace("{errcode}", str(code))
        for text in (found["what"], found["mend"])
    )
    return Explanation(what, mend)


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("wxsvc.wechat") / "explanations.toml").read_text("utf-8"))
