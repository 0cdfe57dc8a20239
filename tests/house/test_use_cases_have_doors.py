"""A use case has a door: a page, a reply, a command or a job calls it. What only tests call is named here."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("wxsvc", "models", "scoring")

WITHOUT_A_DOOR: set[str] = set()
"""Use cases that wait for their page or command; an entry goes as soon as something calls it."""


def functions_of_services() -> set[str]:
    found = set()
    for path in (ROOT / "wxsvc" / "services").rglob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        found |= {node.name for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}
    return found


def words_of_the_product() -> Counter[str]:
    """How often each word stands in code and templates."""
    words: Counter[str] = Counter()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.suffix in (".py", ".html", ".txt", ".toml") and "vendor" not in path.parts:
                words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words


def test_only_these_use_cases_have_no_door() -> None:
    words = words_of_the_product()
    assert {name for name in functions_of_services() if words[name] == 1} == WITHOUT_A_DOOR
