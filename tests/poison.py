"""What no field should choke on: sent to every form, put into bundles and tables, written into pushes."""

from __future__ import annotations

from typing import Final

from tests import builders

MARK: Final = "<script>alert(1)</script>"
"""Must never come back from a page as it is."""

POISON: Final = {
    "NUL": "长沙\x00精工",
    "400 digits": "9" * 400,
    "400 digits below zero": "-" + "9" * 400,
    "digits that are none": "²",
    "digits of another script": "１２٣",
    "not a number": "NaN",
    "beyond every float": "1e9999",
    "the last moment": "9999-12-31T23:59",
    "no day": "0000-00-00",
    "direction marks": "\u202e\u200f\u2066科技\u2069.exe",
    "HTML": f"'\">{MARK}{{{{ 7 * 7 }}}}{{% raw %}}",
    "a formula": "=HYPERLINK(\"https://x.cn\")+cmd|' /C calc'!A0",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "very long": "长" * 20_000,
    "surrogate halves": "\ud800株\udfff",
    "line breaks": "甲\r\nSet-Cookie: x=1\r\n\r\n乙",
    "a path": "../../../../etc/passwd%00",
    "nothing": "",
    "blanks": " \u3000\u200b\ufeff\t",
    **{f"hostile name {number}": name for number, name in enumerate(builders.HOSTILE_NAMES, 1)},
}
"""By name, so that a failure says which."""
