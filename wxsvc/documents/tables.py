"""Tables (表格) as people hand them in: xlsx, CSV or pasted text, read as rows of texts. Nothing is judged here.

A stranger made the file, so nothing in it is believed: the bytes say what it is, reading ends at the first row too
many, and a formula is taken for what it last showed and named.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape

from wxsvc.documents import bounds
from wxsvc.documents.bounds import CUT, BeyondBounds
from wxsvc.filetypes import XLSX, FileRefused, Reason, media_type_of

_FILE: Final = Path(__file__).with_suffix(".toml")
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
"""What an xls begins with, and an xlsx behind a password too."""
_MOST_COLUMNS: Final = 60
_MOST_BLANK: Final = 1_000
"""Blank rows in a row after which nothing is expected any more: formatted sheets are a million rows long."""
_LONGEST_CELL: Final = 300
_EXCEL_DIGITS: Final = 15
"""Digits of a number that Excel keeps."""
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    SyntaxError,  # lxml's
    NotImplementedError,
)


class TableRefused(Exception):
    """The bytes are no table that we read; ``code`` and ``facts`` make the sentence (``table_refusals.toml``)."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something: its number as Excel shows it, from 1, and its cells as texts, no empty one last."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. ``formulas`` are addresses (``B7``); ``unread`` are further sheets that hold something too."""

    rows: tuple[Row, ...]
    formulas: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


HEADER_WITHIN: Final = 20
"""Rows of titles, dates and organisers that may stand above a header."""

IsHeader: TypeAlias = Callable[[Row], bool]
"""Whether a row is the header of the list that is looked for."""


def bare_header(cell: str) -> str:
    """A header as it is compared: without brackets, stars, spaces, and what a survey tool writes around it.

    ``2、您所在的企业名称（全称）*`` is ``企业名称``.
    """
    plain = re.sub(r"\(.*?\)|\[.*?\]|[\s*:/?_\"“”]", "", unicodedata.normalize("NFKC", cell))
    for around in _words()["around_headers"]:
        plain = re.sub(around, "", plain)
    return plain


def read(raw: bytes, most: int, is_header: IsHeader | None = None) -> Table:
    """One sheet of a workbook, or a CSV file, with at most ``most`` rows that hold something.

    The sheet is the first that has a header, else the first that holds anything: instructions may stand before a list.
    Raises ``FileRefused`` (empty, a program, macros, broken, too large) and ``TableRefused``: ``old_excel``,
    ``picture``, ``not_a_table``, ``unreadable_text``, ``too_many_rows`` with ``most``.
    """
    if raw.startswith(_OLD_EXCEL):
        raise TableRefused("old_excel")
    try:
        media_type = media_type_of(raw)
    except FileRefused as refused:
        if refused.reason is not Reason.NOT_ALLOWED:
            raise
        if raw.startswith(b"PK"):
            raise TableRefused("not_a_table") from None
        return of_text(_decoded(raw), most)
    if media_type.startswith("image/"):
        raise TableRefused("picture")
    if media_type != XLSX:
        raise TableRefused("not_a_table")
    return _of_workbook(raw, most, is_header)


def of_text(text: str, most: int) -> Table:
    """CSV, or rows copied from Excel: cells between tabs, else commas or semicolons."""
    head = text[:10_000]
    # A tab right behind a comma keeps Excel from taking digits for a number; it parts no cells.
    delimiter = "\t" if re.search(r'(?:^|[^,;"\n])\t', head) else ";" if head.count(";") > head.count(",") else ","
    rows: list[Row] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            _keep(rows, number, (_unquoted(cell) for cell in cells[:_MOST_COLUMNS]), most)
    except csv.Error:
        raise FileRefused(Reason.BROKEN) from None
    return Table(tuple(rows))


def clean(text: str) -> str:
    """One line of a cell's text: no control characters (NUL can be stored nowhere), no outer or doubled spaces."""
    kept = "".join(" " if unicodedata.category(sign) in ("Cc", "Zs", "Zl", "Zp") else sign for sign in text)
    line = " ".join(kept.replace("\ufeff", "").replace("\u200b", "").split())[:_LONGEST_CELL]
    return unmarked(line)


