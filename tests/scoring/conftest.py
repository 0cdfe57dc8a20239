"""What the tests of the regulation share: how to say a tally in a few words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scoring.tally import Tally

MakeTally = Callable[..., Tally]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Under ``make mutants`` each test reads the tables itself: what one has read would hide what the next rests on."""
    if "MUTANT_UNDER_TEST" not in os.environ:
        return
    for name, module in list(sys.modules.items()):
        if name.startswith("scoring."):
            for each in vars(module).values():
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


@pytest.fixture(scope="session")
def make_tally() -> MakeTally:
    """A tally of 2026 from a kind and whatever of its JSON shape matters to the test; the rest is nothing done."""

    def make(kind: str = "prefecture", **given: Any) -> Tally:
        empty: Mapping[str, Any] = {"year": 2026, "counted": {}, "missed_filings": 0, "rulings": {}, "bonus": {}}
        return Tally.from_dict({"kind": kind, **empty, **given})

    return make
