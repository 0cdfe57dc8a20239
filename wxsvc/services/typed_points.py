"""分数: points as people type them, in full width too and with their unit; exact decimals, never a float."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from wxsvc.services.refusal import Refused

_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s?[^0-9.]?")
"""A number, and perhaps its unit. Python takes ``1_0`` and ``0e9`` for numbers; whoever typed them mistyped."""


def points_of(text: str) -> Decimal:
    """``4.5``, ``４．５`` or ``4.5分``. Raises ``Refused("points_not_understood")`` with what was typed."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Refused("points_not_understood", text=text[:20])
    return Decimal(found[1]) + 0  # no -0
