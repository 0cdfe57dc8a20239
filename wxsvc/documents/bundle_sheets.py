"""The workbook of ``wxsvc import``: sheets 平台 and 企业 read into a bundle's shape, and an empty one to fill in."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from scoring.terms import PlatformKind
from scoring.words import name_of
from wxsvc.documents.cells import clean, has_lost_digits, shown
from wxsvc.documents.tables import BROKEN
from wxsvc.documents.workbooks import SheetRow, Value, Workbook

SECTIONS: Final = ("platforms", "enterprises")
_FILE: Final = Path(__file__).with_suffix(".toml")
_MOST_COLUMNS: Final = 60
_TEMPLATE_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """What only the workbook shows: ``code`` and ``facts`` make the sentence."""

    code: str
    section: str | None = None
    index: int | None = None
    name: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Sheets:
    """A workbook's content in the shape of a JSON bundle, and where each row stood."""

    content: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    problems: list[SheetProblem] = field(default_factory=list)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """Row numbers as Excel shows them, by section and index."""


def read(raw: bytes) -> Sheets:
    """The content of a workbook's bytes; cells are texts, empty rows are left out."""
    sheets = Sheets()
    try:
        book = Workbook(raw)
        for sheet in book.sheets:
            _read_sheet(sheets, sheet.name, book.rows(sheet, _MOST_COLUMNS))
    except BROKEN:
        return Sheets(problems=[SheetProblem("not_excel")])
    if not sheets.rows and not sheets.problems:
        sheets.problems.append(SheetProblem("no_sheet", facts={"known": _sheet_names()}))
    return sheets


def sheet_name(section: str) -> str:
    """The sheet of a section, ``平台``."""
    return str(_table()[section]["sheet"])


def header(section: str, name: str) -> str:
    """The header of a field's column, ``平台代码``; of a path in a field, that field's."""
    columns = _table()[section]["columns"]
    return str(columns.get(re.split(r"[.\[]", name)[0], name))


def template() -> bytes:
    """An empty workbook to fill in: every column is text, kinds are picked from a list, a third sheet explains."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold, text = workbook.add_format({"bold": True, "num_format": "@"}), workbook.add_format({"num_format": "@"})
    guide = [tuple(_table()["guide_headers"].values())]
    for section in SECTIONS:
        columns = _table()[section]["columns"]
        sheet = workbook.add_worksheet(sheet_name(section))
        sheet.set_column(0, len(columns) - 1, 24, text)
        sheet.write_row(0, 0, columns.values(), bold)
        sheet.freeze_panes(1, 0)
        if "kind" in columns:
            place = list(columns).index("kind")
            kinds = {"validate": "list", "source": [name_of(kind) for kind in PlatformKind]}
            sheet.data_validation(1, place, _TEMPLATE_ROWS, place, kinds)
        guide += [(sheet_name(section), title, _table()[section]["explained"][name]) for name, title in columns.items()]
    sheet = workbook.add_worksheet(_table()["guide"])
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 60)
    for number, line in enumerate(guide):
        sheet.write_row(number, 0, line, text if number else bold)
    workbook.close()
    return buffer.getvalue()


def _read_sheet(sheets: Sheets, name: str, lines: Iterator[SheetRow]) -> None:
    section = next((each for each in SECTIONS if sheet_name(each) == name.strip()), None)
    if section is None:
        if name != _table()["guide"]:
            facts = {"value": name, "known": _sheet_names()}
            sheets.problems.append(SheetProblem("unknown_sheet", facts=facts))
        return
    sheets.content[section], sheets.rows[section] = [], []
    header = next(lines, None)
    columns = _columns(sheets, section, (cell.value for cell in header.cells) if header else ())
    for line in lines:
        cells = [cell.value for cell in line.cells]
        if all(_is_blank(cell) for cell in cells):
            continue
        index = len(sheets.rows[section])
        sheets.rows[section].append(line.number)
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name and not _is_blank(cell)}
        sheets.content[section].append({each: _value(each, cell) for each, cell in values.items()})
        sheets.problems += [
            SheetProblem("digits_lost", section, index, each) for each, cell in values.items() if has_lost_digits(cell)
        ]
        if line.is_hidden:
            sheets.problems.append(SheetProblem("row_hidden", section, index))


def _columns(sheets: Sheets, section: str, headers: Iterable[Any]) -> list[str | None]:
    """The field of each column; every header must be known and stand there once, every column that is needed too."""
    wanted = {title: name for name, title in _table()[section]["columns"].items()}
    titles = [str(title).strip() if title is not None else "" for title in headers]
    for title in sorted(set(titles) - {""}):
        if title not in wanted:
            facts = {"value": title, "known": list(wanted)}
            sheets.problems.append(SheetProblem("unknown_header", section, facts=facts))
        elif titles.count(title) > 1:
            sheets.problems.append(SheetProblem("header_twice", section, facts={"value": title}))
    return [wanted.get(title) for title in titles]


def _value(name: str, cell: Value) -> object:
    """A cell as a JSON bundle has it."""
    if not isinstance(cell, str):
        return cell if isinstance(cell, bool) else shown(cell)
    if name in ("contacts", "members"):
        return [text for each in re.split(_table()["contact_signs"], cell) if (text := clean(each))]
    text = clean(cell)
    if name == "kind":
        return next((kind.value for kind in PlatformKind if name_of(kind) == text), text)
    return text


def _is_blank(cell: Value) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _sheet_names() -> list[str]:
    return [sheet_name(section) for section in SECTIONS]


@cache
def _table() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
