"""半角: signs and digits that people type in full width, or as other scripts write them."""

from __future__ import annotations

import unicodedata
from functools import cache


def half_width(text: str) -> str:
    """The text with full-width signs and digits of any kind in half width, sign for sign: places stay the same.

    A raised or circled digit (``²``, ``①``) stays what it is: it is no digit of a number.
    """
    return text if text.isascii() else text.translate(_halves())


@cache
def _halves() -> dict[int, str]:
    digits = filter(str.isdecimal, map(chr, range(0x80, 0x1FC00)))
    found = {ord(digit): str(unicodedata.decimal(digit)) for digit in digits}
    return found | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
