"""Local servers that behave as badly as a test wants, and a visitor that may look at them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wxsvc import site_visits
from wxsvc.site_visits import Address, Visit

Serve = Callable[[socket.socket], None]
PAGE = b"<html><head><title> \xe6\x94\xbf\xe7\xad\x96\n\xe5\x92\xa8\xe8\xaf\xa2 &amp; \xe7\xad\x94\xe5\xa4\x8d</title>"


def reply(body: bytes = PAGE, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    head = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def says(answer: bytes, heard: list[bytes] | None = None) -> Serve:
    """Read the request, give this answer, hang up."""

    def serve(connection: socket.socket) -> None:
        request = connection.recv(65536)
        if heard is not None:
            heard.append(request)
        connection.sendall(answer)

    return serve


@contextmanager
def server(serve: Serve, host: str = "127.0.0.1") -> Iterator[int]:
    """A local server on a port of its own; every connection gets a thread."""
    with socket.create_server((host, 0)) as listening:

        def handle(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):  # the visitor hung up
                serve(connection)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def anything(_address: Address) -> bool:
    """Let a test visit its own machine."""
    return True


def look(url: str, **options: Any) -> Visit:
    """Visit with loopback allowed."""
    return site_visits.visit(url, **{"allow": anything, "seconds": 5.0} | options)
