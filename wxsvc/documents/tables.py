"""Tables (表格) as people hand them in: xlsx, CSV or pasted text, read as rows of texts. Nothing is judged here.

A stranger made the file, so nothing in it is believed: the bytes say what it is, reading ends at the first row too
many, and a formula is taken for what it last showed and named.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import islice
from string import ascii_uppercase
from typing import Final
from xml.etree.ElementTree import ParseError

from msgspec import Struct
from msgspec.structs import replace

from wxsvc.documents import bounds, cells
from wxsvc.documents.bounds import CUT, BeyondBounds
from wxsvc.documents.cells import clean
from wxsvc.documents.table_rows import HEADER_WITHIN, IsHeader, Row
from wxsvc.documents.workbooks import Sheet, SheetRow, Workbook
from wxsvc.uploads.filetypes import XLSX, FileFault, FileRefused, media_type_of

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
"""What an xls begins with, and an xlsx behind a password too."""
MOST_COLUMNS: Final = 256
"""A survey's export has a column for each of its questions, and more."""
_LONGEST_CELL: Final = 2**17
BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    LookupError,  # an encoding that nobody knows, too
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    NotImplementedError,
)


_SIGNS: Final = (",", "\t", ";")
_HEADER_SIGNS: Final = (*_SIGNS, "，", "；", "|")
"""What parts cells only where the header says so: they stand within names and lists too."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""Older programs end a file with one, scanners leave some behind a code; a file full of them is none of text."""
_OTHER_TEXT: Final = re.compile(r"<|\{\\rtf|MIME-Version:|ID;P|TABLE\s+0,1\s|BEGIN:V")
"""What pages, letters, visiting cards and the tables of other programs begin with; a list would be read out of their
signs."""
_UNREAD: Final = "\ufffd"
"""What stands for bytes that are no sign."""


