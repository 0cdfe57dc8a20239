"""名单读取内容: what is kept of a sign-in list, row by row, in place of the list that somebody handed in.

The list itself names persons, so it is not kept. Of an uploaded file the copy carries the digest: whoever doubts a row
asks the platform for its file and sees whether it is the same.
"""

from __future__ import annotations

import io
from datetime import datetime

from wxsvc.documents import roster_sheets
from wxsvc.documents.roster_sheets import RosterSheet


def copy(sheet: RosterSheet, activity: str, sha256: str | None) -> bytes:
    """The workbook of a list's companies; the same list makes the same bytes. ``sha256`` is the uploaded file's."""
    import xlsxwriter

    words = roster_sheets.copy_words()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a property without a zone
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EAEC"})
    text = book.add_format({"num_format": "@"})
    page = book.add_worksheet(words["sheet"])
    page.set_column(0, 0, 8)
    page.set_column(1, 1, 44, text)
    page.set_column(2, 2, 28, text)
    said = [words["made"], words["digest"].format_map({"sha256": sha256}) if sha256 else words["pasted"]]
    for name, rows in (("passed", sheet.passed_over), ("absent", sheet.absent)):
        if rows:
            said.append(words[name].format_map({"rows": "、".join(map(str, rows))}))
    page.write_string(0, 0, words["title"].format_map({"activity": activity}), title)
    page.write_column(1, 0, said)
    place = len(said) + 1
    page.write_row(place, 0, words["headers"], head)
    for number, line in enumerate(sheet.lines, start=place + 1):
        page.write_number(number, 0, line.number)
        for column, cell in enumerate((line.name, line.uscc), start=1):
            if cell:
                page.write_string(number, column, cell, text)
    page.set_paper(9)
    book.close()
    return buffer.getvalue()
