"""Rows (行) of a table that people hand in: which of them is a header, of which columns, and which adds up others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from wxsvc.texts.beside import table_beside

_words: Final = table_beside(__file__)


class Row(Struct, frozen=True):
    """One row that holds something: its number as Excel shows it, from 1, and its cells as texts, no empty one last.

    ``is_hidden``: by hand or by a filter, so perhaps it is not meant. ``lost`` are the places of numbers whose last
    digits Excel has lost, ``untold`` those where Excel shows what the file does not have (``SheetRow``), ``struck``
    those that hold something struck through. ``is_doubted``: it leaves open whether who is named there came.
    """

    number: int
    cells: tuple[str, ...]
    is_hidden: bool = False
    lost: tuple[int, ...] = ()
    untold: tuple[int, ...] = ()
    struck: tuple[int, ...] = ()
    is_doubted: bool = False


HEADER_WITHIN: Final = 20
"""Rows of titles, dates and organisers that may stand above a header."""

IsHeader: TypeAlias = Callable[[Row], int]
"""How sure it is that a row is the header of the list that is looked for: 0 for one that is none."""


@lru_cache(maxsize=2048)  # every row that may be a header is compared with the same few hundred words
def bare_header(cell: str) -> str:
    """A header as it is compared: without brackets, stars, spaces, and what a survey tool writes around it.

    ``2、您所在的企业名称（全称）*`` is ``企业名称``, and so is ``企業名稱``; ``Order No.`` is ``orderno.``.
    """
    plain = re.sub(r"\(.*?\)|\[.*?\]|[\s*:/?_\"“”]", "", simplified(cell))
    for around in _words()["around_headers"]:
        plain = re.sub(around, "", plain)
    return plain.lower()


def simplified(text: str) -> str:
    """A header or a unit in one width, and in simplified signs where it has traditional ones (``萬元``)."""
    return unicodedata.normalize("NFKC", text).translate(_traditional())


@cache
def _traditional() -> Mapping[int, int]:
    pairs = str(_words()["traditional"])
    return str.maketrans(pairs[::2], pairs[1::2])


def columns_named(titles: Sequence[str], headers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which column holds what: of each field's ``headers``, the best first, the best that is there, wherever it stands.

    A list may have a column 编号 that only numbers its rows before the one with the order's number.
    """
    plain = [bare_header(title) for title in titles]
    found: dict[str, int] = {}
    for name, words in headers.items():
        place = next((plain.index(bare) for bare in map(bare_header, words) if bare in plain), None)
        if place is not None:
            found[name] = place
    return found


def header_place(rows: Sequence[Row], is_header: IsHeader) -> int | None:
    """Where the list begins: at the first of the surest headers. ``单位：…`` may stand above ``企业名称``."""
    sure = [is_header(row) and is_header(whole_header(rows, at)) for at, row in enumerate(rows[:HEADER_WITHIN])]
    return sure.index(max(sure)) if any(sure) else None


def whole_header(rows: Sequence[Row], place: int) -> Row:
    """The header at a place, its empty cells as the row above has them: of two rows, some are merged downwards.

    是否 below 到场 is 是否到场.
    """
    header, above = rows[place], rows[place - 1] if place else None
    if above is None or above.number + 1 != header.number or sum(map(bool, above.cells)) < 2:
        return header
    both = zip_longest(header.cells, above.cells, fillvalue="")
    asks = re.compile(str(_words()["asks_of_above"]))
    return replace(header, cells=tuple(own + other if asks.fullmatch(own) else own or other for own, other in both))


def sections(
    rows: Sequence[Row], begin: int, is_header: Callable[[Row, Row], bool]
) -> Iterator[tuple[Row, Sequence[Row]]]:
    """The header at a place with the rows below it, then every further one (of the row and the header before) with its
    own: a page repeats the header, and two tables that stand below each other have their columns in other places."""
    header, listed = whole_header(rows, begin), list[Row]()
    above = rows[begin - 1] if begin and header is not rows[begin] else rows[begin]
    heads = {above.cells, rows[begin].cells}
    for row in rows[begin + 1 :]:
        if row.cells not in heads and not is_header(row, header):
            listed.append(row)
        elif listed:
            yield header, listed
            header, listed = row, []
        else:
            header = whole_header((header, row), 1)
    yield header, listed


def only(row: Row, columns: Container[int]) -> Row:
    """The row with the cells in some columns alone, each in its place."""
    kept = {name: tuple(at for at in getattr(row, name) if at in columns) for name in ("lost", "untold", "struck")}
    texts = tuple(cell if at in columns else "" for at, cell in enumerate(row.cells))
    return replace(row, cells=texts, **kept)


def may_not_be_meant(row: Row, header: Row | None = None) -> bool:
    """Whether a row is hidden, or struck through elsewhere than in somebody's phone or address, which only changed."""
    titles = header.cells if header is not None else ()
    others = str(_words()["contact"])
    return row.is_hidden or any(
        at >= len(titles) or not re.search(others, bare_header(titles[at])) for at in row.struck
    )


def filled(rows: Iterable[Row], heads: Callable[[Row], object] = lambda _: False) -> Iterator[Row]:
    """Rows with what the row above has where a cell says that it is the same (同上, 〃); of one that ``heads`` a list
    nothing is."""
    same, above = re.compile(str(_words()["same"])), Row(0, ())
    for row in rows:
        if heads(row):
            above = Row(0, ())
            yield row
            continue
        at = [place for place, cell in enumerate(row.cells[: len(above.cells)]) if same.fullmatch(cell)]
        texts = (above.cells[place] if place in at else cell for place, cell in enumerate(row.cells))
        lost = (*row.lost, *(place for place in at if place in above.lost))
        above = replace(row, cells=tuple(texts), lost=lost) if at else row
        yield above


def is_example(row: Row) -> bool:
    """Whether a row only shows how to fill in the others: 例, 示例 in its first cells or before what stands there."""
    first = [cell for cell in row.cells if cell][:3]
    return any(re.match(str(_words()["example"]), cell) for cell in first)


def is_footer(row: Row) -> bool:
    """Whether a row adds up the others (合计), whatever number stands before it, or holds notes alone (制表人：…)."""
    said = [re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)) for cell in row.cells if cell]
    if len(said) > 1 and said[0].isdigit():
        del said[0]
    if said and re.fullmatch(str(_words()["total"]), said[0]):
        return True
    notes = [cell for cell in said if not re.fullmatch(str(_words()["dated"]), cell)]
    return bool(notes) and all(re.match(str(_words()["note"]), cell) for cell in notes)
