"""A push as a value: what happened, to whom, when.

Elements: WeChat service account documentation, pages "receiving ordinary messages" and "receiving event pushes".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from wxsvc.chat.protocol_errors import BadPush, Reason
from wxsvc.chat.xmlbody import Value, fields_of

_ACCOUNT = re.compile(r"[A-Za-z0-9_@.-]{1,64}")  # an openid or the account's own gh_... name
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")  # a message type or the name of an event
_SECONDS = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"[0-9]{1,20}")  # 64 bits: kept as text, since it exceeds what JavaScript and int32 hold

_NUMBERED = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
_QRSCENE = "qrscene_"


@dataclass(frozen=True, slots=True)
class Push:
    """One message or event. Text that was not sent is empty, save for what is None when absent.

    `kind` is the message type, `event` the name of the event in lower case (WeChat spells `SCAN`, `CLICK`,
    `TEMPLATESENDJOBFINISH` and `templatesendjobfinish`), empty for messages. `created_at` is WeChat's own time of
    the event. `raw` holds every element as it came, nested ones as in `xmlbody.Value`.
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

    @classmethod
    def parse(cls, xml: bytes) -> Self:
        """Read a push. Unknown types and events are fine; raises BadPush, and nothing else, on anything broken."""
        raw = fields_of(xml)
        kind = _required(raw, "MsgType", _WORD).lower()
        event = _required(raw, "Event", _WORD).lower() if kind == "event" else ""
        msg_id = _optional(raw, "MsgId") or _optional(raw, "MsgID")
        if msg_id is None and kind in _NUMBERED:
            raise BadPush(Reason.FIELD, "MsgId")
        if msg_id is not None and _NUMBER.fullmatch(msg_id) is None:
            raise BadPush(Reason.FIELD, "MsgId")
        content = _optional(raw, "Content")
        if content is None and kind == "text":
            raise BadPush(Reason.FIELD, "Content")
        scanned = raw.get("ScanCodeInfo")
        return cls(
            to_user=_required(raw, "ToUserName", _ACCOUNT),
            from_user=_required(raw, "FromUserName", _ACCOUNT),
            created_at=datetime.fromtimestamp(int(_required(raw, "CreateTime", _SECONDS)), UTC),
            kind=kind,
            event=event,
            event_key=_optional(raw, "EventKey") or "",
            content=content or "",
            msg_id=msg_id,
            ticket=_optional(raw, "Ticket"),
            media_id=_optional(raw, "MediaId"),
            pic_url=_optional(raw, "PicUrl"),
            scan_result=_optional(scanned, "ScanResult") if isinstance(scanned, dict) else None,
            menu_id=_optional(raw, "MenuId"),
            raw=raw,
        )

    @property
    def scene(self) -> str | None:
        """The scene of the parametric code that was scanned, without `qrscene_`; None for every other push."""
        if self.event == "scan":
            return self.event_key or None
        if self.event == "subscribe" and self.event_key.startswith(_QRSCENE):
            return self.event_key[len(_QRSCENE) :] or None
        return None

    @property
    def dedupe_key(self) -> str:
        """The same for two deliveries of one push, different for any two pushes; at most 200 characters.

        MsgId alone has been seen shared by two users, and sender with second alone collides for events, so the key
        is sender, second, and the message's number or the event with its key (and number, or scanned text).
        """
        head = f"{self.from_user}:{int(self.created_at.timestamp())}"
        if not self.event:
            return f"{head}:{self.msg_id or self.kind}"
        tail = f"{self.event_key}:{self.msg_id or self.scan_result or ''}"
        if len(tail) > 48:
            tail = sha256(tail.encode()).hexdigest()
        return f"{head}:{self.event}:{tail}"


def _optional(fields: Mapping[str, Value], name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadPush(Reason.FIELD, name)


def _required(fields: Mapping[str, Value], name: str, form: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise BadPush(Reason.FIELD, name)
    return value
