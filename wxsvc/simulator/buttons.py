"""What a menu may hold: the limits that WeChat checks before it accepts one."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from wxsvc.simulator.refusal import Refusal

Button = dict[str, Any]

TYPES = {
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
"""Kinds of button, and the field that each cannot do without."""

KEY_BYTES, URL_BYTES = 128, 1024
TOP, SUB = 0, 1
COUNT, TYPE, NAME, KEY, URL, DOMAIN = (
    (40016, 40023),
    (40017, 40024),
    (40018, 40025),
    (40019, 40026),
    (40020, 40027),
    (40055, 40054),
)
"""The error code of each fault, on the first and on the second level."""


def check(body: Mapping[str, Any]) -> list[Button]:
    """Return the buttons of a menu, or refuse it. Source: "Create menu" page."""
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(40016)
    for button in buttons:
        _check(button, TOP)
    return buttons


def _check(button: object, level: int) -> None:
    if not isinstance(button, dict):
        raise Refusal(47001)
    name = button.get("name")
    if not isinstance(name, str) or not 0 < len(name.encode()) <= (16, 60)[level]:
        raise Refusal(NAME[level])
    children = button.get("sub_button")
    if children:
        if level == SUB:
            raise Refusal(40022)
        if button.get("type"):
            raise Refusal(40017)
        if not isinstance(children, list) or len(children) > 5:
            raise Refusal(40023)
        for child in children:
            _check(child, SUB)
        return
    _check_action(button, level)


def _check_action(button: Button, level: int) -> None:
    kind = button.get("type")
    if kind not in TYPES:
        raise Refusal(TYPE[level])
    needed = button.get(TYPES[kind])
    if TYPES[kind] == "key" and not (isinstance(needed, str) and 0 < len(needed.encode()) <= KEY_BYTES):
        raise Refusal(KEY[level])
    if kind in ("view", "miniprogram"):
        url = button.get("url")
        if not isinstance(url, str) or not 0 < len(url.encode()) <= URL_BYTES:
            raise Refusal(URL[level])
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise Refusal(DOMAIN[level])
    if kind == "miniprogram" and (not needed or needed != str(needed).lower()):
        raise Refusal(TYPE[level])
    if kind in ("media_id", "article_id", "article_view_limited") and not needed:
        raise Refusal(40007)


def leaves(buttons: list[Button]) -> Iterator[Button]:
    """Yield every button that does something, in the order in which it is shown."""
    for button in buttons:
        if button.get("sub_button"):
            yield from leaves(button["sub_button"])
        else:
            yield button


def domains(buttons: list[Button]) -> set[str]:
    """Return the hosts to which a menu leads."""
    return {urlsplit(button["url"]).hostname or "" for button in leaves(buttons) if button.get("type") == "view"}
