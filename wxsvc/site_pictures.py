"""截图: how the page of an online service looks, drawn by a browser of this machine, where one is installed.

A browser resolves names and follows redirects by itself, so it is given no network: it knows only a proxy of ours on
this machine, which lives as long as the picture takes and connects to public addresses alone, by the very guard of the
visits (``site_visits.connect``). Its own resolver answers nothing, and not even this machine is asked without the
proxy. Its sandbox stays on: as root it therefore draws nothing. Knows no database.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from wxsvc.site_visits import Allow, Resolve, TimeLimit, connect, is_public, resolve

SECONDS: Final = 30.0
"""For one picture, whatever the page does."""
MOST_BYTES: Final = 30 * 2**20
"""What all connections of one picture may bring together."""
_HEAD_BYTES: Final = 64 * 1024
_BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""What a browser that can draw is called. The first has no windows, and draws a page in a third of the CPU time."""
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--hide-scrollbars",
    "--window-size=1280,1600",
    "--virtual-time-budget=8000",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-quic",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)


def browser() -> str | None:
    """The path of a browser that can draw; None where none is installed."""
    return next((path for name in _BROWSERS if (path := shutil.which(name)) is not None), None)


def take(
    url: str,
    program: str,
    *,
    allow: Allow = is_public,
    resolver: Resolve = resolve,
    seconds: float = SECONDS,
    flags: Sequence[str] = (),
) -> bytes | None:
    """A PNG of the page, or None: it took too long, or the browser drew nothing. ``flags`` are more for the browser."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    with tempfile.TemporaryDirectory(prefix="picture-") as folder, _Guard(allow, resolver, seconds) as guard:
        drawn = Path(folder, "page.png")
        command = [
            program,
            *_FLAGS,
            *flags,
            f"--proxy-server=http://127.0.0.1:{guard.port}",
            f"--user-data-dir={folder}/profile",
            f"--screenshot={drawn}",
            url,
        ]
        _run(command, folder, seconds)
        with contextlib.suppress(FileNotFoundError):
            return drawn.read_bytes() or None
    return None


def _run(command: Sequence[str], home: str, seconds: float) -> None:
    """Run the browser with its children in a group of their own, which ends in time."""
    environment = {"HOME": home, "PATH": os.environ.get("PATH", ""), "LANG": "zh_CN.UTF-8"}
    nothing = subprocess.DEVNULL
    running = subprocess.Popen(  # noqa: S603 - the browser's own path and our flags; the address was looked at
        command, stdin=nothing, stdout=nothing, stderr=nothing, env=environment, start_new_session=True
    )
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


class _Guard(socketserver.ThreadingTCPServer):
    """The proxy: for one picture, within its seconds and bytes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, allow: Allow, resolver: Resolve, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.allow, self.resolver = allow, resolver
        self.port = int(self.server_address[1])
        self.limit = TimeLimit(seconds)
        self._bytes, self._lock = MOST_BYTES, threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def __exit__(self, *args: object) -> None:
        self.limit.end()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """The other side hung up: nothing to tell."""

    def pay(self, size: int) -> None:
        """Count bytes that were passed on. Raises ``TimeoutError`` where they are too many."""
        with self._lock:
            self._bytes -= size
            if self._bytes < 0:
                raise TimeoutError


class _Handler(socketserver.BaseRequestHandler):
    """One connection of the browser: a tunnel to a public host, or one plain request to it."""

    server: _Guard

    def handle(self) -> None:
        head, _, rest = self._head().partition(b"\r\n\r\n")
        first, *fields = head.split(b"\r\n")
        method, target, _ = first.decode("latin-1").split(" ", 2)
        is_tunnel = method == "CONNECT"
        parts = urlsplit(f"//{target}" if is_tunnel else target)
        if not parts.hostname or (not is_tunnel and parts.scheme != "http"):
            self._refuse()
            return
        port = parts.port or (443 if is_tunnel else 80)
        try:
            seconds = min(10.0, self.server.limit.left())
            far = connect(parts.hostname, port, allow=self.server.allow, resolver=self.server.resolver, seconds=seconds)
        except OSError:
            self._refuse()
            return
        with far:
            if is_tunnel:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                far.sendall(rest)
            else:
                path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
                kept = [each for each in fields if not each.lower().startswith((b"proxy-", b"connection:"))]
                lines = [f"{method} {path} HTTP/1.1".encode("latin-1"), *kept, b"Connection: close"]
                far.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
            back = threading.Thread(target=self._pump, args=(self.request, far), daemon=True)
            back.start()
            self._pump(far, self.request)

    def _head(self) -> bytes:
        """What comes until the empty line."""
        said = b""
        while b"\r\n\r\n" not in said:
            self.request.settimeout(self.server.limit.left())
            more = self.request.recv(8192)
            said += more
            if not more or len(said) > _HEAD_BYTES:
                raise ConnectionError
        return said

    def _refuse(self) -> None:
        self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Carry bytes one way until either side ends, or seconds or bytes do."""
        with contextlib.suppress(OSError):
            while True:
                source.settimeout(self.server.limit.left())
                piece = source.recv(65536)
                if not piece:
                    break
                self.server.pay(len(piece))
                sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
