"""The workbook of ``wxsvc import``: sheets 平台 and 企业 read into a bundle's shape, and an empty one to fill in."""

from __future__ import annotations

import io
import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
import xlsxwriter
from openpyxl.utils.escape import unescape

from scoring.terms import PlatformKind
from scoring.words import name_of
from wxsvc.documents.tables import unmarked

SECTIONS: Final = ("platforms", "enterprises")
MOST_DIGITS: Final = 15
"""Digits of a number that Excel keeps."""
_FILE: Final = Path(__file__).with_suffix(".toml")
_BROKEN: Final = (BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError, EOFError)
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that we do not read anyway
            workbook = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            for name in workbook.sheetnames:
                workbook[
                    name
                ].reset_dimensions()  # what a sheet says of its size is often wrong, and rows would be lost
                _read_sheet(sheets, name, workbook[name].iter_rows(values_only=True))
            workbook.close()
    except _BROKEN:
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


def _read_sheet(sheets: Sheets, name: str, lines: Iterator[tuple[Any, ...]]) -> None:
    section = next((each for each in SECTIONS if sheet_name(each) == name.strip()), None)
    if section is None:
        if name != _table()["guide"]:
            facts = {"value": name, "known": _sheet_names()}
            sheets.problems.append(SheetProblem("unknown_sheet", facts=facts))
        return
    sheets.content[section], sheets.rows[section] = [], []
    columns = _columns(sheets, section, next(lines, ()))
    for number, line in enumerate(lines, start=2):
        if all(_is_blank(cell) for cell in line):
            continue
        index = len(sheets.rows[section])
        sheets.rows[section].append(number)
        values = {name: cell for name, cell in zip(columns, line, strict=False) if name and not _is_blank(cell)}
        sheets.content[section].append({each: _value(each, cell) for each, cell in values.items()})
        sheets.problems += [
            SheetProblem("digits_lost", section, index, each) for each, cell in values.items() if _has_lost_digits(cell)
        ]


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


def _value(name: str, cell: object) -> object:
    """A cell as a JSON bundle has it."""
    if isinstance(cell, datetime | date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = str(int(cell)) if cell == int(cell) else str(cell)
    if not isinstance(cell, str):
        return cell
    cell = unmarked(unescape(cell).strip())
    if name == "kind":
        return next((kind.value for kind in PlatformKind if name_of(kind) == cell.strip()), cell)
    if name in ("contacts", "members"):
        return [each for each in re.split(_table()["contact_signs"], cell) if each]
    return cell


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _has_lost_digits(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**MOST_DIGITS


def _sheet_names() -> list[str]:
    return [sheet_name(section) for section in SECTIONS]


@cache
def _table() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
