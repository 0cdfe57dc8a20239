"""Strangers and full halls: what half-sent requests, large bodies and a thousand connections leave of the product.

Asked of ``wxsvc serve``, of ``wxsvc web`` with one process of four threads, and of that behind our Caddyfile; the chief
questions also behind our nginx.conf.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest
import requests

from models.person import Person
from tests import builders
from tests.migrated import migrate
from tests.real import Postgres, missing
from tests.served import HOST, SERVE, WEB, Scans, answer_on, authorised, caddy, nginx, product, signed_in
from tests.timing import in_time, until
from tests.wxsvc.pages.web import PretendedWeChat
from wxsvc import request_bodies, serving
from wxsvc.db import Database

pytestmark = pytest.mark.waits

HALL: Final = 1100
"""Phones at once: with granian's own default, one process takes 1024 connections, and the next waits half a minute."""
HALF_SENT: Final = 200
BESIDE: Final = 1000
"""Phones of a hall that scans while half-sent requests and slow readers hold on."""
ASKING: Final = 24
"""Phones that open a page while WeChat hangs: more than ``wxsvc serve`` has threads for pages."""
PATIENCE: Final = 3.0
"""Seconds for an answer, on a machine that others share; WeChat gives up after five."""
AT_ONCE: Final = 32
"""Scans under way at the same time: people raise their phones within seconds, not within the same millisecond."""

KINDS: Final = {
    "half the headers": b"POST /wechat?timestamp=1 HTTP/1.1\r\nHost: wx.example.cn\r\nContent-Le",
    "half the body": b"POST /wechat HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 2000\r\n\r\n<xml>",
    "half a form": (
        b"POST /enrol HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 2000\r\n\r\nname="
    ),
    "dripping chunks": b"POST /wechat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\n",
    "half a large body": b"POST /p/publish HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + b"a" * 70_000,
    "half an upload": (
        b"POST /p/online-trades/list HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Cookie: {session}\r\nContent-Length: 20000000\r\n\r\n--b\r\n"
    ),
    "nothing": b"",
}
DRIPS: Final = {"dripping chunks": b"1\r\na\r\n", "nothing": b""}


@dataclass
class Served:
    """A running product, an activity that takes scans, and people who stand for an enterprise each."""

    name: str
    port: int
    scans: Scans
    people: Iterator[str]
    staff: str

    @cached_property
    def session(self) -> bytes:
        """The cookie of somebody who is signed in."""
        return b"; ".join(
            f"{cookie.name}={cookie.value}".encode() for cookie in signed_in(self.url, self.staff).cookies
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=20)


PROXIES: Final = {"caddy": caddy, "nginx": nginx}
SCENES: Final = {"serve": "1", "web": "2", "caddy": "3", "nginx": "4"}
"""Each way to the product has an activity of its own, in which nobody has been counted when its hall comes."""
ALSO_BEHIND_NGINX = pytest.mark.parametrize("served", ["serve", "web", "caddy", "nginx"], indirect=True, scope="module")


@dataclass(frozen=True)
class Running:
    """A product that answers on a port, its visitors, a clerk, and where it keeps its files."""

    folder: Path
    port: int
    people: list[str]
    staff: str


@contextmanager
def _running(command: tuple[str, ...], url: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    people, staff = _hall(url, request)
    where = {f"wechat_{part}_base_url": request.getfixturevalue("wechat_server")[0] for part in ("api", "open", "mp")}
    with product(command, folder, database_url=url, log_level="WARNING", **where) as port:
        yield Running(folder, port, people, staff)


@pytest.fixture(scope="module")
def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Running]:
    """``wxsvc web`` on PostgreSQL: one, which is asked directly and through each proxy in turn."""
    url = postgres.create()
    try:
        with _running(WEB, url, tmp_path_factory.mktemp("web"), request) as running:
            yield running
    finally:
        postgres.drop(url)


