"""报表: Excel as offices hand it in — a merged title, who reports what when, a header on every page, a total, a footer.

A4 across the width of the page, numbered rows, codes as text. Whoever calls brings the words and values of one table a
sheet; nothing here can become a formula, whatever a name begins with.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, TypeAlias

from msgspec import Struct

from wxsvc.texts.beside import table_beside

_words: Final = table_beside(__file__)
_A4: Final = 9
_LINE_HEIGHT: Final = 18
"""Points of one line of a cell."""

MOST_ROWS: Final = 1_000_000
"""Rows of one sheet; Excel ends at 1,048,576. What is longer goes on in a next sheet."""
POINTS: Final = "0.0##"
"""分值 as Excel shows them: 13.5, 15.0."""

SheetValue: TypeAlias = str | int | Decimal | date | None


class Column(Struct, frozen=True):
    """A column's header and width (in characters); numbers stand right, everything else is text and stands left.

    ``number_format`` is Excel's, of numbers.
    """

    title: str
    width: float
    is_number: bool = False
    number_format: str = "General"


class OfficialTable(Struct, frozen=True):
    """One sheet: its rows without 序号, and what each number column adds up to where that means something (合计).

    ``notes`` stand below the table, a line each: what the numbers rest on. ``said`` stands in place of who reports
    when. ``rows`` are taken one by one as they are written. A list (``is_list``) has rows of one line each and a
    filter. Nobody signs it, nor a table that is only looked up (``is_signed``).
    """

    sheet: str
    title: str
    reporter: str
    day: str
    unit: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[SheetValue]]
    totals: Sequence[SheetValue] | None = None
    notes: Sequence[str] = ()
    said: str = ""
    is_list: bool = False
    is_signed: bool = True


def workbook(*tables: OfficialTable) -> bytes:
    """The workbook's bytes, a sheet for each table."""
    buffer = io.BytesIO()
    write(buffer, tables)
    return buffer.getvalue()


def write(target: IO[bytes], tables: Iterable[OfficialTable], made_at: datetime | None = None) -> None:
    """Write the workbook row by row: memory holds one row, however many there are.

    ``made_at`` is the moment in the file's properties: the same tables and moment are the same bytes.
    """
    import xlsxwriter

    with TemporaryDirectory() as folder:
        settings = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(target, settings)
        if made_at is not None:
            book.set_properties({"created": made_at.replace(tzinfo=None)})
        formats = _formats(book)
        try:
            for table in tables:
                for name, rows in _parts(table):
                    _write(book, book.add_worksheet(name), table, rows, formats)
        except BaseException:
            for sheet in book.worksheets():  # their rows so far, in files that go with the folder
                sheet.row_data_fh.close()
            raise
        book.close()


def _parts(table: OfficialTable) -> Iterator[tuple[str, Iterator[tuple[int, Sequence[SheetValue]]]]]:
    """The sheets of a table with their numbered rows: one, or as many as it takes."""
    rows, part = enumerate(table.rows, start=1), 1
    yield table.sheet, islice(rows, MOST_ROWS)
    for first in rows:
        part += 1
        yield _words()["part"].format_map({"sheet": table.sheet, "part": part}), islice(chain([first], rows), MOST_ROWS)


def number_title() -> str:
    """序号, the header of the numbered column."""
    return str(_words()["number"])


def _write(
    book: Any,
    sheet: Any,
    table: OfficialTable,
    rows: Iterator[tuple[int, Sequence[SheetValue]]],
    formats: Mapping[str, Any],
) -> None:
    """One sheet from top to bottom: Excel's rows are written in their order, each once."""
    columns = [Column(number_title(), 8 if table.is_list else 6, is_number=True), *table.columns]
    _lay_out(sheet)
    _head(sheet, table, columns, formats)
    end = _body(sheet, table, rows, _styles(book, columns, formats, is_list=table.is_list), formats)
    if table.is_list:
        sheet.autofilter(2, 0, max(end - 1, 2), len(columns) - 1)
    end = _foot(sheet, table, columns, end, formats)
    sheet.print_area(0, 0, end - 1, len(columns) - 1)


