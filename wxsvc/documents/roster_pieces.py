"""What one line or cell of a 签到名单 is parted into: several names, or a name and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from wxsvc.documents import cells, company_names
from wxsvc.texts import names
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)
_LETTER: Final = re.compile(r"[^\W\d_]")
_LABEL: Final = re.compile(r"(?<!\d)[:：]")


def of(line: str) -> Iterator[str]:
    """A line as written in a chat: split where a list is split, and at spaces beside a name or code that is whole."""
    line = re.sub(_table()["next"], "\n", company_names.without_former_names(line) or line)
    for part in re.split(_table()["between"], company_names.unnumbered(company_names.with_whole_codes(line))):
        text = re.sub(_table()["before_form"], "", cells.clean(part))
        both = [piece.strip() for piece in re.split(_table()["both"], text)]
        if len(both) > 1 and _are_names(both):
            yield from both
        else:
            yield from _behind_whole(text)


def _behind_whole(text: str) -> Iterator[str]:
    """A text parted at the spaces behind each name or code that is whole.

    What stands before a name may be its beginning (``湘江数控 设备有限公司``), so only a label and a number are parted
    from it, what stands before a numbered one, and a place where it has its own; a branch follows its company
    (``长沙精工有限公司 长沙分公司``).
    """
    begun: list[str] = []
    is_whole = False
    for word in map(cells.unmarked, text.split(" ")):
        is_behind = is_whole and not company_names.is_branch_alone(word)
        is_next = is_behind or _LABEL.search(word) or company_names.unnumbered(word) != word
        if begun and (is_next or company_names.are_places_before(begun, word)):
            yield " ".join(begun)
            begun = []
        begun.append(word)
        is_number = len(begun) == 1 and not _LETTER.search(word)
        is_whole = is_number or company_names.is_organisation(word) or bool(company_names.apart(word)[1])
    yield " ".join(begun)


def several(cell: str) -> list[str]:
    """The names or codes in a cell that holds nothing but several of one kind; a branch's may be a part of a name."""
    pieces = [piece for piece in of(cell) if piece]
    return pieces if _are_names(pieces) or all(map(company_names.code_in, pieces)) else []


def _are_names(pieces: Iterable[str]) -> bool:
    return all(company_names.is_organisation(each) and not names.is_branch(each) for each in pieces)
