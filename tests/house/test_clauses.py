"""Every clause of the regulation has a page or command that records it, a page that reviews it, and a test."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import pytest
from flask import Flask

from scoring.scheme_files import scheme_for
from scoring.terms import Group, PlatformKind
from wxsvc.cli import main

TESTS: Final = Path(__file__).parents[1]
REGULATION: Final = (TESTS.parent / "scoring/regulation.md").read_text(encoding="utf-8")
TABLE: Final[dict[str, Any]] = tomllib.loads((TESTS / "journeys/clauses.toml").read_text(encoding="utf-8"))
CLAUSES: Final = TABLE["clauses"]
HEADINGS: Final = TABLE["headings"]
TEXTS: Final = [each["text"] for each in CLAUSES] + [text for each in HEADINGS for text in each["texts"]]
PUNCTUATION: Final = set("。；，、")
NO_WORDS: Final = re.compile(r"\d*|√|:?-+:?|（原文至此中断）")
"""Cells of annex 2 that hold a number, a tick or nothing."""


def pieces(text: str) -> Iterator[str]:
    """The regulation's own words, a line or a cell each: without marks of the form and without our remarks (>)."""
    for line in text.splitlines():
        if line.startswith(">"):
            continue
        for cell in line.strip("| ").split("|") if line.startswith("|") else [line]:
            words = cell.strip("# ").replace("**", "").strip()
            if not NO_WORDS.fullmatch(words):
                yield words


def uncovered(words: str) -> str:
    """What of a piece stands in no text of the table."""
    bare = list(words)
    for text in TEXTS:
        for found in re.finditer(re.escape(text), words):
            bare[found.start() : found.end()] = [""] * len(text)
    return "".join(sign for sign in bare if sign not in PUNCTUATION)


def test_every_word_of_the_regulation_stands_in_a_clause() -> None:
    assert {words: left for words in pieces(REGULATION) if (left := uncovered(words))} == {}


@pytest.mark.parametrize("text", TEXTS)
def test_no_clause_is_invented_and_none_stands_twice(text: str) -> None:
    assert any(text in words for words in pieces(REGULATION))
    assert TEXTS.count(text) == 1


def test_every_clause_names_what_records_reviews_and_pins_it() -> None:
    """None of the three may be left out."""
    bare = [each["text"] for each in CLAUSES if not (each["records"] and each["reviews"] and each["tests"])]
    assert bare + [each["texts"] for each in HEADINGS if not (each["shown"] and each["tests"])] == []


def test_every_page_that_is_named_is_there(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    named = {page for each in CLAUSES for page in (*each["records"], *each["reviews"])}
    named |= {page for each in HEADINGS for page in each["shown"]}
    assert sorted(page for page in named if not is_command(page) and page not in rules) == []


def test_every_command_that_is_named_is_there() -> None:
    named = {page for each in CLAUSES for page in each["records"] if is_command(page)}
    for command in named:
        group: click.Command | None = main
        for word in command.split()[1:]:
            assert isinstance(group, click.Group), command
            group = group.get_command(click.Context(main), word)
        assert group is not None, command


@pytest.mark.parametrize("test", sorted({test for each in (*CLAUSES, *HEADINGS) for test in each["tests"]}))
def test_every_test_that_is_named_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in names_in(path)


@pytest.mark.parametrize("kind", PlatformKind)
def test_the_points_of_the_headings_are_those_of_the_schemes(kind: PlatformKind) -> None:
    """（15分） behind a row is what its lines are worth together; so for the groups; the bonus rows say 不超过15分."""
    scheme = scheme_for(kind, 2026)
    own_table = REGULATION.split(f"### {scheme.title}")[1].split("\n### ")[0].split("\n## ")[0]
    groups = [int(worth) for worth in re.findall(r"^#### .*（(\d+)分）$", own_table, re.MULTILINE)]
    assert groups == list(scheme.groups.values())
    assert f"（加分项，不超过{scheme.bonus_cap}分）" in own_table
    rows = re.findall(r"^\*\*(.+)\*\*（(\d+)分）\n\n(.+)$", own_table, re.MULTILINE)
    worth = {
        name: (int(points), sum(line.full for line in scheme.indicators if line.text in sentence))
        for name, points, sentence in rows
    }
    assert [name for name, (said, lines) in worth.items() if said != lines] == []
    assert sum(said for said, _ in worth.values()) == scheme.base
    assert {line.group for line in scheme.indicators} == set(Group)


def is_command(page: str) -> bool:
    return page.startswith("wxsvc ")


@cache
def names_in(path: str) -> set[str]:
    """The names of the tests in a file of the folder of tests."""
    body = ast.parse((TESTS / path).read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
