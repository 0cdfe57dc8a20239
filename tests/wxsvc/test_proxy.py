"""Our Caddyfile, in a real Caddy: a certificate of one's own, and a balancer in front that says who the visitor is."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.certificates import self_signed
from tests.served import HOST, caddy

VISITOR = "203.0.113.7"


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers that reached it."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
