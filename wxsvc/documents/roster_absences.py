"""缺席: which rows of a 签到名单 say that their company did not come — in a column, in a cell, below a heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from wxsvc.documents import company_names, tables
from wxsvc.documents.tables import Row, bare_header
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)


def of(sections: Iterable[tuple[Row | None, Sequence[Row], bool]]) -> Iterator[int]:
    """The rows that say of their company that it did not come: by a column about that, in a cell of their own, or by
    the heading that they stand below (``未到：``), which is one of them.

    ``sections`` are each header, if there is one, with the rows below it and whether each of them has a single company.
    Of several companies on one row nobody can tell which is meant, so all of them are looked at by a person.
    """
    is_below = False
    for header, listed, is_single in sections:
        titles = [bare_header(cell) for cell in header.cells] if header is not None else []
        for row in listed:
            if (of_absent := _heads_absent(row)) is not None:
                is_below = of_absent
            if is_below:
                if not tables.is_footer(row):
                    yield row.number
                is_below = not re.fullmatch(_table()["nobody"], "".join(row.cells).strip())
            elif _lists_absent(row) or _is_absent(row, titles, is_single=is_single):
                yield row.number


def _is_absent(row: Row, titles: Sequence[str], *, is_single: bool) -> bool:
    """Whether a cell says so, by itself or below a title that asks."""
    words = _table()
    if not is_single and sum(map(company_names.names_organisation, row.cells)) > 1:
        return False
    for cell, title in zip_longest((re.sub(r"\s", "", cell) for cell in row.cells), titles, fillvalue=""):
        is_denied = title in words["asked_by"] and re.fullmatch(words["denied"], cell)
        if (is_denied or _says_absent(cell)) and not re.search(words["besides"], title):
            return True
    return False


def _heads_absent(row: Row) -> bool | None:
    """Whether a row stands above those who did not come (``未到：``); None for a row that heads none.

    ``已到：`` or the heading of another part (``第二组：``) ends what the one before it says; a short name with a colon
    behind it (``湘江科技：``) does not.
    """
    told = _unnumbered_cells(row)
    if len(told) != 1 or company_names.names_organisation(told[0]) or company_names.apart(told[0])[1]:
        return None
    said = re.sub(r"\s|[(（].*?[)）]", "", company_names.unnumbered(told[0]))
    is_absent, is_of_those_who_came = (_heads(said.strip("【】[]：:"), word) for word in ("said", "came"))
    is_headed = (is_absent or is_of_those_who_came) and re.search(_table()["heads"], said) is not None
    if is_absent:
        return True if is_headed or re.fullmatch(_table()["any"], said) else None
    is_heading = re.fullmatch(_table()["any"], said) is not None
    is_of_a_part = is_of_those_who_came or re.search(_table()["part"], said) is not None
    return False if is_headed or (is_heading and is_of_a_part) else None


def _heads(bare: str, word: str) -> bool:
    """Whether a heading, without its signs, speaks of those who did not come (``said``) or of those who ``came``."""
    words = _table()
    return re.fullmatch(words["heading"].replace("SAID", words[word]), bare) is not None


def _unnumbered_cells(row: Row) -> list[str]:
    """The cells that say something, without the number of a row or a paragraph."""
    return [cell for cell in row.cells if cell and not re.fullmatch(_table()["ordinal"], cell)]


def _lists_absent(row: Row) -> bool:
    """Whether all that a row names stand behind one heading: ``未到：…、…``, ``未到企业（2家）：…``."""
    first, *others = [re.sub(r"\s|[(（].*?[)）]", "", cell) for cell in _unnumbered_cells(row)] or [""]
    head, *behind = re.split("[:：]", first, maxsplit=1)
    is_headed = bool(behind) and _heads(company_names.unnumbered(head), "said")
    return is_headed and not re.search("[:：]", "".join((*behind, *others)))


def _says_absent(cell: str) -> bool:
    """Whether a cell says of whom it names that they did not come; of several, one may have come."""
    said = _table()["said"]
    if re.fullmatch(rf"(?:\d+[、.])?[^、,，;；/]*[(（](?:{said})[)）]|{said}", cell):
        return True
    return re.match(f"(?:{said})[:：]", cell) is not None and company_names.names_organisation(cell)
