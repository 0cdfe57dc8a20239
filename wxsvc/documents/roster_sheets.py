"""签到名单: the enterprises of a list, whether pasted from Excel or WeChat or uploaded; and an empty one to fill in.

Only names and codes are taken: persons, phones and signatures that stand beside them are passed over.
"""

from __future__ import annotations

import io
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from scoring import uscc as codes
from wxsvc.documents import tables
from wxsvc.documents.tables import Row, Table, TableRefused

_FILE: Final = Path(__file__).with_suffix(".toml")
_HEADER_WITHIN: Final = 20
"""Rows of titles, dates and organisers that may stand above the header."""
_CODE: Final = re.compile(r"(?<![0-9A-Z])(?=[A-Z]{0,3}[0-9])(?:[0-9A-Z]{17,19}|[0-9]{15})(?![0-9A-Z])")
"""What looks like a code, one sign too few or too many as well, or like an older licence's number."""
_PERSON: Final = re.compile(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]")
"""居民身份证号: eighteen characters that are nobody's business here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One enterprise as it stood there: its line from 1, its name, its code as typed; either may be empty."""

    number: int
    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list that was read; ``formulas`` and ``unread`` as of its table."""

    lines: tuple[Line, ...]
    formulas: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def read(raw: bytes) -> Sheet:
    """An uploaded list: the header is found below whatever stands above it; without one, every row is looked at.

    Raises ``FileRefused`` and ``TableRefused``, also ``no_rows``.
    """
    table = tables.read(raw, most_lines() + _HEADER_WITHIN)
    found = tuple(_lines(table))
    return _sheet(found, table)


def read_pasted(text: str) -> Sheet:
    """A pasted list: rows copied from Excel, or one or several names a line as people write them in WeChat."""
    if "\t" in text:
        table = tables.of_text(text, most_lines() + _HEADER_WITHIN)
        return _sheet(tuple(_lines(table)), table)
    rows = (Row(number, tuple(_pieces(line))) for number, line in enumerate(text.splitlines(), start=1))
    table = Table(tuple(row for row in rows if any(row.cells)))
    found = list(_lines(table))
    numbered = (Line(number, line.name, line.uscc) for number, line in enumerate(found, start=1))
    return _sheet(tuple(numbered), table)


def most_lines() -> int:
    """How many enterprises one list may have."""
    return int(_table()["most_lines"])


def template(activity: str) -> bytes:
    """An empty list for one activity: code and name are text, so that Excel loses no digit; a second sheet explains."""
    words = _table()["template"]
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    title = book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter", "text_wrap": True})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "bg_color": "#E8EAEC"})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(words["sheet"])
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 44, text)
    sheet.set_column(2, 2, 28, text)
    sheet.set_row(0, 40)
    sheet.merge_range(0, 0, 0, len(words["headers"]) - 1, "", title)
    sheet.write_string(0, 0, words["title"].format_map({"activity": activity}), title)
    sheet.write_row(1, 0, words["headers"], head)
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_paper(9)
    guide = book.add_worksheet(words["guide"])
    guide.set_column(0, 0, 90)
    guide.write_column(0, 0, words["explained"])
    book.close()
    return buffer.getvalue()


def _sheet(found: tuple[Line, ...], table: Table) -> Sheet:
    if not found:
        raise TableRefused("no_rows")
    if len(found) > most_lines():
        raise TableRefused("too_many_rows", most=most_lines())
    unread = tuple(name for name in table.unread if name != _table()["template"]["guide"])
    return Sheet(found, table.formulas, unread)


def _lines(table: Table) -> Iterator[Line]:
    header = next((place for place, row in enumerate(table.rows[:_HEADER_WITHIN]) if _columns(row)), None)
    if header is None:
        for row in table.rows:
            yield from _guessed(row)
        return
    columns = _columns(table.rows[header])
    for row in table.rows[header + 1 :]:
        name, uscc = (_cell(row, columns.get(each)) for each in ("name", "uscc"))
        if (name or uscc) and not re.search(_signs("footer"), name or "".join(row.cells[:2])) and not _columns(row):
            yield Line(row.number, name, uscc)


def _columns(row: Row) -> dict[str, int]:
    """Which column holds what, if this is the header; a header that is printed again on the next page is one too."""
    found: dict[str, int] = {}
    if any(_is_organisation(cell) or _apart(cell)[1] for cell in row.cells):
        return found  # a line of the list, one of whose cells happens to say 企业
    for field, known in _table()["headers"].items():
        wanted = set(known)
        places = [place for place, cell in enumerate(row.cells) if _bare(cell) in wanted]
        if places:
            found[field] = min(places, key=lambda place: known.index(_bare(row.cells[place])))
    return found


def _bare(cell: str) -> str:
    return re.sub(r"\(.*?\)|[\s*:/]", "", unicodedata.normalize("NFKC", cell))


def _cell(row: Row, column: int | None) -> str:
    return row.cells[column] if column is not None and column < len(row.cells) else ""


def _guessed(row: Row) -> Iterator[Line]:
    """Names and codes of a row without header, in the order in which they stand: a name, then perhaps its code."""
    found: list[list[str]] = []
    for name, uscc in _named(row.cells):
        place = 1 if uscc else 0
        if not found or found[-1][place]:
            found.append(["", ""])
        found[-1][place] = uscc or name
    yield from (Line(row.number, name, uscc) for name, uscc in found)


def _named(cells: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every name or code of a row. Where no cell looks like either, the longest text may be a name written short."""
    others: list[str] = []
    is_told = False
    for cell in cells:
        name, found = _apart(cell)
        if _is_organisation(name):
            yield name, ""
        elif len(name) > 1 and not re.fullmatch(r"[\d\s+()-]+", name):
            others.append(name)
        yield from (("", code) for code in found)
        is_told |= bool(found) or _is_organisation(name)
    if not is_told and others:
        yield max(others, key=len), ""


def _apart(cell: str) -> tuple[str, list[str]]:
    """A cell's name and the codes in it, which may be written without a space between."""
    text = unicodedata.normalize("NFKC", cell).upper()
    found = _CODE.findall(text)
    name = _CODE.sub(" ", text) if found else cell
    return _unnumbered(name).strip(), [code for code in found if codes.is_valid(code) or not _PERSON.fullmatch(code)]


def _unnumbered(text: str) -> str:
    return re.sub(_signs("numbering"), "", text)


def _is_organisation(text: str) -> bool:
    return len(text) > 3 and re.search(_signs("organisation"), unicodedata.normalize("NFKC", text)) is not None


def _pieces(line: str) -> Iterator[str]:
    """A line as written in a chat: split where a list is split, and at spaces beside a name or code that is whole."""
    for part in re.split(_signs("between"), _unnumbered(line)):
        words = tables.clean(part).split(" ")
        if len(words) > 1 and any(_is_organisation(word) or _apart(word)[1] for word in words):
            yield from words
        else:
            yield " ".join(words)


def _signs(name: str) -> str:
    return str(_table()["signs"][name])


@cache
def _table() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
