"""报表: Excel as offices hand it in — a merged title, who reports what when, a header on every page, a total, a footer.

A4 across the width of the page, numbered rows, codes as text. Whoever calls brings the words and values of one table a
sheet; nothing here can become a formula, whatever a name begins with.
"""

from __future__ import annotations

import io
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import xlsxwriter

_FILE: Final = Path(__file__).with_suffix(".toml")
_A4: Final = 9
_LINE_HEIGHT: Final = 18
"""Points of one line of a cell."""

Cell: TypeAlias = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header and width (in characters); numbers stand right, everything else is text and stands left."""

    title: str
    width: float
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its rows without 序号, and what each number column adds up to where that means something (合计).

    ``notes`` stand below the table, a line each: what the numbers rest on.
    """

    sheet: str
    title: str
    reporter: str
    day: str
    unit: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] | None = None
    notes: Sequence[str] = ()


def workbook(*tables: Table) -> bytes:
    """The workbook's bytes, a sheet for each table."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(book)
    for table in tables:
        _write(book.add_worksheet(table.sheet), table, formats)
    book.close()
    return buffer.getvalue()


def number_title() -> str:
    """序号, the header of the numbered column."""
    return str(_words()["number"])


def _write(sheet: Any, table: Table, formats: Mapping[str, Any]) -> None:
    words = _words()
    columns = [Column(words["number"], 6, is_number=True), *table.columns]
    last = len(columns) - 1
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer("&C&P / &N")
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, None if column.is_number else formats["text"])
    sheet.set_row(0, 36)
    _across(sheet, 0, 0, last, table.title, formats["title"])
    _said(sheet, table, [column.width for column in columns], formats)
    sheet.set_row(2, 24)
    sheet.write_row(2, 0, [column.title for column in columns], formats["head"])
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)
    for number, row in enumerate(table.rows, start=1):
        _row(sheet, 2 + number, [number, *row], columns, formats)
    end = 3 + len(table.rows)
    if table.totals is not None:
        sheet.write_string(end, 0, words["total"], formats["total"])
        for place, cell in enumerate(table.totals, start=1):
            _cell(sheet, end, place, cell, formats["total"], formats["total_number"])
        end += 1
    for note in table.notes:
        _across(sheet, end, 0, last, note, formats["left"])
        end += 1
    _across(sheet, end + 1, 0, last, words["signed"], formats["left"])


def _said(sheet: Any, table: Table, widths: Sequence[float], formats: Mapping[str, Any]) -> None:
    """The second row: 填报单位 and 填报日期 on the left, 单位 on the right."""
    words, last = _words(), len(widths) - 1
    right = max(1, min(_place(widths, 0.85), last))
    said = (words["reporter"].format_map({"name": table.reporter}), words["dated"].format_map({"day": table.day}))
    _across(sheet, 1, 0, right - 1, words["between"].join(said), formats["left"])
    _across(sheet, 1, right, last, words["unit"].format_map({"unit": table.unit}), formats["right"])


def _place(widths: Sequence[float], share: float) -> int:
    """The column at which this share of the table's width is reached."""
    so_far = 0.0
    for place, width in enumerate(widths):
        so_far += width
        if so_far >= share * sum(widths):
            return place
    return len(widths) - 1


def _across(sheet: Any, row: int, first: int, until: int, text: str, style: Any) -> None:
    if first == until:
        sheet.write_string(row, first, text, style)
    else:
        sheet.merge_range(row, first, row, until, "", style)
        sheet.write_string(row, first, text, style)


def _row(sheet: Any, at: int, row: Sequence[Cell], columns: Sequence[Column], formats: Mapping[str, Any]) -> None:
    lines = max(_lines(cell, column.width) for cell, column in zip(row, columns, strict=True))
    sheet.set_row(at, _LINE_HEIGHT * lines + 4)
    for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
        kind = "place" if place == 0 else "number" if column.is_number else "cell"
        _cell(sheet, at, place, cell, formats["cell"], formats[kind])


def _lines(cell: Cell, width: float) -> int:
    """Lines that a cell takes: a Chinese character is as wide as two others. Programs do not agree on doing this."""
    wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in str(cell or ""))
    return max(1, -(-wide // max(1, int(width) - 1)))


def _cell(sheet: Any, at: int, place: int, cell: Cell, text: Any, number: Any) -> None:
    if cell is None:
        sheet.write_blank(at, place, None, text)
    elif isinstance(cell, str):
        sheet.write_string(at, place, cell, text)
    else:
        sheet.write_number(at, place, cell, number)


def _formats(book: Any) -> dict[str, Any]:
    words = _words()
    font, boxed = {"font_name": words["font"], "font_size": 12, "valign": "vcenter"}, {"border": 1, "text_wrap": True}
    heading = {"font_name": words["head_font"], "align": "center", "valign": "vcenter"}
    bold = {"bold": True}
    return {
        "title": book.add_format(heading | {"font_size": 18, "text_wrap": True}),
        "head": book.add_format(heading | boxed | {"font_size": 12}),
        "left": book.add_format(font | {"align": "left"}),
        "right": book.add_format(font | {"align": "right"}),
        "text": book.add_format(font | {"num_format": "@"}),
        "cell": book.add_format(font | boxed | {"num_format": "@"}),
        "number": book.add_format(font | boxed | {"align": "right", "num_format": "General"}),
        "place": book.add_format(font | boxed | {"align": "center"}),
        "total": book.add_format(font | boxed | bold),
        "total_number": book.add_format(font | boxed | bold | {"align": "right"}),
    }


@cache
def _words() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
