"""The demo's Chinese, read from the tables beside this file."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """A table of this package, by the name of its file: ``province``, ``enterprises``, ``activities``, ``story`` …"""
    with (_HERE / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
