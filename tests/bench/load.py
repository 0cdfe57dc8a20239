"""Scans by the thousand over raw connections: an event loop that has built every request before the clock starts.

Closed loop: each connection sends its next scan once the last one is answered. Open loop (``rate``): each scan has its
instant, whether or not others were answered, and its wait counts from there. Replies are opened after the clock stops.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from tests.served import HOST, Scans

LATE: Final = 5.0
"""Seconds after which WeChat no longer takes a reply."""
GIVES_UP: Final = 120.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One scan as a whole HTTP request, and whose it is."""

    openid: str
    scans: Scans
    data: bytes


@dataclass(slots=True)
class Run:
    """What came of a run: seconds that each reply took, and how long all of it took."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answered scans per second."""
        return len(self.waits) / self.seconds

    @property
    def slowest(self) -> float:
        """Seconds of the slowest reply."""
        return max(self.waits)

    @property
    def late(self) -> int:
        """Replies that WeChat would no longer have taken."""
        return sum(wait > LATE for wait in self.waits)

    @property
    def p50(self) -> float:
        """Seconds of the median reply."""
        return median(self.waits)


def parcels(pairs: Iterable[tuple[str, str]]) -> list[Parcel]:
    """Build and encrypt the scan of each (openid, scene)."""
    of_scene: dict[str, Scans] = {}
    found = []
    for openid, scene in pairs:
        scans = of_scene.setdefault(scene, Scans(scene))
        found.append(Parcel(openid, scans, scans.request(openid)))
    return found


@dataclass(slots=True)
class _Line:
    """One connection and the scan that it waits for."""

    socket: socket.socket
    parcel: Parcel | None = None
    begun: float = 0.0
    unsent: bytes = b""
    got: bytearray = field(default_factory=bytearray)


def drive(port: int, given: list[Parcel], connections: int = 32, rate: float | None = None, says: str = "成功") -> Run:
    """Send them all and check every reply: opened by its key, signed, to its sender, with ``says`` in it."""
    answers: list[tuple[Parcel, bytes]] = []
    run, waiting = Run(), deque(given)
    with selectors.DefaultSelector() as selector:
        idle = deque(_connected(port) for _ in range(min(connections, len(given))))
        for line in idle:
            selector.register(line.socket, selectors.EVENT_READ, line)
        begun = time.perf_counter()
        while len(answers) < len(given):
            now = time.perf_counter()
            assert now - begun < GIVES_UP, f"{len(given) - len(answers)} of {len(given)} scans were never answered"
            while waiting and idle:
                due = now if rate is None else begun + (len(given) - len(waiting)) / rate
                if due > now:
                    break
                _send(selector, idle.popleft(), waiting.popleft(), due)
            pause = 1.0 if rate is None or not waiting or not idle else max(0.0, due - time.perf_counter())
            for key, events in selector.select(pause):
                line = key.data
                if events & selectors.EVENT_WRITE:
                    _flush(selector, line)
                if events & selectors.EVENT_READ and _received(line):
                    assert line.parcel is not None
                    run.waits.append(time.perf_counter() - line.begun)
                    answers.append((line.parcel, bytes(line.got)))
                    line.parcel = None
                    idle.append(line)
        run.seconds = time.perf_counter() - begun
        for line in idle:
            line.socket.close()
    for parcel, answer in answers:
        text = parcel.scans.text(answer, parcel.openid)
        assert says in text, text
    return run


def _connected(port: int) -> _Line:
    made = socket.create_connection((HOST, port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setblocking(False)
    return _Line(made)


def _send(selector: selectors.BaseSelector, line: _Line, parcel: Parcel, begun: float) -> None:
    line.parcel, line.begun, line.unsent = parcel, begun, parcel.data
    line.got.clear()
    _flush(selector, line)


def _flush(selector: selectors.BaseSelector, line: _Line) -> None:
    with suppress(BlockingIOError):
        line.unsent = line.unsent[line.socket.send(line.unsent) :]
    both = selectors.EVENT_READ | selectors.EVENT_WRITE
    wanted = both if line.unsent else selectors.EVENT_READ
    if selector.get_key(line.socket).events != wanted:
        selector.modify(line.socket, wanted, line)


def _received(line: _Line) -> bool:
    """Read what is there; whether the answer is whole."""
    data = line.socket.recv(65536)
    assert data, f"the server ended a connection after {bytes(line.got)!r}"
    line.got += data
    head = line.got.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = line.got.lower().find(b"content-length:", 0, head)
    assert length >= 0, bytes(line.got)
    size = int(line.got[length + 15 : line.got.find(b"\r\n", length)])
    return len(line.got) >= head + 4 + size
