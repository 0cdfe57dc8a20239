"""Every refusal has its sentence, and is told everything that its sentence speaks of."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import meta

from wxsvc.wording import TEMPLATES, TemplatePurpose, environment

SERVICES = TEMPLATES.parent / "services"
SENTENCES = tomllib.loads((TEMPLATES / "refusals.toml").read_text())


def refusals() -> Iterator[tuple[Path, str, set[str]]]:
    """File, code and given values of every ``Refused("code", …)`` in the use cases."""
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                given = {str(keyword.arg) for keyword in node.keywords}
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path, part.value, given


def test_every_refusal_of_a_use_case_has_a_sentence_that_it_can_fill() -> None:
    found = list(refusals())
    unspoken = {(path.name, code) for path, code, _ in found if code not in SENTENCES}
    unfilled = {
        (path.name, code)
        for path, code, given in found
        if code in SENTENCES
        and not meta.find_undeclared_variables(environment(TemplatePurpose.REPLIES).parse(SENTENCES[code])) <= given
    }
    assert len(found) > 50
    assert (unspoken, unfilled) == (set(), set())


@pytest.mark.parametrize("code", ["category_needed", "form_needed", "part_needed", "place_needed", "time_needed"])
def test_what_a_form_lacks_has_a_sentence(code: str) -> None:
    assert SENTENCES[code]


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_is_whole_and_short(code: str) -> None:
    assert SENTENCES[code].rstrip().endswith(("。", "}}。", "%}"))
    assert len(SENTENCES[code]) < 120
