"""What the tests of the regulation share: how to say a tally in a few words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scoring.tally import Tally

MakeTally = Callable[..., Tally]


@pytest.fixture(scope="session", autouse=True)
def _nothing_kept() -> None:
    """The tables are read anew: ``make mutants`` forks from a process that has read them with the good code."""
    read_anew()


@pytest.fixture(autouse=True)
def _every_test_reads() -> None:
    """While mutmut asks which test runs which function: what one test had read would hide what the next rests on."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        read_anew()


def read_anew() -> None:
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
