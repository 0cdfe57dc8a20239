"""``/wechat``: where WeChat verifies the address and pushes what happens. Parse, dispatch, answer; nothing else.

It stands in front of the pages' app: a push has no session, no form, no browser and no visitor, so nothing that pages
need is done for it. In a full hall that is half the work of a scan.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from wxsvc import observe
from wxsvc.chat import events, passive
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.push import Push
from wxsvc.chat.xmlbody import MAX_BODY
from wxsvc.db import Lost
from wxsvc.house import House

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESSES: Final = ("/wechat", "/wechat/")
"""The account's console takes the address with a last slash too."""

PATIENCE: Final = 3.0
"""Seconds that a push waits for a database that has gone: WeChat waits five."""
_PAUSE: Final = 0.1

log = observe.logger("wechat")


class Letterbox:
    """A WSGI application: answers ``/wechat`` itself, and hands everything else to ``pages``."""

    def __init__(self, parts: House, pages: WSGIApplication) -> None:
        self._parts, self._pages = parts, pages
        self._lost_at: float | None = None
        chosen = parts.settings
        self._envelope = Envelope(
            chosen.wechat_token,
            chosen.wechat_aes_key or None,
            chosen.wechat_app_id,
            chosen.wechat_mode.value,
            old_token=chosen.wechat_old_token,
            old_aes_key=chosen.wechat_old_aes_key,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") not in ADDRESSES:
            return self._pages(environ, start_response)
        return self._answered(Request(environ))(environ, start_response)

    def _answered(self, request: Request) -> Response:
        observe.begin_request(request.headers.get("X-Request-ID"))
        try:
            response = self._dispatched(request)
        except BadPush as bad:
            response = _refused(bad)
        except HTTPException:  # the body is larger than it said, or than it may be
            response = _refused(BadPush(PushFault.TOO_LARGE))
        except Exception as error:
            observe.pushes.labels("failed").inc()
            log.error("push failed", exc_info=error)
            response = Response(status=500)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    def _dispatched(self, request: Request) -> Response:
        if request.method == "POST":
            return self._receive(request)
        if request.method in ("GET", "HEAD"):
            return Response(self._envelope.verify_get(request.args), mimetype="text/plain")
        return Response(status=405, headers={"Allow": "GET, HEAD, POST"})

    def _receive(self, request: Request) -> Response:
        """One push. What is unknown or cannot be read is acknowledged: WeChat would only send it again, and in the end
        stop pushing for everybody. What is not WeChat's gets 4xx and writes nothing.
        """
        started = perf_counter()
        now = self._parts.clock.now()
        request.max_content_length = MAX_BODY
        opened = self._envelope.open(request.args, request.get_data(cache=False), now)
        try:
            push = Push.parse(opened.xml, opened.sent_at)
        except BadPush as bad:
            return _unread(bad)
        if push.flaw:
            log.warning("push read in part", reason=push.flaw)
        text = self._answer(push, now)
        observe.pushes.labels("answered" if text else "acknowledged").inc()
        observe.push_seconds.observe(perf_counter() - started)
        if not text or not push.to_user:
            return _acknowledged()
        body = self._envelope.answer(opened, passive.text_reply(push, text, now))
        return Response(body, mimetype="application/xml")

    def _answer(self, push: Push, now: datetime) -> str | None:
        """What to say. A database that restarts is waited for: to deal with a push twice changes nothing.

        Once it has been gone for longer, nobody waits until it answers again: the threads are needed for the rest.
        """
        while True:
            try:
                text = events.answer(self._parts, push, now)
            except Lost:
                self._lost_at = self._lost_at or monotonic()
                if monotonic() > self._lost_at + PATIENCE:
                    raise
                sleep(_PAUSE)
            else:
                self._lost_at = None
                return text


def _acknowledged() -> Response:
    return Response(passive.ACKNOWLEDGEMENT, mimetype="text/plain")


def _unread(bad: BadPush) -> Response:
    """Acknowledged though nobody can tell what it says; the reason goes to the log."""
    observe.pushes.labels("unread").inc()
    log.warning("push not read", reason=bad.reason.value, detail=bad.detail)
    return _acknowledged()


def _refused(bad: BadPush) -> Response:
    """4xx with no body that says more than the status does; the reason goes to the log."""
    observe.pushes.labels("refused").inc()
    log.warning("push refused", reason=bad.reason.value, detail=bad.detail)
    return Response(status=bad.status)
