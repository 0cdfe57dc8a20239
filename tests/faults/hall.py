"""A hall whose visitors scan one after the other while a fault happens, and WeChat that sends each scan three times."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from tests import builders
from tests.served import Scans, answer_on
from wxsvc.db import Database

SCENE: Final = "1"
VISITORS: Final = 4000
WECHAT_WAITS: Final = 5.0
"""Seconds that WeChat waits for an answer."""
WECHAT_TRIES: Final = 3
"""How often it sends a push that nobody answers."""
COUNTED: Final = "✓"
"""What the answer to a scan begins with that is a row, the first time and when it comes again."""
HANDS: Final = 8


def fill(url: str) -> None:
    """A platform, an activity that takes scans for hours, and visitors who stand for an enterprise each."""
    database, now = Database(url), datetime.now(UTC)
    began, ends = now - timedelta(hours=1), now + timedelta(hours=6)
    with database.transaction() as session:
        platform = builders.platform(session)
        builders.activity(session, platform, starts_at=began, opens_at=began, ends_at=ends, closes_at=ends, scene=SCENE)
        builders.crowd(session, [visitor(n) for n in range(VISITORS)], began)
    database.dispose()


def visitor(number: int) -> str:
    """The openid of a visitor."""
    return f"oFault-{number:020}"


@dataclass
class Told:
    """What the hall was told."""

    counted: list[str] = field(default_factory=list)
    """Openids whose scan was acknowledged as counted."""
    refused: list[str] = field(default_factory=list)
    """What came instead of an answer to a first try: a status that is not 200, or a broken connection."""
    late: int = 0
    """First tries without an answer within five seconds."""
    unanswered: list[str] = field(default_factory=list)
    """Openids of whom no try was answered; nobody told them that they are counted."""
    slowest: float = 0.0
    """Seconds until the slowest answer."""

    @property
    def scans(self) -> int:
        """Visitors who scanned."""
        return len(self.counted) + len(self.unanswered)


class Hall:
    """The visitors of one installation; each scans once, unless WeChat sends it again."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self._scans = Scans(SCENE)
        self._next = 0
        self._lock = threading.Lock()
        self.counted: set[str] = set()
        """Everybody who was ever told that they are counted."""

    @contextmanager
    def scanning(self, per_second: float = 25, door: tuple[str, int] | None = None) -> Iterator[Told]:
        """Visitors scan at this rate until the block is over, perhaps at another door; then all is told."""
        told, is_over = Told(), threading.Event()
        given = told, is_over, HANDS / per_second, door
        hands = [threading.Thread(target=self._hand, args=given) for _ in range(HANDS)]
        for hand in hands:
            hand.start()
            time.sleep(1 / per_second)
        try:
            yield told
        finally:
            is_over.set()
            for hand in hands:
                hand.join()
            self.counted.update(told.counted)

    def scan(self, door: tuple[str, int] | None = None) -> Told:
        """One visitor scans, perhaps at another door than the proxy's."""
        told = Told()
        self._one(told, door)
        self.counted.update(told.counted)
        return told

    def _hand(self, told: Told, is_over: threading.Event, pause: float, door: tuple[str, int] | None) -> None:
        while not is_over.is_set():
            due = time.monotonic() + pause
            self._one(told, door)
            is_over.wait(max(0.0, due - time.monotonic()))

    def _one(self, told: Told, door: tuple[str, int] | None) -> None:
        with self._lock:
            openid = visitor(self._next)
            self._next += 1
        push, began = self._scans.request(openid), time.monotonic()
        for attempt in range(WECHAT_TRIES):
            problem = self._pushed(push, openid, door)
            if problem is None:
                with self._lock:
                    told.counted.append(openid)
                    told.slowest = max(told.slowest, time.monotonic() - began)
                # Whoever sees no answer on the screen scans again; every tenth does.
                if len(told.counted) % 10 == 0:
                    self._pushed(self._scans.request(openid), openid)
                return
            if attempt == 0:
                with self._lock:
                    if problem == "late":
                        told.late += 1
                    else:
                        told.refused.append(problem)
            time.sleep(0.3)
        with self._lock:
            told.unanswered.append(openid)

    def _pushed(self, push: bytes, openid: str, door: tuple[str, int] | None = None) -> str | None:
        """One try of WeChat's; what went wrong, or None when the visitor is told that they are counted."""
        try:
            with socket.create_connection(door or self._where, timeout=WECHAT_WAITS) as connection:
                connection.sendall(push)
                answer = answer_on(connection)
        except TimeoutError:
            return "late"
        except OSError as error:
            return type(error).__name__
        if not answer.startswith(b"HTTP/1.1 200"):
            return answer.split(b"\r\n")[0].decode()
        text = self._scans.text(answer, openid)
        assert text.startswith(COUNTED), text
        return None
