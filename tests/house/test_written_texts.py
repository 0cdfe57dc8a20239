"""Texts that people write in several lines (多行文字) are shown in several lines: their elements are ``written``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PAGES: Final = Path(__file__).parents[2] / "wxsvc" / "templates" / "pages"
TYPED: Final = re.compile(r"\barea\(\w+, '(?P<name>\w+)'|<textarea[^>]*\bname=\"(?P<plain>\w+)\"")
SHOWN: Final = re.compile(r"<(?:dd|p|span)>\{\{ (?P<value>[\w.]+\.(?P<name>\w+))(?: or '[^']*')? \}\}</")
DAY_IN_BRACKETS: Final = re.compile(r"（[^（）]*\| (?:full_)?day\b[^（）]*）")
OURS: Final = {"told.text", "table.note"}
"""Sentences of the product and of the regulation, which have no lines of their own."""


def test_what_was_typed_in_lines_is_shown_in_lines() -> None:
    pages = {path: path.read_text("utf-8") for path in PAGES.rglob("*.html")}
    typed = {found["name"] or found["plain"] for text in pages.values() for found in TYPED.finditer(text)}
    assert {"content", "summary", "result", "reason"} < typed
    joined = [
        f"{path.relative_to(PAGES)}: {found['value']}"
        for path, text in pages.items()
        for found in SHOWN.finditer(text)
        if found["name"] in typed and found["value"] not in OURS
    ]
    assert joined == [], 'without class="written" the lines of the writer are joined'


def test_no_day_stands_in_brackets_as_it_has_its_own() -> None:
    """``（11月20日（周五））``: the bracket behind the weekday would close both."""
    texts = {path: path.read_text("utf-8") for path in PAGES.parent.rglob("*") if path.is_file()}
    found = [f"{path.name}: {each[0]}" for path, text in texts.items() for each in DAY_IN_BRACKETS.finditer(text)]
    assert found == []
