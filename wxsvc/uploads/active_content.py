"""What acts by itself in papers (主动内容): macros under other names, parts from elsewhere, scripts and attachments.

A paper is evidence that reviewers open: it shows something and does nothing, and shows the same to everybody. Links
that somebody has to click are fine. What cannot be looked into is refused as well.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Final
from xml.etree import ElementTree as ET

from wxsvc.uploads import package_parts


class Acts(Enum):
    """How a paper acts."""

    MACROS = "macros"
    REMOTE = "remote"
    SCRIPTED = "scripted"
    ATTACHMENTS = "attachments"
    HIDDEN = "hidden"
    """Nobody can tell: objects are packed in a way that no program for papers packs them, or are encrypted.

    A Word file may take in a whole file of another kind (altChunk), which is read when the Word file is opened.
    """


_MOST_OF_A_PART: Final = 2 * 2**20
_MOST_UNPACKED: Final = 64 * 2**20
"""Bytes to which the packed objects of one PDF unpack; those of a paper of 20 MB come to a few."""
_MOST_PACKED: Final = 10_000
_BEGINNING: Final = 200
"""Bytes of a packed object that tell whether it only says which page is shown, and of a field what it does."""
_MOST_SIGNS: Final = 2_000_000
"""Strings, comments and streams of one PDF."""

_CHUNK: Final = 2**20
_MOST_ELEMENTS: Final = 3_000_000
"""Of a part that names what may act; a thousand pages have one million."""
_MAY_ACT: Final = re.compile(rb"instrText|fldSimple|connection")
_CELLS_MAY_ACT: Final = re.compile(
    rb"connection|(?i:webservice|image|rtd)\s*\(|<!--|<!\[CDATA|<\?(?!xml\s)|&#(?!1[03];)(?:x?0|\d{1,3};|x[\da-fA-F]{1,2};)"
)
"""In a part of Excel. Comments, instructions and numbers of Latin signs may take a word apart; Excel writes none."""
_IN_ANY_OF_THESE: Final = (
    b"connection",
    b"webservice",
    b"image",
    b"rtd",
    b"<!",
    b"<?",
    b"&#",
    b"instrtext",
    b"fldsimple",
)
"""One of them stands in whatever those patterns find: asked first, a million blank rows take a third of the time."""
_OF_EXCEL: Final = b"spreadsheetml"
"""In the names of its elements, at the beginning of a part."""
_STARTS: Final = re.compile(r"dde(?:auto)?\b", re.IGNORECASE)
"""A field that asks another program, which it may start: DDE."""

_FORMULAS: Final = ("f", "definedName", "formula", "formula1", "formula2", "calculatedColumnFormula")
_LONGEST_FORMULA: Final = 8192
"""Signs, as Excel has it."""
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_FETCHES: Final = re.compile(r"(?<![\w.])(?:_xl(?:fn|ws)\.)*(?:(webservice|image)|rtd)\s*\(", re.IGNORECASE)
"""A cell that asks another machine (WEBSERVICE, IMAGE), or a program that it starts (RTD), when it is calculated."""

_MACRO_PART: Final = re.compile(r"(?:vbaproject\.bin|vbadata\.xml)$|macrosheets/|activex/")
_MACRO: Final = re.compile(
    r"vbaproject|macroenabled|ms-excel\.(?:intl)?macrosheet|/xlmacrosheet|/xlintlmacrosheet|ms-office\.activex|/control$"
)
_CLICKED: Final = re.compile(r"/(?:hyperlink|\w*externallink\w*|xlpathmissing|xlstartup)$")
"""References that a reader follows only when somebody clicks, or says yes to Excel."""
_TAKEN_IN: Final = "/afchunk"
_ELSEWHERE: Final = re.compile(r"\s*(?!file:/{2,3}[a-z]:|[a-z]:[\\/])(?:[a-z][a-z0-9+.-]*:|[\\/]{2})")
"""An address of another machine; the drive of the author's own is dead here."""

_NAME_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_BEGINS: Final = re.compile(rb"%[^\r\n]*|\(|>>\s*stream\b[^\r\n]*(?:\r\n?|\n)")
"""Outside of strings: a comment, a string, or the content of a stream behind its dictionary."""
_OF_STRING: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_PACKED: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_FILTER: Final = re.compile(rb"/(?:F|Filter|\w+Decode|Fl|AHx|A85|LZW|RL|Crypt|Predictor)(?![A-Za-z0-9])")
_NAMES_FILTERS: Final = frozenset({b"/F", b"/Filter"})
_DEFLATED: Final = ([b"/FlateDecode"], [b"/Fl"])
_SCRIPT: Final = re.compile(rb"/(?:JavaScript|Launch|RichMedia|Rendition|XFA|OnInstantiate)(?![A-Za-z0-9])")
_PAGE: Final = re.compile(rb"/Page(?![A-Za-z0-9])")
_END: Final = re.compile(rb"startxref|%%EOF")
_NEAR_ITS_END: Final = 2**16
"""Bytes: some programs write more behind the end, which readers pass over."""
_AT_EVENTS: Final = re.compile(rb"/AA\s*(?:<<|\d)")
"""Done when a page is opened or a mouse passes by."""
_GOES_TO_A_PAGE: Final = (
    rb"\s*(?:null|\[|<<(?:\s*/(?:Type\s*/Action|S\s*/GoTo|D\s*(?:\[[^\]<>]*\]|\([^()<>]*\)|/[\w.-]+)))*\s*>>)"
)
"""What only says which page is shown first, and nothing after that."""
_OPENS: Final = re.compile(rb"/OpenAction(?![A-Za-z0-9])(?!%s)\s*(?:(\d+)\s+(\d+)\s+R)?" % _GOES_TO_A_PAGE)
_MOST_OPENINGS: Final = 20
"""References from different states of one PDF to what is done when it is opened."""
_ATTACHED: Final = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)(?![A-Za-z0-9])")


