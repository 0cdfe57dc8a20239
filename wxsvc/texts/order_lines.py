"""线上交易清单的一行: one order of a list as it was handed in, before anybody has looked at it."""

from __future__ import annotations

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
