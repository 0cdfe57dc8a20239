"""Temporary media: pictures that people send to the account, and those we send.

Source: WeChat service account documentation, page "temporary media". They are kept for three days.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from wxsvc.wechat.errors import NotUnderstood

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

MAX_MEDIUM = 20 * 1024 * 1024
"""Bytes. WeChat's own limit for a picture is 10 MB."""

_TEXT: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{\[]")
"""How a page, XML and JSON begin, and no medium does."""


class MediaFile(Struct, frozen=True):
    """A downloaded medium; `media_type` is what WeChat says it is, which is often wrong: the bytes decide."""

    content: bytes
    media_type: str


def download(gateway: Gateway, media_id: str, limit: int = MAX_MEDIUM) -> MediaFile:
    """Fetch a medium into memory, at most `limit` bytes.

    Raises MediaGone when it has expired or never was, NotUnderstood when the answer is no medium (a proxy's page, or
    the address of a video), WeChatError for the rest.
    """
    answer = gateway.download("/cgi-bin/media/get", {"media_id": media_id}, limit)
    if not answer.content or _TEXT.match(answer.content):
        raise NotUnderstood(f"media/get: {answer.media_type or 'nothing'} in place of a medium")
    return MediaFile(answer.content, answer.media_type)


def upload(gateway: Gateway, kind: str, name: str, content: bytes, media_type: str) -> str:
    """Store a medium for three days and return its media_id. `kind`: image, voice, video or thumb."""
    answer = gateway.wechatpy.media.upload(kind, (name, content, media_type))
    media_id = answer.get("media_id") or answer.get("thumb_media_id")
    if not isinstance(media_id, str):
        raise NotUnderstood("media/upload: an answer without media_id")
    return media_id
