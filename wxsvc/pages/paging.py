"""分页: a list in pages that fit a phone; which page the address asks for."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import request

from wxsvc.pages.row_numbers import FARTHEST_PAGE, asked_number
from wxsvc.queries import Page, Row, page_by

Word = TypeVar("Word", bound=StrEnum)

ON_A_PHONE: Final = 12
"""Entries of a page: with what stands above and below them it is not longer than three screens of a phone."""
AT_A_DESK: Final = 50
"""Entries of a page that is read at a desk; on a phone ``fold.js`` shows the beginning."""
OF_A_KIND: Final = 200
"""Platforms on one page of a table of one kind: no province has more than 183 counties (四川)."""
OF_A_PROVINCE: Final = 250
"""Platforms on one page of a table of all: a province has them on one, whoever has more turns pages or asks for all."""

LONGEST_SOUGHT: Final = 60
"""Characters of what a list is searched for."""


def asked(name: str = "page") -> int:
    """The page that the address asks for; the first where it asks for none, or for nonsense."""
    return max(1, min(asked_number(name) or 1, FARTHEST_PAGE))


def page_of(rows: Sequence[Row], number: int, per_page: int = ON_A_PHONE) -> Page[Row]:
    """One page of rows that are all at hand; past the end, the last."""
    return page_by(lambda first, most: rows[first : first + most], len(rows), number, per_page)


def text_asked(name: str) -> str:
    """What the address looks for, as the database takes it."""
    return request.args.get(name, "").replace("\x00", "").strip()[:LONGEST_SOUGHT]


def word_asked(name: str, kind: type[Word]) -> Word | None:
    """The word of an enum that the address asks for; None where it asks for none, or for nonsense."""
    return word_in(request.args.get(name), kind)


def word_in(text: str | None, kind: type[Word]) -> Word | None:
    """The word of an enum that was written, if it is one."""
    return next((each for each in kind if each.value == text), None)


def place(*names: str) -> dict[str, Any]:
    """Where in its list the address is, as its page (页码) and what it looks for: a form leads back there."""
    return {name: request.args[name] for name in names if request.args.get(name)}
