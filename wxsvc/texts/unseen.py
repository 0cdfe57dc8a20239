"""看不见的字符: control characters and signs without a shape, which no keyboard types.

Sixty of them would be a summary of sixty characters, a mark of direction turns what stands behind it, and a phone puts
some around or into a number, a name or an address that it copies.
"""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = re.compile(
    r"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0001-\U000e007f]"
    r"|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)
"""Control characters but for spaces and ends of lines, signs without a shape, a joiner that does not join pictures."""


def without_unseen(text: str) -> str:
    """The text without what no keyboard types and nobody sees."""
    return _UNSEEN.sub("", text)
