"""类别用词: which category of activity the regulation's own words in a title speak of. A proposal; a person decides.

The words are parts of each category's name and sentence, so a proposal can be checked against the text beside it. A
word that the text lists under several categories (项目路演, 诊断) names all of them: who asks is asked back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from scoring.terms import ActivityCategory
from scoring.words import category_words


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a text speaks of: ``words`` as they stand in it, and the ``categories`` that fit them equally well."""

    categories: tuple[ActivityCategory, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def only(self) -> ActivityCategory | None:
        """The one category to propose; None when nothing was found, or when somebody has to choose."""
        return self.categories[0] if len(self.categories) == 1 else None


def propose(text: str) -> Proposal:
    """The categories that most of the regulation's words in ``text`` belong to, in the order of the table.

    The longest word at a place is taken, so 上市咨询 is not also 咨询. 其他类 is never proposed: the text names no word
    for it.
    """
    found = tuple(dict.fromkeys(_words_in(text)))
    votes = [category for word in found for category in _words()[word]]
    most = max(map(votes.count, votes), default=0)
    return Proposal(
        categories=tuple(category for category in ActivityCategory if most and votes.count(category) == most),
        words=found,
    )


def _words_in(text: str) -> list[str]:
    """The words that ``text`` contains, each place read once, in the order in which they stand there."""
    found: list[tuple[int, str]] = []
    for word in sorted(_words(), key=len, reverse=True):
        while (place := text.find(word)) >= 0:
            found.append((place, word))
            text = text[:place] + "\n" * len(word) + text[place + len(word) :]
    return [word for _, word in sorted(found)]


@cache
def _words() -> dict[str, tuple[ActivityCategory, ...]]:
    """Every word with the categories that it stands under."""
    under: dict[str, tuple[ActivityCategory, ...]] = {}
    for category in ActivityCategory:
        for word in category_words(category):
            under[word] = (*under.get(word, ()), category)
    return under
