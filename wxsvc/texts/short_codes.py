"""短码: the five digits of an activity, as people type them: full-width, with spaces or signs, after words about it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_suffix(".toml")
_CODE: Final = re.compile(r"(?<!\d)(?:\d(?:\s*\d){4}|\d(?:[-·.]\d){4})(?!\d)", re.ASCII)


def read(text: str) -> str | None:
    """The five digits that a text means, in ASCII; None when it says something else, or names more digits."""
    plain = "".join(map(_digit, unicodedata.normalize("NFKC", text)))
    found = _CODE.search(plain)
    if found is None or not all(map(_says_nothing_else, (plain[: found.start()], plain[found.end() :]))):
        return None
    return re.sub(r"\D", "", found[0])


def _digit(sign: str) -> str:
    """A digit of another script in ASCII; every other sign as it is."""
    return str(unicodedata.digit(sign)) if sign.isdigit() else sign


def _says_nothing_else(beside: str) -> bool:
    return _beside().fullmatch(beside) is not None


@cache
def _beside() -> re.Pattern[str]:
    words = tomllib.loads(_FILE.read_text("utf-8"))["beside"]
    return re.compile(rf"(?:{'|'.join(map(re.escape, words))}|[\W_])*")
