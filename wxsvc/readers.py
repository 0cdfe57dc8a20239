"""Other systems that read our figures (对接系统): which one asks, by its key alone. A cookie is never looked at."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from flask import g, request

from wxsvc.house import House
from wxsvc.problems import RefusedRequest
from wxsvc.services import api_keys
from wxsvc.services.api_keys import Reader


def reader(house: House) -> Reader:
    """The other system that asks. Raises ``RefusedRequest`` where none does, or with a key that is not in use."""
    if (found := known_reader(house)) is None:
        raise RefusedRequest(HTTPStatus.UNAUTHORIZED, "wrong_key" if _bearer() else "no_key")
    return found


def known_reader(house: House) -> Reader | None:
    """The same, or None for who has no key that is in use. Asked once in a request."""
    if "reader" not in g:
        with house.database.read() as reading:
            g.reader = api_keys.reader_of(reading, token) if (token := _bearer()) else None
    return cast("Reader | None", g.reader)


def _bearer() -> str:
    """The key in ``Authorization: Bearer …``."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
