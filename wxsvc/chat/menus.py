"""Menus as data: ``menus.toml`` read into what WeChat takes, one menu per audience, told apart by tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wxsvc import wording
from wxsvc.texts.beside import table_beside
from wxsvc.wechat.menus import Menus

_table: Final = table_beside(__file__)
_DEFAULT: Final = "enterprise"

_TYPES: Final = {"page": "view", "scan": "scancode_waitmsg", "camera": "pic_photo_or_album", "answer": "click"}
"""What an entry does → WeChat's type of button."""


def tags() -> dict[str, str]:
    """The account's tag (标签) of each audience that has a menu of its own."""
    return {audience: wording.word(audience, "audience") for audience in _table() if audience != _DEFAULT}


def wanted(public_url: str, tag_ids: Mapping[str, int | str]) -> Menus:
    """The account's menus: the enterprises' is the default, the others match by ``tag_ids`` (tag name → id)."""
    conditional = tuple(
        {"button": _buttons(_table()[audience], public_url), "matchrule": {"tag_id": str(tag_ids[tag])}}
        for audience, tag in tags().items()
    )
    return Menus({"button": _buttons(_table()[_DEFAULT], public_url)}, conditional)


def _buttons(menu: Mapping[str, Any], public_url: str) -> list[dict[str, Any]]:
    return [_button(button, public_url) for button in menu["buttons"]]


def _button(button: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    name = {"name": button["name"]}
    if "buttons" in button:
        return name | {"sub_button": _buttons(button, public_url)}
    does = next(does for does in _TYPES if does in button)
    if does == "page":
        return name | {"type": _TYPES[does], "url": public_url + button[does]}
    return name | {"type": _TYPES[does], "key": button[does]}
