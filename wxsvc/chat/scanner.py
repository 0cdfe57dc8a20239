"""The menu's scanner (扫码签到): it reads any code there is and tells us what it says; ours lead to an activity."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from models.terms import Door
from wxsvc.chat.push import Push
from wxsvc.house import House
from wxsvc.services.activity import parametric_codes
from wxsvc.services.door import screen_codes
from wxsvc.services.door.checkins import Scan
from wxsvc.texts import short_codes

_PAGE = re.compile(r"(?:/.*)?/c/([A-Za-z0-9_.~-]{1,64})/?")
_WECHATS_HOST = "weixin.qq.com"
_NOTHING_OF_OURS = "?"


def scan_of(house: House, push: Push, now: datetime) -> Scan:
    """The scan that a push of the scanner means: a parametric code, a page's address, five digits, or nothing of ours.

    The token of a rotating code is judged by WeChat's clock, as the check-in itself is: a push may come late.
    """
    read = (push.scan_result or "").strip()
    if (short := short_codes.read(read)) is not None:
        return Scan(push.from_user, short, Door.SHORT_CODE, push.created_at, now)
    try:
        address = urlsplit(read)
        is_wechats = address.hostname == _WECHATS_HOST
    except ValueError:
        return Scan(push.from_user, _NOTHING_OF_OURS, Door.MENU, push.created_at, now)
    if is_wechats:
        return Scan(push.from_user, _by_url(house, read), Door.MENU, push.created_at, now)
    page = _PAGE.fullmatch(address.path)
    code = page[1] if page else _NOTHING_OF_OURS
    token = parse_qs(address.query).get("t", [""])[0]
    is_expired = bool(token) and not screen_codes.is_good(house.settings.token_key, code, token, push.created_at)
    return Scan(push.from_user, code, Door.MENU, push.created_at, now, is_code_expired=is_expired)


def _by_url(house: House, read: str) -> str:
    with house.database.read() as session:
        return parametric_codes.activity_code_of(session, read) or _NOTHING_OF_OURS
