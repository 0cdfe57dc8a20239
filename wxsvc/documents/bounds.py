"""Bounds (限度): how much of a stranger's workbook is read at all.

A hundred kilobytes can unpack to a sheet that takes minutes and gigabytes to take apart, so what a library would read
as a whole is measured first. A sheet that is too long is cut behind a row and marked there if anything follows: whoever
reads as far as the mark knows that there was more.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import deque
from typing import IO, Final

from wxsvc.uploads.package_parts import in_utf8, is_xml, must_have_no_document_type, opened, part_name

CUT: Final = "\ue000cut"
"""The text of the only cell of the row that marks a cut."""

MOST_CELLS: Final = 150_000
"""Cells of one sheet: 2,000 rows of 60 columns, and some."""
MOST_TAGS: Final = 7 * MOST_CELLS
"""A text that stands in its own cell (``<c><is><t>``) is six, and its row two."""
LARGEST_SHEET: Final = 16 * 2**20
LARGEST_PART: Final = 8 * 2**20
"""Bytes of an unpacked part that is read as a whole: texts, styles, names."""
_MOST_TAGS_OF_PART: Final = {"xl/sharedstrings.xml": 4 * MOST_CELLS}
_MOST_TAGS_ELSEWHERE: Final = 60_000
_CHUNK: Final = 2**16
_END_OF_ROW: Final = re.compile(rb"</((?:\w+:)?)row\s*>")
_ENDS_OF_VALUES: Final = (b"</v>", b":v>", b"</is>", b":is>", b"</f>", b":f>")
_LONGEST_END: Final = 5


class BeyondBounds(Exception):
    """The workbook is larger than any list of enterprises."""


def bounded(raw: bytes) -> bytes:
    """The workbook, its long sheets cut.

    Raises :class:`BeyondBounds`, ``ValueError`` for a document type, and whatever a broken archive raises.
    """
    cut: dict[str, bytes] = {}
    with opened(raw) as archive:
        for part in archive.infolist():
            name = part_name(part.filename)
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                shorter = _shorter(archive, part)
                if shorter is not None:
                    cut[part.filename] = shorter
            elif (plain := _small(archive, part)) is not None:
                cut[part.filename] = plain
        return _rebuilt(archive, cut) if cut else raw


def last_value(content: bytes, start: int = 0) -> int:
    """Where the last value of some of a sheet ends, -1 where no cell holds any: each is looked for by its own sign,
    which is done in no time; a pattern for all of them takes seconds for a sheet of a million blank rows."""
    return max(content.rfind(end, start) for end in _ENDS_OF_VALUES)


def _shorter(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes | None:
    """The sheet up to the last whole row within the bounds, in UTF-8; None when it is as it should be anyway."""
    with archive.open(part) as file:
        content = file.read(LARGEST_SHEET + 1)
        plain = in_utf8(content)
        return _cut(plain, file) or (plain if plain is not content else None)


def _cut(content: bytes, rest: IO[bytes]) -> bytes | None:
    must_have_no_document_type(content)
    cells = tags = 0
    end = min(len(content), LARGEST_SHEET)
    for begin in range(0, end, _CHUNK):
        chunk = content[begin : begin + _CHUNK]
        cells, tags = cells + chunk.count(b"<c") + chunk.count(b":c"), tags + chunk.count(b"<")
        if cells > MOST_CELLS or tags > MOST_TAGS:
            end = begin
            break
    else:
        if len(content) <= LARGEST_SHEET:
            return None
    ends = deque(_END_OF_ROW.finditer(content, 0, end), maxlen=1)
    if not ends:
        raise BeyondBounds
    last = ends[0]
    p = last[1].decode()
    mark = f'<{p}row r="1048576"><{p}c r="A1048576" t="inlineStr"><{p}is><{p}t>{CUT}</{p}t></{p}is></{p}c></{p}row>'
    if last_value(content, last.end()) < 0 and not _holds_values(content[-_LONGEST_END:], rest):
        mark = ""
    return content[: last.end()] + f"{mark}</{p}sheetData></{p}worksheet>".encode()


def _holds_values(end: bytes, file: IO[bytes]) -> bool:
    """Whether any cell in the rest of a sheet holds something, ``end`` being what was read last."""
    while chunk := file.read(16 * _CHUNK):
        if last_value(end + chunk) >= 0:
            return True
        end = chunk[-_LONGEST_END:]
    return False


def _small(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes | None:
    """A part that must be small, in UTF-8; None where it is as it should be, or no XML.

    Of pictures and the like nothing is asked; XML under another name is read as such, so it counts as such.
    """
    with archive.open(part) as file:
        content = file.read(LARGEST_PART + 1)
    if not is_xml(content):
        return None
    if part.file_size > LARGEST_PART:
        raise BeyondBounds
    must_have_no_document_type(content)
    if content.count(b"<") > _MOST_TAGS_OF_PART.get(part_name(part.filename), _MOST_TAGS_ELSEWHERE):
        raise BeyondBounds
    plain = in_utf8(content)
    return plain if plain is not content else None


def _rebuilt(archive: zipfile.ZipFile, cut: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for part in archive.infolist():
            if part.filename in cut:
                made.writestr(part.filename, cut[part.filename])
            elif part_name(part.filename).endswith((".xml", ".rels")):
                made.writestr(part.filename, archive.read(part))
    return buffer.getvalue()
