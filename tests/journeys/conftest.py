"""What every journey may ask for: a small province that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.province import Province, running


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    """The product on a free port with its own data, the simulator beside it, the worker inside; nothing patched."""
    with running(tmp_path) as made:
        yield made
