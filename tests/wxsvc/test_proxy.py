"""Our Caddyfile and nginx.conf, each in a real one: whom they believe, and what strangers may send."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from typing import Any
from urllib.request import Request, urlopen

import pytest
import requests

from tests.certificates import self_signed
from tests.real import free_port
from tests.served import HOST, caddy, nginx
from tests.timing import until
from wxsvc.request_bodies import ANONYMOUS_BYTES

VISITOR = "203.0.113.7"


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers that reached it."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """The port of a web service that tells which headers reached it."""
    with ThreadingHTTPServer((HOST, 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def seen(url: str, trusted: ssl.SSLContext | None = None) -> dict[str, str]:
    """The headers that the web service sees, where the request says that it is forwarded for a visitor."""
    said = {"X-Forwarded-For": VISITOR, "X-Forwarded-Proto": "https"}
    with urlopen(Request(url, headers=said), context=trusted, timeout=10) as answer:  # noqa: S310 - our own server
        headers: dict[str, str] = json.load(answer)
    return headers


def test_a_balancer_is_believed_and_nobody_else(tmp_path: Path, upstream: int) -> None:
    with caddy(tmp_path, upstream, BALANCER="127.0.0.0/8") as port:
        behind = seen(f"http://{HOST}:{port}/")
    assert (behind["X-Forwarded-For"], behind["X-Forwarded-Proto"]) == (f"{VISITOR}, {HOST}", "https")
    with caddy(tmp_path, upstream, BALANCER="192.0.2.1/32") as port:
        alone = seen(f"http://{HOST}:{port}/")
    assert (alone["X-Forwarded-For"], alone["X-Forwarded-Proto"]) == (HOST, "http")


def test_a_certificate_of_ones_own(tmp_path: Path, upstream: int) -> None:
    site = tmp_path / "site"
    site.mkdir()
    certificate = self_signed(site, HOST)
    (site / "own.caddy").write_text(f"tls {certificate} {site / 'key.pem'}\n")
    with caddy(tmp_path, upstream, tls=True) as port:
        assert seen(f"https://{HOST}:{port}/", ssl.create_default_context(cafile=str(certificate)))["Host"]


@pytest.mark.parametrize("proxy", [caddy, nginx])
def test_what_nobody_may_send_ends_at_the_proxy(proxy: Any, tmp_path: Path, upstream: int) -> None:
    """The product would refuse it as well, but ends the connection meanwhile: some got a 502 for it."""
    with proxy(tmp_path, upstream) as port:
        sent = {
            size: requests.post(f"http://{HOST}:{port}/enrol", data=b"a" * size, timeout=10).status_code
            for size in (ANONYMOUS_BYTES, ANONYMOUS_BYTES + 1, 70_000, 99_999, 100_000)
        }
    assert sent == {ANONYMOUS_BYTES: 200} | dict.fromkeys((ANONYMOUS_BYTES + 1, 70_000, 99_999, 100_000), 413)


def test_nginx_leads_from_plain_to_tls(tmp_path: Path, upstream: int) -> None:
    plain = free_port()
    with nginx(tmp_path, upstream, plain=plain):
        said = requests.get(f"http://{HOST}:{plain}/v/x?y=1", allow_redirects=False, timeout=10)
    assert (said.status_code, said.headers["Location"]) == (301, f"https://{HOST}/v/x?y=1")


def test_nginx_keeps_few_large_bodies_of_one_address(tmp_path: Path, upstream: int) -> None:
    """A cookie that somebody made up looks as a genuine one does: half-sent uploads of 180 MB are 32 at the most."""
    head = f"POST /p/photos HTTP/1.1\r\nHost: {HOST}\r\nCookie: wxsvc=made.up\r\nContent-Length: 180000000\r\n\r\n"
    with nginx(tmp_path, upstream) as port, ExitStack() as open_still:
        strangers = [open_still.enter_context(closing(socket.create_connection((HOST, port)))) for _ in range(40)]
        for stranger in strangers:
            stranger.sendall(head.encode())
        until(lambda: len(select(strangers, [], [], 0)[0]) == 8, 10, "none is refused")
        assert all(each.recv(100).startswith(b"HTTP/1.1 429") for each in select(strangers, [], [], 0)[0])
        small = requests.get(f"http://{HOST}:{port}/p/photos", headers={"Cookie": "wxsvc=made.up"}, timeout=10)
        assert small.status_code == 200
