"""Pictures of online services: a browser that is given no network but a guarded way to public addresses."""

from __future__ import annotations

import socket
import time
from io import BytesIO

import pytest
from PIL import Image

from tests.wxsvc.local_pages import anything, reply, says, server
from wxsvc import site_pictures
from wxsvc.site_pictures import _Guard
from wxsvc.site_visits import Address, is_public, resolve

PLAIN = ("--no-sandbox",)
"""The tests run as root, where the sandbox cannot; the product never passes this."""


def asked(guard: _Guard, request: bytes) -> bytes:
    """The whole answer of the guard to one request."""
    with socket.create_connection(("127.0.0.1", guard.port), timeout=10) as near:
        near.sendall(request)
        said = b""
        while more := near.recv(65536):
            said += more
        return said


@pytest.mark.parametrize(
    "target",
    [
        b"CONNECT 127.0.0.1:%d HTTP/1.1",
        b"CONNECT [::1]:%d HTTP/1.1",
        b"CONNECT inside.example:%d HTTP/1.1",
        b"GET http://127.0.0.1:%d/ HTTP/1.1",
        b"GET http://169.254.169.254/latest?%d HTTP/1.1",
        b"GET ftp://93.184.216.34:%d/ HTTP/1.1",
        b"GET /%d HTTP/1.1",
    ],
)
def test_nothing_but_public_addresses_is_connected_to(target: bytes) -> None:
    """Not by number, not by a name that leads inside, in no scheme; the server inside hears nothing."""
    heard: list[bytes] = []

    def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.8", "127.0.0.1"] if host == "inside.example" else resolve(host, port)

    with server(says(reply(), heard)) as port, _Guard(is_public, inside, 10) as guard:
        said = asked(guard, target % port + b"\r\nHost: x\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 403")
        assert asked(guard, b"nonsense\r\n\r\n") == b""
    assert heard == []


def test_a_plain_request_and_a_tunnel_are_carried() -> None:
    """A request goes on as the server itself would hear it; a tunnel is left alone."""
    heard: list[bytes] = []
    with server(says(reply(), heard)) as port, _Guard(anything, resolve, 10) as guard:
        got = asked(guard, f"GET http://127.0.0.1:{port}/a?b=1 HTTP/1.1\r\nHost: x\r\nProxy-Auth: s\r\n\r\n".encode())
        assert b"200 OK" in got
        assert heard[0].startswith(b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
        assert b"Proxy" not in heard[0]
        through = asked(guard, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n".encode())
        assert through.startswith(b"HTTP/1.1 200")
        assert b"200 OK" in through


def test_what_a_page_brings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without end is cut off."""
    monkeypatch.setattr(site_pictures, "MOST_BYTES", 300_000)
    with server(says(reply(b"x" * 2_000_000))) as port, _Guard(anything, resolve, 10) as guard:
        got = asked(guard, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert len(got) <= 400_000


def only(address: str) -> site_pictures.Allow:
    """Let the browser reach one address of this machine, as if it were public."""

    def allow(asked_for: Address) -> bool:
        return str(asked_for) == address

    return allow


def test_a_browser_draws_the_page_and_reaches_nothing_else(chromium: str) -> None:
    """Pictures, scripts, frames and a redirect that lead to this machine's own servers are not followed."""
    secret: list[bytes] = []
    with server(says(reply(b"secret"), secret)) as inside:
        at = f"http://127.0.0.1:{inside}"
        page = f"""<html><body style="background:#c00"><img src="{at}/img"><iframe src="{at}/frame"></iframe>
            <script>fetch("{at}/fetch"); new WebSocket("ws://127.0.0.1:{inside}/socket");
            new Image().src = "http://localhost:{inside}/name";</script></body></html>""".encode()
        with server(says(reply(page, "200 OK", "Content-Type: text/html")), "127.0.0.2") as port:
            url = f"http://page.example:{port}/"
            names = {"page.example": ["127.0.0.2"], "localhost": ["127.0.0.1"]}
            drawn = site_pictures.take(
                url,
                chromium,
                allow=only("127.0.0.2"),
                resolver=lambda host, _port: names.get(host, [host]),
                flags=PLAIN,
            )
    assert drawn is not None
    assert Image.open(BytesIO(drawn)).convert("RGB").getpixel((1000, 1200)) == (204, 0, 0)
    assert secret == []


def test_a_page_that_never_comes_holds_nobody(chromium: str) -> None:
    with server(lambda connection: time.sleep(20)) as port:
        began = time.monotonic()
        site_pictures.take(f"http://127.0.0.1:{port}/", chromium, allow=anything, seconds=3, flags=PLAIN)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:1", "https://a@example.cn/", "about:blank"])
def test_only_web_pages_are_drawn(url: str) -> None:
    assert site_pictures.take(url, "/bin/false") is None
