"""The account at WeChat (公众号): credentials, callback, domain, menus, templates, quotas. It costs calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from wxsvc.checks import machine
from wxsvc.checks.finding import Finding, FindingState, bad, good, note
from wxsvc.settings import Mode, Settings, WeChat, is_loopback
from wxsvc.wechat import diagnosis, menus, tags
from wxsvc.wechat.diagnosis import Reached
from wxsvc.wechat.errors import ApiError, WeChatError
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.menus import Menus

QUOTAS: Final[Mapping[str, str]] = {
    "token": "/cgi-bin/stable_token",
    "template": "/cgi-bin/message/template/send",
    "code": "/cgi-bin/qrcode/create",
}
LITTLE: Final = 10
"""Percent of a day's quota: with less than this left, an operator wants to know."""


def token(gateway: Gateway, settings: Settings) -> Finding:
    """接口凭证: does WeChat give us one and accept it, from this machine's address."""
    try:
        diagnosis.check_token(gateway)
    except WeChatError as failure:
        return _explained("token", failure, settings)
    return good("token")


def own_callback(settings: Settings, now: datetime) -> Finding:
    """接收消息的地址: does our own address answer a signed question as WeChat would put it."""
    address = f"{settings.public_url}/wechat"
    heard = diagnosis.ask_own_callback(address, settings.wechat_token, now)
    match heard.reached:
        case Reached.YES:
            return good("callback", "callback_answers", address=address)
        case Reached.REFUSED:
            return bad("callback", "callback_refuses", address=address)
        case Reached.NOBODY_BEHIND:
            return bad("callback", "callback_nobody_behind", address=address, status=heard.status)
        case Reached.OTHER:
            return bad("callback", "callback_strange", address=address, status=heard.status)
        case Reached.NO_NAME:
            return bad("callback", "callback_no_name", host=urlsplit(address).hostname)
        case Reached.UNTRUSTED:
            return bad("callback", "callback_untrusted", address=address, problem=heard.problem)
        case Reached.NO:
            return bad("callback", "callback_silent", address=address, is_local=is_loopback(address))


def encryption(settings: Settings) -> Finding:
    """消息加解密方式: in every mode but the safe one openids and what visitors write come as plain text.

    The mode is the setting's: WeChat tells nobody which one the console has.
    """
    if settings.wechat_mode is Mode.SAFE:
        return good("encryption", "encryption_safe")
    return note("encryption", "encryption_open", is_plain=settings.wechat_mode is Mode.PLAIN)


def former(settings: Settings) -> Finding | None:
    """原Token或原EncodingAESKey: pushes by it are taken as long as it stands in the settings, by whoever knows it."""
    given = {
        "WXSVC_WECHAT_OLD_TOKEN": settings.wechat_old_token,
        "WXSVC_WECHAT_OLD_AES_KEY": settings.wechat_old_aes_key,
    }
    names = [name for name, value in given.items() if value]
    return note("former", "former_taken", names=names) if names else None


def clock(settings: Settings, now: Callable[[], datetime]) -> Finding:
    """本机时钟 against WeChat's, by the ``Date`` of any answer: it needs no token."""
    try:
        seconds = diagnosis.clock_ahead(settings.wechat_api_base_url, now)
    except WeChatError:
        seconds = None
    if seconds is None:
        return note("wechat_clock", "clock_not_told")
    if abs(seconds) > machine.CLOCK_SECONDS:
        return bad("wechat_clock", "clock_off", seconds=round(seconds))
    return good("wechat_clock", "clock_agrees", seconds=round(seconds))


def network(gateway: Gateway, settings: Settings) -> Finding:
    """回调网络: WeChat's own look at our address, name resolution and round trips."""
    try:
        seen = diagnosis.check_callback(gateway)
    except WeChatError as failure:
        return _explained("network", failure, settings)
    if not seen.get("dns"):
        return bad("network", "network_no_name", host=urlsplit(settings.public_url).hostname)
    lost = [str(row.get("package_loss", "")) for row in seen.get("ping") or ()]
    if lost and all(loss == "100%" for loss in lost):
        return note("network", "network_no_echo")
    return good("network")


