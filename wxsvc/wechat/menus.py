"""Menus: check before sending, compare file and account, send, ask what one person sees.

Source: WeChat service account documentation, pages "custom menu" and "personalised menu". A menu is what the API takes:
`{"button": [...]}`, and for a conditional one `"matchrule": {"tag_id": "100"}` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import unified_diff
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from wxsvc.wechat.errors import NoMenu

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

Menu = Mapping[str, Any]

FIRST_LEVEL, SECOND_LEVEL = 3, 5
FIRST_BYTES, SECOND_BYTES = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024
OUTSIDE_DOMAINS = 3
"""Hosts that the links of all conditional menus together may lead to."""

_NEEDS = {
    "click": "key",
    "view": "url",
    "scancode_push": "key",
    "scancode_waitmsg": "key",
    "pic_sysphoto": "key",
    "pic_photo_or_album": "key",
    "pic_weixin": "key",
    "location_select": "key",
    "media_id": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
    "miniprogram": "appid",
}
"""The types of a button, and what each cannot do without."""

_SHOWN = ("type", "key", "url", "media_id", "article_id", "appid", "pagepath")


class Menus(Struct, frozen=True):
    """The menus of an account: the default one, and the conditional ones from the oldest to the newest."""

    default: Menu | None
    conditional: tuple[Menu, ...] = ()


class BadMenus(ValueError):
    """Menus that WeChat would refuse; `problems` has one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def problems_of(wanted: Menus) -> list[str]:
    """What WeChat would object to; empty when all is well."""
    problems = [] if wanted.default else ["there is no default menu, and without it no conditional one"]
    if wanted.default:
        problems += _of_menu("default", wanted.default)
    for number, menu in enumerate(wanted.conditional, 1):
        problems += _of_menu(f"conditional {number}", menu)
        if not (menu.get("matchrule") or {}).keys() & {"tag_id", "client_platform_type"}:
            problems.append(f"conditional {number}: the matchrule has neither tag_id nor client_platform_type")
    hosts = {urlsplit(url).hostname for menu in wanted.conditional for url in _urls(menu.get("button") or ())}
    if len(hosts) > OUTSIDE_DOMAINS:
        problems.append(f"the conditional menus lead to {len(hosts)} hosts, at most {OUTSIDE_DOMAINS}")
    return problems


def fetch(gateway: Gateway) -> Menus:
    """The menus that the account has through the API. Raises WeChatError."""
    return _live(gateway)[0]


def difference(live: Menus, wanted: Menus, names: Mapping[str, str] | None = None) -> list[str]:
    """What would change, as the lines of a unified difference; empty when account and file are the same.

    `names` says how to call a conditional menu by the id of its tag, and the default one by "".
    """
    lines = unified_diff(_lines(live, names or {}), _lines(wanted, names or {}), "account", "file", n=99, lineterm="")
    return list(lines)


def push(gateway: Gateway, wanted: Menus) -> list[str]:
    """Make the account's menus those wanted, and return the difference there was.

    Raises BadMenus before anything is sent, and WeChatError. Nothing is sent when nothing differs. New conditional
    menus come before the old ones go, since the newest is asked first: nobody sees the default menu in between.
    People see the change within five minutes, when their WeChat asks again.
    """
    if problems := problems_of(wanted):
        raise BadMenus(problems)
    live, _ = _live(gateway)
    changes = difference(live, wanted)
    if not changes:
        return changes
    if live.default is None or _lines(Menus(live.default)) != _lines(Menus(wanted.default)):
        gateway.wechatpy.menu.create(dict(wanted.default or {}))
    live, old_ids = _live(gateway)
    if _lines(Menus(None, live.conditional)) != _lines(Menus(None, wanted.conditional)):
        for menu in wanted.conditional:
            gateway.wechatpy.menu.add_conditional(dict(menu))
        for menu_id in old_ids:
            gateway.wechatpy.menu.del_conditional(menu_id)
    return changes


