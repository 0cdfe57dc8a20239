"""The workbook of ``wxsvc import``: sheets 平台 and 企业 read into a bundle's shape, and an empty one to fill in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from itertools import chain, islice
from typing import Final

from msgspec import Struct, field

from scoring.terms import PlatformKind
from scoring.words import name_of
from wxsvc.documents.cells import clean, has_lost_digits, is_scientific, shown
from wxsvc.documents.company_names import code_told
from wxsvc.documents.table_rows import HEADER_WITHIN, Row, bare_header, columns_named, is_example, is_footer
from wxsvc.documents.tables import BROKEN, MOST_COLUMNS
from wxsvc.documents.workbooks import SheetRow, Value, Workbook
from wxsvc.texts.beside import table_beside
from wxsvc.texts.widths import half_width
from wxsvc.uploads.package_parts import opened

SECTIONS: Final = ("platforms", "enterprises")
_table: Final = table_beside(__file__)
_NEEDED: Final[Mapping[str, Sequence[Set[str]]]] = {
    "platforms": ({"code"}, {"name"}),
    "enterprises": ({"uscc", "licence"}, {"name"}),
}
"""What a header must have, whatever its sheet is called: one of each."""
_CODES: Final = ("uscc", "licence", "operator_uscc")
LARGEST: Final = 128 * 2**20
"""Bytes to which a workbook unpacks: some 300,000 enterprises. A file of one megabyte may unpack to a thousand."""
_MISSPELT: Final = 0.75
"""Likeness (``difflib``) from which an unknown header may be one of ours."""
_TEMPLATE_ROWS: Final = 20_000
_DAY: Final = re.compile(r"(\d{4}) ?[-/.\u5e74] ?(\d{1,2}) ?[-/.\u6708] ?(\d{1,2}) ?\u65e5?")
"""A day that was typed as a text: 2026/1/31, 2026.1.31, 2026年1月31日 (U+5E74, U+6708, U+65E5)."""


class SheetProblem(Struct, frozen=True):
    """What only the workbook shows: ``code`` and ``facts`` make the sentence."""

    code: str
    section: str | None = None
    index: int | None = None
    name: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


class Sheets(Struct):
    """A workbook's content in the shape of a JSON bundle, and where each row stood."""

    content: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    problems: list[SheetProblem] = field(default_factory=list)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """Row numbers as Excel shows them, by section and index."""
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    """The sheet of each row, by section and index."""
    notes: list[SheetProblem] = field(default_factory=list)
    """What was passed over, and hinders nothing: sheets without a list, columns of something else, rows of totals."""


def read(raw: bytes) -> Sheets:
    """The content of a workbook's bytes; cells are texts, empty rows are left out.

    Headers are found as in every other list: below a title, behind a cover sheet, as survey tools write them.
    """
    sheets = Sheets()
    try:
        with opened(raw) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                return Sheets(problems=[SheetProblem("workbook_too_large")])
        book = Workbook(raw)
        for sheet in book.sheets:
            if sheet.is_visible:
                _read_sheet(sheets, sheet.name, book.rows(sheet, MOST_COLUMNS))
            elif any(_section_of(sheet.name, row) for row in islice(book.rows(sheet, MOST_COLUMNS), HEADER_WITHIN)):
                sheets.problems.append(SheetProblem("sheet_hidden", facts={"value": sheet.name}))
    except BROKEN:
        return Sheets(problems=[SheetProblem("not_excel")])
    if not sheets.rows and not sheets.problems:
        known = [sheet_name(section) for section in SECTIONS]
        sheets.problems.append(SheetProblem("no_sheet", facts={"known": known}))
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
    import xlsxwriter

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
    """Whatever the sheet is called, whatever stands above the list: the header says what it is and where it begins."""
    if name == _table()["guide"]:
        return
    first = list(islice(lines, HEADER_WITHIN))
    found = next(((place, each) for place, row in enumerate(first) if (each := _section_of(name, row))), None)
    if found is None and (of_name := _section_named(name)) is not None and first:
        found = 0, of_name  # a header none of whose columns is ours: each is named
    if found is None:
        if of_name is not None:
            sheets.content.setdefault(of_name, [])
            sheets.rows.setdefault(of_name, [])
        elif first:
            sheets.notes.append(SheetProblem("sheet_unread", facts={"value": name}))
        return
    place, section = found
    listed, rows = sheets.content.setdefault(section, []), sheets.rows.setdefault(section, [])
    columns = _columns(sheets, section, first[place])
    for line in chain(first[place + 1 :], lines):
        cells = [cell.value for cell in line.cells]
        texts = tuple(shown(cell) for cell in cells)
        if all(_is_blank(cell) for cell in cells):
            continue
        if is_footer(row := Row(line.number, texts)) or is_example(row):
            sheets.notes.append(SheetProblem("total_unread", facts={"sheet": name, "row": line.number}))
            continue
        index = len(rows)
        rows.append(line.number)
        sheets.names[section, index] = name
        values = {each: cell for each, cell in zip(columns, cells, strict=False) if each and not _is_blank(cell)}
        listed.append({each: _value(each, cell) for each, cell in values.items()})
        sheets.problems += [
            SheetProblem("cell_untold", section, index, each)
            for at, each in enumerate(columns)
            if each and at in line.untold
        ]
        sheets.problems += [
            SheetProblem("digits_lost", section, index, each) for each, cell in values.items() if _has_lost(each, cell)
        ]
        if line.is_hidden or line.struck:
            sheets.problems.append(SheetProblem("row_hidden", section, index))


