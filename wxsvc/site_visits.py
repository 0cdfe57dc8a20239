"""The visit of a listed online service (在线服务核验): is it there, what does it say, how long did it take.

Addresses come from forms, so the visit is guarded: a name is resolved once and that very address connected to; private,
loopback and reserved addresses are refused, again on every redirect; time and size have limits that nobody can stretch.
Knows no database.
"""

from __future__ import annotations

import html
import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from msgspec import Struct

from models.terms import VisitResult
from wxsvc.clock import beijing_day

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], list[str]]
Allow: TypeAlias = Callable[[Address], bool]

SECONDS: Final = 10.0
BODY_BYTES: Final = 512 * 1024
REDIRECTS: Final = 3
TITLE_CHARACTERS: Final = 200
_HEADERS: Final = {
    "User-Agent": "Mozilla/5.0 (compatible; wxsvc)",
    "Accept": "text/html,*/*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_EMBEDDING: Final = tuple(
    ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""IPv6 ranges that carry an IPv4 address inside (NAT64, 6to4, Teredo)."""
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is assigned to hosts of the world; site-local ``fec0::/10`` and what may come are elsewhere."""
_SPECIAL: Final = tuple(ipaddress.ip_network(network) for network in ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24"))
"""Documentation, protocol assignments and the former 6to4 relays, which ``is_global`` does not know yet."""
_CHARSET: Final = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)


class Visit(Struct, frozen=True):
    """What a visit saw; ``peer`` is the address that was really connected to, ``elapsed_ms`` the time in all.

    ``certificate_ends_on`` is the last day (Beijing) of the certificate that the last host of an https address showed.
    """

    result: VisitResult
    http_status: int | None = None
    title: str | None = None
    elapsed_ms: int | None = None
    peer: str | None = None
    certificate_ends_on: date | None = None


class _Ended(Exception):
    """The visit is over before a page was read."""

    def __init__(self, result: VisitResult) -> None:
        super().__init__(result)
        self.result = result


class TimeLimit:
    """Seconds for everything together: also what is sent slowly uses them up."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._ends = self._began + seconds

    def left(self) -> float:
        """Seconds that remain. Raises ``TimeoutError`` when none do."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def end(self) -> None:
        """Nothing remains from now on."""
        self._ends = self._began

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)


def is_public(address: Address) -> bool:
    """A globally routable address of one host; an address inside an IPv6 one counts as what it is inside."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id or address not in _UNICAST or any(address in network for network in _EMBEDDING):
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def resolve(host: str, port: int) -> list[str]:
    """The host's addresses as the machine's resolver gives them. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def visit(
    url: str,
    *,
    allow: Allow = is_public,
    resolver: Resolve = resolve,
    seconds: float = SECONDS,
    body_bytes: int = BODY_BYTES,
) -> Visit:
    """Open the address as a browser would and say what came of it; never raises for what the other side does."""
    return _Visitor(allow, resolver, TimeLimit(seconds), body_bytes).visit(url)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: Allow = is_public,
    resolver: Resolve = resolve,
    seconds: float = SECONDS,
) -> int:
    """Send a body to an https address under the same guard; the status of the answer. A redirect is not followed.

    Raises ``OSError`` (``PermissionError`` for an address that is not allowed, ``TimeoutError``) and ``HTTPException``.
    """
    visitor = _Visitor(allow, resolver, TimeLimit(seconds), 0)
    try:
        parts = _parts(url)
        if parts.scheme != "https":
            raise PermissionError(parts.hostname)
        length = {"Content-Length": str(len(body))}
        with visitor.answer(parts, "POST", {**_HEADERS, **headers, **length}, body) as response:
            return response.status
    except _Ended as ended:
        refused = ended.result is VisitResult.ADDRESS_REFUSED
        raise (PermissionError if refused else ConnectionError)(ended.result.value) from None
    except ValueError as wrong:
        raise ConnectionError(str(wrong)) from None


def connect(
    host: str, port: int, *, allow: Allow = is_public, resolver: Resolve = resolve, seconds: float = SECONDS
) -> socket.socket:
    """A connection to one of the name's addresses, if all of them are allowed; what is connected to was looked at.

    Raises ``OSError``: ``PermissionError`` for an address that is not allowed.
    """
    try:
        return _Visitor(allow, resolver, TimeLimit(seconds), 0).connect(host, port)
    except (_Ended, ValueError):
        raise PermissionError(host) from None


