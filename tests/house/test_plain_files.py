"""No file of the project holds the marks of a merge that nobody finished."""

from __future__ import annotations

import re
from pathlib import Path

from tests.real import committed

ROOT = Path(__file__).parents[2]
MARK = re.compile(rb"^(?:<{7} |>{7} |\|{7} )", re.MULTILINE)


def test_no_merge_was_left_half_done() -> None:
    paths = [ROOT / name for name in committed(ROOT)]
    assert len(paths) > 100
    assert [str(path.relative_to(ROOT)) for path in paths if path.is_file() and MARK.search(path.read_bytes())] == []
