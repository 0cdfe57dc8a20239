"""名次: platforms by their points from the most down; ties share a rank, and the next ones are left out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def ranks(points: Iterable[tuple[Key, Decimal]]) -> dict[Key, int]:
    """The rank of each key."""
    found: dict[Key, int] = {}
    rank, last = 0, None
    for place, (key, given) in enumerate(sorted(points, key=lambda each: -each[1]), start=1):
        if given != last:
            rank, last = place, given
        found[key] = rank
    return found