class _Visitor:
    """One visit: it remembers the last status and peer, so that also a failure tells how far it came."""

    def __init__(self, allow: Allow, resolver: Resolve, limit: TimeLimit, body_bytes: int) -> None:
        self._allow = allow
        self._resolver = resolver
        self._limit = limit
        self._body_bytes = body_bytes
        self._status: int | None = None
        self._title: str | None = None
        self._peer: str | None = None
        self._certificate_ends_on: date | None = None

    def visit(self, url: str) -> Visit:
        try:
            result = self._follow(url)
        except _Ended as ended:
            result = ended.result
        except TimeoutError:
            result = VisitResult.TOO_SLOW
        except (OSError, http.client.HTTPException, ValueError):
            result = VisitResult.UNREACHABLE
        return Visit(result, self._status, self._title, self._limit.elapsed_ms(), self._peer, self._certificate_ends_on)

    def _follow(self, url: str) -> VisitResult:
        for _ in range(REDIRECTS + 1):
            with self.answer(_parts(url), "GET", _HEADERS) as response:
                self._status = response.status
                onward = response.headers.get("Location") if 300 <= response.status < 400 else None
                if onward is None:
                    return self._read(response)
                url = urljoin(url, onward)
        return VisitResult.ERROR_STATUS

    @contextmanager
    def answer(
        self, parts: SplitResult, method: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """What the address answers to one request."""
        host = _ascii_host(parts)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connected = self.connect(host, port)
        try:
            if parts.scheme == "https":
                connected.settimeout(self._limit.left())
                connected = secured = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
                self._certificate_ends_on = _last_day(secured.getpeercert())
            connection = http.client.HTTPConnection(host, port)  # connected already: it writes the request only
            connection.sock = connected
            connected.settimeout(self._limit.left())
            connection.putrequest(method, _target(parts), skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", parts.netloc if parts.netloc.isascii() else _netloc(host, parts.port))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            source: Any = _Source(connected, self._limit)
            response = http.client.HTTPResponse(source, method=method)
            response.begin()
            with response:
                yield response
        finally:
            connected.close()

    def connect(self, host: str, port: int) -> socket.socket:
        """Connect to an address that was looked at; all of the name's addresses must be allowed."""
        addresses = [ipaddress.ip_address(found) for found in self._resolved(host, port)]
        if not addresses or not all(self._allow(address) for address in addresses):
            raise _Ended(VisitResult.ADDRESS_REFUSED if addresses else VisitResult.UNREACHABLE)
        failure: OSError = OSError()
        for address in addresses:
            try:
                connected = socket.create_connection((str(address), port), timeout=self._limit.left())
            except TimeoutError:
                raise
            except OSError as error:
                failure = error
            else:
                self._peer = str(address)
                return connected
        raise failure

    def _resolved(self, host: str, port: int) -> list[str]:
        """Ask the resolver in a thread of its own: it knows no time limit."""
        answer: list[list[str] | Exception] = []

        def ask() -> None:
            try:
                answer.append(self._resolver(host, port))
            except (OSError, ValueError) as error:
                answer.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(self._limit.left())
        if not answer:
            raise TimeoutError
        if isinstance(answer[0], Exception):
            raise answer[0]
        return answer[0]

    def _read(self, response: http.client.HTTPResponse) -> VisitResult:
        body = response.read(self._body_bytes + 1)
        self._title = _title(body[: self._body_bytes], response.headers.get_content_charset())
        if len(body) > self._body_bytes:
            return VisitResult.TOO_LARGE
        return VisitResult.REACHABLE if response.status < 400 else VisitResult.ERROR_STATUS


def _last_day(certificate: Mapping[str, Any] | None) -> date | None:
    """Until which day the certificate is good; None where it does not say."""
    ends = certificate.get("notAfter") if certificate else None
    return beijing_day(datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)) if ends else None


class _Source(io.RawIOBase):
    """The socket as a file that looks at the clock before every read."""

    def __init__(self, connected: socket.socket, limit: TimeLimit) -> None:
        super().__init__()
        self._connected = connected
        self._limit = limit

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connected.settimeout(self._limit.left())
        return self._connected.recv_into(buffer)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        is_good = is_good and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise _Ended(VisitResult.ADDRESS_REFUSED)
    return parts


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _netloc(host: str, port: int | None) -> str:
    return host if port is None else f"{host}:{port}"


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else path


def _title(body: bytes, charset: str | None) -> str | None:
    """The page's ``<title>``; looked for by hand, as a pattern over a hostile page may take for ever."""
    lower = body.lower()
    begun = lower.find(b"<title")
    opened = lower.find(b">", begun) + 1 if begun >= 0 else 0
    ended = lower.find(b"</title", opened) if opened else -1
    if ended < 0:
        return None
    declared = _CHARSET.search(body[:2048])
    name = charset or (declared.group(1).decode("ascii") if declared else "utf-8")
    name = "gb18030" if name.lower() in ("gb2312", "gbk") else name
    try:
        text = body[opened:ended].decode(name, "replace")
    except LookupError:
        text = body[opened:ended].decode("utf-8", "replace")
    words = html.unescape(text).replace("\0", "").split()
    return " ".join(words)[:TITLE_CHARACTERS] or None
