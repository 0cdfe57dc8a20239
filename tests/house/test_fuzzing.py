"""What is drawn in CI is the same in every run, whichever files are tested and whatever stands in them."""

from __future__ import annotations

import subprocess
import sys

DRAWN = """
import tests.fuzzing, hypothesis, hypothesis.strategies as st
tests.fuzzing.load()
@hypothesis.settings(max_examples=100, database=None)
@hypothesis.given(st.integers(0, 10_000))
def draw(number):
    print(number)
draw()
"""


def test_what_is_imported_changes_no_example() -> None:
    """Hypothesis takes constants out of our modules, unless it is kept from it."""
    alone, beside = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
        for text in (DRAWN, f"import scoring.scorecard\n{DRAWN}")
    )
    assert len(set(alone.split())) > 50
    assert alone == beside