def _section_named(name: str) -> str | None:
    return next((each for each in SECTIONS if sheet_name(each) == name.strip()), None)


def _section_of(name: str, row: SheetRow) -> str | None:
    """Of what a row is the header: by the sheet's own name two of its columns are enough, or the one that is needed."""
    told = {section: set(_known(section, [cell.value for cell in row.cells]).values()) for section in SECTIONS}
    for section, needed in _NEEDED.items():
        if all(told[section] & each for each in needed):
            return section
    own = _section_named(name)
    return own if own is not None and (len(told[own]) > 1 or told[own] & _NEEDED[own][0]) else None


def _known(section: str, titles: Sequence[Value]) -> dict[int, str]:
    """The field of each column that has one, by its place; of two that say the same, the one in our own words."""
    also = _table()[section]["also"]
    headers = {name: (title, *also.get(name, ())) for name, title in _table()[section]["columns"].items()}
    told = columns_named([title if isinstance(title, str) else "" for title in titles], headers)
    return {place: name for name, place in told.items()}


def _columns(sheets: Sheets, section: str, header: SheetRow) -> list[str | None]:
    """The field of each column. One of ours that is hidden, there twice or misspelt is wrong; others are named only."""
    titles = [cell.value for cell in header.cells]
    found, own = _known(section, titles), list(_table()[section]["columns"].values())
    told = [shown(title).strip() for title in titles]
    for place in sorted(found):
        if header.cells[place].is_hidden:
            sheets.problems.append(SheetProblem("column_hidden", section, facts={"value": told[place]}))
    for title in sorted({told[place] for place in found}):
        if told.count(title) > 1:
            sheets.problems.append(SheetProblem("header_twice", section, facts={"value": title}))
    for title in sorted({each for place, each in enumerate(told) if place not in found} - {""}):
        if title in {told[place] for place in found}:
            continue
        if get_close_matches(bare_header(title), map(bare_header, own), 1, _MISSPELT):
            facts: dict[str, object] = {"value": title, "known": own}
            sheets.problems.append(SheetProblem("unknown_header", section, facts=facts))
        else:
            sheets.notes.append(SheetProblem("column_unread", section, facts={"value": title}))
    return [found.get(place) for place in range(len(titles))]


def _has_lost(name: str, cell: Value) -> bool:
    return has_lost_digits(cell) or (name in _CODES and isinstance(cell, str) and is_scientific(clean(cell)))


def _value(name: str, cell: Value) -> object:
    """A cell as a JSON bundle has it."""
    if not isinstance(cell, str):
        return cell if isinstance(cell, bool) else shown(cell)
    if name in ("contacts", "members"):
        return [text for each in re.split(_table()["contact_signs"], cell) if (text := clean(each))]
    text = clean(cell)
    if name in _CODES:
        return code_told(text)
    if name == "accepted_on" and (day := _DAY.fullmatch(half_width(text))) is not None:
        return "-".join(part.zfill(2) for part in day.groups())
    if name == "kind":
        return next((kind.value for kind in PlatformKind if name_of(kind) == text), text)
    return text


def _is_blank(cell: Value) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
