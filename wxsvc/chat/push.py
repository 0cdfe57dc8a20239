"""A push as a value: what happened, to whom, when.

Elements: WeChat service account documentation, pages "receiving ordinary messages" and "receiving event pushes".
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

from msgspec import Struct

from wxsvc.chat.broken_xml import texts_of
from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.xmlbody import Value, fields_of
from wxsvc.texts.unseen import without_unseen

_ACCOUNT = re.compile(r"[A-Za-z0-9_@.-]{1,64}")  # an openid or the account's own gh_... name
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")  # a message type or the name of an event
_SECONDS = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"[0-9]{1,20}")  # 64 bits: kept as text, since it exceeds what JavaScript and int32 hold

AHEAD = timedelta(minutes=5)
"""How far the clock that wrote a push may be ahead of the one that signed it: what is further ahead is no time."""
EARLIEST = datetime(1973, 1, 1, tzinfo=UTC)
"""No event was earlier, those of the documentation's examples neither: a clock that says so was never set."""

_QRSCENE = "qrscene_"
_SUBSCRIPTION = "subscribe_msg_"


class Push(Struct, frozen=True):
    """One message or event, texts without white space around. What was not sent is empty, or None where that differs.

    `kind` is the message type, `event` the name of the event in lower case (WeChat spells `SCAN`, `CLICK`,
    `TEMPLATESENDJOBFINISH` and `templatesendjobfinish`), empty for messages. `created_at` is WeChat's own time of
    the event. `raw` holds every element as it came, nested ones as in `xmlbody.Value`. `flaw` says what was wrong with
    a push that could be read all the same, and holds nothing that people wrote.
    """

    to_user: str
    from_user: str
    created_at: datetime
    kind: str
    event: str
    event_key: str
    content: str
    msg_id: str | None
    ticket: str | None
    media_id: str | None
    pic_url: str | None
    scan_result: str | None
    menu_id: str | None
    raw: Mapping[str, Value]
    flaw: str

    @classmethod
    def parse(cls, xml: bytes, sent_at: datetime | None = None) -> Self:
        """Read a push, also one whose XML is broken, and one of an unknown type.

        `sent_at` is the envelope's time, which stands in for a CreateTime that is no time: nobody acts after WeChat has
        told of it. Raises BadPush, and nothing else, where not even the sender, the type and the event's name can be
        told.
        """
        try:
            return cls._of(fields_of(xml), sent_at, "")
        except BadPush as flaw:
            return cls._of(texts_of(xml), sent_at, str(flaw))

    @classmethod
    def _of(cls, raw: Mapping[str, Value], sent_at: datetime | None, flaw: str) -> Self:
        kind = _required(raw, "MsgType", _WORD).lower()
        to_user = _formed(raw, "ToUserName", _ACCOUNT)
        written_at = _time(raw, sent_at)
        created_at = written_at or sent_at
        if created_at is None:
            raise BadPush(PushFault.FIELD, "CreateTime")
        unread = [name for name, value in (("ToUserName", to_user), ("CreateTime", written_at)) if value is None]
        scanned = raw.get("ScanCodeInfo")
        return cls(
            to_user=to_user or "",
            from_user=_required(raw, "FromUserName", _ACCOUNT),
            created_at=created_at,
            kind=kind,
            event=_required(raw, "Event", _WORD).lower() if kind == "event" else "",
            event_key=_text(raw, "EventKey") or "",
            content=_written(raw, "Content") or "",
            msg_id=_formed(raw, "MsgId", _NUMBER) or _formed(raw, "MsgID", _NUMBER),
            ticket=_text(raw, "Ticket"),
            media_id=_text(raw, "MediaId"),
            pic_url=_text(raw, "PicUrl"),
            scan_result=_written(scanned, "ScanResult") if isinstance(scanned, dict) else None,
            menu_id=_text(raw, "MenuId"),
            raw=raw,
            flaw=flaw or (str(BadPush(PushFault.FIELD, unread[0])) if unread else ""),
        )

    @property
    def scene(self) -> str | None:
        """The scene of the parametric code that was scanned, without `qrscene_`; None for every other push."""
        if self.event == "scan":
            return self.event_key or None
        if self.event == "subscribe" and self.event_key.startswith(_QRSCENE):
            return self.event_key[len(_QRSCENE) :] or None
        return None

    def told(self, name: str) -> str | None:
        """The text of an element that only one event has; None where there is none."""
        return _text(self.raw, name) if isinstance(self.raw.get(name), str) else None

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of an event's list (``<name><List>…</List><List>…</List></name>``), their texts alone."""
        outer = self.raw.get(name)
        found = outer.get("List") if isinstance(outer, dict) else None
        return [_row(each) for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]

    @property
    def dedupe_key(self) -> str:
        """The same for two deliveries of one push, different for any two pushes; at most 200 characters.

        MsgId alone has been seen shared by two users, and sender with second alone collides for events, so the key
        is sender, second, and the message's number or the event with its key (and number, or scanned text).
        """
        head = f"{self.from_user}:{int(self.created_at.timestamp())}"
        if not self.event:
            said = f"{self.kind}:{self.media_id or ''}:{self.content}"
            return f"{head}:{self.msg_id or sha256(said.encode()).hexdigest()}"
        tail = f"{self.event_key}:{self.msg_id or self.scan_result or ''}"
        if self.event.startswith(_SUBSCRIPTION):  # several in one second, each of other templates
            tail += repr(sorted((name, repr(value)) for name, value in self.raw.items() if not isinstance(value, str)))
        if len(tail) > 48:
            tail = sha256(tail.encode()).hexdigest()
        return f"{head}:{self.event}:{tail}"


def _row(value: Value) -> dict[str, str]:
    return {k: v.strip() for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _text(fields: Mapping[str, Value], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadPush(PushFault.FIELD, name)
    return value.strip()


def _written(fields: Mapping[str, Value], name: str) -> str | None:
    """What a person typed, pasted or scanned: without the signs that a phone puts into what it copies."""
    text = _text(fields, name)
    return without_unseen(text).strip() if text else text


def _time(fields: Mapping[str, Value], sent_at: datetime | None) -> datetime | None:
    seconds = _formed(fields, "CreateTime", _SECONDS)
    if seconds is None:
        return None
    written_at = datetime.fromtimestamp(int(seconds), UTC)
    return written_at if sent_at is None or EARLIEST <= written_at <= sent_at + AHEAD else None


def _formed(fields: Mapping[str, Value], name: str, form: re.Pattern[str]) -> str | None:
    value = _text(fields, name)
    return value if value and form.fullmatch(value) else None


def _required(fields: Mapping[str, Value], name: str, form: re.Pattern[str]) -> str:
    value = _formed(fields, name, form)
    if value is None:
        raise BadPush(PushFault.FIELD, name)
    return value