def _lay_out(sheet: Any) -> None:
    """A4 across, as wide as the page, numbered pages."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer("&C&P / &N")
    sheet.set_default_row(_LINE_HEIGHT)


def _head(sheet: Any, table: OfficialTable, columns: Sequence[Column], formats: Mapping[str, Any]) -> None:
    """The title, who reports what when, and the header of the columns: three rows that stand on every page."""
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, None if column.is_number else formats["text"])
    sheet.set_row(0, 36)
    _across(sheet, 0, 0, len(columns) - 1, table.title, formats["title"])
    _said(sheet, table, [column.width for column in columns], formats)
    sheet.set_row(2, _LINE_HEIGHT * max(_lines(column.title, column.width) for column in columns) + 6)
    sheet.write_row(2, 0, [column.title for column in columns], formats["head"])
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)


def _body(
    sheet: Any,
    table: OfficialTable,
    rows: Iterator[tuple[int, Sequence[SheetValue]]],
    styles: Sequence[Any],
    formats: Mapping[str, Any],
) -> int:
    """The numbered rows; the row behind them."""
    dated: Mapping[type[Any], Any] = {date: formats["day"], datetime: formats["moment"]}
    end = 3
    for number, row in rows:
        if not table.is_list:
            lines = max(_lines(cell, column.width) for cell, column in zip(row, table.columns, strict=True))
            sheet.set_row(end, _LINE_HEIGHT * lines + 4)
        for place, (cell, style) in enumerate(zip((number, *row), styles, strict=True)):
            _cell(sheet, end, place, cell, dated.get(type(cell), style))
        end += 1
    return end


def _foot(sheet: Any, table: OfficialTable, columns: Sequence[Column], end: int, formats: Mapping[str, Any]) -> int:
    """合计, the notes and the line for signatures, from this row on; the row behind them."""
    words, last = _words(), len(columns) - 1
    if table.totals is not None:
        sheet.write_string(end, 0, words["total"], formats["total"])
        for place, cell in enumerate(table.totals, start=1):
            _cell(sheet, end, place, cell, formats["total" if isinstance(cell, str | None) else "total_number"])
        end += 1
    for note in table.notes:
        _across(sheet, end, 0, last, note, formats["note"])
        sheet.set_row(end, _LINE_HEIGHT * _lines(note, sum(column.width for column in columns)) + 2)
        end += 1
    if table.is_signed and not table.is_list:
        end += 1
        _across(sheet, end, 0, last, words["signed"], formats["left"])
        end += 1
    return end


def _styles(book: Any, columns: Sequence[Column], formats: Mapping[str, Any], *, is_list: bool) -> list[Any]:
    """One style for each column: of numbers by their format."""
    box = "line" if is_list else "cell"
    numbers = {each.number_format: book.add_format(_number(each.number_format)) for each in columns if each.is_number}
    return [formats["place"], *(numbers[c.number_format] if c.is_number else formats[box] for c in columns[1:])]


def _said(sheet: Any, table: OfficialTable, widths: Sequence[float], formats: Mapping[str, Any]) -> None:
    """The second row: 填报单位 and 填报日期 on the left, 单位 on the right."""
    words, last = _words(), len(widths) - 1
    right = max(1, min(_place(widths, 0.85), last))
    said = (words["reporter"].format_map({"name": table.reporter}), words["dated"].format_map({"day": table.day}))
    _across(sheet, 1, 0, right - 1, table.said or words["between"].join(said), formats["left"])
    unit = words["unit"].format_map({"unit": table.unit}) if table.unit else ""
    _across(sheet, 1, right, last, unit, formats["right"])


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


def _lines(cell: SheetValue, width: float) -> int:
    """Lines that a cell takes: a Chinese character is as wide as two others. Programs do not agree on doing this."""
    wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in str(cell or ""))
    return max(1, -(-wide // max(1, int(width) - 1)))


def _cell(sheet: Any, at: int, place: int, cell: SheetValue, style: Any) -> None:
    """Text stays text and a number a number, whatever the text begins with; a day is one that Excel sorts and filters.

    A moment (``datetime``) has no zone: it is what a clock in Beijing shows.
    """
    if isinstance(cell, str):
        sheet.write_string(at, place, cell, style)
    elif cell is None:
        sheet.write_blank(at, place, None, style)
    elif isinstance(cell, date):
        sheet.write_datetime(at, place, cell, style)
    else:
        sheet.write_number(at, place, cell, style)


def _font() -> dict[str, Any]:
    return {"font_name": _words()["font"], "font_size": 12, "valign": "vcenter"}


def _number(number_format: str) -> dict[str, Any]:
    return _font() | {"border": 1, "align": "right", "indent": 1, "num_format": number_format}


def _formats(book: Any) -> dict[str, Any]:
    font, boxed = _font(), {"border": 1, "text_wrap": True}
    heading = {"font_name": _words()["head_font"], "align": "center", "valign": "vcenter"}
    bold = {"bold": True}
    return {
        "title": book.add_format(heading | {"font_size": 18, "text_wrap": True}),
        "head": book.add_format(heading | boxed | {"font_size": 12}),
        "left": book.add_format(font | {"align": "left"}),
        "note": book.add_format(font | {"align": "left", "text_wrap": True}),
        "right": book.add_format(font | {"align": "right"}),
        "text": book.add_format(font | {"num_format": "@"}),
        "cell": book.add_format(font | boxed | {"num_format": "@"}),
        "line": book.add_format(font | {"border": 1, "num_format": "@"}),
        "day": book.add_format(font | {"border": 1, "align": "left", "num_format": "yyyy-mm-dd"}),
        "moment": book.add_format(font | {"border": 1, "align": "left", "num_format": "yyyy-mm-dd hh:mm:ss"}),
        "place": book.add_format(font | boxed | {"align": "center"}),
        "total": book.add_format(font | boxed | bold),
        "total_number": book.add_format(font | boxed | bold | {"align": "right"}),
    }
