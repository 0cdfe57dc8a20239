"""CSV: a table for other programs — UTF-8 with the mark that Excel wants, and nothing that becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from scoring.words import points_text
from wxsvc.documents.official_sheets import SheetValue

_BEGINS_A_FORMULA: Final = re.compile(r"[\t\r\n]|[\s\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\-@＝＋－＠]")
"""In full width too, as Chinese Excel takes those signs for the plain ones; and behind what nobody sees."""


def content(head: Sequence[str], rows: Iterable[Sequence[SheetValue]]) -> bytes:
    """The file's bytes; a text that a spreadsheet would compute gets an apostrophe before it, a number stays one.

    Equal points are one text, however they were computed: ``0``, never ``0.0``.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _guarded(cell: SheetValue) -> SheetValue:
    if isinstance(cell, Decimal):
        return points_text(cell)
    return f"'{cell}" if isinstance(cell, str) and _BEGINS_A_FORMULA.match(cell) else cell
