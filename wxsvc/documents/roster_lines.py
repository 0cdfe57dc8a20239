"""Lines (行) of a 签到名单 that name no participant: what heads or explains others, who held the activity, where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wxsvc.documents import company_names
from wxsvc.documents.table_rows import Row
from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)


def is_title(text: str) -> bool:
    """Whether a text heads or explains others and names no company: 第一组：, 请填写企业全称, 11月3日."""
    return not company_names.names_organisation(text) and re.search(_table()["title"], text) is not None


def names_others(row: Row) -> bool:
    """Whether a line says who held the activity, where, who else was there (主办单位：…, 地点：…), and nothing more."""
    words = " ".join(row.cells).split()
    if (host := re.fullmatch(_table()["host"], " ".join(words))) is not None:
        return company_names.is_organisation(host[1]) or not company_names.names_organisation(host[1])
    return re.fullmatch(_table()["others"], "".join(words), re.VERBOSE) is not None


def of(text: str) -> Sequence[str]:
    """The lines of a pasted text; a cell that had several in Excel stands in quotation marks there, and is one."""
    return re.sub(r'(?m)^"([^"\n]*\n[^"]*)"\r?$', lambda cell: " ".join(cell[1].split()), text).splitlines()


def unnumbered(lines: Sequence[str]) -> Sequence[str]:
    """The lines without numbers that run on from one to the next and that nothing parts from the names (``1长沙…``)."""
    glued = [re.match(r"\s*(\d{1,4})(?=[\u3400-\u9fff])", line) for line in lines]
    numbers = [int(found[1]) for found in glued if found]
    if len(numbers) < 2 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return lines
    return [line[found.end() :] if found else line for line, found in zip(lines, glued, strict=True)]
