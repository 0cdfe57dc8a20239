"""A passive reply, as WeChat reads it and shows it in the chat."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 2048
_ANCHOR = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>(.*?)</a>""", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


class BadReply(Exception):
    """An answer that WeChat cannot use; the user reads that the account is out of service."""


@dataclass(frozen=True)
class Segment:
    """A piece of a text; with ``url`` it is a link."""

    text: str
    url: str | None = None


def segments(text: str) -> list[Segment]:
    """Split a text as the client does: ``<a href>`` and bare addresses become links, all else stays text."""
    found: list[Segment] = []
    at = 0
    for match in _ANCHOR.finditer(text):
        found += _bare(text[at : match.start()])
        found.append(Segment(match[2], match[1].replace("&amp;", "&")))
        at = match.end()
    return found + _bare(text[at:])


def _bare(text: str) -> list[Segment]:
    found: list[Segment] = []
    at = 0
    for match in _ADDRESS.finditer(text):
        if match.start() > at:
            found.append(Segment(text[at : match.start()]))
        found.append(Segment(match[0], match[0]))
        at = match.end()
    return [*found, Segment(text[at:])] if at < len(text) else found


@dataclass(frozen=True)
class Article:
    """One article of a ``news`` reply."""

    title: str
    description: str
    url: str
    picture: str


@dataclass(frozen=True)
class Reply:
    """What the chat shows: ``kind`` is the MsgType, or ``system`` for a sentence of the client itself."""

    kind: str
    text: str = ""
    media_id: str = ""
    articles: tuple[Article, ...] = ()

    @property
    def links(self) -> list[str]:
        """Every address that can be tapped, in order."""
        return [piece.url for piece in segments(self.text) if piece.url] + [a.url for a in self.articles if a.url]

    @classmethod
    def read(cls, fields: Mapping[str, Any], openid: str, account_id: str) -> "Reply | None":
        """Check a reply's fields; None for a transfer to customer service, which shows nothing."""
        if fields.get("ToUserName") != openid or fields.get("FromUserName") != account_id:
            raise BadReply("ToUserName or FromUserName")
        if not str(fields.get("CreateTime", "")).isdigit():
            raise BadReply("CreateTime")
        kind = fields.get("MsgType")
        if kind == "text":
            text = fields.get("Content")
            if not isinstance(text, str) or not text:
                raise BadReply("Content")
            if len(text.encode()) > LONGEST_TEXT:
                raise BadReply("Content is longer than 2048 bytes")
            return cls("text", text)
        if kind in ("image", "voice", "video"):
            part = fields.get(kind.capitalize())
            if not isinstance(part, Mapping) or not part.get("MediaId"):
                raise BadReply("MediaId")
            return cls(kind, media_id=str(part["MediaId"]))
        if kind == "music" and isinstance(fields.get("Music"), Mapping):
            return cls("music", str(fields["Music"].get("Title", "")))
        if kind == "news":
            return cls("news", articles=_articles(fields))
        if kind == "transfer_customer_service":
            return None
        raise BadReply(f"MsgType {kind!r}")


def _articles(fields: Mapping[str, Any]) -> tuple[Article, ...]:
    container = fields.get("Articles")
    rows = container.get("item") if isinstance(container, Mapping) else None
    rows = rows if isinstance(rows, list) else [rows]
    if len(rows) != 1 or not isinstance(rows[0], Mapping) or str(fields.get("ArticleCount")) != "1":
        raise BadReply("a news reply has one article")
    row = {name: str(rows[0].get(name, "") or "") for name in ("Title", "Description", "Url", "PicUrl")}
    return (Article(row["Title"], row["Description"], row["Url"], row["PicUrl"]),)
