"""Every term has its Chinese name, and no Chinese sentence hides in Python."""

from __future__ import annotations

import ast
import inspect
import sys
import tomllib
import unicodedata
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

import scoring
import scoring.words
from scoring import terms
from scoring.terms import READING_VALUES, ReadingName
from scoring.words import explanation_of, name_of, number_word, points_text, say, value_name

PACKAGE = Path(scoring.__file__).parent
OURS = [*sorted(PACKAGE.glob("*.py")), PACKAGE.parent / "wxsvc/commands/score.py", PACKAGE.parent / "wxsvc/workdays.py"]
SPOKEN = [
    term
    for _, kind in inspect.getmembers(terms, lambda found: inspect.isclass(found) and issubclass(found, StrEnum))
    if kind not in (StrEnum, terms.IndicatorCode, terms.Rule, terms.BonusFact)
    for term in kind
]


@pytest.mark.parametrize("term", SPOKEN, ids=lambda term: f"{type(term).__name__}.{term.value}")
def test_every_term_has_a_chinese_name(term):
    """Kinds, categories, statuses and all other words that people see have a name in words.toml."""
    assert name_of(term)


@pytest.mark.parametrize("reading", ReadingName)
def test_every_reading_is_explained(reading):
    """A reading has a name, an explanation for users, a name for each value, and a chapter in the README."""
    assert explanation_of(reading)
    assert all(value_name(reading, word) for word in READING_VALUES[reading])
    assert f"**`{reading}`**" in (PACKAGE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("reading", "word", "said"),
    [
        (ReadingName.PARTIAL_STEP, "whole", "按整档"),
        (ReadingName.PRESS_BONUS, "true", "是"),
        (ReadingName.COMPLETE_ENTERPRISES, "5", "5"),
    ],
)
def test_a_value_is_named_by_its_own_words_by_yes_and_no_or_by_itself(reading, word, said):
    assert value_name(reading, word) == said


def test_a_number_without_a_word_is_said_in_digits():
    """百 stands in the regulation, and no word for 30 does."""
    assert (number_word(100), number_word(30)) == ("百", "30")


@pytest.mark.parametrize(
    ("points", "text"), [("0", "0"), ("0.00", "0"), ("1E+2", "100"), ("13.50", "13.5"), ("115", "115")]
)
def test_points_are_written_without_trailing_zeros(points, text):
    assert points_text(Decimal(points)) == text


def test_workings_never_say_what_the_wording_forbids():
    """补班 is not the word for a make-up workday."""
    words = (PACKAGE / "words.toml").read_text(encoding="utf-8")
    assert "补班" not in words
    assert all(isinstance(section, dict) for section in tomllib.loads(words).values())
    assert say("errors.line", field="needs", problem="…") == "needs：…"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_chinese_sentence_stands_in_python(path):
    """Outside docstrings, the strings of the package are keys and words, never Chinese."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            assert not any(map(is_chinese, node.value)), f"line {node.lineno}: {node.value}"


def is_chinese(sign):
    return unicodedata.east_asian_width(sign) in "WF"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_the_regulation_needs_the_standard_library_only(path):
    """Nothing in the package imports anything but itself and the standard library."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in {*sys.stdlib_module_names, "scoring"}, name
