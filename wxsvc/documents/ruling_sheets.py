"""评定表: platforms × points in rows under a header, read as texts; and the same table to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Final

from msgspec import Struct

from wxsvc.documents import tables
from wxsvc.documents.table_rows import HEADER_WITHIN, Row, bare_header, is_example, is_footer, may_not_be_meant
from wxsvc.documents.tables import Table, TableRefused
from wxsvc.texts.beside import table_beside

_words: Final = table_beside(__file__)


class PointsSheetLine(Struct, frozen=True):
    """A row: its number, the platform as it is named there (its code, else its name), and points as they were typed."""

    number: int
    platform: str
    points: Mapping[str, str]
    """By the indicator's code; an empty cell says nothing."""


class RulingSheet(Struct, frozen=True):
    """What was read; ``unread`` are headers of columns that say nothing to us, ``hidden`` rows that were hidden."""

    lines: tuple[PointsSheetLine, ...]
    unread: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    """Columns that hold something that nobody sees; they were left out."""


def read(raw: bytes, names: Mapping[str, str]) -> RulingSheet:
    """An uploaded table (xlsx or CSV). ``names`` are the indicators' own names with their codes.

    Raises ``FileRefused`` and ``TableRefused`` of :func:`tables.read`, also ``no_platform_column``,
    ``no_points_column``, ``column_twice``, ``cells_untold`` and ``no_ruling_rows``.
    """
    return _read(tables.read(raw, most_rows(), lambda row: "platform" in _columns(row, names)), names, None)


def of_text(text: str, names: Mapping[str, str], only: str | None = None) -> RulingSheet:
    """Rows copied from Excel. Without a header the first cell is the platform, the last the points of ``only``."""
    return _read(tables.of_text(text, most_rows(), lambda row: "platform" in _columns(row, names)), names, only)


def most_rows() -> int:
    """How many rows one table may have."""
    return int(_words()["most_rows"])


def workbook(head: Sequence[str], rows: Iterable[tuple[str, str, Sequence[Decimal | str | None]]]) -> bytes:
    """The table to fill in: codes are text, points numbers; ``head`` are the indicators' columns."""
    import xlsxwriter

    words = _words()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EAEC", "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(words["sheet"])
    sheet.set_column(0, 0, 14, text)
    sheet.set_column(1, 1, 36, text)
    sheet.set_column(2, 1 + len(head), 18)
    for column, name in enumerate((words["code"][0], words["platform"][0], *head)):
        sheet.write_string(0, column, name, bold)
    for number, (code, name, points) in enumerate(rows, 1):
        sheet.write_string(number, 0, code, text)
        sheet.write_string(number, 1, name, text)
        for column, value in enumerate(points, 2):
            if isinstance(value, Decimal):
                sheet.write_number(number, column, float(value))
            elif value is not None:
                sheet.write_string(number, column, value)
    sheet.freeze_panes(1, 2)
    book.close()
    return buffer.getvalue()


def _read(table: Table, names: Mapping[str, str], only: str | None) -> RulingSheet:
    rows = table.rows
    place = next((at for at, row in enumerate(rows[:HEADER_WITHIN]) if "platform" in _columns(row, names)), None)
    if place is None:
        if only is None:
            raise TableRefused("no_platform_column")
        lines = [PointsSheetLine(row.number, row.cells[0], {only: row.cells[-1]}) for row in rows if len(row.cells) > 1]
        return _kept(lines, (), rows, table)
    columns = _columns(rows[place], names)
    codes = [name for name in columns if name not in ("code", "platform")]
    if not codes:
        raise TableRefused("no_points_column")
    known = set(columns.values())
    unread = tuple(cell for at, cell in enumerate(rows[place].cells) if cell and at not in known)
    below = [row for row in rows[place + 1 :] if not (is_footer(row) or is_example(row))]
    tables.must_tell(below, known)
    lines = [
        PointsSheetLine(
            row.number,
            _cell(row, columns.get("code")) or _cell(row, columns["platform"]),
            {code: typed for code in codes if (typed := _cell(row, columns[code]))},
        )
        for row in below
    ]
    return _kept(lines, unread, below, table)


def _kept(lines: Sequence[PointsSheetLine], unread: tuple[str, ...], rows: Iterable[Row], table: Table) -> RulingSheet:
    if not lines:
        raise TableRefused("no_ruling_rows")
    hidden = tuple(row.number for row in rows if may_not_be_meant(row))
    return RulingSheet(tuple(lines), unread, hidden, table.hidden_columns)


def _columns(row: Row, names: Mapping[str, str]) -> dict[str, int]:
    """Which column holds what: ``platform`` is there in every header, the code's column in place of it if need be."""
    known = _known() | {bare_header(name): code for name, code in names.items()}
    found: dict[str, int] = {}
    for place, cell in enumerate(row.cells):
        name = known.get(bare_header(cell))
        if name is None:
            continue
        if name in found and name not in ("code", "platform"):
            raise TableRefused("column_twice", header=cell)
        found.setdefault(name, place)
    if "code" in found:
        found.setdefault("platform", found["code"])
    return found


def _cell(row: Row, at: int | None) -> str:
    return row.cells[at] if at is not None and at < len(row.cells) else ""


@cache
def _known() -> dict[str, str]:
    words = _words()
    meant = {"code": words["code"], "platform": words["platform"], **words["lines"]}
    return {bare_header(header): name for name, headers in meant.items() for header in headers}
