"""Every Chinese sentence this package says, from ``words.toml``; no Chinese stands in Python."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from scoring.terms import (
    ActivityCategory,
    BonusKind,
    DaySource,
    EvidenceItem,
    EvidenceNeed,
    Fact,
    FilingState,
    Form,
    Ground,
    Group,
    LineStatus,
    Obligation,
    OneStory,
    Part,
    PartialStep,
    PlatformKind,
    PlatformTitle,
    ReadingName,
    RecognitionNeeds,
    Refiled,
    RuledBy,
    UsccKind,
)

_SECTIONS: Final[dict[type[str], str]] = {
    ActivityCategory: "categories",
    BonusKind: "bonus_kinds",
    DaySource: "day_sources",
    EvidenceItem: "evidence_items",
    EvidenceNeed: "evidence_needs",
    Fact: "facts",
    str: "facts",
    FilingState: "filing_states",
    Form: "forms",
    Ground: "grounds",
    Group: "groups",
    LineStatus: "statuses",
    Obligation: "obligations",
    OneStory: "one_story",
    Part: "parts",
    PartialStep: "partial_step",
    PlatformKind: "kinds",
    PlatformTitle: "platform_titles",
    ReadingName: "readings",
    RecognitionNeeds: "recognition_needs",
    Refiled: "refiled_late",
    RuledBy: "ruled_by",
    UsccKind: "uscc_kinds",
}


WORDS = Path(__file__).with_name("words.toml")


Words: TypeAlias = Mapping[str, Mapping[str, str]]
"""Sections of sentences."""

_kept: ContextVar[Words | None] = ContextVar("kept words", default=None)


@contextmanager
def in_words(kept: Words) -> Iterator[None]:
    """Say everything in these words instead of today's: what was sealed is said again as it was said then."""
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)


def all_words() -> Words:
    """Today's words, to be kept beside what was said in them."""
    return _own_words()


def _words() -> Words:
    kept = _kept.get()
    return _own_words() if kept is None else kept


@cache
def _own_words() -> dict[str, dict[str, str]]:
    with WORDS.open("rb") as file:
        return tomllib.load(file)


def name_of(term: str) -> str:
    """The Chinese name of a term: ``name_of(PlatformKind.COUNTY)``; for a reading, its short name (口径).

    A plain word is a fact, of which later schemes may bring more.
    """
    return _words()[_SECTIONS[type(term)]][str(term)]


def explanation_of(reading: ReadingName) -> str:
    """What a reading decides, as users and the province read it; one sentence or two."""
    return _words()["reading_explanations"][reading.value]


def value_name(reading: ReadingName, word: str) -> str:
    """The Chinese of one value of a reading: 按整档, 是, 否."""
    section = _words().get(reading.value, _words()["yes_no"])
    return section.get(word, word)


def category_words(category: ActivityCategory) -> tuple[str, ...]:
    """The words of a category's own sentence that a title may use; none for 其他类."""
    return tuple(_words()["category_words"].get(category.value, "").split())


def say(sentence: str, **values: object) -> str:
    """A sentence by its place, ``"working.short"``, filled with values; points are written without trailing zeros."""
    section, _, key = sentence.partition(".")
    return _words()[section][key].format_map(
        {name: points_text(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    )


def listed(words: Iterable[str]) -> str:
    """Words one after another, as a Chinese sentence lists them."""
    return say("errors.between").join(words)


def number_word(number: int) -> str:
    """百 for 100: how the regulation's steps are said; digits where the text has no word for it."""
    return _words()["number_words"].get(str(number), str(number))


@lru_cache(maxsize=4096)
def points_text(points: Decimal) -> str:
    """Exact points as text without trailing zeros: ``13.5``, ``15``, ``0``."""
    return format(points.normalize() + 0, "f")  # 0 has no sign: equal points are one text
