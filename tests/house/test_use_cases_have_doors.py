"""A use case has a door: a page, a reply, a command or a job calls it. What only tests call is named here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("wxsvc", "models", "scoring")

WITHOUT_A_DOOR: Final = {("wxsvc.services.counting.seals", "seal")}
"""Use cases that only tests call: one platform alone is never sealed, a year is, or what was unsealed of it."""

Function: TypeAlias = tuple[str, str]
"""A module and the name of a function of it."""


def modules() -> dict[str, ast.Module]:
    """Every module of the product by its name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def functions_of_services(every: dict[str, ast.Module]) -> set[Function]:
    return {
        (name, node.name)
        for name, module in every.items()
        if name.startswith("wxsvc.services")
        for node in module.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def spoken_of(every: dict[str, ast.Module]) -> Iterator[Function]:
    """Every function that some code names: by its module, as it was imported, or where it is defined."""
    for name, module in every.items():
        nodes = list(ast.walk(module))
        of_modules: dict[str, str] = {}
        imported: dict[str, Function] = {}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                for each in node.names:
                    whole = f"{node.module}.{each.name}"
                    if whole in every:
                        of_modules[each.asname or each.name] = whole
                    else:
                        imported[each.asname or each.name] = (node.module, each.name)
        for node in nodes:
            if isinstance(node, ast.Name):
                yield imported.get(node.id, (name, node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in of_modules:
                yield of_modules[node.value.id], node.attr


def test_only_these_use_cases_have_no_door() -> None:
    every = modules()
    assert functions_of_services(every) - set(spoken_of(every)) == WITHOUT_A_DOOR
