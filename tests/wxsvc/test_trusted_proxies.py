"""Behind a proxy: who the visitor is, whom of those who say so we believe, and what both servers make of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Request, Response

from tests.served import HOST, SERVE, WEB, product
from wxsvc.networks import networks
from wxsvc.pages import limits
from wxsvc.settings import Settings
from wxsvc.trusted_proxies import TrustedProxies

OURS = networks("127.0.0.1,10.0.0.0/8,fd00::/8")
VISITOR, LIAR = "203.0.113.9", "198.51.100.1"


@Request.application
def _told(request: Request) -> Response:
    return Response(f"{request.remote_addr} {request.scheme} {request.host}")


@pytest.mark.parametrize(
    ("peer", "told", "visitor"),
    [
        ("127.0.0.1", VISITOR, VISITOR),
        ("::ffff:127.0.0.1", VISITOR, VISITOR),
        ("fd00::5", f"{LIAR}, {VISITOR}, 10.1.1.1", VISITOR),
        ("127.0.0.1", f"{LIAR}, {VISITOR}", VISITOR),
        ("127.0.0.1", "2001:db8::9", "2001:db8::9"),
        ("127.0.0.1", "10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("127.0.0.1", "somebody", "127.0.0.1"),
        ("127.0.0.1", f"{VISITOR}, somebody, 10.1.1.1", "10.1.1.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        (VISITOR, LIAR, VISITOR),
        ("", LIAR, ""),
    ],
)
def test_the_visitor_is_who_the_last_proxy_of_ours_heard(peer: str, told: str, visitor: str) -> None:
    headers = {"X-Forwarded-For": told, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "wx.example.cn"}
    environ = create_environ("/", headers=headers, environ_base={"REMOTE_ADDR": peer})
    body, _, _ = run_wsgi_app(TrustedProxies(_told, OURS), environ)
    found, scheme, host = b"".join(body).decode().split(" ")
    assert (found or "None") == (visitor or "None")
    is_believed = found != peer
    assert (scheme, host) == (("https", "wx.example.cn") if is_believed else ("http", "localhost"))


def test_networks_and_single_addresses_are_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.5/8,fd00::/8")
    assert Settings().trusted_proxies == OURS


@pytest.mark.parametrize("command", [SERVE, WEB])
def test_visitors_behind_a_proxy_have_a_limit_each_with_both_servers(command: tuple[str, ...], tmp_path: Path) -> None:
    """A stranger who says that he is passed on for somebody else is counted as who he is."""
    with product(command, tmp_path, trusted_proxies=HOST, log_level="WARNING") as port, requests.Session() as browser:
        desk = f"http://{HOST}:{port}/enter/desk"
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(desk, timeout=20).text)
        assert token is not None

        def visits(times: int, *addresses: str) -> list[int]:
            headers, typed = {"X-Forwarded-For": ", ".join(addresses)}, {"csrf_token": token[1]}
            return [browser.post(desk, typed, headers=headers, timeout=20).status_code for _ in range(times)]

        most = int(limits.SUBMISSIONS.split()[0])
        assert 429 not in visits(most, VISITOR)
        assert visits(1, LIAR, VISITOR) == [429]
        assert visits(1, LIAR) != [429]
        metrics = f"http://{HOST}:{port}/metrics"
        assert browser.get(metrics, headers={"X-Forwarded-For": VISITOR}, timeout=20).status_code == 404
        assert browser.get(metrics, timeout=20).status_code == 200
