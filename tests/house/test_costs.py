"""What a test costs is noted where somebody wants to know: its own CPU time, and that of its processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests import costs


def _computes(seconds: float) -> None:
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass


def test_a_test_is_told_from_the_processes_that_it_starts(tmp_path: Path) -> None:
    place = tmp_path / "costs"
    with costs.noted("own", str(place)):
        _computes(0.1)
    with costs.noted("others", str(place)):
        subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    own, others = (line.split("\t") for line in place.read_text().splitlines())
    assert (float(own[0]) >= 0.09, float(own[1]), own[3]) == (True, 0, "own")
    assert float(others[1]) > 0
