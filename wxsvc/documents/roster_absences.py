"""缺席: which rows of a 签到名单 say that their company did not come — in a column, in a cell, below a heading — and
which leave it open."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wxsvc.documents import company_names
from wxsvc.documents.table_rows import Row, bare_header, is_footer
from wxsvc.texts import names
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)
_LONGEST_NOTE: Final = 20
"""Signs beside a name; who writes more writes of something else."""


def of(sections: Iterable[tuple[Row | None, Sequence[Row]]], names_at: Callable[[Row], Sequence[int]]) -> Iterator[Row]:
    """The rows that say of their company that it did not come: by a column about that, in a cell of their own, or by
    the heading that they stand below (``未到：``), which is one of them.

    Of several companies on one row nobody can tell which is meant, so all of them are looked at by a person, unless the
    header says that each row has a single one: ``names_at`` are the places of a header's columns of names. What a
    heading says goes on below a header that is printed again, and below the groups that it has of its own: ``第一组：``
    directly below it, where no group was named before.
    """
    is_below = is_first = is_grouped = are_groups_above = False
    for header, rows in sections:
        titles = [bare_header(cell) for cell in header.cells] if header is not None else []
        places = names_at(header) if header is not None else ()
        has_one = len(places) == 1
        for row, as_shown in zip(rows, _as_shown(rows), strict=True):
            of_absent = _heads_absent(row, titles[: places[0] + 1] if has_one else ())
            is_group = of_absent is False and re.search(_table()["group"], "".join(row.cells)) is not None
            if is_group and is_below and not are_groups_above and (is_first or is_grouped):
                is_grouped = True
            elif of_absent is not None:
                is_below, is_grouped, are_groups_above = of_absent, False, are_groups_above or is_group
            is_first = of_absent is True
            if is_below:
                if not is_footer(row):
                    yield row
                is_below = not re.fullmatch(_table()["nobody"], "".join(row.cells).strip())
            elif _lists_absent(row) or _is_absent(as_shown, titles, is_single=has_one):
                yield row


def _as_shown(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with what cells show that were merged with those above them (合并单元格): one 未到 beside several."""
    above: tuple[str, ...] = ()
    for row in rows:
        both = enumerate(zip_longest(row.cells, above, fillvalue=""))
        above = tuple(own or (other if at in row.untold else "") for at, (own, other) in both)
        yield replace(row, cells=above)


def doubted(
    sections: Iterable[tuple[Row | None, Sequence[Row]]], columns: Callable[[Row], Container[int]]
) -> Iterator[Row]:
    """The rows that do not say that their company did not come, but something like it (待定, 张三请假): a person knows.

    ``columns`` are a header's places of codes, which speak of no one.
    """
    for header, rows in sections:
        titles = [bare_header(cell) for cell in header.cells] if header is not None else []
        others = columns(header) if header is not None else ()
        signed = [at for at, title in enumerate(titles) if _column(title).is_signed]
        is_asked = any(_column(title).asks for title in titles)  # then a number is of those who are on leave
        are_some_signed = any(_is_signature(row.cells[at]) for row in rows for at in signed if at < len(row.cells))
        for row, as_shown in zip(rows, _as_shown(rows), strict=True):
            told = (
                (cell, title)
                for at, (cell, title) in enumerate(_titled(row, titles))
                if at not in others and not (is_asked and cell.isdigit())
            )
            is_blank = are_some_signed and all(names.says_none("".join(as_shown.cells[at : at + 1])) for at in signed)
            if is_blank or any(_leaves_open(cell, title) for cell, title in told):
                yield row


class _Column(Struct, frozen=True):
    """What a title says of its column."""

    is_besides: bool
    """It is about something else than who came."""
    asks: bool
    is_about_it: bool
    """It asks who came, or notes it among other things."""
    may_affirm: bool
    is_retracted: bool
    is_excused: bool
    is_signed: bool
    """It is left empty of those who did not come, where others filled it in."""


