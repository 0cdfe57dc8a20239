"""分数: points as people type them, in full width too and with their unit; exact decimals, never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from wxsvc.services.refusal import Refused
from wxsvc.texts.widths import half_width

_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s?\u5206?")
"""A number, and perhaps its unit 分 (U+5206). Python takes ``1_0`` and ``0e9`` for numbers too, which nobody means."""


def points_of(text: str) -> Decimal:
    """``4.5``, ``４．５`` or ``4.5分``. Raises ``Refused("points_not_understood")`` with what was typed."""
    found = _NUMBER.fullmatch(half_width(text).strip())
    if found is None:
        raise Refused("points_not_understood", text=text[:20])
    return Decimal(found[1]) + 0  # no -0
