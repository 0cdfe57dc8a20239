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
_MONEY: Final = r"(?:RMB|CNY|\u4eba\u6c11\u5e01|[¥￥])"
_YUAN: Final = re.compile(
    rf"{_MONEY}?\s*[¥￥]?\s*{_NUMBER}\s*([\u4e07\u4ebf]?)\s*\u5143?\u6574?\s*(?:{_MONEY}|[(]{_MONEY}[)])?",
    re.IGNORECASE,
)
"""A sign or 人民币 (U+4EBA U+6C11 U+5E01) before or behind it; 万 (U+4E07), 亿 (U+4EBF), 元 (U+5143), 元整 (U+6574)
behind it. Nothing else: 12千 is no twelve yuan."""
_MULTIPLES: Final = {0x4E07: Decimal(10_000), 0x4EBF: Decimal(100_000_000)}
_ONE_YUAN: Final = Decimal(1)


def fen_of(text: str, unit: Decimal = _ONE_YUAN) -> int:
    """``1,200.5``, ``￥1200``, ``1200元`` or ``1.2万元`` in fen; a bare number is so many times the ``unit``, in yuan.

    Raises ``Refused``: ``amount_not_understood``, also for less than a fen, ``amount_below_zero``.
    """
    given = half_width(text).strip()
    found = _YUAN.fullmatch(given)
    multiple = _MULTIPLES[ord(found[2])] if found and found[2] else None
    is_told = found and (multiple or unit == _ONE_YUAN or re.fullmatch(_NUMBER, given))
    fen = Decimal(found[1].replace(",", "")) * (multiple or unit) * 100 if found and is_told else Decimal(MOST_FEN)
    if fen < 0:
        raise Refused("amount_below_zero")
    if fen >= MOST_FEN or fen % 1:
        raise Refused("amount_not_understood")
    return int(fen)


def yuan_of(fen: int | None) -> str:
    """The amount as a form shows it: ``1200.50``; nothing where there is none."""
    return f"{Decimal(fen) / 100:.2f}" if fen is not None else ""
