"""表头: which row of a 签到名单 is the header, and which of its columns hold names and codes of companies."""

from __future__ import annotations

import re
from typing import Final

from wxsvc.documents import company_names, table_rows
from wxsvc.documents.table_rows import Row, bare_header
from wxsvc.texts import private_data
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)


def columns_of(row: Row) -> dict[str, int]:
    """Which column holds what, if this is the header; a header that is printed again on the next page is one too."""
    if any(_names_organisation(cell) or company_names.apart(cell)[1] for cell in row.cells):
        return {}  # a line of the list, one of whose cells happens to say 企业
    found = table_rows.columns_named(row.cells, _table()["headers"])
    if "name" in found or sum(map(bool, row.cells)) < 2:
        return found
    like = next((at for at, cell in enumerate(row.cells) if _is_put_together(cell)), None)
    return found if like is None else {**found, "name": like}


def _names_organisation(cell: str) -> bool:
    return company_names.is_organisation(cell) and not _is_put_together(cell)


def _is_put_together(cell: str) -> bool:
    return re.fullmatch(_table()["put_together"], bare_header(cell)) is not None


def blocks_of(header: Row) -> list[dict[str, int]]:
    """The columns of each list: two that were printed beside each other have the same headers twice."""
    columns = columns_of(header)
    plain = [bare_header(cell) for cell in header.cells]
    places = {name: [at for at, each in enumerate(plain) if each == plain[place]] for name, place in columns.items()}
    count = len(places.get("name", ())) or 1
    return [
        {name: at[number] for name, at in places.items() if number == 0 or len(at) == count} for number in range(count)
    ]


def lists_of(header: Row) -> list[range]:
    """The columns of each of several lists that stand beside each other, if all have the same headers."""
    names = [columns["name"] for columns in blocks_of(header) if "name" in columns]
    if len(names) < 2:
        return []
    plain = [bare_header(cell) for cell in header.cells]
    begin, width = next(at for at, title in enumerate(plain) if title), names[1] - names[0]
    begins = range(begin, begin + width * len(names), width)
    titles = [[title for title in plain[at : at + width] if title] for at in begins]
    are_all = begins.stop >= len(plain) and all(each == titles[0] for each in titles)
    return [range(at, at + width) for at in begins] if are_all else []


def sureness(row: Row) -> int:
    """``单位`` may say whose list it is, or of what kind a line's company is; ``企业名称`` heads a column."""
    columns = columns_of(row)
    return 0 if not columns else 2 if any(len(bare_header(row.cells[at])) > 2 for at in columns.values()) else 1


def begins_again(row: Row, header: Row) -> bool:
    """A surer header than one word, the second row of one, one whose cells are all titles, or the same word in the same
    place."""
    same = (at for at in columns_of(header).values() if cell_at(row, at))
    is_second = row.number == header.number + 1 and len(columns_of(row)) > 1
    is_sure = sureness(row) > 1 or (sureness(row) > 0 and (is_second or is_titles_alone(row)))
    return is_sure or any(bare_header(row.cells[at]) == bare_header(header.cells[at]) for at in same)


def is_titles_alone(row: Row) -> bool:
    """Whether a row is a header whose cells nothing parts but spaces or a colon."""
    known = {bare_header(word) for words in _table()["headers"].values() for word in words}
    words = [word for cell in row.cells for each in re.split("[\\s:：^]+", cell) if (word := bare_header(each))]
    others = [word for word in words if word not in known]
    are_titles = all(re.fullmatch(_table()["beside"], word) or private_data.is_label(word) for word in others)
    return len(words) > 1 and len(others) < len(words) and are_titles


def cell_at(row: Row, column: int | None) -> str:
    """What a row has in a column; nothing where it has none."""
    return row.cells[column] if column is not None and column < len(row.cells) else ""


def code_words() -> set[str]:
    """What the header of a column of codes may be, as headers are compared."""
    return {*map(bare_header, _table()["headers"]["uscc"])}
