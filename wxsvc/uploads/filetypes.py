"""File types (文件类型), told by content: a name is a claim, the first bytes are evidence."""

from __future__ import annotations

import re
import zipfile
import zlib
from enum import StrEnum
from typing import Final
from xml.etree.ElementTree import ParseError

from wxsvc.uploads import active_content, package_parts, pdf_passwords
from wxsvc.uploads.active_content import Acts

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"

OFFICE: Final = frozenset({DOCX, XLSX})
"""Which WeChat on a phone cannot keep."""
PICTURES: Final = frozenset({JPEG, PNG, WEBP})
PAPERS: Final = frozenset({PDF, DOCX, XLSX, JPEG, PNG})

_OFFICE: Final = {r"word/document\d*\.xml": DOCX, r"xl/workbook\d*\.xml": XLSX}
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
"""The first brands of HEIF pictures coded as HEVC: ISO/IEC 23008-12, annex B."""
_LARGEST_UNPACKED: Final = 200 * 2**20
_MOST_PARTS: Final = 5_000
_BEFORE_PDF: Final = 1_024
"""Bytes within which readers look for its beginning; web programs send empty lines or a byte order mark before it."""


class FileFault(StrEnum):
    """Why a file is refused; the templates have the sentence for each."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_ALLOWED = "not_allowed"
    HEIC = "heic"
    """A photo as iPhones keep it, which Pillow does not read."""
    EXECUTABLE = "executable"
    MACROS = "macros"
    REMOTE = "remote"
    SCRIPTED = "scripted"
    ATTACHMENTS = "attachments"
    LOCKED = "locked"
    """A PDF that nobody can open without its password."""
    HIDDEN = "hidden"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    DISK_FULL = "disk_full"
    BUSY = "busy"


class FileRefused(Exception):
    """A file that we do not keep. Nothing of it is left behind."""

    def __init__(self, reason: FileFault) -> None:
        self.reason = reason
        super().__init__(reason.value)


def media_type_of(content: bytes) -> str:
    """What the content is: one of the types above. Raises :class:`FileRefused`."""
    if not content:
        raise FileRefused(FileFault.EMPTY)
    if content.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")):
        raise FileRefused(FileFault.EXECUTABLE)
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise FileRefused(FileFault.HEIC)
    if content[:_BEFORE_PDF].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-"):
        if pdf_passwords.is_needed(content):
            raise FileRefused(FileFault.LOCKED)
        try:
            _must_not_act(active_content.of_pdf(content))
        except ValueError:
            raise FileRefused(FileFault.BROKEN) from None
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    raise FileRefused(FileFault.NOT_ALLOWED)


def _must_not_act(found: Acts | None) -> None:
    if found is not None:
        raise FileRefused(FileFault(found.value))


def _office_type(content: bytes) -> str:
    """Word or Excel without macros; any other archive, or one that unpacks to a mountain, is refused."""
    try:
        with package_parts.opened(content) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
                raise FileRefused(FileFault.TOO_LARGE)
            _must_not_act(active_content.of_office(archive))
    except (zipfile.BadZipFile, zlib.error, ParseError, ValueError, LookupError, OSError, EOFError, RuntimeError):
        raise FileRefused(FileFault.BROKEN) from None
    names = {package_parts.part_name(part.filename) for part in parts}
    for main, media_type in _OFFICE.items():
        if "[content_types].xml" in names and any(re.fullmatch(main, name) for name in names):
            return media_type
    raise FileRefused(FileFault.NOT_ALLOWED)
