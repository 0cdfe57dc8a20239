"""签到名单: the enterprises of a list, whether pasted from Excel or WeChat or uploaded; and an empty one to fill in.

Only names and codes of companies are taken. Persons, phones, identity numbers and accounts that stand beside them, in
the same cell too, are left out here, before anything is kept (``company_names``).
"""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wxsvc.documents import (
    cells,
    company_names,
    roster_absences,
    roster_headers,
    roster_lines,
    roster_pieces,
    table_rows,
    tables,
)
from wxsvc.documents.table_rows import HEADER_WITHIN, Row, bare_header, is_example, is_footer
from wxsvc.documents.tables import Table, TableRefused
from wxsvc.texts import names
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003fffd]{2}")


class RosterSheetLine(Struct, frozen=True):
    """One enterprise as it stood there: its line from 1, its name, its code as typed; either may be empty.

    ``is_hidden``: its row was hidden by hand or by a filter, or struck through, or leaves open whether anybody came
    (待定), so perhaps it is not meant.
    """

    number: int
    name: str
    uscc: str
    is_hidden: bool = False


class RosterSheet(Struct, frozen=True):
    """A list that was read; ``formulas``, ``unread`` and ``hidden_columns`` as of its table.

    ``passed_over`` are rows that named no participant: persons alone, numbers, an example, who held the activity.
    ``identities`` are rows that had an identity number in them, which was left out. ``absent`` are rows that say that
    nobody came (未到场), and were left out whole. ``is_renumbered``: a row named several companies, so the lines have
    numbers of their own.
    """

    lines: tuple[RosterSheetLine, ...]
    formulas: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    passed_over: tuple[int, ...] = ()
    identities: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    absent: tuple[int, ...] = ()
    is_renumbered: bool = False


def read(raw: bytes) -> RosterSheet:
    """An uploaded list: the header is found below whatever stands above it; without one, every row is looked at.

    Raises ``FileRefused`` and ``TableRefused``, also ``no_rows``, ``none_came`` where nobody else is named, and
    ``cells_untold`` for formulas without a result.
    """
    return _sheet(tables.read(raw, most_lines() + HEADER_WITHIN, roster_headers.sureness))


def read_pasted(text: str) -> RosterSheet:
    """A pasted list: rows copied from Excel, or one or several names a line as people write them in WeChat.

    Raises as :func:`read`; ``no_lines`` for lines that name nobody.
    """
    if "\t" in text or any(map(_is_comma_header, text.splitlines()[:HEADER_WITHIN])):
        return _sheet(tables.of_text(text, most_lines() + HEADER_WITHIN, roster_headers.sureness))
    rows = (
        Row(number, tuple(roster_pieces.of(line)))
        for number, line in enumerate(roster_lines.unnumbered(roster_lines.of(text)), start=1)
    )
    return _sheet(Table(tuple(row for row in rows if any(row.cells))), nobody="no_lines")


def header_line() -> str:
    """A header to stand above lines that are pasted again, so that a name beside a code is read as a name."""
    return "\t".join(_table()["template"]["headers"][1:])


def most_lines() -> int:
    """How many enterprises one list may have."""
    return int(_table()["most_lines"])


def copy_words() -> Mapping[str, Any]:
    """What stands in the copy that is kept of a list (``roster_copies``)."""
    words: Mapping[str, Any] = _table()["copy"]
    return words


def template(activity: str) -> bytes:
    """An empty list for one activity: code and name are text, so that Excel loses no digit; a second sheet explains."""
    import xlsxwriter

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


