"""Menus as data: ``menus.toml`` read into what WeChat takes, one menu per audience, told apart by tag."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from models.terms import Role
from wxsvc.wechat.menus import Menus

_FILE: Final = Path(__file__).with_name("menus.toml")

AUDIENCE: Final[Mapping[Role, str]] = {Role.PLATFORM: "platform", Role.REVIEWER: "province", Role.PROVINCE: "province"}
"""Which menu a role sees; whoever has none sees the enterprises' menu. Reviewers share the provincial one."""


@cache
def _table() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def tags() -> dict[str, str]:
    """The account's tag (标签) of each audience that has a menu of its own."""
    return {audience: menu["tag"] for audience, menu in _table().items() if "tag" in menu}


def wanted(public_url: str, tag_ids: Mapping[str, int]) -> Menus:
    """The account's menus: the enterprises' is the default, the others match by ``tag_ids`` (tag name → id)."""
    conditional = tuple(
        {"button": _buttons(menu, public_url), "matchrule": {"tag_id": str(tag_ids[menu["tag"]])}}
        for menu in _table().values()
        if "tag" in menu
    )
    return Menus({"button": _buttons(_table()["enterprise"], public_url)}, conditional)


def _buttons(menu: Mapping[str, Any], public_url: str) -> list[dict[str, Any]]:
    return [_button(button, public_url) for button in menu["buttons"]]


def _button(button: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    name = {"name": button["name"]}
    if "buttons" in button:
        return name | {"sub_button": _buttons(button, public_url)}
    if "page" in button:
        return name | {"type": "view", "url": public_url + button["page"]}
    if "scan" in button:
        return name | {"type": "scancode_waitmsg", "key": button["scan"]}
    return name | {"type": "click", "key": button["answer"]}
