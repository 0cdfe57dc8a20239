"""No file of the project holds the marks of a merge that nobody finished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = re.compile(rb"^(?:<{7} |>{7} |\|{7} )", re.MULTILINE)


def test_no_merge_was_left_half_done() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    assert len(paths) > 100
    assert [str(path.relative_to(ROOT)) for path in paths if path.is_file() and MARK.search(path.read_bytes())] == []
