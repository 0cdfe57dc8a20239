"""waitress (内嵌方式的网页服务): it reads requests whole by itself; here it learns how much of one and for how long.

Pushes have threads of their own: pages that wait for WeChat, or for a long report, hold up no scan.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from functools import partial
from io import BytesIO
from typing import Any, Final

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from wxsvc.chat import callback
from wxsvc.request_bodies import HEADER_SECONDS, IN_MEMORY, Limit, Limits
from wxsvc.settings import Settings

IDLE_SECONDS: Final = 60
"""Seconds that a kept-alive connection may be silent between two requests."""
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_PAUSE: Final = 5e-6
"""Seconds per connection between two turns of the loop: 5 ms in a hall of a thousand phones, nothing for a few."""
_AT_ONCE: Final = 128
"""Connections that one turn of the loop accepts."""


def make(app: Flask, settings: Settings, threads: int, connections: int, door: socket.socket) -> TcpWSGIServer:
    """A server for the app that listens on ``door``, ``threads`` for pages and as many for pushes; ``run`` serves."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # in a full hall, a line for every scan that waits
    adjustments = Adjustments(
        sockets=[door],
        threads=threads,
        backlog=connections,
        connection_limit=connections,
        channel_timeout=IDLE_SECONDS,
        inbuf_overflow=IN_MEMORY,
        clear_untrusted_proxy_headers=False,  # trusted_proxies judges them, whichever server stands before it
        asyncore_use_poll=True,  # select() knows no file number above 1023
    )
    address = (door.family, door.type, door.proto, door.getsockname())
    server = _Server(app, {}, True, door, _Threads(threads), adjustments, address, False)
    server.channel_class = partial(_Channel, Limits(app, settings))
    return server


class _Threads:
    """Where waitress hands what is to be answered: ``number`` threads for pages, and as many for pushes."""

    def __init__(self, number: int) -> None:
        self._pages, self._pushes = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        for each in (self._pages, self._pushes):
            each.set_thread_count(number)

    def add_task(self, channel: HTTPChannel) -> None:
        """Have the first of the connection's requests answered."""
        is_push = channel.requests[0].path in callback.ADDRESSES
        (self._pushes if is_push else self._pages).add_task(channel)

    def shutdown(self) -> None:
        """Wait some seconds for what is being answered: pushes first, which take no long time."""
        for each in (self._pushes, self._pages):
            each.shutdown()


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress for many connections: its loop looks at each of them whenever it wakes, so it must wake seldom."""

    def readable(self) -> bool:
        """Asked once in every turn of the loop: the more connections are open, the more events one turn collects."""
        time.sleep(len(self._map) * _PAUSE)
        return bool(super().readable())

    def handle_accept(self) -> None:
        """Take everybody who waits at the door, not one in every turn."""
        for _ in range(_AT_ONCE):
            held = len(self._map)
            if held >= self.adj.connection_limit:
                return
            super().handle_accept()
            if len(self._map) == held:
                return


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection: it closes when a request takes too long, however lively the bytes drip."""

    def __init__(self, limits: Limits, *given: Any, **more: Any) -> None:
        self.parser_class = partial(_Request, limits)
        super().__init__(*given, **more)

    def readable(self) -> bool:
        """Asked by the server's loop, about once a second at least."""
        arriving = self.request
        if arriving is not None and not arriving.completed and time.monotonic() > arriving.ends_at:
            self.will_close = True
        return bool(super().readable())


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request on its way: what is larger than it may be goes on to the app at once, without its body."""

    path = ""
    """Of a request whose headers waitress cannot read: that is answered with 400."""

    def __init__(self, limits: Limits, adjustments: Any) -> None:
        super().__init__(adjustments)
        self._limits = limits
        self.content_length: int = 0
        self._limit: Limit | None = None
        self._is_refused = False
        self._began_at = time.monotonic()
        self.ends_at = self._began_at + HEADER_SECONDS

    def parse_header(self, header_plus: bytes) -> None:
        """The headers are there: they tell what may follow. An address may have signs that are not escaped."""
        address, end, rest = header_plus.partition(b"\r\n")
        address = _NOT_ASCII.sub(lambda sign: b"%%%02X" % ord(sign[0]), address)
        try:
            super().parse_header(address + end + rest)
        except ValueError:  # a length of thousands of digits
            raise ParsingError("Content-Length is invalid") from None
        self._limit = limit = self._limits.of(self.path, self.headers.get("COOKIE", ""))
        self.ends_at = self._began_at + limit.seconds
        if self.content_length <= limit.size:
            return
        if limit.is_signed_in:  # a browser shows no answer before it has sent everything
            self.body_rcv = FixedStreamReceiver(self.content_length, _Nothing())
        else:
            self._refuse(self.content_length)

    def received(self, data: bytes) -> int:
        """Take some bytes; how many of them belong to this request."""
        taken: int = super().received(data)
        if self.chunked and self._limit is not None and self.body_bytes_received > self._limit.size:
            self._refuse(self.body_bytes_received)
        return len(data) if self._is_refused else taken

    def _refuse(self, size: int) -> None:
        """Hand the request on as it is; the connection ends with the answer, as what follows is body still."""
        self.close()
        self._is_refused = self.completed = True
        self.body_rcv, self.content_length = None, 0
        self.headers |= {"CONTENT_LENGTH": str(size), "CONNECTION": "close"}


class _Nothing:
    """Where waitress puts a body that nobody will read."""

    def append(self, _chunk: bytes) -> None:
        """Forget it."""

    def __len__(self) -> int:
        return 0

    def getfile(self) -> BytesIO:
        """Nothing to read."""
        return BytesIO()

    def close(self) -> None:
        """Nothing to close."""
