"""Parametric codes: scanning one tells us the scene.

Source: WeChat service account documentation, page "generating QR codes with parameters". Only verified
service accounts have them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from wxsvc.wechat.errors import NotUnderstood

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

LONGEST = timedelta(days=30)
"""How long a temporary code can live. The default is a minute or less, so the life is always asked for."""

_SCENE = re.compile(r"[\x21-\x7e]{1,64}")


class MadeCode(Struct, frozen=True):
    """A code that WeChat made. Draw `url` ourselves; `expires_at` is zone-aware UTC."""

    scene: str
    ticket: str
    url: str
    expires_at: datetime


def create(gateway: Gateway, scene: str) -> MadeCode:
    """Ask for a temporary code (30 days) with a text as its scene: 1 to 64 visible ASCII characters, else ValueError.

    Asking again gives another code for the same scene; both work until they expire. Raises WeChatError.
    """
    if _SCENE.fullmatch(scene) is None:
        raise ValueError("a scene has 1 to 64 visible ASCII characters")
    seconds = int(LONGEST.total_seconds())
    asked_at = gateway.now()
    answer = gateway.wechatpy.qrcode.create(
        {"expire_seconds": seconds, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    )
    ticket, url = answer.get("ticket"), answer.get("url")
    if not isinstance(ticket, str) or not isinstance(url, str) or not url:
        raise NotUnderstood("qrcode/create: an answer without ticket and url")
    lasts = answer.get("expire_seconds")
    return MadeCode(scene, ticket, url, asked_at + timedelta(seconds=lasts if isinstance(lasts, int) else seconds))
