"""Workbooks (xlsx, ISO/IEC 29500) as Excel opens them: sheets in their order, rows that hold something, hidden or not.

Programs of every kind write them, so nothing is asked that Excel does not ask: Transitional or Strict, any prefix,
parts named in any case and with either slash, no styles or wrong ones. What Excel would mend is read as far as it goes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from math import inf
from typing import Any, Final
from xml.etree import ElementTree as ET

from msgspec import Struct
from msgspec.structs import replace

from wxsvc.documents import bounds, number_formats
from wxsvc.documents.merged_cells import MergedCells
from wxsvc.uploads.package_parts import opened, part_name, tree

Value = str | int | float | bool | date | datetime | timedelta | None

_CHINESE_DATES: Final = frozenset((*range(27, 37), *range(50, 59)))
"""Built-in formats of Chinese Excel; which day they show is theirs, that they show one is enough."""
_LAST_COLUMN: Final = 16_384
_MOST_BLANK: Final = 1_000
"""Blank rows in a row after which is asked whether anything follows: formatted sheets are a million rows long."""
_ROW: Final = re.compile(rb'<(?:\w{1,9}:)?row\s(?:[^<>]{0,99}?\s)?r="(\d{1,7})"')
_CHUNK: Final = 2**20
_PARTS: Final = {"workbook": "xl/workbook.xml", "sharedStrings": "xl/sharedstrings.xml", "styles": "xl/styles.xml"}


class Cell(Struct, frozen=True):
    """What a cell shows, and whether a formula computed it. A text is as Excel shows it, ``_x000D_`` unescaped.

    ``is_hidden``: its column is. ``is_computed``: false for a formula whose program has written no result.
    ``is_struck``: its text or a part of it is struck through (删除线).
    """

    value: Value
    is_formula: bool = False
    is_hidden: bool = False
    is_computed: bool = True
    is_struck: bool = False


class SheetRow(Struct, frozen=True):
    """A row that holds something: its number as Excel shows it, from 1; ``is_hidden`` by hand or by a filter.

    ``untold`` are places, from 0, where Excel shows what the file does not have: within a cell that was merged with the
    ones above, or the result of a formula that was never computed.
    """

    number: int
    cells: tuple[Cell, ...]
    is_hidden: bool = False
    untold: tuple[int, ...] = ()

    @property
    def as_seen(self) -> SheetRow:
        """The row without what its hidden columns hold."""
        if not any(cell.is_hidden for cell in self.cells):
            return self
        return replace(self, cells=tuple(Cell(None) if cell.is_hidden else cell for cell in self.cells))

    @property
    def struck(self) -> tuple[int, ...]:
        """Places, from 0, of what is struck through, as people strike out whom they take off a list."""
        return tuple(at for at, cell in enumerate(self.cells) if cell.is_struck and cell.value not in (None, ""))


class Sheet(Struct, frozen=True):
    """A sheet by its name; ``is_visible`` is false where Excel shows no tab for it."""

    name: str
    part: str
    is_visible: bool = True


class Workbook:
    """An opened workbook. Broken ones raise what zipfile and the XML parser raise, ``KeyError`` for a missing part.

    What openpyxl knows of Excel is imported with the first one: a web that starts need not wait for it.
    """

    def __init__(self, raw: bytes) -> None:
        from openpyxl.utils.cell import column_index_from_string
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
        from openpyxl.utils.escape import unescape

        self._column_of, self._moment_of, self._unescape = column_index_from_string, from_excel, unescape
        self._archive = opened(raw)
        self._parts = {part_name(info.filename): info for info in self._archive.infolist()}
        self._main = self._target("", "officeDocument", _PARTS["workbook"])
        book = self._tree(self._main)
        self._epoch = CALENDAR_WINDOWS_1900
        if any(_flag(each, "date1904") for each in _all(book, "workbookPr")):
            self._epoch = CALENDAR_MAC_1904
        links = self._links(self._main)
        self.sheets: tuple[Sheet, ...] = tuple(
            Sheet(_attribute(each, "name"), part, _attribute(each, "state") in ("", "visible"))
            for place, each in enumerate(_all(book, "sheet"), start=1)
            if (part := self._sheet_part(links, _attribute(each, "id"), place))
        )

    def rows(self, sheet: Sheet, most_columns: int) -> Iterator[SheetRow]:
        """Its rows that hold something, in the order in which they are written."""
        number = blank = 0
        last: float | None = None
        unseen: list[tuple[int, int]] = []
        with self._archive.open(self._parts[sheet.part]) as file:
            merged = MergedCells(file, min(most_columns, _LAST_COLUMN))
        with self._archive.open(self._parts[sheet.part]) as file:
            for _, element in ET.iterparse(file, events=("end",)):  # noqa: S314 - looked at before (bounds)
                name = _local(element)
                if name == "col" and (_flag(element, "hidden") or _attribute(element, "width") in ("0", "0.0")):
                    unseen.append((_number(element, "min"), _number(element, "max")))
                if name != "row":
                    continue
                number = _number(element, "r") or number + 1
                cells = tuple(self._cells(element, most_columns, unseen))
                is_hidden = _flag(element, "hidden") or _attribute(element, "ht") in ("0", "0.0")
                element.clear()
                untold = merged.below(number) | {at for at, cell in enumerate(cells) if not cell.is_computed}
                if any(cell.value not in (None, "") or cell.is_formula for cell in cells):
                    blank = 0
                    yield SheetRow(number, cells, is_hidden, tuple(sorted(untold)))
                elif (blank := blank + 1) > _MOST_BLANK:
                    last = self._last_row(sheet) if last is None else last
                    if number >= last:
                        return

    def _last_row(self, sheet: Sheet) -> float:
        """The number of the last row that holds a value; endless where its own row does not say it."""
        before = held = b""
        with self._archive.open(self._parts[sheet.part]) as file:
            while chunk := file.read(_CHUNK):
                held = before + chunk if bounds.last_value(before + chunk) >= 0 else held
                before = chunk
        numbers = [int(found[1]) for found in _ROW.finditer(held, 0, max(bounds.last_value(held), 0))]
        return max(numbers, default=inf) if held else 0

    def _cells(self, row: ET.Element, most: int, unseen: list[tuple[int, int]]) -> Iterator[Cell]:
        last = 0
        for element in row:
            if _local(element) != "c":
                continue
            letters = re.match(r"[A-Za-z]{1,3}", _attribute(element, "r"))
            column = self._column_of(letters[0].upper()) if letters else last + 1
            if column > min(most, _LAST_COLUMN):
                return
            yield from (Cell(None) for _ in range(last + 1, column))
            cell = self._cell(element)
            is_hidden = any(first <= column <= end for first, end in unseen)
            yield replace(cell, is_hidden=True) if is_hidden else cell
            last = max(last, column)

    def _cell(self, element: ET.Element) -> Cell:
        inner = {_local(each): each for each in element}
        shown = inner["v"].text or "" if "v" in inner else ""
        kind = _attribute(element, "t") or "n"
        value: Value = shown
        style = _number(element, "s")
        is_struck = style in self._struck_styles
        if kind == "s":
            value, is_partly = self._text_at(int(shown)) if shown.strip() else ("", False)
            is_struck |= is_partly
        elif kind == "inlineStr" or "is" in inner:
            value = _text_of(inner["is"]) if "is" in inner else shown
            is_struck |= "is" in inner and _is_struck(inner["is"])
        elif kind == "b":
            value = shown.strip() in ("1", "true")
        elif kind == "e":
            value = None
        elif kind == "d":
            value = _iso_day(shown)
        elif kind == "n":
            value = self._numeric(shown.strip(), style)
        is_computed = "f" not in inner or kind != "n" or value is not None
        text = self._unescape(value) if isinstance(value, str) else value
        return Cell(text, "f" in inner, is_computed=is_computed, is_struck=is_struck)

    def _numeric(self, shown: str, style: int) -> Value:
        if not shown:
            return None
        try:
            number = int(shown) if re.fullmatch(r"-?\d{1,15}", shown) else float(shown)
        except ValueError:
            return shown
        if style in self._date_styles:
            with suppress(ValueError, OverflowError, TypeError):
                found: Value = self._moment_of(number, self._epoch)
                is_next_day = isinstance(found, datetime) and found == self._moment_of(int(number) + 1, self._epoch)
                return self._moment_of(int(number), self._epoch) if is_next_day else found
        signs = self._digit_styles.get(style)
        if signs and shown.isdigit() and isinstance(number, int):
            return number_formats.written(shown, signs)
        before, behind = self._unit_styles.get(style, ("", ""))
        return f"{before}{Decimal(f'{number:.15g}'):f}{behind}" if before or behind else number

    def _text_at(self, place: int) -> tuple[str, bool]:
        """A text that cells share, and whether it is struck through.

        Raises ``IndexError`` where it is missing: read as none, a company would be lost.
        """
        if place < 0:
            raise IndexError
        return self._texts[place]

    @cached_property
    def _texts(self) -> list[tuple[str, bool]]:
        part = self._target(self._main, "sharedStrings", _PARTS["sharedStrings"])
        items = [each for each in self._tree(part) if _local(each) == "si"] if part in self._parts else []
        return [(_text_of(each), _is_struck(each)) for each in items]

    @cached_property
    def _date_styles(self) -> frozenset[int]:
        """Numbers of the cell styles that show a day or a time; none where the styles cannot be read."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        return frozenset(
            place
            for place, (number, code) in enumerate(self._formats)
            if number in _CHINESE_DATES or is_date_format(code or BUILTIN_FORMATS.get(number, ""))
        )

    @cached_property
    def _digit_styles(self) -> Mapping[int, Sequence[str]]:
        """Cell styles that show a whole number with more than its digits, each as the signs that it writes."""
        signs = ((place, number_formats.signs_of(code)) for place, (_, code) in enumerate(self._formats))
        return {place: each for place, each in signs if each}

    @cached_property
    def _unit_styles(self) -> Mapping[int, tuple[str, str]]:
        """Cell styles that show of what a number counts, each as what stands before and behind it."""
        units = ((place, number_formats.unit_of(code)) for place, (_, code) in enumerate(self._formats))
        return {place: each for place, each in units if any(each)}

    @cached_property
    def _struck_styles(self) -> frozenset[int]:
        """Cell styles whose font strikes the text through."""
        fonts = [_is_struck(each) for each in next(iter(_all(self._styles, "fonts")), ())]
        struck = {place for place, is_struck in enumerate(fonts) if is_struck}
        return frozenset(place for place, each in enumerate(self._of_cells) if _number(each, "fontId") in struck)

    @cached_property
    def _formats(self) -> Sequence[tuple[int, str]]:
        """Of each cell style the number of its format, and its code where the file has it."""
        own = {_number(each, "numFmtId"): _attribute(each, "formatCode") for each in _all(self._styles, "numFmt")}
        return [(number, own.get(number, "")) for number in (_number(each, "numFmtId") for each in self._of_cells)]

    @cached_property
    def _of_cells(self) -> Sequence[ET.Element]:
        """The cell styles."""
        return list(next(iter(_all(self._styles, "cellXfs")), ()))

    @cached_property
    def _styles(self) -> ET.Element:
        """The part with the styles; an empty one where they cannot be read."""
        try:
            return self._tree(self._target(self._main, "styles", _PARTS["styles"]))
        except (KeyError, ET.ParseError):
            return ET.Element("styleSheet")

    def _sheet_part(self, links: Mapping[str, tuple[str, str]], wanted: str, place: int) -> str:
        """The part of a sheet of cells; nothing for a sheet that is a chart."""
        kind, part = links.get(wanted, ("worksheet", f"xl/worksheets/sheet{place}.xml"))
        return part if kind == "worksheet" and part in self._parts else ""

    def _target(self, of: str, kind: str, usual: str) -> str:
        return next((part for found, part in self._links(of).values() if found == kind and part in self._parts), usual)

    def _links(self, of: str) -> dict[str, tuple[str, str]]:
        """What a part refers to, by the reference's id: kind and part."""
        folder, name = posixpath.split(of)
        part = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}
        for each in self._tree(part) if part in self._parts else ():
            if _attribute(each, "TargetMode") != "External":
                target = posixpath.join("/", folder, _attribute(each, "Target").replace("\\", "/"))
                kind = _attribute(each, "Type").rpartition("/")[2]
                found[_attribute(each, "Id")] = (kind, part_name(posixpath.normpath(target)))
        return found

    def _tree(self, part: str) -> ET.Element:
        return tree(self._archive.read(self._parts[part]))


def _text_of(item: ET.Element) -> str:
    """A text with its runs, without how it is pronounced."""
    runs = [item, *(each for each in item if _local(each) == "r")]
    return "".join(each.text or "" for run in runs for each in run if _local(each) == "t")


def _is_struck(element: ET.Element) -> bool:
    """Whether a font, or a run of a text, strikes through."""
    return any(_attribute(each, "val") not in ("0", "false") for each in _all(element, "strike"))


def _iso_day(shown: str) -> Value:
    try:
        return datetime.fromisoformat(shown.strip())
    except ValueError:
        return shown


def _all(tree: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in tree.iter() if _local(each) == name]


def _local(element: ET.Element) -> str:
    tag: Any = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attribute(element: ET.Element, name: str) -> str:
    """By its local name: ``r:id`` has another namespace in Strict than in Transitional."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _number(element: ET.Element, name: str) -> int:
    text = _attribute(element, name)
    return int(text) if text.isdigit() and len(text) < 10 else 0


def _flag(element: ET.Element, name: str) -> bool:
    return _attribute(element, name) in ("1", "true")