def _sheet(table: Table, nobody: str = "no_rows") -> RosterSheet:
    passed_over: list[int] = []
    rows = tuple(table_rows.filled(table.rows, roster_headers.sureness))
    sections = tuple(_sections(rows))
    absent = frozenset(roster_absences.of(sections, _names_at))
    doubted = {*roster_absences.doubted(sections, lambda header: [roster_headers.columns_of(header).get("uscc", -1)])}
    left_out = {row.number for row in absent}
    others = {row.number for row in rows if is_example(row) or roster_lines.names_others(row)}.difference(left_out)
    meant = (
        (header, [_with_gaps(row, row in doubted) for row in listed if row not in absent and row.number not in others])
        for header, listed in sections
    )
    told: list[tuple[Row, RosterSheetLine]] = []
    for row, lines in _rows(meant, table.formulas):
        told += ((row, line) for line in lines)
        if not lines:
            passed_over.append(row.number)
    found = sorted(_asked_about(told), key=lambda line: line.number)
    passed_over = sorted({*passed_over, *others, *_above(rows, sections[0][0])})
    if not found:
        raise TableRefused("none_came") if absent else TableRefused(nobody, **table.unseen)
    if len(found) > most_lines():
        raise TableRefused("too_many_rows", most=most_lines())
    formulas = tables.formulas_in(table.formulas, {line.number for line in found})
    is_renumbered = len({line.number for line in found}) < len(found)
    if is_renumbered:  # several companies in one row: the list's own numbers then
        found = [replace(line, number=number) for number, line in enumerate(found, start=1)]
    unread = tuple(name for name in table.unread if name != _table()["template"]["guide"])
    read = (row for row in rows if row.number not in others and row not in absent)
    identities = tuple(row.number for row in read if any(map(company_names.has_identity_number, row.cells)))
    absent_rows = tuple(sorted(left_out))
    rest = (formulas, unread, tuple(passed_over), identities, table.hidden_columns, absent_rows, is_renumbered)
    return RosterSheet(tuple(found), *rest)


def _asked_about(told: Sequence[tuple[Row, RosterSheetLine]]) -> Iterator[RosterSheetLine]:
    """Lines of hidden rows are to be confirmed, and of doubted ones, unless the same company stands on one that is
    neither: then it came."""
    sure = [line for row, line in told if not row.is_hidden and not row.is_doubted]
    came = {said for line in sure for said in (line.name, line.uscc) if said}
    for row, line in told:
        is_open = row.is_doubted and came.isdisjoint((line.name, line.uscc))
        yield replace(line, is_hidden=row.is_hidden or is_open)


def _above(rows: Sequence[Row], header: Row | None) -> Iterator[int]:
    """Rows above the header that hold a company's name: who held the activity, or somebody whom no one must miss."""
    above = (row for row in rows if header is not None and row.number < header.number)
    return (row.number for row in above if any(map(company_names.is_organisation, row.cells)))


def _names_at(header: Row) -> list[int]:
    return [each.get("name", -1) for each in roster_headers.blocks_of(header)]


def _is_comma_header(line: str) -> bool:
    """Whether a pasted line is the header of a table whose cells are parted by commas."""
    return len(roster_headers.columns_of(Row(1, tuple(map(cells.clean, re.split("[,;]", line)))))) > 1


def _with_gaps(row: Row, is_doubted: bool) -> Row:
    """The row without digits that only seem to be there, and whether it leaves open who came."""
    texts = (cells.with_gaps(cell) if place in row.lost else cell for place, cell in enumerate(row.cells))
    return replace(row, cells=tuple(texts), is_doubted=is_doubted)


def _rows(
    sections: Iterable[tuple[Row | None, Sequence[Row]]], formulas: Container[str]
) -> Iterator[tuple[Row, list[RosterSheetLine]]]:
    """Every row that should name a company, and the lines that it is read as."""
    for header, listed in sections:
        if header is None:
            told_rows = (row for row in listed if not is_footer(row) and not roster_headers.is_titles_alone(row))
            meant = (replace(row, is_hidden=table_rows.may_not_be_meant(row)) for row in told_rows)
            yield from _joined((row, list(_guessed(row))) for row in meant)
        else:
            tables.must_tell(listed, roster_headers.columns_of(header).values(), among=formulas)
            yield from _below(header, listed)


def _below(header: Row, listed: Iterable[Row]) -> Iterator[tuple[Row, list[RosterSheetLine]]]:
    blocks = roster_headers.blocks_of(header)
    for row in listed:
        told = [[roster_headers.cell_at(row, columns.get(each)) for each in ("name", "uscc")] for columns in blocks]
        first = next((name for name, _ in told if name), "")
        is_astray = not any(map(any, told)) and any(map(company_names.names_organisation, row.cells))
        if (is_astray or any(map(any, told))) and not _is_below(row, first):
            lines = [line for name, uscc in told for line in _told(row, name, uscc)]
            yield replace(row, is_hidden=table_rows.may_not_be_meant(row, header)), lines


