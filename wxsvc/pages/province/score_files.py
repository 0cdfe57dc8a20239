"""总表 as files: the table as it is shown, as Excel, Word and CSV, of one moment and with the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from flask import Response

from scoring.scheme import Indicator
from wxsvc import wording
from wxsvc.documents import csv_tables, official_sheets
from wxsvc.documents.official_sheets import Column, OfficialTable, SheetValue
from wxsvc.pages import cards, downloads
from wxsvc.services.reports.score_tables import ScoreRow, ScoreTable
from wxsvc.services.reports.year_comparisons import ComparedLine
from wxsvc.uploads.filetypes import CSV, DOCX, XLSX

# As narrow as the figures allow: all columns stand on one width of paper, and the wider they are the smaller the print.
_BEFORE: Final = (("rank", 5.0), ("code", 10.0), ("name", 24.0))
_POINTS: Final = (("participations", 7.0), ("counted", 7.0), ("ruled", 7.0), ("base", 7.0), ("bonus", 6.0))
_TOTALS: Final = (("total", 7.0), ("awaited", 7.0), ("filled", 7.0), ("month", 7.0), ("year", 7.0))
_COUNTED: Final = (("submitted", 7.0), ("returned", 7.0), ("unsubmitted", 7.0))
_INDICATOR_WIDTH: Final = 6.0
_AMENDED: Final = ("amended", 7.0)
"""Behind 合计 where a card was amended (更正); a table without any has no such column."""
_IN_MM: Final = {"rank": 8, "code": 17, "name": 0, "counted": 11, "ruled": 11, "base": 11, "bonus": 8, "total": 11}
_ELSE_IN_MM: Final = 13
"""Three characters in 五号: no heading (已计入家次) takes more than two lines."""
_WHOLE_IN_MM: Final = 223
"""The columns on paper, in millimetres; the name has what the others leave of the whole."""


def column_name(line: Indicator | ComparedLine) -> str:
    """The short heading of an indicator; its own name where the words have none."""
    try:
        return wording.word(line.code, "indicator_column")
    except KeyError:
        return line.name


def lines_of(title: str) -> tuple[str, ...]:
    """A heading as a narrow column has it: the last word (家次, 得分, 合计, 服务) on a line of its own."""
    return (title[:-2], title[-2:]) if len(title) > 3 else (title,)


def excel(table: ScoreTable) -> Response:
    """One sheet, a row each platform, numbers as numbers."""
    numbered = {"rank", *(code for code, _ in _after(table))}
    columns = [
        Column(
            "\n".join(lines_of(title) if 2 * len(title) > width else [title]), width, code in numbered or code is None
        )
        for code, title, width in _columns(table)
    ]
    sheet = OfficialTable(
        sheet=_say("sheet"),
        title=_title(table),
        reporter=_say("reporter", shown=_shown(table), as_of=_as_of(table)),
        day=wording.full_day(table.as_of) if table.as_of is not None else "",
        unit=_say("unit"),
        columns=columns,
        rows=[tuple(_cells(table, row)) for row in table.rows],
        notes=list(_notes(table)),
    )
    return downloads.made(official_sheets.workbook(sheet), XLSX, f"{_title(table)}.xlsx")


def word(table: ScoreTable) -> Response:
    """A landscape paper with the totals; the indicators, which no page is wide enough for, are in Excel and CSV."""
    from wxsvc.documents.official_words import Paper

    paper = Paper(is_landscape=True)
    paper.title(_title(table))
    paper.aside(_as_of(table))
    wanted = [code for code, _ in (*_BEFORE, *_after(table))]
    widths = {code: _IN_MM.get(code, _ELSE_IN_MM) for code in wanted}
    widths["name"] = _WHOLE_IN_MM - sum(widths.values())
    rows = [[_text(_value(row, code)) for code in wanted] for row in table.rows]
    numbers = [place for place, code in enumerate(wanted) if code not in ("code", "name")]
    paper.table(
        [_say(code) for code in wanted], rows, list(widths.values()), centred=numbers, is_small=True, is_tight=True
    )
    for text in (_say("explained"), *_notes(table)):
        paper.aside(text)
    return downloads.made(paper.content(), DOCX, f"{_title(table)}.docx")


def csv(table: ScoreTable) -> Response:
    """Every column of the Excel sheet."""
    head = [title for _, title, _ in _columns(table)]
    content = csv_tables.content(head, (tuple(_cells(table, row)) for row in table.rows))
    return downloads.made(content, CSV, f"{_title(table)}.csv")


def _notes(table: ScoreTable) -> Iterator[str]:
    """Below the table: what an amendment left, the readings (口径) that its cards rest on, what rows of the regulation
    open with, its 注.
    """
    if table.is_amended:
        yield _say("what_amended")
    yield from map(cards.reading_text, table.readings)
    yield from (_say("opening", name=line.name, text=line.opening) for line in table.indicators if line.opening)
    if table.note:
        yield table.note


def _after(table: ScoreTable) -> Iterator[tuple[str, float]]:
    """Code and width of the columns behind the indicators."""
    yield from _POINTS
    yield from _TOTALS[:1]
    if table.is_amended:
        yield _AMENDED
    yield from (*_TOTALS[1:], *_COUNTED)


def _columns(table: ScoreTable) -> Iterator[tuple[str | None, str, float]]:
    """Code (None for an indicator), heading and width of every column."""
    yield from ((code, _say(code), width) for code, width in _BEFORE)
    yield from ((None, column_name(line), _INDICATOR_WIDTH) for line in table.indicators)
    yield from ((code, _say(code), width) for code, width in _after(table))


def _cells(table: ScoreTable, row: ScoreRow) -> Iterator[SheetValue]:
    yield from (_value(row, code) for code, _ in _BEFORE)
    yield from (_say("open") if line.code in row.open else row.points.get(line.code) for line in table.indicators)
    yield from (_value(row, code) for code, _ in _after(table))


def _value(row: ScoreRow, code: str) -> SheetValue:
    if code in ("code", "name"):
        return str(getattr(row.platform, code))
    if code == "rank":
        return row.rank or None
    found: SheetValue = getattr(row.pending if code in dict(_COUNTED) else row, code)
    return found


def _text(cell: SheetValue) -> str:
    return wording.points(cell) if isinstance(cell, Decimal) else _say("none") if cell is None else str(cell)


def _title(table: ScoreTable) -> str:
    return _say("title", year=table.year, kind=wording.word(table.kind))


def _shown(table: ScoreTable) -> str:
    return _say("shown", shown=len(table.rows), of_all=table.of_all)


def _as_of(table: ScoreTable) -> str:
    return _say("as_of", as_of=table.as_of) if table.as_of is not None else ""


def _say(code: str, **facts: object) -> str:
    return wording.sentence("scores", code, **facts)
