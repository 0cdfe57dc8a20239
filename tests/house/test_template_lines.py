"""A change of a template can be read in a diff: no line of one is longer than a reviewer sees."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

PRODUCT: Final = Path(__file__).parents[2] / "wxsvc"
LONGEST: Final = 160
"""Characters, not bytes: a line of Chinese has three bytes a character."""

TEMPLATES: Final = sorted(
    path for folder in PRODUCT.rglob("templates") for kind in ("*.html", "*.txt") for path in folder.rglob(kind)
)


def test_the_templates_are_found() -> None:
    """Those of the pages, the chat's replies, the notices and the simulator."""
    homes = {path.relative_to(PRODUCT).parts[:2] for path in TEMPLATES}
    assert homes == {("templates", kind) for kind in ("pages", "replies", "notices")} | {("simulator", "templates")}
    assert not {*PRODUCT.rglob("*.html")} - {*TEMPLATES}


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(path.relative_to(PRODUCT)) for path in TEMPLATES])
def test_no_line_is_too_long_to_review(path: Path) -> None:
    lines = enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
    assert [f"{path}:{number}: {len(line)} characters" for number, line in lines if len(line) > LONGEST] == []
