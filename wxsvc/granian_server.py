"""granian (生产环境的网页服务): a request is handed on before its body is there; the body is awaited without a thread.

Given a WSGI application, granian keeps one of its few threads waiting for each body that is on its way: four half-sent
requests would stop a process of four threads. So the app is offered as an RSGI one, granian's own interface: an event
loop receives requests whole and within their limits, a thread makes the answer, and the loop sends it.
"""

from __future__ import annotations

import asyncio
import string
import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from msgspec.structs import replace

from wxsvc import observe
from wxsvc.chat import callback
from wxsvc.request_bodies import IN_MEMORY, Limit, Limits
from wxsvc.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

log = observe.logger("web")


Waiting = SimpleQueue[tuple["WSGIEnvironment", "HTTPProtocol", "asyncio.Future[None]"]]
"""Requests that are whole and wait for a thread."""


class Buffered:
    """An RSGI application around the app: whole requests in, whole answers out, ``threads`` of them at a time.

    Pushes have as many threads of their own: pages that wait for WeChat, or for a long report, hold up no scan.
    """

    def __init__(self, app: Flask, settings: Settings, threads: int) -> None:
        self._app, self._limits = app, Limits(app, settings)
        self._answered, self._is_told = deque[asyncio.Future[None]](), False
        self._pages, self._pushes = self._threads(threads, "page"), self._threads(threads, "push")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Serve one request."""
        headers = _headers(scope)
        limit = self._limits.of(scope.path, headers.get("HTTP_COOKIE", ""))
        with BytesIO() if limit.size <= IN_MEMORY else SpooledTemporaryFile(IN_MEMORY) as body:
            refusal = await self._received(scope.path, headers, limit, protocol, body)
            if refusal is not None:
                protocol.response_empty(refusal, [("connection", "close")])
                return
            environ = _environ(scope, headers, body)
            answered = asyncio.get_running_loop().create_future()
            waiting = self._pushes if scope.path in callback.ADDRESSES else self._pages
            waiting.put((environ, protocol, answered))
            await answered

    async def _received(
        self, path: str, headers: dict[str, str], limit: Limit, protocol: HTTPProtocol, body: IO[bytes]
    ) -> int | None:
        """Receive the body into ``body`` and note its length; or the status of a request that the app never sees."""
        declared = headers.get("CONTENT_LENGTH")
        is_chunked = headers.pop("HTTP_TRANSFER_ENCODING", None) is not None
        if declared is None and not is_chunked:
            return None
        if is_chunked and path not in callback.ADDRESSES:
            return 411  # a cut one looks whole here; a push proves by its signature that it is
        if declared is not None and int(declared) > limit.size:
            if not limit.is_signed_in:
                return None
            limit = replace(limit, size=0)
        try:
            async with asyncio.timeout(limit.seconds):
                size = await _read(protocol, body, limit, int(declared) if declared else None)
        except TimeoutError:
            return 408
        if declared is not None and size < int(declared):
            return 400  # the client has gone
        headers["CONTENT_LENGTH"] = str(size)
        body.seek(0)
        return None

    def _threads(self, number: int, name: str) -> Waiting:
        """So many threads, and where they take their requests from."""
        waiting = Waiting()
        for each in range(number):
            threading.Thread(target=self._answer_for_ever, args=(waiting,), name=f"{name}_{each}", daemon=True).start()
        return waiting

    def _answer_for_ever(self, waiting: Waiting) -> None:
        """One thread: a request after the other. An executor would make a second future for each, and a lock."""
        while True:
            environ, protocol, answered = waiting.get()
            try:
                self._answer(environ, protocol)
            except BaseException as error:
                log.error("answer not sent", path=environ["PATH_INFO"], exc_info=error)
            self._answered.append(answered)
            if not self._is_told:  # else the loop is on its way to all that were answered
                self._is_told = True
                with suppress(RuntimeError):  # the loop has ended: the process is told to go, and nobody waits any more
                    answered.get_loop().call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """In the loop: those that are answered need wait no longer. Told before it looks, it misses none."""
        self._is_told = False
        while self._answered:
            answered = self._answered.popleft()
            if not answered.done():  # as it is once the client has gone
                answered.set_result(None)

    def _answer(self, environ: WSGIEnvironment, protocol: HTTPProtocol) -> None:
        """In a thread: make the answer and hand it to granian, which sends it without the thread."""
        code, lines = 500, list[tuple[str, str]]()

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            nonlocal code, lines
            code, lines = int(status[:3]), headers

        content = b""
        try:
            chunks: Iterable[bytes] = self._app(environ, start_response)
            try:
                content = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        except Exception as error:
            log.error("request failed", path=environ["PATH_INFO"], exc_info=error)
            code, lines, content = 500, [], b""
        protocol.response_bytes(code, lines, content)


async def _read(protocol: HTTPProtocol, body: IO[bytes], limit: Limit, declared: int | None) -> int:
    """The body's length; what is over the limit is not kept. Only who is signed in is listened to until the end:
    a browser shows no answer before it has sent everything."""
    size = 0
    async for chunk in protocol:
        size += len(chunk)
        if size <= limit.size:
            body.write(chunk)
        elif not limit.is_signed_in:
            break
        if size == declared:
            break
    return size


def _headers(scope: Scope) -> dict[str, str]:
    """The request's headers by their names in WSGI; one sent twice is joined."""
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # X_Forwarded_For would pass for the proxy's X-Forwarded-For
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        if key in found and key != "CONTENT_LENGTH":
            value = found[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        found[key] = value
    return found


def _environ(scope: Scope, headers: dict[str, str], body: IO[bytes]) -> WSGIEnvironment:
    server, _, port = scope.server.rpartition(":")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": quote(scope.query_string, string.punctuation),
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }
