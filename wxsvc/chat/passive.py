"""Passive replies: the XML that answers a push within its own HTTP response.

Elements: WeChat service account documentation, page "passive replies".
"""

from datetime import datetime

from wxsvc.chat.push import Push
from wxsvc.chat.xmlbody import ILLEGAL

ACKNOWLEDGEMENT = b"success"
"""Received, nothing to say: WeChat neither repeats the push nor shows the user anything. Never sealed."""

MAX_TEXT = 2048
"""Bytes of UTF-8 in a text reply."""

_ELLIPSIS = "…"


def text_reply(push: Push, content: str, now: datetime) -> bytes:
    """Answer with text. What exceeds MAX_TEXT is cut between two characters and ends in an ellipsis."""
    content = fit(content)
    return _reply(push, now, f"<MsgType><![CDATA[text]]></MsgType><Content>{_cdata(content)}</Content>")


def fit(content: str, limit: int = MAX_TEXT) -> str:
    """The text without characters that XML cannot carry, within `limit` bytes of UTF-8."""
    content = ILLEGAL.sub("", content)
    encoded = content.encode()
    if len(encoded) <= limit:
        return content
    return encoded[: limit - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS


def _reply(push: Push, now: datetime, body: str) -> bytes:
    return (
        f"<xml><ToUserName>{_cdata(push.from_user)}</ToUserName><FromUserName>{_cdata(push.to_user)}</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime>{body}</xml>"
    ).encode()


def _cdata(text: str) -> str:
    # A section cannot contain its own end, so it is closed and reopened between the brackets.
    return "<![CDATA[" + ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
