"""线上交易清单的一行: one order of a list as it was handed in, before anybody has looked at it."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Final

from msgspec import Struct

from wxsvc.texts import names


class OrderLine(Struct, frozen=True):
    """One row as texts, with its number as Excel shows it; what is not there is empty."""

    number: int
    order_number: str = ""
    traded_on: str = ""
    uscc: str = ""
    enterprise: str = ""
    service: str = ""
    institution: str = ""
    amount: str = ""
    lost: frozenset[str] = frozenset()
    """Fields whose number Excel has rounded: its last digits are gone."""
    unit: Decimal = Decimal(1)
    """Yuan that a one in the amounts' column is."""


_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63", "-"))
"""What programs for texts make of a hyphen."""


def order_number(typed: str) -> str:
    """An order's number as it is kept: ``Ｄ–１`` is ``D-1``. Capitals stay: some shops count with both."""
    return names.clean(unicodedata.normalize("NFKC", typed).translate(_DASHES))
