"""What is sent, cleaned (净化): one place where characters leave requests that no keyboard types and nobody sees.

NUL is refused by PostgreSQL, half a surrogate by every encoding. In an address nobody of ours wrote them: 404. In a
query, a form or the name of a file they are dropped, and so are signs without a shape (``texts.unseen``). What is left
is judged like anything typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Request, abort, request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict

from wxsvc.texts.unseen import without_unseen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_IMPOSSIBLE: Final = re.compile("[\0\ud800-\udfff]")


class _Cleaned(ImmutableMultiDict[str, Any]):
    """Parameters by name, both cleaned; of a file, its name. A part without a name (None) has an empty one."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        pairs = mapping.items(multi=True) if isinstance(mapping, MultiDict) else mapping
        if isinstance(pairs, Mapping):
            pairs = pairs.items()
        super().__init__([(without_unseen(name or ""), _value(value)) for name, value in pairs or ()])


def _name(text: str) -> str:
    """A file's name without control characters and marks that turn the direction (``表\u202excod.exe``)."""
    return "".join(sign for sign in text if sign.isprintable())


def _value(value: Any) -> Any:
    if isinstance(value, FileStorage):
        value.filename = _name(value.filename) if value.filename else value.filename
        return value
    return without_unseen(value) if isinstance(value, str) else value


class CleanRequest(Request):
    """A request whose query, form and names of files are clean, and whose host is one that a name may be."""

    parameter_storage_class = _Cleaned

    def __init__(self, environ: WSGIEnvironment, *options: bool, **named: bool) -> None:
        if not _may_be_a_host(environ.get("HTTP_HOST", "")):
            environ["HTTP_HOST"] = ""  # as Werkzeug reads a host with signs that none has: no address is made of it
        super().__init__(environ, *options, **named)


def _may_be_a_host(text: str) -> bool:
    """Whether names of machines allow it: labels of 1 to 63 signs, and no broken ``xn--``. No address stumbles then."""
    try:
        text.encode("idna").decode("idna")
    except UnicodeError:
        return False
    return True


def register(app: Flask) -> None:
    """Every request of the app."""
    app.request_class = CleanRequest

    @app.before_request
    def refuse() -> None:
        if _IMPOSSIBLE.search(request.path):
            abort(404)
