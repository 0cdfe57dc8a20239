"""Customer-service messages, and the windows in which they may be sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.people import People
from wxsvc.simulator.refusal import Refusal

MESSAGE, TOUCH = (48 * 3600, 5), (60, 3)
"""Seconds and count: after a message of the user; after following, scanning or a menu tap."""

TOUCHES = {"subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg"}
"""Events that open the short window; no other event opens any."""

TYPING_WITHIN = 30
LONGEST_TEXT = 2048
NEEDED = {
    "text": "content",
    "image": "media_id",
    "voice": "media_id",
    "video": "media_id",
    "music": "musicurl",
    "news": "articles",
    "mpnewsarticle": "article_id",
    "msgmenu": "list",
    "miniprogrampage": "appid",
}
"""Kinds of message, and the field that each cannot do without."""


@dataclass
class Window:
    """Messages still free until an instant."""

    until: float
    left: int


class ServiceMessages:
    """Counts the windows and accepts messages. Source: "Customer-service message" page.

    Windows do not add up: a message uses one of every open window, and passes while any has one left.
    Outside every window: 45015; inside, but used up: 45047.
    """

    def __init__(self, people: People, clock: Clock, shown: Callable[[str, str, dict[str, Any]], None]) -> None:
        self._people, self._clock, self._shown = people, clock, shown
        self._windows: dict[str, list[Window]] = {}
        self._spoke_at: dict[str, float] = {}
        self._typing: set[str] = set()

    def opened_by(self, openid: str, msg_type: str, event: str) -> None:
        """Note that the user did something; it may open a window."""
        now = self._clock.now()
        if event == "unsubscribe":
            self._windows.pop(openid, None)
            return
        if msg_type != "event":
            self._spoke_at[openid] = now
            seconds, count = MESSAGE
        elif event in TOUCHES:
            seconds, count = TOUCH
        else:
            return
        kept = [window for window in self._windows.get(openid, []) if window.until > now]
        self._windows[openid] = [*(w for w in kept if w.until > now + seconds), Window(now + seconds, count)]

    def endpoints(self) -> list[Endpoint]:
        """Sending and the typing mark; both need the capability ``customer_service``."""
        return [
            Endpoint("/cgi-bin/message/custom/send", self._send, capability="customer_service"),
            Endpoint("/cgi-bin/message/custom/typing", self._type, capability="customer_service"),
        ]

    def _send(self, call: Call) -> Answer:
        person = self._people.find(call.body.get("touser"))
        kind = call.text("msgtype", 40008)
        content = call.body.get(kind)
        if kind not in NEEDED:
            raise Refusal(40008)
        if not isinstance(content, dict) or not content.get(NEEDED[kind]):
            raise Refusal(44004 if kind == "text" else 47001)
        if kind == "text" and len(str(content["content"]).encode()) > LONGEST_TEXT:
            raise Refusal(45002)
        if kind == "news" and len(content["articles"]) > 1:
            raise Refusal(45008)
        now = self._clock.now()
        windows = [window for window in self._windows.get(person.openid, []) if window.until > now]
        if not person.follows or not windows:
            raise Refusal(45015)
        if not any(window.left > 0 for window in windows):
            raise Refusal(45047)
        for window in windows:
            window.left = max(0, window.left - 1)
        self._typing.discard(person.openid)
        self._shown(person.openid, kind, content)
        return OK

    def _type(self, call: Call) -> Answer:
        person, command = self._people.find(call.body.get("touser")), call.body.get("command")
        if command == "CancelTyping":
            self._typing.discard(person.openid)
            return OK
        if command != "Typing":
            raise Refusal(45072)
        if self._clock.now() - self._spoke_at.get(person.openid, 0.0) > TYPING_WITHIN:
            raise Refusal(45080)
        if person.openid in self._typing:
            raise Refusal(45081)
        self._typing.add(person.openid)
        return OK
