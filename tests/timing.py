"""Claims about seconds, as a machine that others use too can judge them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


def in_time(measure: Callable[[], float], within: float, most: int = 3) -> None:
    """One of a few measures (each does everything anew and gives its seconds) is within so many seconds.

    A busy machine spoils one measure; a product that is too slow spoils all of them, and then the test fails. So no
    measure may be in time by luck: one that waits for the product's next tick begins just after a tick.
    """
    took: list[float] = []
    while len(took) < most:
        took.append(measure())
        if took[-1] <= within:
            return
    pytest.fail(f"never within {within} s: {', '.join(f'{each:.2f}' for each in took)} s")


def until(is_so: Callable[[], bool], patience: float, complaint: str) -> float:
    """Wait until it is so and give the seconds it took; fail when that never comes."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience, complaint
        time.sleep(0.02)
    return time.monotonic() - begun