@pytest.fixture(scope="module", params=["serve", "web", "caddy"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``wxsvc serve`` on SQLite; ``wxsvc web``, reached directly or through a proxy."""
    if serving.connections() < HALL + BESIDE + 2 * HALF_SENT:
        missing(f"{HALL} phones and more at once: raise ulimit -n")
    name = request.param
    with ExitStack() as closing_all:
        if name == "serve":
            folder = tmp_path_factory.mktemp("serve")
            url = f"sqlite:///{folder / 'wxsvc.db'}"
            running = closing_all.enter_context(_running(SERVE, url, folder, request))
        else:
            running = request.getfixturevalue("web")
        port = running.port
        if name in PROXIES:
            port = closing_all.enter_context(PROXIES[name](running.folder, port))
        yield Served(name, port, Scans(SCENES[name]), cycle(running.people), running.staff)


def _hall(url: str, request: pytest.FixtureRequest) -> tuple[list[str], str]:
    """Activities that run now, with visitors who stand for an enterprise each; their openids, and a clerk's."""
    database, now = Database(url), datetime.now(UTC)
    migrate(database, request)
    began, ends = now - timedelta(hours=1), now + timedelta(hours=2)
    with database.transaction() as session:
        platform = builders.platform(session)
        staff = builders.staff(session, platform)
        for scene in SCENES.values():
            builders.activity(
                session, platform, starts_at=began, opens_at=began, ends_at=ends, closes_at=ends, scene=scene
            )
        openids = [f"o-visitor-{number}" for number in range(HALL)]
        builders.crowd(session, openids)
        clerk = session.get_one(Person, staff.person_id).openid
    database.dispose()
    return openids, str(clerk)


@contextmanager
def held(served: Served, kind: str) -> Iterator[list[socket.socket]]:
    """As many strangers' requests of this kind, open and never finished; some drip."""
    with ExitStack() as closing_all:
        strangers = [closing_all.enter_context(closing(served.connect())) for _ in range(HALF_SENT)]
        some = KINDS[kind].replace(b"{session}", served.session)
        for stranger in strangers:
            _send(stranger, some)
        is_over = threading.Event()
        dripping = threading.Thread(target=_drip, args=(strangers, DRIPS.get(kind, b"a"), is_over))
        dripping.start()
        try:
            time.sleep(0.5)
            yield strangers
        finally:
            is_over.set()
            dripping.join()


def _drip(strangers: list[socket.socket], some: bytes, is_over: threading.Event) -> None:
    while some and not is_over.wait(1):
        for stranger in strangers:
            _send(stranger, some)


def _send(connection: socket.socket, some: bytes) -> None:
    with contextlib.suppress(OSError):  # the server has ended it, which is its right
        connection.sendall(some)


def _soon(served: Served, ask: Callable[[Served], None], what: str) -> None:
    """Somebody honest is answered in time; a busy machine has a second chance."""
    for chance in (1, 2):
        began = time.monotonic()
        ask(served)
        waited = time.monotonic() - began
        if waited < PATIENCE:
            return
        assert chance == 1, f"{what}: {waited:.1f} s"


def _health(served: Served) -> None:
    assert requests.get(f"{served.url}/healthz", timeout=20).json() == {"status": "ok"}


def _scan(served: Served) -> None:
    openid = next(served.people)
    with closing(served.connect()) as phone:
        phone.sendall(served.scans.request(openid))
        assert "签到" in served.scans.text(answer_on(phone), openid)


@pytest.mark.parametrize("kind", KINDS)
def test_half_sent_requests_stop_nobody(served: Served, kind: str) -> None:
    """Two hundred hold on, strangers or signed in; the running state and scans are answered as ever."""
    with held(served, kind):
        for _ in range(3):
            _soon(served, _health, "/healthz")
            _soon(served, _scan, "a scan")


@contextmanager
def unread(served: Served, count: int, times: int) -> Iterator[None]:
    """So many strangers who ask for the largest script, some times each, and do not read it."""
    asked = b"GET /static/vendor/echarts.js HTTP/1.1\r\nHost: a\r\n\r\n" * times
    with ExitStack() as closing_all:
        for _ in range(count):
            stranger = closing_all.enter_context(closing(socket.socket()))
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stranger.connect((HOST, served.port))
            _send(stranger, asked)
        time.sleep(0.5)
        yield


def test_slow_readers_stop_nobody(served: Served) -> None:
    """Forty strangers ask for the largest script and do not read it."""
    with unread(served, 40, 8):
        for _ in range(3):
            _soon(served, _health, "/healthz")
            _soon(served, _scan, "a scan")


@ALSO_BEHIND_NGINX
def test_a_scan_beside_all_of_them_is_counted_within_a_second(served: Served) -> None:
    """Two hundred half-sent pushes, two hundred slow readers and a hall of a thousand that scans, all at once."""
    hall = Hall()

    def scan_all() -> None:
        try:
            _slowest(served, BESIDE, hall)
        except BaseException as error:
            hall.failed.append(error)

    def scanned() -> float:
        began = time.monotonic()
        _scan(served)
        return time.monotonic() - began

    with held(served, "half the body"), unread(served, HALF_SENT, 1):
        scanning = threading.Thread(target=scan_all)
        scanning.start()
        try:
            for wanted in (1, 100, 200):

                def is_so_far(wanted: int = wanted) -> bool:
                    return len(hall.waits) >= wanted or bool(hall.failed)

                until(is_so_far, 60, "the hall stands still")
                in_time(scanned, 1.0)
        finally:
            hall.is_over.set()
            scanning.join()
    assert hall.failed == []
    assert len(hall.waits) < BESIDE, "the hall was empty before the last scan beside it"


@ALSO_BEHIND_NGINX
def test_what_a_stranger_does_not_finish_is_ended(served: Served) -> None:
    """After the time for it the connection is over, however lively it drips, whatever was sent of it.

    A proxy itself holds a body longer, as it cannot tell who is signed in; it needs no thread for that.
    """
    kinds = (
        ["half the headers"]
        if served.name in PROXIES
        else [kind for kind in KINDS if kind not in ("half an upload", "nothing")]
    )
    with ExitStack() as closing_all:
        strangers = {kind: closing_all.enter_context(closing(served.connect())) for kind in kinds}
        for kind, stranger in strangers.items():
            _send(stranger, KINDS[kind])
        late = time.monotonic() + request_bodies.ANONYMOUS_SECONDS + 5
        is_over = threading.Event()
        for kind, stranger in strangers.items():
            drip = DRIPS.get(kind, b"a")
            threading.Thread(target=_drip, args=([stranger], drip, is_over), daemon=True).start()
        open_still = set()
        for kind, stranger in strangers.items():
            stranger.settimeout(max(0.1, late - time.monotonic()))
            try:
                got = stranger.recv(65536)
            except TimeoutError:
                open_still.add(kind)
            except ConnectionError:
                pass
            else:
                assert got == b"" or got.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.1 303", b"HTTP/1.0 4")), got
        is_over.set()
    assert open_still == set()


@ALSO_BEHIND_NGINX
@pytest.mark.parametrize("path", ["/wechat", "/enrol", "/join/unknown"])
def test_a_large_body_of_nobody_is_refused_at_once(served: Served, path: str) -> None:
    """120 MB are announced, the first of them sent: the answer does not wait for the rest."""
    with closing(served.connect()) as stranger:
        began = time.monotonic()
        head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/xml\r\nContent-Length: 120000000\r\n\r\n"
        _send(stranger, head.encode() + b"a" * 2000)
        answer = stranger.recv(65536)
        assert time.monotonic() - began < PATIENCE
    assert int(answer.split()[1]) in (303, 403, 413), answer
    assert path != "/wechat" or answer.split()[1] == b"413"


@ALSO_BEHIND_NGINX
def test_a_large_body_of_nobody_that_is_not_announced_is_refused_at_once(served: Served) -> None:
    """Chunks of 3 MB without an end: nobody keeps them until it comes."""
    with closing(served.connect()) as stranger:
        began = time.monotonic()
        head = f"POST /enrol HTTP/1.1\r\nHost: {HOST}:{served.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
        _send(stranger, head.encode() + (b"2710\r\n" + b"a" * 10_000 + b"\r\n") * 300)
        answer = stranger.recv(65536)
        assert time.monotonic() - began < PATIENCE
    assert int(answer.split()[1]) in (303, 411), "told before a byte of it is sent on: it would break off on its way"


@pytest.mark.parametrize("served", ["serve"], indirect=True, scope="module")
@pytest.mark.parametrize(
    "header",
    [
        b"Cookie: a\0b",
        b"Transfer-Encoding: gzip",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: " + b"9" * 5000,
        b"no colon",
    ],
)
def test_headers_that_cannot_be_read_are_answered(served: Served, header: bytes) -> None:
    """It was closed without an answer, and an error of ours stood in the log."""
    with closing(served.connect()) as stranger:
        _send(stranger, b"GET / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n")
        assert stranger.recv(65536).split()[1] in (b"400", b"501")


@pytest.mark.parametrize("address", ["/enrol?q=长沙", "/c/签到?t=长"])
def test_an_address_with_signs_that_are_not_escaped_is_an_address(served: Served, address: str) -> None:
    """Programs that scan codes, and people who type addresses, send them as they are."""
    with closing(served.connect()) as stranger:
        _send(stranger, f"GET {address} HTTP/1.1\r\nHost: {HOST}:{served.port}\r\n\r\n".encode())
        answer = stranger.recv(65536)
    assert answer.split()[1] == b"303", answer
    assert b"%25E9%2595%25BF" in answer, "where to go on after signing in, escaped once more"


def test_who_is_signed_in_may_upload(served: Served) -> None:
    """Some megabytes reach the form; too many are refused with the sentence, once they are sent."""
    clerk = signed_in(served.url, served.staff)
    some = clerk.post(f"{served.url}/p/online-trades/list", files={"sheet": b"a" * 5 * 2**20}, timeout=60)
    assert some.status_code == 400, "the form has no token, and was read to know it"
    many = clerk.post(f"{served.url}/p/online-trades/list", files={"sheet": b"a" * 25 * 2**20}, timeout=60)
    assert many.status_code == 413
    assert "上传的文件过大" in many.text
    photos = clerk.post(f"{served.url}/p/activity/unknown/wrap-up", files={"photos": b"a" * 25 * 2**20}, timeout=60)
    assert photos.status_code == 400


def test_pages_that_hang_hold_up_no_scan(served: Served, wechat_server: tuple[str, PretendedWeChat]) -> None:
    """More pages than there are threads ask WeChat who their visitor is, which does not answer; pushes go on."""
    _, wechat = wechat_server
    asking = [authorised(served.url, served.staff, 40)[1] for _ in range(ASKING)]
    phones = [threading.Thread(target=enter, daemon=True) for enter in asking]
    wechat.answers.clear()
    try:
        for phone in phones:
            phone.start()
        time.sleep(1)
        for _ in range(3):
            _soon(served, _scan, "a scan")
        assert all(phone.is_alive() for phone in phones), "they did not wait"
    finally:
        wechat.answers.set()
        for phone in phones:
            phone.join()


def test_a_full_hall(served: Served) -> None:
    """Eleven hundred phones connect and stay; each scans once, and every single one is answered in time."""
    slowest = _slowest(served)
    if slowest > PATIENCE:
        slowest = _slowest(served)  # others share the machine
    assert slowest < PATIENCE


@dataclass
class Hall:
    """How far a hall is that scans: the seconds that each phone waited, what went wrong, and whether it may stop."""

    waits: list[float] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)


def _slowest(served: Served, phones_in_it: int = HALL, hall: Hall | None = None) -> float:
    """All connect, then each scans once: the longest that one of them waited."""
    hall = hall or Hall()
    waits = hall.waits
    with ExitStack() as closing_all:

        def connected() -> socket.socket:
            return closing_all.enter_context(closing(served.connect()))

        phones = [(connected(), next(served.people)) for _ in range(phones_in_it)]
        waiting, begun = closing_all.enter_context(selectors.DefaultSelector()), dict[str, float]()
        while len(waits) < phones_in_it:
            if hall.is_over.is_set():  # who has begun is answered still
                phones.clear()
                if len(begun) == len(waits):
                    break
            while phones and len(begun) - len(waits) < AT_ONCE:
                phone, openid = phones.pop()
                begun[openid] = time.monotonic()
                waiting.register(phone, selectors.EVENT_READ, openid)
                _send(phone, served.scans.request(openid))
            ready = waiting.select(timeout=60)
            assert ready, "no answer within a minute"
            for key, _ in ready:
                phone, openid = key.fileobj, key.data
                assert isinstance(phone, socket.socket)
                waiting.unregister(phone)
                try:
                    answer = answer_on(phone)
                except ConnectionError:  # idle too long before its scan: a client connects anew then
                    phone = connected()
                    waiting.register(phone, selectors.EVENT_READ, openid)
                    _send(phone, served.scans.request(openid))
                    continue
                assert "签到" in served.scans.text(answer, openid)
                waits.append(time.monotonic() - begun[openid])
    return max(waits)
