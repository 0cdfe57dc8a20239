"""The menus of the three audiences at the pretended WeChat, sent as ``wxsvc menu --push`` does at the real one."""

from __future__ import annotations

from wxsvc.chat import menus as data
from wxsvc.wechat import menus, tags
from wxsvc.wechat.gateway import Gateway


def push(gateway: Gateway, public_url: str) -> None:
    """Make the account's menus those of ``menus.toml``."""
    menus.push(gateway, data.wanted(public_url, tags.ensure(gateway, data.tags().values())))


def differences(gateway: Gateway, public_url: str) -> list[str]:
    """What ``wxsvc menu`` would show: how the account's menus differ from ``menus.toml``."""
    return menus.difference(menus.fetch(gateway), data.wanted(public_url, tags.ids(gateway)))
