"""线上交易清单的一行: one order of a list as it was handed in, before anybody has looked at it."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from msgspec import Struct


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


def order_number(typed: str) -> str:
    """An order's number as it is kept: ``Ｄ１`` is ``D1``. Capitals stay: some shops count with both."""
    return " ".join(unicodedata.normalize("NFKC", typed).split())
