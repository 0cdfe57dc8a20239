"""Photos and papers (照片与佐证材料): private, content-addressed, there as a whole or not at all.

A file lies under the SHA-256 of what is stored, so that storing it twice keeps one, and its name on disk tells nothing.
Pictures are drawn anew, also those that come as papers. What a user reads for a refusal is in the templates.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

from wxsvc.uploads.filetypes import PAPERS, PICTURES, FileFault, FileRefused, media_type_of

DRAFT: Final = "draft-"
"""How the name of a file begins that is not yet written to its end."""


class KeptFile(Struct, frozen=True):
    """A file that is kept. Width, height and ``taken_at`` are known of pictures only; ``size`` is in bytes."""

    sha256: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    fingerprint: str | None = None
    """What a picture looks like (``pictures.fingerprint``)."""


class Files:
    """The private folder ``WXSVC_FILES_DIR``. Safe to share between threads and processes."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def store_photo(self, stream: IO[bytes]) -> KeptFile:
        """Keep a photo or screenshot: JPEG, PNG or WebP. Raises :class:`FileRefused`."""
        return self._store(stream, PICTURES)

    def store_paper(self, stream: IO[bytes]) -> KeptFile:
        """Keep a paper: PDF, Word, Excel, JPEG or PNG. Raises :class:`FileRefused`."""
        return self._store(stream, PAPERS)

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises ``FileNotFoundError`` when it is not here, or the name is none of ours."""
        path = self._place(sha256)
        if not path.is_file():
            raise FileNotFoundError(sha256)
        return path

    def thumbnail(self, sha256: str) -> bytes:
        """A small JPEG of a stored picture, drawn when first asked for."""
        from wxsvc.uploads import pictures

        kept = self._place(sha256).with_suffix(".jpg")
        with contextlib.suppress(FileNotFoundError):
            return kept.read_bytes()
        drawn = pictures.thumbnail(self.path(sha256).read_bytes())
        with contextlib.suppress(FileRefused):  # a full disk must not keep anybody from looking
            _write(kept, drawn)
        return drawn

    def remove(self, sha256: str) -> None:
        """Remove the file and its thumbnail. Repeatable."""
        place = self._place(sha256)
        place.with_suffix(".jpg").unlink(missing_ok=True)
        place.unlink(missing_ok=True)

    def _store(self, stream: IO[bytes], allowed: frozenset[str]) -> KeptFile:
        from wxsvc.uploads import pictures

        content = stream.read(self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise FileRefused(FileFault.TOO_LARGE)
        media_type = media_type_of(content)
        if media_type not in allowed:
            raise FileRefused(FileFault.NOT_ALLOWED)
        if media_type not in PICTURES:
            return KeptFile(self._keep(content), media_type, len(content))
        drawn = pictures.draw_anew(content)
        sha256 = self._keep(drawn.content)
        size = len(drawn.content)
        return KeptFile(sha256, drawn.media_type, size, drawn.width, drawn.height, drawn.taken_at, drawn.fingerprint)

    def _keep(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        place = self._place(sha256)
        if not place.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(place, content)
        return sha256

    def _place(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise FileNotFoundError(sha256)
        return self._folder / sha256[:2] / sha256


def _write(place: Path, content: bytes) -> None:
    """Write all of it or nothing: to a draft beside the place, flushed to disk, then renamed."""
    draft: Path | None = None
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=DRAFT, delete=False) as file:
            draft = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        _flush_folder(place.parent)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FileRefused(FileFault.DISK_FULL) from error
        raise


def _flush_folder(folder: Path) -> None:
    """A rename survives a power cut only once its folder is flushed too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
