"""Error pages (提示页): what happened and what to do, in a courteous sentence. Nothing internal is ever shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Flask, Response, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from wxsvc import observe, problems, wording
from wxsvc.access import local_path
from wxsvc.pages import limits
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused

log = observe.logger(__name__)

_WORDED: Final = frozenset({400, 403, 404, 405, 413, 429, 500, 503})
STATUS: Final = {
    "not_allowed": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "no_such_activity": HTTPStatus.NOT_FOUND,
}
"""Refusals that mean the same with a form and without: who asks may not, or what is asked for is not there."""


def register(app: Flask) -> None:
    """Hang the handlers into the app."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(FileRefused, _file_refused)
    app.register_error_handler(Exception, _unexpected)


def refusal_text(refused: Refused) -> str:
    """The sentence of a refusal; one that nobody has worded yet is logged and told in general terms."""
    try:
        return wording.sentence("refusals", refused.code, **refused.values)
    except Exception as error:
        log.error("a refusal has no sentence", code=refused.code, error=str(error))
        return wording.sentence("pages", "refused")


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, problems.RefusedRequest):
        return error.answer()
    status = error.code or 500
    if status < 400:
        return error
    page = _page(status, f"error_{status if status in _WORDED else 400 if status < 500 else 500}")
    if not isinstance(error, MethodNotAllowed):
        return page
    told = make_response(page)
    told.allow.update(error.valid_methods or ())  # RFC 9110, 15.5.6: a 405 says which methods there are
    return told


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _page(400, "error_stale_form")


def _refused(error: Refused) -> ResponseReturnValue:
    return _page(STATUS.get(error.code, HTTPStatus.CONFLICT), error.code, refusal_text(error))


def _file_refused(error: FileRefused) -> ResponseReturnValue:
    return _page(HTTPStatus.UNPROCESSABLE_ENTITY, sentence=wording.sentence("file_refusals", error.reason))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request failed", path=request.path, exc_info=error)
    return _page(500, "error_500")


def _page(status: int, code: str | None = None, sentence: str | None = None) -> ResponseReturnValue:
    if request.path.startswith(problems.PREFIX):
        return _problem(status)
    text = sentence or wording.sentence("pages", code or "error_500")
    way_back = local_path(request.referrer and request.referrer.removeprefix(request.host_url.rstrip("/")))
    known = "openid" in session
    shown = {"status": int(status), "code": code, "text": text, "way_back": way_back, "known": known}
    return render_template("error.html", **shown), int(status)


def _problem(status: int) -> Response:
    """What another system is told in place of a page, and after how many seconds it may come again."""
    told = problems.of_status(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told.headers["Retry-After"] = str(limits.seconds_to_wait())
    return told
