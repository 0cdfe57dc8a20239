"""Readings (口径): how the open sentences are read. The schemes hold the defaults, the province decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scoring.terms import READING_VALUES, PartialStep, ReadingName
from scoring.words import listed, say


class ReadingError(ValueError):
    """An unknown reading or value; the message (Chinese, one line) names the reading."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One value for every reading; ``README.md`` explains each under its name.

    Only ``partial_step``, ``overflow_to_other`` and ``press_bonus`` change arithmetic here, and ``sixth_rolls_on`` the
    deadlines; the others decide which facts enter a tally, and are carried so that a scorecard says what it rests on.
    """

    partial_step: PartialStep
    overflow_to_other: bool
    sixth_rolls_on: bool
    press_bonus: bool
    county_need_counts_for_prefecture: bool
    need_must_be_matched: bool
    sole_traders_count: bool
    out_of_region_counts: bool

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> Readings:
        """All readings from their words; a reading left out takes its first word, the default."""
        return DEFAULT_READINGS.with_decisions(words)

    def with_decisions(self, decisions: Mapping[str, str]) -> Readings:
        """These readings with some decided otherwise: name → word, as in ``{"partial_step": "linear"}``.

        Raises :class:`ReadingError` for a name or a word that the regulation's readings do not have.
        """
        decided: dict[str, Any] = {name: _value(name, word) for name, word in decisions.items()}
        return replace(self, **decided)

    def is_on(self, name: ReadingName) -> bool:
        return getattr(self, name) is True

    def as_dict(self) -> dict[str, str | bool]:
        """Name → value as JSON has it: a word for ``partial_step``, true or false for the others."""
        return {name.value: getattr(self, name) for name in ReadingName}

    def as_words(self) -> dict[ReadingName, str]:
        """Name → word, as decisions are stored."""
        return {name: _word(getattr(self, name)) for name in ReadingName}


def _word(value: PartialStep | bool) -> str:
    return value.value if isinstance(value, PartialStep) else str(value).lower()


def _value(name: str, word: str) -> PartialStep | bool:
    if name not in READING_VALUES:
        raise ReadingError(say("errors.unknown_reading", name=name, known=listed(READING_VALUES)))
    allowed = READING_VALUES[ReadingName(name)]
    if word not in allowed:
        raise ReadingError(say("errors.unknown_reading_value", name=name, value=word, allowed=listed(allowed)))
    return PartialStep(word) if name == ReadingName.PARTIAL_STEP else word == "true"


_first: dict[str, Any] = {name.value: _value(name, words[0]) for name, words in READING_VALUES.items()}
DEFAULT_READINGS = Readings(**_first)
"""Every reading at its first word; a scheme states the same defaults for its own years."""