class _Hidden(Exception):
    """Packed objects that cannot be looked into."""


def of_office(archive: zipfile.ZipFile) -> Acts | None:
    """What acts in a Word or Excel file, told by its list of parts and by what they refer to.

    Raises ``ValueError`` and ``ParseError`` for a list or references that no Office program writes.
    """
    parts = [(package_parts.part_name(part.filename), part) for part in archive.infolist()]
    if any(_MACRO_PART.search(name) for name, _ in parts):
        return Acts.MACROS
    for name, part in parts:
        if "externallinks/" in name and b"ddelink" in _content(archive, part).lower():
            return Acts.MACROS
        if not name.endswith((".rels", "[content_types].xml")):
            if found := _of_part(archive, part):
                return found
            continue
        for element in package_parts.tree(_content(archive, part)).iter():
            said = {package_parts.local(key).lower(): value.strip().lower() for key, value in element.items()}
            kind = said.get("type", "")
            if _MACRO.search(kind) or _MACRO.search(said.get("contenttype", "")):
                return Acts.MACROS
            if kind.endswith(_TAKEN_IN):
                return Acts.HIDDEN
            if kind and not _CLICKED.search(kind) and _ELSEWHERE.match(said.get("target", "")):
                return Acts.REMOTE
    return None


def of_pdf(content: bytes) -> Acts | None:
    """What acts in a PDF: looked for in its objects, wherever they stand, those that are packed together as well.

    Raises ``ValueError`` for one that shows nothing: without a page, or cut off before its end.
    """
    try:
        objects = _named(b"\n".join(_parts(content)))
    except _Hidden:
        return Acts.HIDDEN
    if not _PAGE.search(objects) or not _END.search(content, max(len(content) - _NEAR_ITS_END, 0)):
        raise ValueError("a PDF that shows nothing")
    if _SCRIPT.search(objects) or _AT_EVENTS.search(objects) or _acts_at_opening(objects):
        return Acts.SCRIPTED
    return Acts.ATTACHMENTS if _ATTACHED.search(objects) else None


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as opened:
        content = opened.read(_MOST_OF_A_PART + 1)
    if len(content) > _MOST_OF_A_PART:
        raise ValueError("a list of parts that is too long")
    return content


def _of_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Acts | None:
    """What a part that is XML, whatever it is called, does by itself; only one that names such a thing is parsed."""
    with archive.open(part) as opened:
        chunk, end = opened.read(_CHUNK), b""
        if not package_parts.is_xml(chunk):
            return None
        may_act = _CELLS_MAY_ACT if _OF_EXCEL in chunk.translate(None, b"\0") else _MAY_ACT
        while not _finds(may_act, (end + chunk).translate(None, b"\0")):
            if not chunk:
                return None
            chunk, end = opened.read(_CHUNK), chunk[-_BEGINNING:]
    acting = _Acting()
    parser = ET.XMLParser(target=acting)  # noqa: S314 - it refuses a document type, and counts the elements
    try:
        with archive.open(part) as opened:
            while chunk := opened.read(_CHUNK):
                parser.feed(chunk)
        parser.close()
    except _Styles:
        return None
    return acting.found


def _finds(may_act: re.Pattern[bytes], some: bytes) -> bool:
    plain = some.lower()
    return any(word in plain for word in _IN_ANY_OF_THESE) and may_act.search(some) is not None


def _said(given: Mapping[str, str], wanted: str) -> Iterator[str]:
    """What an element says by an attribute, under each prefix of its name."""
    return (value for key, value in given.items() if package_parts.local(key) == wanted)


class _Styles(Exception):
    """The part is the styles of a workbook: nothing in it acts, and report tools write it badly."""


