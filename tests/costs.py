"""What each test costs: CPU seconds of its process, and of those that it started and waited for, and its wall time.

``WXSVC_TEST_COSTS=/tmp/costs make test`` appends a line for each test. What servers compute that it did not start is
not in it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PLACE: Final = os.environ.get("WXSVC_TEST_COSTS")


@contextmanager
def noted(test: str, place: str | None = PLACE) -> Iterator[None]:
    """Note what the block costs, where somebody wants to know."""
    if place is None:
        yield
        return
    before, began = os.times(), time.monotonic()
    yield
    own, others = (sum(os.times()[at : at + 2]) - sum(before[at : at + 2]) for at in (0, 2))
    with Path(place).open("a") as file:
        file.write(f"{own:.2f}\t{others:.2f}\t{time.monotonic() - began:.2f}\t{test}\n")
