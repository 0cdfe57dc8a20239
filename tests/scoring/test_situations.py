"""The regulation in situations: ``situations/*.toml``, one test for each row and each reading it states."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoring.rules import Shortfall
from scoring.scorecard import score
from scoring.terms import IndicatorCode, PartialStep, PlatformKind
from scoring.words import points_text

SITUATIONS = sorted(Path(__file__).with_name("situations").glob("*.toml"))
SUMS = ("base", "bonus", "total", "awaited")


def told(key: str) -> Iterator[dict[str, Any]]:
    for path in SITUATIONS:
        yield from tomllib.loads(path.read_text(encoding="utf-8")).get(key, [])


def boundary_rows() -> Iterator[Any]:
    for boundary in told("boundary"):
        for row in boundary["rows"]:
            name = f"{boundary['kind']} {boundary['indicator']} {row[0]}"
            yield pytest.param(boundary["kind"], boundary["indicator"], boundary["fact"], row, id=name)


@pytest.mark.parametrize(("kind", "indicator", "fact", "row"), list(boundary_rows()))
def test_a_count_earns_what_the_sentence_says(make_tally, kind, indicator, fact, row):
    """A count earns the points of its row, for a part of a step read whole, started and linear."""
    done, *expected = row
    section, _, category = fact.partition(".")
    tally = make_tally(kind, counted={section: {category: done} if category else done})
    defaults = tally.scheme.readings
    earned = [
        points_text(score(tally, defaults.with_decisions({"partial_step": step})).line(IndicatorCode(indicator)).points)
        for step in PartialStep
    ]
    assert earned == expected


@pytest.mark.parametrize("situation", list(told("situation")), ids=lambda situation: situation["says"])
def test_a_situation_scores_as_told(make_tally, situation):
    """Each situation's lines, sums, statuses and workings come out as its file tells."""
    keys = ("counted", "missed_filings", "rulings", "bonus")
    tally = make_tally(situation["kind"], **{key: situation[key] for key in keys if key in situation})
    readings = tally.scheme.readings.with_decisions(situation.get("readings", {}))

    for step in PartialStep:
        for code, points in situation.get(step, {}).items():
            card = score(tally, readings.with_decisions({"partial_step": step}))
            assert points_text(card.line(IndicatorCode(code)).points) == points

    card = score(tally, readings)
    assert {name: points_text(getattr(card, name)) for name in situation.get("sums", {})} == situation.get("sums", {})
    for code, status in situation.get("status", {}).items():
        assert card.line(IndicatorCode(code)).status == status
    for code, working in situation.get("working", {}).items():
        assert card.line(IndicatorCode(code)).working == working


def test_situations_state_only_what_is_looked_at():
    """A misspelt key in a situation would be checked by nobody, so it fails here."""
    known = {"says", "kind", "counted", "missed_filings", "rulings", "bonus", "readings", "sums", "status", "working"}
    known |= set(PartialStep)
    for situation in told("situation"):
        assert set(situation) <= known, situation["says"]
        assert set(situation.get("sums", {})) <= set(SUMS), situation["says"]


def test_every_counted_line_of_every_kind_has_its_edges_told(make_tally):
    """Each shortfall line is told at full, one under, and nothing."""
    told_rows = {
        (boundary["kind"], boundary["indicator"], row[0]) for boundary in told("boundary") for row in boundary["rows"]
    }
    for kind in PlatformKind:
        for line in make_tally(kind.value).scheme.indicators:
            if isinstance(line.rule, Shortfall):
                target, step = line.rule.target, line.rule.step
                for done in (0, target - step, target - 1, target, target + 7 * step):
                    assert (kind, line.code, done) in told_rows
