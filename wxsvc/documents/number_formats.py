"""Number formats (数字格式) that show a whole number with more than its digits: ``000000``, ``"D-"0000``, ``000-0000``.

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


def _bare(sign: str) -> str:
    if sign in _PLACES:
        return sign
    return _WORDS + (sign[1:-1] if sign.startswith('"') else sign.lstrip("\\"))
