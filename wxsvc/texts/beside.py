"""The table of words (TOML) that stands beside a module, under the module's name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any


def table_beside(module: str) -> Callable[[], dict[str, Any]]:
    """Of the module whose ``__file__`` this is: what gives its table, read once it is asked for; not to be changed."""

    @cache
    def table() -> dict[str, Any]:
        with Path(module).with_suffix(".toml").open("rb") as file:
            return tomllib.load(file)

    return table
