"""Questions about the account's own health, for `wxsvc doctor` and the status page.

Source: WeChat service account documentation, pages "network check", "API quota" and "get callback addresses".
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wxsvc.wechat.errors import ApiError, Misconfigured, Paused, Unreachable, WeChatError
from wxsvc.wechat.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Explanation:
    """A failure in an operator's language: what it means, and what mends it."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Quota:
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
    texts = _texts()
    code = failure.errcode if isinstance(failure, ApiError) else 0
    kinds = [kind.__name__ for kind in type(failure).__mro__]
    if is_simulated and isinstance(failure, Unreachable):
        kinds = ["SimulatorAway"]
    found = texts.get(str(code)) or next(texts[kind] for kind in kinds if kind in texts)
    address = (failure.our_address if isinstance(failure, Misconfigured) else None) or "?"
    fill = {"{address}": address, "{errcode}": str(code)}
    what, mend = found["what"], found["mend"]
    for slot, value in fill.items():
        what, mend = what.replace(slot, value), mend.replace(slot, value)
    return Explanation(what, mend)


def check_token(gateway: Gateway) -> None:
    """Fail with WeChatError unless there is a token that WeChat accepts. Asks regardless of the breaker's pause."""
    gateway.breaker.close()
    gateway.call("GET", "/cgi-bin/getcallbackip")


def check_callback(gateway: Gateway) -> dict[str, Any]:
    """WeChat's own look at our callback address: name resolution and round trips from several networks."""
    return gateway.call("POST", "/cgi-bin/callback/check", body={"action": "all", "check_operator": "DEFAULT"})


def quota(gateway: Gateway, path: str) -> Quota:
    """Today's quota of an interface, such as `/cgi-bin/message/template/send`. Raises WeChatError."""
    found = gateway.call("POST", "/cgi-bin/openapi/quota/get", body={"cgi_path": path}).get("quota") or {}
    return Quota(int(found.get("daily_limit", 0)), int(found.get("used", 0)), int(found.get("remain", 0)))


def template_ids(gateway: Gateway) -> dict[str, str]:
    """The account's templates: title by id. Raises WeChatError."""
    listed = gateway.wechatpy.template.get_all_private_template().get("template_list") or ()
    return {str(template["template_id"]): str(template.get("title", "")) for template in listed}


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("wxsvc.wechat") / "explanations.toml").read_text("utf-8"))
