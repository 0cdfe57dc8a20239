"""类别用词: which category of activity the regulation's own words in a title speak of. A proposal; a person decides.

The words are parts of each category's name and sentence, so a proposal can be checked against the text beside it. A
word that the text lists under several categories (项目路演, 诊断) names all of them: who asks is asked back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from scoring.terms import ActivityCategory
from scoring.words import category_words


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a text speaks of: the ``categories`` that fit it equally well, and their ``words`` as they stand in it."""

    categories: tuple[ActivityCategory, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def only(self) -> ActivityCategory | None:
        """The one category to propose; None when nothing was found, or when somebody has to choose."""
        return self.categories[0] if len(self.categories) == 1 else None


def propose(text: str) -> Proposal:
    """The categories that most of the regulation's words in ``text`` belong to, in the order of the table.

    The longest word at a place is taken, so 上市咨询 is not also 咨询. A word that one category alone lists weighs more
    than any number of shared ones: 专利布局辅导会 speaks of 专利布局. 其他类 is never proposed: the text names no word
    for it.
    """
    found = tuple(dict.fromkeys(_words_in(text)))
    weights = {
        category: (
            sum(_words()[word] == (category,) for word in found),
            sum(category in _words()[word] for word in found),
        )
        for category in ActivityCategory
    }
    most = max(weights.values()) if found else None
    categories = tuple(category for category in weights if weights[category] == most)
    return Proposal(categories, tuple(word for word in found if set(_words()[word]) & set(categories)))


def _words_in(text: str) -> list[str]:
    """The words that ``text`` contains, each place read once, in the order in which they stand there."""
    found: list[tuple[int, str]] = []
    for word in sorted(_words(), key=len, reverse=True):
        found += [(place.start(), word) for place in re.finditer(re.escape(word), text)]
        text = text.replace(word, "\n" * len(word))
    return [word for _, word in sorted(found)]


@cache
def _words() -> dict[str, tuple[ActivityCategory, ...]]:
    """Every word with the categories that it stands under."""
    under: dict[str, tuple[ActivityCategory, ...]] = {}
    for category in ActivityCategory:
        for word in category_words(category):
            under[word] = (*under.get(word, ()), category)
    return under
