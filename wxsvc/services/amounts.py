"""金额: yuan as people type them, fen as we keep them; never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from wxsvc.services.refusal import Refused
from wxsvc.texts.widths import half_width

MOST_FEN: Final = 10**14
"""A million million yuan: whatever is more was mistyped."""
_YUAN: Final = re.compile(r"[¥￥]?\s*(-?\d+(?:,\d{3})*(?:\.\d{1,2})?)\s*\u5143?")
"""A sign before it, 元 (U+5143) behind it, and nothing else: 12万 is no twelve yuan."""


def fen_of(text: str) -> int:
    """``1,200.5``, ``￥1200.50`` or ``1200元`` in fen.

    Raises ``Refused``: ``amount_not_understood``, ``amount_below_zero``.
    """
    found = _YUAN.fullmatch(half_width(text).strip())
    fen = int(Decimal(found[1].replace(",", "")) * 100) if found else MOST_FEN
    if fen < 0:
        raise Refused("amount_below_zero")
    if fen >= MOST_FEN:
        raise Refused("amount_not_understood")
    return fen


def yuan_of(fen: int | None) -> str:
    """The amount as a form shows it: ``1200.50``; nothing where there is none."""
    return f"{Decimal(fen) / 100:.2f}" if fen is not None else ""