def unmarked(text: str) -> str:
    """A text without the ``'`` in front of long digits that keeps Excel from taking them for a number."""
    return re.sub(r"^['‘’`´](?=[0-9A-Za-z]{6,}\s*$)", "", text)


def _keep(rows: list[Row], number: int, cells: Iterable[str], most: int) -> None:
    texts = [clean(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        return
    if len(rows) == most:
        raise TableRefused("too_many_rows", most=most)
    rows.append(Row(number, tuple(texts)))


def _of_workbook(raw: bytes, most: int, is_header: IsHeader | None) -> Table:
    try:
        raw = bounds.bounded(raw)
        table = _sheet(raw, most, is_header, shown=False)
        # What a formula showed last is kept beside it; the second reading asks for that.
        return replace(_sheet(raw, most, is_header, shown=True), formulas=table.formulas) if table.formulas else table
    except BeyondBounds:
        raise TableRefused("too_many_rows", most=most) from None
    except _BROKEN:
        raise FileRefused(Reason.BROKEN) from None


def _sheet(raw: bytes, most: int, is_header: IsHeader | None, *, shown: bool) -> Table:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that we do not read anyway
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=shown, keep_links=False)
        try:
            rows: list[Row] = []
            formulas: list[str] = []
            names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
            chosen = _with_header(book, names, is_header)
            unread: list[str] = []
            for name in names:
                if rows or chosen not in (None, name):
                    if next(_filled(book[name]), None) is not None:
                        unread.append(name)
                    continue
                for number, cells in _filled(book[name]):
                    if cells[0] == CUT:
                        raise TableRefused("too_many_rows", most=most)
                    _keep(rows, number, (_text(cell) for cell in cells), most)
                    formulas += [
                        f"{get_column_letter(column)}{number}"
                        for column, cell in enumerate(cells, start=1)
                        if isinstance(cell, str) and cell.startswith("=")
                    ]
            return Table(tuple(rows), tuple(formulas), tuple(unread))
        finally:
            book.close()


def _with_header(book: Any, names: list[str], is_header: IsHeader | None) -> str | None:
    """The first sheet whose first rows hold a header."""
    for name in names if is_header else ():
        for number, cells in islice(_filled(book[name]), HEADER_WITHIN):
            if is_header and is_header(Row(number, tuple(clean(_text(cell)) for cell in cells))):
                return name
    return None


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that hold something, with their numbers."""
    blank = 0
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong, and rows beyond it would be lost
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS), start=1):
        if any(cell is not None and cell != "" for cell in cells):
            blank = 0
            yield number, cells
        elif (blank := blank + 1) > _MOST_BLANK:
            return


def _text(cell: Any) -> str:
    """A cell as somebody reads it; a number as its digits, those that Excel lost as zeros; an error as nothing."""
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    if isinstance(cell, float):
        return f"{float(f'{cell:.{_EXCEL_DIGITS}g}'):.0f}" if abs(cell) < 1e15 and cell == int(cell) else _long(cell)
    text = unescape(str(cell))  # ``_x000D_`` is how a workbook writes a sign that XML does not take
    return "" if re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)", text) else text


def _long(number: float) -> str:
    if number != number or abs(number) == float("inf"):
        return ""
    if abs(number) < 10**_EXCEL_DIGITS:
        return f"{number:.{_EXCEL_DIGITS}g}"
    digits, _, exponent = f"{number:.{_EXCEL_DIGITS - 1}e}".partition("e")
    return digits.replace(".", "").ljust(int(exponent) + 1, "0") if int(exponent) < 40 else f"{number:g}"


def _unquoted(cell: str) -> str:
    """``="0123"`` is how some programs keep Excel from taking digits for a number."""
    found = re.fullmatch(r'\s*="(.*)"\s*', cell, re.DOTALL)
    return found[1] if found else cell


def _decoded(raw: bytes) -> str:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else what Chinese Excel writes (GBK)."""
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0e-\x1f]", text) or text.lstrip().startswith("<"):
            raise TableRefused("not_a_table")
        return text
    raise TableRefused("unreadable_text")


@cache
def _words() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