@lru_cache(maxsize=1_000)
def _column(title: str) -> _Column:
    words = _table()
    asks = re.fullmatch(words["asks"], title) is not None
    counts = title.endswith(words["counted"])  # which many leave empty
    is_retracted, is_excused = (_pattern(words[each]).fullmatch(title) is not None for each in ("retracted", "excused"))
    attends = not is_retracted and not is_excused and re.search(words["attended"], title) is not None
    return _Column(
        is_besides=re.search(words["besides"], title) is not None,
        asks=asks,
        is_about_it=not title or asks or re.search(words["noted"], title) is not None,
        may_affirm=asks or attends,
        is_retracted=is_retracted,
        is_excused=is_excused,
        is_signed=(asks and not counts) or re.fullmatch(words["signed"], title) is not None,
    )


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """A pattern in which words of the table stand in capitals."""
    return re.compile(re.sub("[A-Z]{3,}", lambda name: f"(?:{_table()[name[0].lower()]})", form))


def _is_signature(cell: str) -> bool:
    """Whether a cell of such a column says anything but that somebody did not come, or perhaps not."""
    bare = re.sub(r"\s", "", cell)
    return not names.says_none(bare) and not _pattern("DENIED|SAID|UNSURE").fullmatch(bare)


def _titled(row: Row, titles: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each cell without its spaces, and the title above it."""
    return zip_longest((re.sub(r"\s", "", cell) for cell in row.cells), titles, fillvalue="")


def _leaves_open(cell: str, title: str) -> bool:
    """Whether a cell says, behind the company's name, that somebody may not have come, and of nobody that they did."""
    column = _column(title)
    if column.is_excused:
        return not names.says_none(cell) and not _pattern("DENIED").fullmatch(cell)
    pattern = _pattern(f"(?:{'SAID|UNSURE' if column.is_about_it else 'SAID'})(?=[:：(（)）、，,；;。.!！~～]|$)")
    if column.is_besides or not pattern.search(cell):
        return False
    head = pattern.match(cell)
    if head and cell[head.end() : head.end() + 1] in (":", "：") and company_names.names_organisation(cell):
        return True
    said = cell[company_names.end_of_name(cell) :]
    rest = pattern.sub("", said) if len(said) <= _LONGEST_NOTE else said
    return rest != said and not _pattern("BESIDES|OTHERS").search(rest)


def _is_absent(row: Row, titles: Sequence[str], *, is_single: bool) -> bool:
    """Whether a cell says so, by itself or below a title that asks; not where another says that somebody came."""
    if not is_single and sum(map(company_names.names_organisation, row.cells)) > 1:
        return False
    is_said = False
    for cell, title in _titled(row, titles):
        column = _column(title)
        if not cell or column.is_besides:
            continue
        is_affirmed = _pattern("AFFIRMED").fullmatch(cell) is not None
        if column.may_affirm and is_affirmed:
            return False
        answer = _pattern("REASON").sub("", _pattern("LETTER").sub("", cell)) if column.asks else ""
        is_denied = bool(answer) and _pattern("DENIED|SAID").fullmatch(answer) is not None
        is_said |= is_denied or (column.is_retracted and is_affirmed) or _says_absent(cell)
    return is_said


def _heads_absent(row: Row, titles: Sequence[str]) -> bool | None:
    """Whether a row stands above those who did not come (``未到：``); None for a row that heads none.

    ``已到：`` or the heading of another part (``第二组：``) ends what the one before it says; a short name with a colon
    behind it (``湘江科技：``) does not. A word alone (``未到``) is a heading in the columns of ``titles``, up to
    that of the names; elsewhere it may be the state of the line above.
    """
    told = _unnumbered_cells(row)
    if len(told) != 1 or company_names.names_organisation(told[0]) or company_names.apart(told[0])[1]:
        return None
    said = re.sub(r"\s|[(（].*?[)）]", "", company_names.unnumbered(told[0]))
    is_absent, is_of_those_who_came = (_heads(said.strip("【】[]：:"), word) for word in ("said", "came"))
    columns = zip(titles, row.cells, strict=False)
    is_alone = next((not _column(title).asks for title, cell in columns if cell == told[0]), False)
    is_headed = (is_absent or is_of_those_who_came) and (is_alone or re.search(_table()["heads"], said) is not None)
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
    if not _pattern("SAID").search(cell):
        return False
    if _pattern(r"(?:\d+[、.])?[^、,，;；/]*[(（]WHY?SAID[)）]").fullmatch(cell):
        return True
    said = _pattern("WHY?SAID")
    if said.fullmatch(_pattern("REASON").sub("", cell)) or said.fullmatch(cell):
        return True
    return _pattern("WHY?SAID[:：]").match(cell) is not None and company_names.names_organisation(cell)
