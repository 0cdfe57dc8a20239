"""签到时间图: arrivals by minute as bars that the server draws; the same figures stand beside it as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from msgspec import Struct

from wxsvc.services.door.arrivals_judged import Minute

WIDTH: Final = 720
HEIGHT: Final = 120
_FEWEST_BARS: Final = 24
_MOST_BARS: Final = 120
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 180, 720, 1440)


class MinuteBar(Struct, frozen=True):
    """The check-ins of one stretch of time: ``doubtful`` of ``count`` bear a sign."""

    starts_at: datetime
    count: int
    doubtful: int
    x: float
    width: float
    top: float
    doubtful_top: float


class Chart(Struct, frozen=True):
    """The bars from the first arrival to the last and at least two dozen, each of so many minutes."""

    bars: tuple[MinuteBar, ...]
    minutes: int
    highest: int
    total: int

    @property
    def busiest(self) -> MinuteBar:
        """The stretch with the most check-ins; of equals the first."""
        return max(self.bars, key=lambda bar: bar.count)

    @property
    def marks(self) -> tuple[MinuteBar, MinuteBar, MinuteBar]:
        """Whose times stand below: the first, the middle and the last stretch."""
        return self.bars[0], self.bars[len(self.bars) // 2], self.bars[-1]

    @property
    def told(self) -> list[MinuteBar]:
        """The stretches in which anybody came: the rows of the table."""
        return [bar for bar in self.bars if bar.count]


def of(came: Sequence[Minute]) -> Chart | None:
    """The chart of these minutes, in order of time; None where nobody came."""
    if not came:
        return None
    first, last = came[0].starts_at, came[-1].starts_at
    span = int((last - first).total_seconds()) // 60 + 1
    minutes = next((step for step in _STEPS if span <= step * _MOST_BARS), ceil(span / _MOST_BARS))
    number = max(ceil(span / minutes), _FEWEST_BARS)
    counts, doubtful = [0] * number, [0] * number
    for each in came:
        place = int((each.starts_at - first).total_seconds()) // 60 // minutes
        counts[place] += each.count
        doubtful[place] += each.doubtful
    highest, width = max(counts), WIDTH / number

    def top(amount: int) -> float:
        return round(HEIGHT - amount / highest * HEIGHT, 1)

    bars = tuple(
        MinuteBar(
            first + timedelta(minutes=place * minutes),
            counts[place],
            doubtful[place],
            round(place * width, 1),
            round(max(width - 1, 1), 1),
            top(counts[place]),
            top(doubtful[place]),
        )
        for place in range(number)
    )
    return Chart(bars, minutes, highest, sum(counts))
