"""Request bodies (请求正文): how much of one is taken, from whom, and how long it may take to arrive.

A server reads a request whole before it gives it a thread, so that a stranger who sends half of one holds a connection
and nothing else. Whoever is not signed in has nothing large to send; the signed session tells the two apart, as it can
be checked without the database. What is too large reaches the app without its body: the app knows the sentence.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from flask import Flask, request, session
from itsdangerous import BadSignature
from msgspec import Struct

from wxsvc.services.activity import materials, photos
from wxsvc.settings import Settings

HEADER_SECONDS: Final = 10
"""Seconds from a request's first byte to the end of its headers."""
ANONYMOUS_BYTES: Final = 64 * 1024
"""What somebody unknown may send. A push of WeChat is below 4 KB, a form before signing in below 1 KB."""
ANONYMOUS_SECONDS: Final = 10
"""Seconds for that: WeChat gives up on a push after five."""
SIGNED_IN_SECONDS: Final = 300
"""Seconds for an upload: 20 MB over a phone's weak network (0.6 Mbit/s)."""
IN_MEMORY: Final = 256 * 1024
"""Bytes of a body that are kept in memory; the rest of a large one waits on disk."""

_FILES: Final = (("/wrap-up", photos.MOST), ("/materials", materials.MOST))
"""The ends of the addresses whose forms take several files of full size, and how many."""


class Limit(Struct, frozen=True):
    """What one request may send: bytes, and seconds from its first byte to its last."""

    size: int
    seconds: int
    is_signed_in: bool


class Limits:
    """The limit of each request, by its address and its session."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._anonymous = Limit(ANONYMOUS_BYTES, ANONYMOUS_SECONDS, is_signed_in=False)

    def of(self, path: str, cookies: str) -> Limit:
        """The limit of a request for this path that carries this ``Cookie`` header."""
        if not self._is_signed_in(cookies):
            return self._anonymous
        return Limit(largest(path, self._settings), SIGNED_IN_SECONDS, is_signed_in=True)

    def _is_signed_in(self, cookies: str) -> bool:
        name = self._app.config["SESSION_COOKIE_NAME"]
        if name not in cookies:
            return False
        try:
            sent = SimpleCookie(cookies).get(name)
        except CookieError:
            return False
        serializer: Any = self._app.session_interface.get_signing_serializer(self._app)  # type: ignore[attr-defined]
        try:
            held = serializer.loads(
                sent.value if sent else "", max_age=int(self._app.permanent_session_lifetime.total_seconds())
            )
        except BadSignature:
            return False
        return "openid" in held


def largest(path: str, settings: Settings) -> int:
    """Bytes that a signed-in person may send to this path: one file and its form, or as many as its form takes."""
    files = next((most for end, most in _FILES if path.endswith(end)), 1)
    return (files * settings.max_upload_mb + 1) * 2**20


def register(app: Flask, settings: Settings) -> None:
    """The app refuses by the same limits (413), whichever server stands before it."""

    @app.before_request
    def limit() -> None:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            request.max_content_length = largest(request.path, settings) if "openid" in session else ANONYMOUS_BYTES