class _Acting:
    """What starts a program or asks elsewhere, noticed while a part is parsed: fields, cells, connections."""

    def __init__(self) -> None:
        self.found: Acts | None = None
        self._left = _MOST_ELEMENTS
        self._field = ""
        self._is_field = False
        self._formula: str | None = None
        """The one that is being read."""

    def start(self, tag: str, given: dict[str, str]) -> None:
        """A field may stand in one attribute, or in several texts behind the mark of its beginning."""
        self._left -= 1
        if not self._left:
            raise ValueError("a part of too many elements")
        name = package_parts.local(tag)
        if name == "styleSheet" and self._left == _MOST_ELEMENTS - 1:
            raise _Styles
        self._is_field = name == "instrText"
        self._formula = "" if name in _FORMULAS else None
        if name == "fldChar":
            self._field = ""
        elif name == "fldSimple" and any(_STARTS.match(each.lstrip()) for each in _said(given, "instr")):
            self.found = Acts.MACROS
        elif name == "connection" and any(each in ("1", "true") for each in _said(given, "refreshOnLoad")):
            self.found = Acts.REMOTE

    def data(self, text: str) -> None:
        """Some signs of what a field is."""
        if self._is_field:
            self._field = (self._field + text).lstrip()[:_BEGINNING]
            if _STARTS.match(self._field):
                self.found = Acts.MACROS
        elif self._formula is not None:
            self._formula = (self._formula + text)[:_LONGEST_FORMULA]

    def end(self, _tag: str) -> None:
        """What stands between the texts is none of them."""
        self._is_field = False
        if self._formula and (fetches := _FETCHES.search(_QUOTED.sub("", self._formula))):
            self.found = Acts.REMOTE if fetches[1] else Acts.MACROS
        self._formula = None

    def doctype(self, *_said: object) -> None:
        """Raises ``ValueError``, before anything that it defines is taken in."""
        raise ValueError("a document type in an Office file")


def _acts_at_opening(objects: bytes) -> bool:
    """Whether more is done than to show a page, wherever what is referred to is defined."""
    named = {opens.groups() for opens in _OPENS.finditer(objects)}
    return len(named) > _MOST_OPENINGS or any(
        number is None
        or not re.search(definition := rb"(?<!\d)%s\s+%s\s+obj" % (number, generation), objects)
        or re.search(definition + rb"(?!%s)" % _GOES_TO_A_PAGE, objects)
        for number, generation in named
    )


def _parts(content: bytes) -> Iterator[bytes]:
    """The file outside of its streams, streams that hold objects, and what packed objects unpack to.

    A reader may be led to any place of the file: so what looks like an object counts as one, also in a string, a
    comment or a stream. Raises ``_Hidden``.
    """
    at = begun = 0
    left = _MOST_UNPACKED
    for _ in range(_MOST_SIGNS):
        found = _BEGINS.search(content, at)
        if found is None:
            yield _without_packed(content[begun:])
            return
        at = found.end()
        if found[0] == b"(":
            at = _end_of_string(content, at)
        elif found[0].startswith(b">>"):
            ended = content.find(b"endstream", at)
            ended = ended if ended >= 0 else len(content)
            head, data = content[begun:at], content[at:ended]
            if (packed := len(_PACKED.findall(_named(head)))) > 1:
                raise _Hidden
            yield head
            if packed:
                unpacked = _unpacked(_named(head), data, left)
                if (left := left - len(unpacked)) <= 0:
                    raise _Hidden
                yield unpacked
            elif b"obj" in data:
                yield _without_packed(data)
            at = begun = ended
    raise _Hidden


def _end_of_string(content: bytes, at: int) -> int:
    depth = 1
    for sign in _OF_STRING.finditer(content, at):
        depth += {b"(": 1, b")": -1}.get(sign[0], 0)
        if depth == 0:
            return sign.end()
    return len(content)


def _without_packed(some: bytes) -> bytes:
    """The same; packed objects where no stream was found are there for somebody who is led past us."""
    if _PACKED.search(_named(some)):
        raise _Hidden
    return some


def _unpacked(head: bytes, data: bytes, most: int) -> bytes:
    """The objects of a stream: as they are, or deflated, as every program for papers packs them."""
    filters = _FILTER.findall(head)
    if not filters:
        return _listed(head, data)
    if [each for each in filters if each not in _NAMES_FILTERS] not in _DEFLATED:
        raise _Hidden
    packed = zlib.decompressobj()
    try:
        unpacked = packed.decompress(data, most)
    except zlib.error:
        raise _Hidden from None
    if not packed.eof:
        raise _Hidden
    return _listed(head, unpacked)


def _listed(head: bytes, objects: bytes) -> bytes:
    """Packed objects, and how each begins behind its number, which the list before them says."""
    first = re.search(rb"/First\s+(\d{1,9})(?!\d)", head)
    begins = int(first[1]) if first else 0
    numbers = objects[:begins].split()
    if not all(number.isdigit() and len(number) < 10 for number in numbers):
        return objects
    told = islice(zip(numbers[::2], (begins + int(offset) for offset in numbers[1::2]), strict=False), _MOST_PACKED)
    return b"\n".join([objects, *(b"%s 0 obj %s" % (number, objects[at : at + _BEGINNING]) for number, at in told)])


def _named(some: bytes) -> bytes:
    """The same with the escaped signs of names in plain."""
    return _NAME_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), some) if b"#" in some else some
