"""Number formats (数字格式) that show more of a number than its digits: ``"D-"0000``, ``000-0000``, ``0.00"万元"``.

Excel keeps the number and the format; what people see, and what another program exports, are both together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_SIGN: Final = re.compile(r'[0#]|"[^"]*"|\\.|[-/ ()\u4e00-\u9fff]')
"""A digit's place, or what is written as it is. Other signs round or choose: there a number is its digits."""
_ALL_OF_THEM: Final = re.compile(f"(?:{_SIGN.pattern})*")
_PLACES: Final = ("0", "#")
_UNIT: Final = re.compile(r"([^0#?]*)(?:[0#?,]*[0#?](?:\.[0#?]+)?|General)([^0#?]*)")
"""A number with its words on both sides, as ``_WORDING`` writes them."""
_WORDING: Final = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]|([!\\][.,\d])|[!\\](.)')
"""Words, a currency; spaces, colours and what else has none; a point that is written (``!.``); another sign."""
_MEASURES: Final = re.compile(r"[\u5341\u767e\u5343\u4e07\u4ebf]|[$€£₩]|USD|EUR|HKD|JPY|GBP")
"""十 (U+5341), 百 (U+767E), 千 (U+5343), 万 (U+4E07), 亿 (U+4EBF), and money that is no yuan."""
_WORDS: Final = "\0"
"""Stands before what is written as it is."""


def signs_of(code: str) -> Sequence[str]:
    """What a format writes, one by one, for a number that is not below zero; nothing where that is its digits."""
    first = code.split(";")[0]
    signs = _SIGN.findall(first) if _ALL_OF_THEM.fullmatch(first) else []
    return [*map(_bare, signs)] if len(signs) > 1 and {*_PLACES} & {*signs} else []


def written(digits: str, signs: Sequence[str]) -> str:
    """The digits in their places, the last in the last one; those that are too many stand in the first."""
    left, told = len(digits), list[str]()
    places = sum(sign in _PLACES for sign in signs)
    for sign in reversed(signs):
        if sign.startswith(_WORDS):
            told.append(sign[1:])
            continue
        places -= 1
        begin = max(left - 1, 0) if places else 0
        told.append(digits[begin:left] or sign.strip("#"))
        left = begin
    return "".join(reversed(told))


def unit_of(code: str) -> tuple[str, str]:
    """What a format writes before and behind a number, where that says of what it counts: ``$``, 万元; else nothing.

    Nothing either where the format divides what it shows: ``0!.0,"万元"`` shows 12000 as 1.2万元.
    """
    words: list[str] = []

    def kept(found: re.Match[str]) -> str:
        words.append(found[1] or found[2] or found[4] or "")
        return found[3] or _WORDS

    found = _UNIT.fullmatch(_WORDING.sub(kept, code.split(";")[0]))
    if found is None or re.search(r"[!\\,]", found[2]) or not _MEASURES.search("".join((*words, found[1], found[2]))):
        return "", ""
    before, behind = (
        "".join(words.pop(0) if sign == _WORDS else sign for sign in found[each]).strip() for each in (1, 2)
    )
    return before, behind


def _bare(sign: str) -> str:
    if sign in _PLACES:
        return sign
    return _WORDS + (sign[1:-1] if sign.startswith('"') else sign.lstrip("\\"))
