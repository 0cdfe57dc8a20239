"""The whole story, phone in hand, through the simulator: enterprise, platform staff and official, nothing patched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(240)
def test_the_story_is_played_to_its_end(tmp_path: Path) -> None:
    """From the worker's code to the scorecard, a photo by chat, a need and a notice: every step checks itself."""
    command = [sys.executable, "-c", "from wxsvc.cli import main; main()", "demo", "--headless", "--platforms", "2"]
    told = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert "15－" in told.stdout
    assert told.stdout.count("\n") > 40
