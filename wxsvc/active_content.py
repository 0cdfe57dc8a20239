"""What acts by itself in papers (主动内容): macros under other names, parts from elsewhere, scripts and attachments.

A paper is evidence that reviewers open: it shows something and does nothing. Links that somebody has to click are fine.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from enum import Enum
from typing import Final


class Acts(Enum):
    """How a paper acts."""

    MACROS = "macros"
    REMOTE = "remote"
    SCRIPTED = "scripted"
    ATTACHMENTS = "attachments"


_MOST_OF_A_PART: Final = 2 * 2**20
_MOST_OF_A_STREAM: Final = 8 * 2**20
_MOST_STREAMS: Final = 5_000

_MACRO: Final = re.compile(
    r"vbaproject|macroenabled|ms-excel\.(?:intl)?macrosheet|/xlmacrosheet|/xlintlmacrosheet|ms-office\.activex|/control\b"
)
_RELATION: Final = re.compile(r"<(?:\w+:)?relationship\b[^>]*>")
_FETCHED: Final = re.compile(
    r"type\s*=\s*[\"'][^\"']*/(?:attachedtemplate|oleobject|frame|subdocument|afchunk|xmlmaps)[\"']"
)
_ELSEWHERE: Final = re.compile(r"target\s*=\s*[\"']\s*(?!file:/{2,3}[a-z]:|[a-z]:[\\/])(?:[a-z]+:|[\\/]{2})")
"""An address of another machine; the drive of the author's own is dead here."""

_NAME_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED: Final = re.compile(rb"/Type\s*/ObjStm\b(?:[^>]|>(?!>))*>>\s*stream\r?\n", re.DOTALL)
_SCRIPT: Final = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia)(?![A-Za-z0-9])")
_OPENS: Final = re.compile(rb"/OpenAction\s*(?:(\d+)\s+(\d+)\s+R|<<)")
"""At opening something is done; an array instead only says which page is shown first."""
_ATTACHED: Final = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)(?![A-Za-z0-9])")


def of_office(archive: zipfile.ZipFile) -> Acts | None:
    """What acts in a Word or Excel file, told by its list of parts and by what they refer to."""
    for part in archive.infolist():
        name = part.filename.replace("\\", "/").lower()
        if name.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in name or "/activex/" in name:
            return Acts.MACROS
        if not name.endswith((".rels", "[content_types].xml")):
            continue
        with archive.open(part) as opened:
            text = _text(opened.read(_MOST_OF_A_PART))
        if _MACRO.search(text):
            return Acts.MACROS
        if any(_FETCHED.search(each) and _ELSEWHERE.search(each) for each in _RELATION.findall(text)):
            return Acts.REMOTE
    return None


def of_pdf(content: bytes) -> Acts | None:
    """What acts in a PDF: looked for in its objects, those that are packed together as well."""
    for some in _parts(content):
        plain = _NAME_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), some)
        if _SCRIPT.search(plain):
            return Acts.SCRIPTED
        for opens in _OPENS.finditer(plain):
            if opens[1] is None or not _is_page(content, opens[1], opens[2]):
                return Acts.SCRIPTED
        if _ATTACHED.search(plain):
            return Acts.ATTACHMENTS
    return None


def _is_page(content: bytes, number: bytes, generation: bytes) -> bool:
    """Whether the object is an array, and so the page to begin with."""
    return re.search(rb"\b%s\s+%s\s+obj\s*\[" % (number, generation), content) is not None


def _parts(content: bytes) -> Iterator[bytes]:
    """The file outside of its streams, and what its packed objects unpack to."""
    yield re.sub(rb"\bstream\r?\n.*?\bendstream\b", b" ", content, flags=re.DOTALL)
    for count, packed in enumerate(_PACKED.finditer(content)):
        if count >= _MOST_STREAMS:
            return
        try:
            yield zlib.decompressobj().decompress(content[packed.end() :], _MOST_OF_A_STREAM)
        except zlib.error:
            continue  # encrypted, or packed in a way that browsers do not unpack either


def _text(content: bytes) -> str:
    """XML as plain text in small letters, whatever it is encoded in and however its signs are written."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return html.unescape(content.decode(encoding, "replace")).lower()
