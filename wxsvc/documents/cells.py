"""Cells (单元格) as people write them: how a text is cleaned, and which digits Excel has lost."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from wxsvc.documents.workbooks import Value
from wxsvc.texts import names
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)

EXCEL_DIGITS: Final = 15
"""Digits of a number that Excel keeps."""
_LONGEST: Final = 300
_MARKED: Final = re.compile(r"""=?["'`´‘’“”＇＂]+\s*([0-9A-Za-z][0-9A-Za-z/_-]{5,})\s*["'`´‘’“”＇＂]*""")
_MARK_BEFORE: Final = re.compile("['`´＇](?=[^'`´‘’＇]+$)")
"""Before whatever a cell holds: the bills of payment services have it in every field."""
_SCIENTIFIC: Final = re.compile(r"(\d)(?:\.(\d+))?E\+(1[1-9]|2\d)", re.IGNORECASE)
"""As Excel writes a number of twelve digits and more into a CSV, and shows it where nobody chose a format."""
_ERROR: Final = re.compile(r"#(N/A|GETTING_DATA|NAME\?|DIV/0!|[A-Z]+!)")
"""What Excel and WPS show where a formula has no value: ``#REF!``, ``#SPILL!``; copied or saved as CSV, a text."""


def clean(text: str) -> str:
    """One line of a cell's text: no control characters (NUL can be stored nowhere), no outer or doubled spaces.

    An error is nothing, and so is what programs write where nothing is: ``(跳过)``, ``NULL``.
    """
    cleaned = unmarked(names.clean(text)[:_LONGEST])
    return "" if _ERROR.fullmatch(cleaned) or re.fullmatch(_table()["nothing"], cleaned) else cleaned


def unmarked(text: str) -> str:
    """A text without the signs that keep Excel from taking it for a number: ``'`` before it, quotes around digits."""
    found = _MARKED.fullmatch(text)
    return found[1] if found else _MARK_BEFORE.sub("", text) if _MARK_BEFORE.match(text) else text


def shown(value: Value) -> str:
    """A value as somebody reads it; a number as its digits, those that Excel lost as zeros."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, datetime | date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, int | float):
        return _digits(value)
    return str(value)


def has_lost_digits(value: Value) -> bool:
    """Whether a number is longer than what Excel keeps of one: its last digits are gone, whatever stands there."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**EXCEL_DIGITS


def is_scientific(text: str) -> bool:
    """Whether a text is a long number as Excel shortens it: ``9.14403E+17``."""
    return _SCIENTIFIC.fullmatch(text) is not None


def with_gaps(text: str) -> str:
    """A number that has lost digits, ``?`` in place of each: ``914403001922038???``."""
    short = _SCIENTIFIC.fullmatch(text)
    if short is None:
        return text[:EXCEL_DIGITS].ljust(len(text), "?")
    return (short[1] + (short[2] or "")).rstrip("0").ljust(int(short[3]) + 1, "?")


def _digits(number: float) -> str:
    if number != number or abs(number) == float("inf"):
        return ""
    if abs(number) < 10**EXCEL_DIGITS:
        kept = float(f"{number:.{EXCEL_DIGITS}g}")
        return f"{kept:.0f}" if kept == int(kept) else f"{number:.{EXCEL_DIGITS}g}"
    digits, _, exponent = f"{number:.{EXCEL_DIGITS - 1}e}".partition("e")
    return digits.replace(".", "").ljust(int(exponent) + 1, "0") if int(exponent) < 40 else f"{number:g}"
