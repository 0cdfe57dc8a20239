"""Assets (静态文件): styles and scripts, read and compressed once; their addresses change with their content."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, abort, request
from msgspec import Struct
from werkzeug.wrappers import Response

_LASTS = 365 * 24 * 3600
"""Seconds that a browser may keep an asset: another content has another address."""
_ROOT = Path(__file__).parent.parent / "static"


class Asset(Struct, frozen=True):
    """One file as it goes over the wire."""

    content: bytes
    compressed: bytes
    media_type: str
    version: str


def register(app: Flask) -> None:
    """The route ``static``, and the version in every address that ``url_for`` makes of it."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)

    @app.url_defaults
    def version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            found = _asset(str(values.get("filename")))
            values["v"] = found.version if found else "missing"


def serve(filename: str) -> Response:
    """One asset, compressed for whoever takes gzip; 304 for whoever has it."""
    found = _asset(filename) or abort(404)
    is_small = request.accept_encodings.quality("gzip") > 0 and len(found.compressed) < len(found.content)
    response = Response(found.compressed if is_small else found.content, mimetype=found.media_type)
    if is_small:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={_LASTS}, immutable"
    response.set_etag(found.version + ("-gzip" if is_small else ""))
    return response.make_conditional(request.environ)


@cache
def _names() -> frozenset[str]:
    """Everything there is: an address can name nothing else, and nothing outside the folder."""
    return frozenset(path.relative_to(_ROOT).as_posix() for path in _ROOT.rglob("*") if path.is_file())


@cache
def _asset(filename: str) -> Asset | None:
    if filename not in _names():
        return None
    content = (_ROOT / filename).read_bytes()
    return Asset(
        content,
        gzip.compress(content, 9, mtime=0),
        mimetypes.guess_type(filename)[0] or "application/octet-stream",
        sha256(content).hexdigest()[:10],
    )
