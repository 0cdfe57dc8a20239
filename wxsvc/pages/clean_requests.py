"""What is sent, cleaned (净化): one place where characters leave requests that no keyboard types and nobody sees.

NUL is refused by PostgreSQL, half a surrogate by every encoding. In an address nobody of ours wrote them: 404. In a
query, a form or the name of a file they are dropped, and so are signs without a shape: sixty of them would be a summary
of sixty characters, a mark of direction turns what stands behind it, and a phone puts some around a number that it
copies. What is left is judged like anything typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Flask, Request, abort, request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict

_IMPOSSIBLE: Final = re.compile("[\0\ud800-\udfff]")
_UNSEEN: Final = re.compile(
    r"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0001-\U000e007f]"
    r"|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)
"""Control characters but for spaces and ends of lines, signs without a shape, a joiner that does not join pictures."""


def cleaned(text: str) -> str:
    """The text without what no database takes and nobody sees."""
    return _UNSEEN.sub("", text)


class _Cleaned(ImmutableMultiDict[str, Any]):
    """Parameters by name, both cleaned; of a file, its name. A part without a name (None) has an empty one."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        pairs = mapping.items(multi=True) if isinstance(mapping, MultiDict) else mapping
        if isinstance(pairs, Mapping):
            pairs = pairs.items()
        super().__init__([(cleaned(name or ""), _value(value)) for name, value in pairs or ()])


def _name(text: str) -> str:
    """A file's name without control characters and marks that turn the direction (``表\u202excod.exe``)."""
    return "".join(sign for sign in text if sign.isprintable())


def _value(value: Any) -> Any:
    if isinstance(value, FileStorage):
        value.filename = _name(value.filename) if value.filename else value.filename
        return value
    return cleaned(value) if isinstance(value, str) else value


class CleanRequest(Request):
    """A request whose query, form and names of files are clean."""

    parameter_storage_class = _Cleaned


def register(app: Flask) -> None:
    """Every request of the app."""
    app.request_class = CleanRequest

    @app.before_request
    def refuse() -> None:
        if _IMPOSSIBLE.search(request.path):
            abort(404)
