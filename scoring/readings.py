"""Readings (口径): how the open sentences are read. The schemes hold the defaults, the province decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias

from scoring.terms import READING_VALUES, OneStory, PartialStep, ReadingName, RecognitionNeeds, Refiled
from scoring.words import listed, say

Value: TypeAlias = StrEnum | bool | int
"""What a reading says: a word of its own, yes or no, or a number."""


class ReadingError(ValueError):
    """An unknown reading or value; the message (Chinese, one line) names the reading."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One value for every reading; ``README.md`` explains each under its name.

    The ``ARITHMETIC_READINGS`` change how a tally is scored. ``sixth_rolls_on`` and ``day_itself_in_time`` change the
    deadlines. The others decide which facts enter a tally, and are carried so that a scorecard says what it rests on.
    """

    partial_step: PartialStep
    overflow_to_other: bool
    sixth_rolls_on: bool
    press_bonus: bool
    county_need_counts_for_prefecture: bool
    need_must_be_matched: bool
    sole_traders_count: bool
    out_of_region_counts: bool
    assist_counts: bool
    day_itself_in_time: bool
    refiled_late: Refiled
    one_story: OneStory
    recognition_needs: RecognitionNeeds
    leaders_remarks_asked: bool
    cluster_screenshots_asked: bool
    complete_enterprises: int
    complete_photos: int
    complete_summary: int

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> Readings:
        """All readings from their words; a reading left out takes its first word, the default."""
        return _from_words(tuple(words.items()))

    def with_decisions(self, decisions: Mapping[str, str]) -> Readings:
        """These readings with some decided otherwise: name → word, as in ``{"partial_step": "linear"}``.

        Raises :class:`ReadingError` for a name or a word that the regulation's readings do not have.
        """
        decided: dict[str, Any] = {name: _value(name, word) for name, word in decisions.items()}
        return replace(self, **decided)

    def is_on(self, name: ReadingName) -> bool:
        return getattr(self, name) is True

    def as_dict(self) -> dict[str, Value]:
        """Name → value as JSON has it: a word, true or false, or a number."""
        return {name.value: getattr(self, name) for name in ReadingName}

    def as_words(self) -> dict[ReadingName, str]:
        """Name → word, as decisions are stored."""
        return {name: _word(getattr(self, name)) for name in ReadingName}


@lru_cache(maxsize=64)
def _from_words(words: tuple[tuple[str, str], ...]) -> Readings:
    """Most cards of a year rest on the same ones."""
    return DEFAULT_READINGS.with_decisions(dict(words))


def _word(value: Value) -> str:
    return str(value).lower()


def _value(name: str, word: str) -> Value:
    if name not in READING_VALUES:
        raise ReadingError(say("errors.unknown_reading", name=name, known=listed(READING_VALUES)))
    reading = ReadingName(name)
    allowed = READING_VALUES[reading]
    if word not in allowed:
        raise ReadingError(say("errors.unknown_reading_value", name=name, value=word, allowed=listed(allowed)))
    if reading in _TERMS:
        return _TERMS[reading](word)
    return word == "true" if "true" in allowed else int(word)


_TERMS: Final[Mapping[ReadingName, type[StrEnum]]] = {
    ReadingName.PARTIAL_STEP: PartialStep,
    ReadingName.REFILED_LATE: Refiled,
    ReadingName.ONE_STORY: OneStory,
    ReadingName.RECOGNITION_NEEDS: RecognitionNeeds,
}
"""Readings whose words are terms; the others say yes or no, or give a number."""
_first: dict[str, Any] = {name.value: _value(name, words[0]) for name, words in READING_VALUES.items()}
DEFAULT_READINGS = Readings(**_first)
"""Every reading at its first word; a scheme states the same defaults for its own years."""