class TableRefused(Exception):
    """The bytes are no table that we read; ``code`` and ``facts`` make the sentence (``table_refusals.toml``)."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Table(Struct, frozen=True):
    """What was read. ``formulas`` are addresses (``B7``); ``unread`` are further sheets that hold something too, of
    those that nobody sees the ones that have a header.

    ``hidden_columns`` (``C``) hold something that nobody sees, and were left out. ``is_text``: signs part the cells, so
    one sign too many moves all that follow.
    """

    rows: tuple[Row, ...]
    formulas: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    is_text: bool = False

    @property
    def unseen(self) -> dict[str, object]:
        """What was left out, for the sentence of a list in which nothing was found: ``columns``, ``sheets``."""
        return {name: each for name, each in (("columns", self.hidden_columns), ("sheets", self.unread)) if each}


def must_tell(rows: Iterable[Row], columns: Iterable[int], among: Container[str] | None = None) -> None:
    """Nothing that people see in these columns is missing in the file: an empty cell would mean that there is nothing.

    Asked of all cells, or of those ``among`` some alone. Raises ``TableRefused("cells_untold")`` with the ``cells``.
    """
    from openpyxl.utils import get_column_letter

    wanted = set(columns)
    untold = [f"{get_column_letter(at + 1)}{row.number}" for row in rows for at in row.untold if at in wanted]
    if missing := [cell for cell in untold if among is None or cell in among]:
        raise TableRefused("cells_untold", cells=missing)


def read(raw: bytes, most: int, is_header: IsHeader | None = None) -> Table:
    """One sheet of a workbook, or a CSV file, with at most ``most`` rows that hold something.

    The sheet is the first that has a header, else the first that holds anything: instructions may stand before a list.
    Raises ``FileRefused`` (empty, a program, macros, broken, too large) and ``TableRefused``: ``old_excel``,
    ``picture``, ``not_a_table``, ``unreadable_text``, ``cell_too_long``, ``too_many_rows`` with ``most``.
    """
    if raw.startswith(_OLD_EXCEL):
        raise TableRefused("old_excel")
    try:
        media_type = media_type_of(raw)
    except FileRefused as refused:
        if refused.reason is not FileFault.NOT_ALLOWED:
            raise
        if raw.startswith(b"PK"):
            raise TableRefused("not_a_table") from None
        return of_text(_decoded(raw), most, is_header)
    if media_type.startswith("image/"):
        raise TableRefused("picture")
    if media_type != XLSX:
        raise TableRefused("not_a_table")
    return _of_workbook(raw, most, is_header)


def of_text(text: str, most: int, is_header: IsHeader | None = None) -> Table:
    """CSV, or rows copied from Excel: cells between tabs, commas or semicolons, as the header is written."""
    rows: list[Row] = []
    text = re.sub("[\x85\u2028\u2029]", "\n", text)
    for number, texts in enumerate(_records(text, _sign(text, is_header)), 1):
        _keep(rows, Row(number, tuple(_unquoted(cell) for cell in texts[:MOST_COLUMNS])), most)
    rounded = _rounded_columns(rows)
    return Table(tuple(replace(row, lost=tuple(_lost(row, rounded))) for row in rows), is_text=True)


def _records(text: str, sign: str) -> Iterator[list[str]]:
    """Rows of cells between signs, in quotation marks or not (RFC 4180).

    A mark that no mark at the end of a cell closes is a sign like any other: it must not make one cell of the rows that
    follow. ``"金星"机械`` is ``金星机械``, as Excel shows it.
    """
    part = re.escape(sign)
    cell = re.compile(
        rf'(?:"((?:[^"]++|"")*+)" *(?=[{part}\r\n]|\Z)|"([^"{part}\r\n]*)"([^"{part}\r\n]*)|([^{part}\r\n]*))'
        rf"({part}|\r\n|\r|\n|\Z)"
    )
    place, row, end = 0, [], sign
    while end:
        found = cell.match(text, place)
        if found is None:
            raise RuntimeError("a cell neither ends nor goes on")
        quoted, begun, rest, plain, end = found.groups()
        row.append(quoted.replace('""', '"') if quoted is not None else plain if plain is not None else begun + rest)
        if len(row[-1]) > _LONGEST_CELL:
            raise TableRefused("cell_too_long")
        place = found.end()
        if end != sign:
            yield row
            row = []


def _sign(text: str, is_header: IsHeader | None) -> str:
    """What parts the cells: the sign that the header has most of; without a header, what most lines have.

    A tab within one cell, or before digits so that Excel takes them for a text, parts nothing.
    """
    lines = [re.sub(r'(^|[,;"])\t+', r"\1", line) for line in text[:10_000].splitlines()[:HEADER_WITHIN]]
    for line in lines:
        if is_header and any(is_header(Row(1, tuple(map(clean, line.split(sign))))) for sign in _HEADER_SIGNS):
            return max(_HEADER_SIGNS, key=line.count)
    return max(_SIGNS, key=lambda sign: sum(sign in line for line in lines))


def _rounded_columns(rows: list[Row]) -> set[int]:
    """Columns whose long numbers all end in zeros behind the digits that Excel keeps: it has rounded them."""
    long: dict[int, list[bool]] = defaultdict(list)
    for row in rows:
        for place, cell in enumerate(row.cells):
            if re.fullmatch(r"\d{16,}", cell):
                long[place].append(not cell[cells.EXCEL_DIGITS :].strip("0"))
    return {place for place, are_rounded in long.items() if all(are_rounded)}


def _lost(row: Row, rounded: set[int]) -> Iterator[int]:
    """The cells of a row of text whose last digits Excel has lost: ``9.14403E+17``, or zeros in place of them."""
    for place, cell in enumerate(row.cells):
        is_rounded = place in rounded and re.fullmatch(r"\d{16,}", cell)
        if is_rounded or cells.is_scientific(cell):
            yield place


def _keep(rows: list[Row], row: Row, most: int) -> None:
    texts = [clean(cell) for cell in row.cells]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        return
    if len(rows) == most:
        raise TableRefused("too_many_rows", most=most)
    rows.append(replace(row, cells=tuple(texts)))


def _of_workbook(raw: bytes, most: int, is_header: IsHeader | None) -> Table:
    try:
        book = Workbook(bounds.bounded(raw))
        return _of_sheets(book, most, is_header)
    except BeyondBounds:
        raise TableRefused("too_many_rows", most=most) from None
    except BROKEN:
        raise FileRefused(FileFault.BROKEN) from None


def _of_sheets(book: Workbook, most: int, is_header: IsHeader | None) -> Table:
    from openpyxl.utils import get_column_letter

    rows: list[Row] = []
    formulas: list[str] = []
    unread: list[str] = []
    unseen: set[int] = set()
    sheets = [sheet for sheet in book.sheets if sheet.is_visible]
    chosen = _with_header(book, sheets, is_header)
    for sheet in sheets:
        if rows or chosen not in (None, sheet):
            if next(book.rows(sheet, MOST_COLUMNS), None) is not None:
                unread.append(sheet.name)
            continue
        for row in book.rows(sheet, MOST_COLUMNS):
            if row.cells[0].value == CUT:
                raise TableRefused("too_many_rows", most=most)
            unseen.update(place for place, cell in enumerate(row.cells, 1) if cell.is_hidden and cell.value is not None)
            row = row.as_seen
            texts = _texts(row)
            lost = tuple(
                place
                for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True))
                if cells.has_lost_digits(cell.value) or cells.is_scientific(clean(text))
            )
            _keep(rows, Row(row.number, texts, row.is_hidden, lost, row.untold, row.struck), most)
            formulas += [
                f"{get_column_letter(column)}{row.number}"
                for column, cell in enumerate(row.cells, start=1)
                if cell.is_formula
            ]
    unread += [sheet.name for sheet in book.sheets if not sheet.is_visible and _sureness(book, sheet, is_header)]
    return Table(tuple(rows), tuple(formulas), tuple(unread), tuple(map(get_column_letter, sorted(unseen))))


def formulas_in(formulas: Iterable[str], rows: Container[int]) -> tuple[str, ...]:
    """Of the addresses of formulas (``B7``) those in these rows: what adds up a list is no part of what was taken."""
    return tuple(each for each in formulas if int(each.lstrip(ascii_uppercase)) in rows)


def _with_header(book: Workbook, sheets: list[Sheet], is_header: IsHeader | None) -> Sheet | None:
    """The sheet whose first rows hold the surest header, of equal ones the first."""
    sure = [_sureness(book, sheet, is_header) for sheet in sheets]
    return sheets[sure.index(max(sure))] if any(sure) else None


def _sureness(book: Workbook, sheet: Sheet, is_header: IsHeader | None) -> int:
    """How sure the surest header of a sheet is; 0 where it has none, or none is looked for."""
    if is_header is None:
        return 0
    return max((is_header(_seen(row)) for row in islice(book.rows(sheet, MOST_COLUMNS), HEADER_WITHIN)), default=0)


def _seen(row: SheetRow) -> Row:
    return Row(row.number, tuple(map(clean, _texts(row.as_seen))))


def _texts(row: SheetRow) -> tuple[str, ...]:
    """What the cells show; of a box that is ticked or not (复选框) what Excel has for it."""
    return tuple(
        str(cell.value).upper() if isinstance(cell.value, bool) else cells.shown(cell.value) for cell in row.cells
    )


def _unquoted(cell: str) -> str:
    """``="0123"`` is how some programs keep Excel from taking digits for a number."""
    found = re.fullmatch(r'\s*="(.*)"\s*', cell, re.DOTALL)
    return found[1] if found else cell


def _decoded(raw: bytes) -> str:
    """UTF-16 or UTF-8, else what Chinese Excel writes (GBK).

    A file that was cut or damaged keeps ``\ufffd`` where a sign was, and a name with one is matched by nobody but a
    person. Raises ``TableRefused``: ``not_a_table``, ``unreadable_text`` where more than a sign here and there is gone.
    """
    text = raw.decode(_encoding(raw), "replace")
    if text.count(_UNREAD) > min(len(text) // 20, 3 + len(text) // 1000):
        raise TableRefused("unreadable_text")
    controls = len(_CONTROLS.findall(text := text.rstrip("\0\x1a")))
    if controls > min(len(text) // 10, 3 + len(text) // 100) or _OTHER_TEXT.match(text.lstrip("\ufeff \r\n\t")):
        raise TableRefused("not_a_table")
    return _CONTROLS.sub("", text)


def _encoding(raw: bytes) -> str:
    """How a text is written: two bytes a sign by their mark or by the zeros beside plain letters.

    Text in GBK makes next to no sign of UTF-8, so UTF-8 stays what it is where a few bytes of it are missing.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    odd, even = raw[1:4_000:2].count(0), raw[:4_000:2].count(0)
    if max(odd, even) > 4 * min(odd, even) + 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    text = raw.decode("utf-8-sig", "replace")
    signs = sum(not sign.isascii() for sign in text)
    return "utf-8-sig" if text.count(_UNREAD) * 5 <= signs else "gb18030"