def _is_below(row: Row, first: str) -> bool:
    """Whether a row ends the list: 合计 2, 填表人： beside a name; not 合计湘江科技有限公司, whose name begins so."""

    def says_so(text: str) -> bool:
        is_name = company_names.is_organisation(text) and not re.search("[:：]", text)
        return not is_name and re.search(_signs("footer"), text) is not None

    return is_footer(row) or any(map(says_so, (first or "".join(row.cells[:2]), *row.cells[:1])))


def _sections(rows: Sequence[Row]) -> Iterator[tuple[Row | None, Sequence[Row]]]:
    """Each header with the rows below it, lists beside each other one after the other; all rows, where there is no
    header."""
    begin = table_rows.header_place(rows, roster_headers.sureness)
    if begin is None:
        yield None, rows
        return
    first = next(at for at in range(begin + 1) if roster_headers.sureness(rows[at]))
    names = [
        roster_headers.cell_at(row, roster_headers.columns_of(rows[first]).get("name"))
        for row in rows[first + 1 : begin]
    ]
    begin = first if any(map(company_names.names_organisation, names)) else begin
    for header, listed in table_rows.sections(rows, begin, roster_headers.begins_again):
        columns = roster_headers.lists_of(header)
        yield from ((table_rows.only(header, each), [table_rows.only(row, each) for row in listed]) for each in columns)
        yield from [] if columns else [(header, listed)]


def _joined(rows: Iterable[tuple[Row, list[RosterSheetLine]]]) -> Iterator[tuple[Row, list[RosterSheetLine]]]:
    """Rows without header, a code that stands below its name beside it: ``企业名称：…``, then ``信用代码：…``."""
    held: tuple[Row, list[RosterSheetLine]] | None = None
    for row, lines in rows:
        if held and held[0].number + 1 == row.number and len(lines) == 1 and _is_code_alone(row):
            yield held[0], [*held[1][:-1], replace(held[1][-1], uscc=lines[0].uscc)]
            held = None
            continue
        if held:
            yield held
        is_open = bool(lines) and bool(lines[-1].name) and not lines[-1].uscc
        held = (row, lines) if is_open else None
        if not is_open:
            yield row, lines
    if held:
        yield held


def _is_code_alone(row: Row) -> bool:
    """Whether nothing stands on a row but a code and its label."""
    beside = (bare_header(company_names.apart(cell)[0].replace("\x00", "").strip(" :：")) for cell in row.cells)
    return {"", *roster_headers.code_words()}.issuperset(beside)


def _told(row: Row, name: str, uscc: str) -> Iterator[RosterSheetLine]:
    """The line of a row whose columns are known, or the lines of several companies whose names stand in one cell."""
    several = roster_pieces.several(name)
    theirs = roster_pieces.several(uscc) if uscc else [""] * len(several)
    if len(several) == len(theirs) > 1:
        for each, code in zip(several, theirs, strict=True):
            yield from _told(row, each, code)
        return
    text, codes = company_names.apart(re.sub(_signs("numbered_cell"), "", name))
    code = company_names.code_in(uscc) or next(iter(codes), "")
    company = "" if roster_lines.is_title(text) or names.says_none(text) else company_names.company_in(text)
    if company or code:
        yield RosterSheetLine(row.number, company, code)


def _guessed(row: Row) -> Iterator[RosterSheetLine]:
    """Names and codes of a row without header, in the order in which they stand: a name, then perhaps its code."""
    found: list[list[str]] = []
    for name, uscc in _named(piece for cell in row.cells for piece in roster_pieces.several(cell) or [cell]):
        place = 1 if uscc else 0
        if not found or found[-1][place]:
            found.append(["", ""])
        found[-1][place] = uscc or name
    yield from (RosterSheetLine(row.number, name, uscc) for name, uscc in found)


def _named(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every name or code of a row. Where no cell looks like either, the longest text may be a name written short."""
    others: list[str] = []
    is_told = False
    for cell in texts:
        text, codes = company_names.apart(company_names.unnumbered(cell))
        if company_names.names_organisation(text):
            yield from ((name, "") for name in company_names.companies_in(text))
            is_told = True
        else:
            others.append(text)
        yield from (("", code) for code in codes)
        is_told |= bool(codes)
    if not is_told:
        told = (company_names.company_in(text) for text in others if not roster_lines.is_title(text))
        short = [name for name in told if _CHINESE.search(name) and not roster_lines.is_title(name)]
        if short:
            yield max(short, key=len), ""


def _signs(name: str) -> str:
    return str(_table()["signs"][name])
