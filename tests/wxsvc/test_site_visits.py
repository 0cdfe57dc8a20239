"""The visitor of online services: what it sees of a page, and how long and how much it lets itself be held."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime

import pytest

from models.terms import VisitResult
from tests.timing import in_time
from tests.wxsvc.local_pages import Serve, look, reply, says, server
from wxsvc import site_visits


def test_a_page_is_reached_with_status_title_time_and_peer() -> None:
    """The request names the host, and the title comes in one line of plain text."""
    heard: list[bytes] = []
    with server(says(reply(), heard)) as port:
        seen = look(f"http://127.0.0.1:{port}/a path/页?q=服务#part")
    assert (seen.result, seen.http_status, seen.title, seen.peer) == (
        VisitResult.REACHABLE,
        200,
        "政策 咨询 & 答复",
        "127.0.0.1",
    )
    assert seen.elapsed_ms is not None
    assert heard[0].startswith(b"GET /a%20path/%E9%A1%B5?q=%E6%9C%8D%E5%8A%A1 HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in heard[0]
    assert heard[0].count(b"Host:") == 1


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ("<title>在线办事</title>".encode("gb18030"), "Content-Type: text/html; charset=gb2312"),
        ('<meta charset="gbk"><title>在线办事</title>'.encode("gbk"), "Content-Type: text/html"),
        ("<TITLE lang=zh>在线办事</TITLE>".encode(), "Content-Type: text/html; charset=nonsense"),
    ],
)
def test_a_title_is_read_in_its_own_charset(body: bytes, header: str) -> None:
    """From the header, else from the page, else UTF-8."""
    with server(says(reply(body, "200 OK", header))) as port:
        assert look(f"http://127.0.0.1:{port}/").title == "在线办事"


@pytest.mark.parametrize(
    "body", [b"", b"no title", b"<title", b"<title>open", b"<title>  </title>", b"<title" * 80_000]
)
def test_a_page_without_a_title_is_a_page_all_the_same(body: bytes) -> None:
    """Nothing is made up, and a hostile page takes no time."""
    with server(says(reply(body))) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert (seen.result, seen.title) == (VisitResult.REACHABLE, None)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
def test_an_error_status_is_kept(status: str) -> None:
    """The page's title too: it often says what is wrong."""
    with server(says(reply(status=status))) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert (seen.result, seen.http_status) == (VisitResult.ERROR_STATUS, int(status[:3]))
    assert seen.title is not None


def test_a_redirect_is_followed() -> None:
    """Relative ones as well."""
    with server(says(reply())) as there:
        onward = reply(b"", "302 Found", f"Location: http://127.0.0.1:{there}/new")
        with server(says(onward)) as here:
            seen = look(f"http://127.0.0.1:{here}/old")
    assert (seen.result, seen.http_status) == (VisitResult.REACHABLE, 200)


def test_redirects_end() -> None:
    """Three are followed, the fourth is not."""
    heard: list[bytes] = []
    with server(says(reply(b"", "302 Found", "Location: /again"), heard)) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert (seen.result, seen.http_status, len(heard)) == (VisitResult.ERROR_STATUS, 302, 4)


def endless(connection: socket.socket) -> None:
    """A page without end."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n<title>huge</title>")
    while True:
        connection.sendall(b"x" * 65536)


def test_a_huge_answer_is_cut_off() -> None:
    """Its title was seen, its rest never is."""
    with server(endless) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert (seen.result, seen.http_status, seen.title) == (VisitResult.TOO_LARGE, 200, "huge")


def drip(begin: bytes) -> Serve:
    """Begin like this, then one byte at a time, for ever."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(begin)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


def silent(_connection: socket.socket) -> None:
    time.sleep(5)


@pytest.mark.parametrize(
    "serve",
    [
        silent,
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nX: "),
        drip(b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"),
    ],
    ids=["silent", "status", "header", "body", "chunk"],
)
def test_whoever_drips_is_left(serve: Serve) -> None:
    """The limit is for everything together, however lively each single read is."""

    def measure() -> float:
        with server(serve) as port:
            began = time.monotonic()
            seen = look(f"http://127.0.0.1:{port}/", seconds=0.5)
            took = time.monotonic() - began
        assert seen.result is VisitResult.TOO_SLOW
        return took

    in_time(measure, 3)


def test_a_resolver_that_hangs_is_left() -> None:
    """Its thread ends some day; the visit ends now."""
    waiting = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        waiting.wait(5)
        return []

    assert site_visits.visit("http://example.cn/", resolver=hang, seconds=0.3).result is VisitResult.TOO_SLOW
    waiting.set()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_is_unreachable(answer: bytes) -> None:
    """Nothing, another protocol, a broken status."""
    with server(says(answer)) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert (seen.result, seen.http_status) == (VisitResult.UNREACHABLE, None)


def test_nobody_at_home_is_unreachable() -> None:
    """A closed port, and a name that is none."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert look(f"http://127.0.0.1:{port}/").result is VisitResult.UNREACHABLE
    assert look("http://example.cn/", resolver=_no_such_name).result is VisitResult.UNREACHABLE
    assert look(f"http://{'a' * 70}.cn/").result is VisitResult.UNREACHABLE


def _no_such_name(_host: str, _port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def test_bad_tls_is_unreachable() -> None:
    """A certificate nobody vouches for, and a server that speaks no TLS at all."""
    with server(says(reply())) as port:
        assert look(f"https://127.0.0.1:{port}/").result is VisitResult.UNREACHABLE


def test_an_unknown_certificate_is_unreachable_and_the_name_is_sent(certificate: tuple[str, str]) -> None:
    """The handshake names the page's host, as several pages share one address."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)

    with server(serve) as port:
        seen = look(f"https://page.example:{port}/", resolver=lambda _host, _port: ["127.0.0.1"])
    assert (seen.result, seen.peer, names) == (VisitResult.UNREACHABLE, "127.0.0.1", ["page.example"])


def test_a_trusted_page_over_tls_is_reached(certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the certificate among the trusted, the page is read like any other."""
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(reply())

    with server(serve) as port:
        seen = look(f"https://page.example:{port}/", resolver=lambda _host, _port: ["127.0.0.1"])
    assert (seen.result, seen.title) == (VisitResult.REACHABLE, "政策 咨询 & 答复")
    assert seen.certificate_ends_on is not None
    assert abs((seen.certificate_ends_on - datetime.now(UTC).date()).days) <= 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for page.example that signs itself, and its key, as files."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "page.example")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("page.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(paths[0]), str(paths[1])
