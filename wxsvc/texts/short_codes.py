"""短码: the five digits of an activity, as people type them: full-width, with spaces or signs, after words about it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)
_CODE: Final = re.compile(r"(?<!\d)(?:\d(?:\s*\d){4}|\d(?:[-·.]\d){4})(?!\d)", re.ASCII)


_PICTURES: Final = re.compile(r"[\ufe0e\ufe0f\u20e3]|/:(?:8-\)|8\*|#-0|[!-.:-~]{1,8})|\[[^\]\d\s]{1,8}\]")
"""What no digit is told apart by: the box around one (1️⃣), and faces as WeChat writes them (``/::)``, ``[强]``)."""


def read(text: str) -> str | None:
    """The five digits that a text means, in ASCII; None when it says something else, or names more digits.

    The same digits may stand there twice; a phone that listens writes them in Chinese (二二一四八).
    """
    plain = "".join(map(_digit, unicodedata.normalize("NFKC", _PICTURES.sub("", text))))
    meant = {re.sub(r"\D", "", each) for each in _CODE.findall(plain)}
    if len(meant) != 1 or not all(map(_says_nothing_else, _CODE.split(plain))):
        return None
    return meant.pop()


def _digit(sign: str) -> str:
    """A digit of another script in ASCII; every other sign as it is."""
    if (value := _table()["digits"].find(sign)) >= 0:
        return str(value % 10)
    return str(unicodedata.digit(sign)) if sign.isdigit() else sign


def _says_nothing_else(beside: str) -> bool:
    return _beside().fullmatch("".join(beside.split())) is not None


@cache
def _beside() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(map(re.escape, _table()['beside']))}|[\W_])*")