def seen_by(gateway: Gateway, user: str) -> Menu:
    """The menu that this person (openid or WeChat id) would be shown: `trymatch`. Raises WeChatError."""
    body = gateway.wechatpy.menu.try_match(user)
    found = body.get("menu", body)
    return found if isinstance(found, dict) else {}


def labels(menu: Menu) -> list[str]:
    """The menu in lines a person can read: names, indented below their parent, and what each does."""
    lines = []
    for button in menu.get("button") or ():
        lines.append(_label(button))
        lines += ["  " + _label(child) for child in button.get("sub_button") or ()]
    return lines


def _live(gateway: Gateway) -> tuple[Menus, list[str]]:
    """The account's menus, and the ids of the conditional ones."""
    try:
        body = gateway.wechatpy.menu.get()
    except NoMenu:
        body = {}
    conditional = sorted(body.get("conditionalmenu") or (), key=_age)
    return Menus(body.get("menu"), tuple(conditional)), [str(menu.get("menuid")) for menu in conditional]


def _age(menu: Menu) -> int:
    number = str(menu.get("menuid"))
    return int(number) if number.isdecimal() else 0


def _lines(menus: Menus, names: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    lines = []
    if menus.default is not None:
        lines += [names.get("", "default"), *("  " + line for line in labels(menus.default))]
    for menu in menus.conditional:
        rule = menu.get("matchrule") or {}
        named = {"tag_id": rule.get("tag_id") or rule.get("group_id"), "client": rule.get("client_platform_type")}
        heading = " ".join(f"{name}={value}" for name, value in named.items() if value not in (None, ""))
        if named["client"] in (None, "") and str(named["tag_id"]) in names:
            heading = names[str(named["tag_id"])]
        else:
            heading = f"conditional {heading}"
        lines += [heading, *("  " + line for line in labels(menu))]
    return lines


def _label(button: Mapping[str, Any]) -> str:
    return " ".join([str(button.get("name", "")), *(str(button[name]) for name in _SHOWN if button.get(name))])


def _of_menu(where: str, menu: Menu) -> list[str]:
    buttons = menu.get("button") or ()
    problems = [] if 1 <= len(buttons) <= FIRST_LEVEL else [f"{where}: {len(buttons)} buttons, 1 to {FIRST_LEVEL}"]
    for button in buttons:
        name = f"{where}: {button.get('name')}"
        children = button.get("sub_button") or ()
        problems += _of_name(name, button, FIRST_BYTES)
        if not children:
            problems += _of_action(name, button)
            continue
        if button.get("type"):
            problems.append(f"{name}: a button with others below it has no type of its own")
        if len(children) > SECOND_LEVEL:
            problems.append(f"{name}: {len(children)} buttons below it, at most {SECOND_LEVEL}")
        for child in children:
            below = f"{name} / {child.get('name')}"
            problems += _of_name(below, child, SECOND_BYTES) + _of_action(below, child)
            if child.get("sub_button"):
                problems.append(f"{below}: there is no third level")
    return problems


def _of_name(where: str, button: Mapping[str, Any], limit: int) -> list[str]:
    size = len(str(button.get("name") or "").encode())
    return [] if 1 <= size <= limit else [f"{where}: the name has {size} bytes, 1 to {limit}"]


def _of_action(where: str, button: Mapping[str, Any]) -> list[str]:
    kind = button.get("type")
    needed = _NEEDS.get(str(kind))
    if needed is None:
        return [f"{where}: unknown type {kind}"]
    problems = [] if button.get(needed) else [f"{where}: {kind} needs {needed}"]
    for name, limit in (("key", KEY_BYTES), ("url", URL_BYTES)):
        size = len(str(button.get(name) or "").encode())
        if size > limit:
            problems.append(f"{where}: the {name} has {size} bytes, at most {limit}")
    url = button.get("url")
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        problems.append(f"{where}: the url is not an address on the web")
    return problems


def _urls(buttons: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        str(button["url"])
        for parent in buttons
        for button in (parent, *(parent.get("sub_button") or ()))
        if button.get("url")
    ]
