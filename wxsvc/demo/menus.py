"""The menus of the three audiences, sent to the pretended WeChat as ``wxsvc`` would send them to the real one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from wxsvc.wechat import menus, tags
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.menus import Menus

Button = dict[str, Any]


def push(gateway: Gateway, public_url: str, openids: Mapping[str, Iterable[str]]) -> None:
    """Make the account's menus those of ``menus.toml``, and tag who sees which: openids by audience."""
    said = tomllib.loads(files("wxsvc.chat").joinpath("menus.toml").read_text("utf-8"))
    ids = tags.ensure(gateway, [menu["tag"] for menu in said.values() if "tag" in menu])
    for audience, people in openids.items():
        tags.add(gateway, ids[said[audience]["tag"]], list(people))
    default = next(menu for menu in said.values() if "tag" not in menu)
    tagged = [menu for menu in said.values() if "tag" in menu]
    menus.push(
        gateway,
        Menus(
            {"button": _buttons(default, public_url)},
            tuple(
                {"button": _buttons(menu, public_url), "matchrule": {"tag_id": str(ids[menu["tag"]])}}
                for menu in tagged
            ),
        ),
    )


def _buttons(menu: Mapping[str, Any], public_url: str) -> list[Button]:
    return [_button(each, public_url) for each in menu["buttons"]]


def _button(said: Mapping[str, Any], public_url: str) -> Button:
    name = {"name": said["name"]}
    if "buttons" in said:
        return name | {"sub_button": _buttons(said, public_url)}
    if "scan" in said:
        return name | {"type": "scancode_waitmsg", "key": said["scan"]}
    if "answer" in said:
        return name | {"type": "click", "key": said["answer"]}
    return name | {"type": "view", "url": public_url + said["page"]}
