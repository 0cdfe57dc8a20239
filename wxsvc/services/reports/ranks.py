"""名次: platforms by their points from the most down; ties share a rank, and the next ones are left out.

Whoever is not assessed in the year (不参加考评), or was closed (关停) in it or before, is compared with nobody.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Final, TypeVar

import sqlalchemy as sa

from models.platform import Platform
from models.scorecard import ScorecardRow

Key = TypeVar("Key", bound=Hashable)


IS_COMPARED: Final = sa.and_(ScorecardRow.is_assessed, ~Platform.closed_in(ScorecardRow.year))
"""Whether the platform of a card has a rank in the card's year, for a query that joins the two."""

RANK: Final = sa.case(
    (
        IS_COMPARED,
        sa.func.rank().over(partition_by=[Platform.kind, IS_COMPARED], order_by=ScorecardRow.total.desc()),
    ),
    else_=0,
)
"""The rank of a card among those of its kind, for a query that joins the two and brings all cards of one year; 0 for
who is compared with nobody."""


def is_compared(platform: Platform, card: ScorecardRow) -> bool:
    """The same of a platform and its card at hand."""
    return card.is_assessed and not platform.is_closed_in(card.year)


def ranks(points: Iterable[tuple[Key, Decimal]]) -> dict[Key, int]:
    """The rank of each key."""
    found: dict[Key, int] = {}
    rank, last = 0, None
    for place, (key, given) in enumerate(sorted(points, key=lambda each: -each[1]), start=1):
        if given != last:
            rank, last = place, given
        found[key] = rank
    return found
