"""金额: yuan as people type them, fen as we keep them; never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from wxsvc.services.refusal import Refused
from wxsvc.texts.widths import half_width

MOST_FEN: Final = 10**14
"""A million million yuan: whatever is more was mistyped."""
_NUMBER: Final = r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,9})?)"
_YUAN: Final = re.compile(rf"[¥￥]?\s*{_NUMBER}\s*\u5143?")
"""A sign before it, 元 (U+5143) behind it, and nothing else: 12万 is no twelve yuan."""
_ONE_YUAN: Final = Decimal(1)


def fen_of(text: str, unit: Decimal = _ONE_YUAN) -> int:
    """``1,200.5``, ``￥1200.50`` or ``1200元`` in fen; a bare number is so many times the ``unit``, in yuan.

    Raises ``Refused``: ``amount_not_understood``, also for less than a fen, ``amount_below_zero``.
    """
    form = _YUAN if unit == _ONE_YUAN else re.compile(_NUMBER)
    found = form.fullmatch(half_width(text).strip())
    fen = Decimal(found[1].replace(",", "")) * unit * 100 if found else Decimal(MOST_FEN)
    if fen < 0:
        raise Refused("amount_below_zero")
    if fen >= MOST_FEN or fen % 1:
        raise Refused("amount_not_understood")
    return int(fen)


def yuan_of(fen: int | None) -> str:
    """The amount as a form shows it: ``1200.50``; nothing where there is none."""
    return f"{Decimal(fen) / 100:.2f}" if fen is not None else ""