def domain(settings: Settings) -> Finding:
    """网页授权域名: is our host one that WeChat takes, and is its proof served there."""
    host = urlsplit(settings.public_url).hostname or ""
    if settings.wechat is WeChat.SIMULATOR:
        return good("domain", "domain_simulated")
    if is_loopback(settings.public_url) or host.replace(".", "").isdigit():
        return bad("domain", "domain_no_name", host=host)
    if settings.wechat_verify_file is None:
        return note("domain", "domain_unproven", host=host)
    address = f"{settings.public_url}/{settings.wechat_verify_file}"
    if diagnosis.ask_page(address) != settings.wechat_verify_content:
        return bad("domain", "domain_proof_missing", host=host, address=address)
    return good("domain", "domain_proven", host=host)


def menu(
    gateway: Gateway, settings: Settings, names: Iterable[str], wanted: Callable[[Mapping[str, int]], Menus]
) -> Finding:
    """菜单: is the account's what the file says. ``wanted`` makes it from the ids of the tags with these names."""
    try:
        ids = tags.ids(gateway)
        if missing := [name for name in names if name not in ids]:
            return bad("menus", "menus_no_tag", tags=missing)
        is_different = bool(menus.difference(menus.fetch(gateway), wanted(ids)))
    except WeChatError as failure:
        return _explained("menus", failure, settings)
    return bad("menus", "menus_differ") if is_different else good("menus")


def templates(gateway: Gateway, settings: Settings) -> Finding:
    """消息模板: are those of the settings the account's, with the same keys; purposes without one stay in the inbox."""
    chosen = {f"WXSVC_TEMPLATE_{purpose.upper()}": template for purpose, template in settings.templates.items()}
    if not chosen:
        return note("templates", "templates_none")
    try:
        known = diagnosis.template_keys(gateway)
    except WeChatError as failure:
        return _explained("templates", failure, settings)
    if unknown := [name for name, template in chosen.items() if template.id not in known]:
        return bad("templates", "templates_unknown", names=unknown)
    for name, template in chosen.items():
        if set(template.keys) != known[template.id]:
            return bad("templates", "templates_other_keys", setting=name, keys=sorted(known[template.id]))
    return good("templates", "templates_known", count=len(chosen))


def subscriptions(gateway: Gateway, settings: Settings) -> Finding:
    """订阅通知的模板: are those of the settings the account's, with the same keys, and as long-term as they say."""
    chosen = {f"WXSVC_SUBSCRIBE_{purpose.upper()}": template for purpose, template in settings.subscriptions.items()}
    if not chosen:
        return good("subscriptions", "subscriptions_none")
    try:
        known = diagnosis.subscription_templates(gateway)
    except WeChatError as failure:
        return _explained("subscriptions", failure, settings)
    if unknown := [name for name, template in chosen.items() if template.id not in known]:
        return bad("subscriptions", "subscriptions_unknown", names=unknown)
    for name, template in chosen.items():
        there = known[template.id]
        if set(template.keys) != there.keys:
            return bad("subscriptions", "templates_other_keys", setting=name, keys=sorted(there.keys))
        if template.is_long is not there.is_long:
            return bad("subscriptions", "subscriptions_other_kind", setting=name, is_long=there.is_long)
    return good("subscriptions", "templates_known", count=len(chosen))


def quotas(gateway: Gateway, settings: Settings) -> Finding:
    """调用次数: how much of today's is left. An interface that the account has no quota for is left out."""
    spent, little = [], []
    for name, path in QUOTAS.items():
        try:
            today = diagnosis.quota(gateway, path)
        except ApiError:
            continue
        except WeChatError as failure:
            return _explained("quotas", failure, settings)
        if today.limit and today.left <= 0:
            spent.append(name)
        elif today.limit and today.left * 100 < today.limit * LITTLE:
            little.append(name)
    if spent:
        return bad("quotas", "quotas_spent", names=spent)
    return note("quotas", "quotas_little", names=little) if little else good("quotas")


def _explained(name: str, failure: WeChatError, settings: Settings) -> Finding:
    found = diagnosis.explain(failure, is_simulated=settings.wechat is WeChat.SIMULATOR)
    return Finding(name, FindingState.BAD, found.what, found.mend)
