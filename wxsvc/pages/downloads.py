"""Files to a browser (下载与图片): the one way in which templates, papers, codes, photos and exports are sent.

A header holds ASCII only, and what stands in it beyond that is an error of the whole page with one server and not with
another. So nobody writes ``Content-Disposition`` by hand.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from flask import Response, abort, send_file

from models.stored_file import StoredFile
from wxsvc.access import house
from wxsvc.uploads.filetypes import PICTURES

KEPT: Final = "private, max-age=600"
"""For a stored file: its content never changes, and only its visitor's own browser may keep it."""


def made(content: bytes, media_type: str, name: str, *, is_shown: bool = False) -> Response:
    """A file made for this answer, under its name, Chinese or not (RFC 5987): downloaded, or shown in the browser."""
    response = _sent(BytesIO(content), media_type, name, is_shown=is_shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def written(content: IO[bytes], media_type: str, name: str) -> Response:
    """A large file made for this answer, open at its beginning: it is sent piece by piece, and then closed."""
    response = _sent(content, media_type, name, is_shown=False)
    response.headers["Cache-Control"] = "no-store"
    return response


def stored(file: StoredFile | None, *, is_small: bool = False) -> Response:
    """A stored file under its own name: pictures are shown (``is_small``: as thumbnails), all else is downloaded.

    404 where there is none, or it is not in the folder any more.
    """
    if file is None:
        abort(404)
    is_picture, files = file.media_type in PICTURES, house().files
    try:
        if is_small and is_picture:
            return _sent(BytesIO(files.thumbnail(file.sha256)), "image/jpeg", file.name, is_shown=True)
        return _sent(files.path(file.sha256), file.media_type, file.name, is_shown=is_picture)
    except FileNotFoundError:
        abort(404)


def _sent(content: Path | IO[bytes], media_type: str, name: str, *, is_shown: bool) -> Response:
    name = _clean(name)
    response = send_file(content, media_type, as_attachment=not is_shown, download_name=name)
    if not name.isascii():
        # Flask gives an old browser the ASCII signs of the name: of most of ours nothing but ".xlsx".
        ending = Path(name).suffix
        plain = f"file{ending}" if ending.isascii() else "file"
        names = {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}
        response.headers.set("Content-Disposition", "inline" if is_shown else "attachment", **names)
    response.headers["Cache-Control"] = KEPT
    return response


def _clean(name: str) -> str:
    """The name without what no file may be called: an upload brings whatever its sender called it."""
    return "".join("_" if sign in '/\\:*?"<>|' else sign for sign in name if sign.isprintable()).strip(". ") or "file"
