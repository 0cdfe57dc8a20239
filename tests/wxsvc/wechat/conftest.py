"""A tiny WeChat that answers as it is told and writes down what it was asked."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.wxsvc.wechat.memory_store import MemoryStore
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.tokens import TokenStore

APP, SECRET = "wx1234567890abcdef", "5ecret0000000000000000000000000x"
NOT_LATEST = {
    "errcode": 40001,
    "errmsg": "invalid credential, access_token is invalid or not latest, could get access_token by "
    "getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: 6aac0063-7ed08fb9-1250f724",
}
OK = {"errcode": 0, "errmsg": "ok"}
RESET = "reset"
"""The connection breaks before an answer: nobody knows whether the call was carried out."""

TOKEN, TICKET = "/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeWeChat:
    """`on(path, *answers)` queues answers; the last one stays. An answer is a dict, raw (status, type, bytes), RESET,
    seconds to wait, or a function of the request."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *answers: Any) -> None:
        self.answers[path] = deque(answers)

    def calls(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def answer_to(self, asked: Asked) -> Any:
        with self.lock:
            self.asked.append(asked)
            queued = self.answers[asked.path]
            answer = queued.popleft() if len(queued) > 1 else queued[0] if queued else None
            if answer is None and asked.path == TOKEN:
                self.tokens += 1
                answer = {"access_token": f"TOKEN{self.tokens}", "expires_in": 7200}
        return answer(asked) if callable(answer) else OK if answer is None else answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer leaves in one piece, without Nagle's wait
    wechat: FakeWeChat

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        answer = self.wechat.answer_to(Asked(self.command, parts.path, query, dict(self.headers), body))
        if answer == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if isinstance(answer, float):
            time.sleep(answer)
            answer = OK
        status, media_type, content = (
            (200, "application/json; encoding=utf-8", json.dumps(answer, ensure_ascii=False).encode())
            if isinstance(answer, dict)
            else answer
        )
        try:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    do_POST = do_GET

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


@dataclass
class Clock:
    """A clock that is moved by hand."""

    at: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    fake = FakeWeChat()
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"wechat": fake}))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def waits() -> list[float]:
    """The pauses between repeats, in seconds; none of them is really waited."""
    return []


@pytest.fixture
def open_gateway(wechat: FakeWeChat, clock: Clock, waits: list[float]) -> Iterator[Callable[[TokenStore], Gateway]]:
    opened: list[Gateway] = []

    def make(store: TokenStore) -> Gateway:
        bases = {"api_base_url": wechat.url, "open_base_url": wechat.url, "mp_base_url": wechat.url}
        opened.append(Gateway(APP, SECRET, store, clock.now, sleep=waits.append, **bases))
        return opened[-1]

    yield make
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(open_gateway: Callable[[TokenStore], Gateway], store: MemoryStore) -> Gateway:
    return open_gateway(store)
