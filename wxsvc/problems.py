"""Problems (接口错误): what other systems are told in place of a page, as JSON (RFC 9457), with a clear sentence."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from flask import Response
from werkzeug.exceptions import HTTPException

from wxsvc import wording

PREFIX: Final = "/api/"
"""Where other systems read: nobody is shown a page there."""
MEDIA_TYPE: Final = "application/problem+json"
_WORDED: Final = frozenset({400, 404, 405, 413, 429, 500, 503})


class RefusedRequest(HTTPException):
    """A request of another system that is refused: ``word`` is for its program, and names the sentence of api.toml."""

    def __init__(self, status: HTTPStatus, word: str, *, parameter: str | None = None, **facts: object) -> None:
        super().__init__(word)
        self.code = int(status)
        self.word, self.parameter, self.facts = word, parameter, facts

    def answer(self) -> Response:
        """As it is sent."""
        sentence = wording.sentence("api", self.word, parameter=self.parameter, **self.facts)
        made = _answer(self.code or 500, self.word, sentence, self.parameter)
        if self.code == HTTPStatus.UNAUTHORIZED:
            made.headers["WWW-Authenticate"] = 'Bearer realm="wxsvc"'
        return made


def of_status(status: int) -> Response:
    """What is said of a status that the server itself gave."""
    known = status if status in _WORDED else 400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500
    return _answer(status, f"status_{known}", wording.sentence("api", f"status_{known}"), None)


def _answer(status: int, word: str, sentence: str, parameter: str | None) -> Response:
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": word,
        "detail": sentence,
    }
    if parameter is not None:
        told["parameter"] = parameter
    return Response(json.dumps(told, ensure_ascii=False), status, content_type=MEDIA_TYPE)
