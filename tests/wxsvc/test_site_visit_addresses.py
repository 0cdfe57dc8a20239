"""The visitor's guard: only public addresses, looked at once and connected to as they are, also after a redirect."""

from __future__ import annotations

import ipaddress

import pytest

from models.terms import VisitResult
from tests.wxsvc.local_pages import look, reply, says, server
from wxsvc import site_visits


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.cn/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "//example.cn",
        "http://u:p@a.cn/",
        "http://[bad/",
        "http://example.cn:99999/",
        "http://example.cn:0/",
        "",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """No resolver is asked."""
    assert site_visits.visit(url, resolver=_unasked).result is VisitResult.ADDRESS_REFUSED


def _unasked(_host: str, _port: int) -> list[str]:
    raise AssertionError("nobody may ask")


PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("2001:db8::1", "3fff::1", "3fff:fff::1", "fec0::1", "feff::1", "5f00::1", "100::1", "::8.8.8.8", "4000::1"),
    *("192.0.0.9", "192.88.99.1", "198.51.100.1", "203.0.113.1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    """Private, loopback, link-local, shared, reserved, multicast; also hidden inside an IPv6 address."""
    assert not site_visits.is_public(ipaddress.ip_address(address))
    seen = site_visits.visit("http://example.cn/", resolver=lambda _host, _port: [address])
    assert (seen.result, seen.peer) == (VisitResult.ADDRESS_REFUSED, None)


@pytest.mark.parametrize("address", ["8.8.8.8", "202.96.128.86", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    """Those that the world can reach."""
    assert site_visits.is_public(ipaddress.ip_address(address))


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    """Whoever answers with both hopes that we take the other."""
    seen = site_visits.visit("http://example.cn/", resolver=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    assert seen.result is VisitResult.ADDRESS_REFUSED


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    """The machine's own resolver understands them all; what it makes of them is looked at."""
    with server(says(reply())) as port:
        seen = site_visits.visit(f"http://{host}:{port}/", seconds=5.0)
    assert seen.result in (VisitResult.ADDRESS_REFUSED, VisitResult.UNREACHABLE)
    assert seen.peer is None


def test_a_name_is_resolved_once_and_that_address_connected_to() -> None:
    """A resolver that changes its mind is not asked again, and the page's own name is sent."""
    asked: list[str] = []
    heard: list[bytes] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with server(says(reply(), heard)) as port:
        seen = look(f"http://rebinding.example:{port}/", resolver=rebinding)
    assert (seen.result, seen.peer, asked) == (VisitResult.REACHABLE, "127.0.0.1", ["rebinding.example"])
    assert f"Host: rebinding.example:{port}\r\n".encode() in heard[0]


def test_a_chinese_name_is_asked_for_as_the_wire_spells_it() -> None:
    """IDNA for resolver and Host header."""
    asked: list[str] = []
    heard: list[bytes] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with server(says(reply(), heard)) as port:
        assert look(f"http://服务.中国:{port}/", resolver=resolve).result is VisitResult.REACHABLE
    assert asked[0].startswith("xn--")
    assert f"Host: {asked[0]}:{port}\r\n".encode() in heard[0]


def test_a_redirect_into_loopback_is_refused() -> None:
    """The first address was allowed, the second is looked at again."""
    reached: list[bytes] = []
    with server(says(reply(), reached)) as inside:
        onward = reply(b"", "302 Found", f"Location: http://localhost.example:{inside}/")
        with server(says(onward), "127.0.0.2") as outside:
            addresses = {"outside.example": "127.0.0.2", "localhost.example": "127.0.0.1"}
            seen = site_visits.visit(
                f"http://outside.example:{outside}/",
                resolver=lambda host, _port: [addresses[host]],
                allow=lambda address: str(address) == "127.0.0.2",
            )
    assert (seen.result, seen.http_status, seen.peer) == (VisitResult.ADDRESS_REFUSED, 302, "127.0.0.2")
    assert reached == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@127.0.0.1/"])
def test_a_redirect_to_something_else_is_refused(target: str) -> None:
    """Only web addresses are followed."""
    with server(says(reply(b"", "301 Moved", f"Location: {target}"))) as port:
        assert look(f"http://127.0.0.1:{port}/").result is VisitResult.ADDRESS_REFUSED
