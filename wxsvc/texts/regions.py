"""行政区划: Hunan's cities and counties by code and by name, for picking a region and for telling who is inside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from msgspec import Struct

from wxsvc.texts.beside import table_beside

ELSEWHERE: Final = "100000"
"""Stands for every division outside the province where nobody needs to know which."""

_table: Final = table_beside(__file__)


class Region(Struct, frozen=True):
    """A division: the province, a city (市州), or a county, district or county-level city of one."""

    code: str
    name: str
    above: str | None
    """Code of the division it belongs to; None for the province."""

    @property
    def full_name(self) -> str:
        """A county with its city (长沙市芙蓉区); a city or the province by its own name."""
        city = all_regions().get(self.above or "")
        return f"{city.name}{self.name}" if city and city.above else self.name


@cache
def all_regions() -> Mapping[str, Region]:
    """Every division by its code of today, the province first, then city by city."""
    table = _table()
    found = {table["code"]: Region(table["code"], table["name"], None)}
    for code, city in table["cities"].items():
        found[code] = Region(code, city["name"], table["code"])
        found |= {county: Region(county, name, code) for county, name in city["counties"].items()}
    return found


def find(code: str) -> Region | None:
    """The division of a code; a superseded code leads to what it is today. None for any other, such as a park's."""
    return all_regions().get(_table()["superseded"].get(code, code))


def name_of(code: str) -> str:
    """The full name of a code's division or park, or that it is none of ours; an unlisted park's code as it is."""
    known = find(code)
    if known is not None:
        return known.full_name
    return str(_table()["elsewhere"]["name"]) if code == ELSEWHERE else parks().get(code, code)


def parks() -> Mapping[str, str]:
    """The names of parks and other functional areas (管理区) by their codes, which are no divisions' (x7x)."""
    found: Mapping[str, str] = _table()["parks"]
    return found


def is_park(code: str) -> bool:
    """Whether the code is a functional area's: one that is listed, or a newer one (x7x) in a city of the province."""
    if code in parks():
        return True
    return len(code) == 6 and code.isascii() and code.isdigit() and code[4] == "7" and find(f"{code[:4]}00") is not None


def may_be(code: str) -> bool:
    """Whether there may be such a division or park: of other provinces we know the first two digits alone."""
    if code == ELSEWHERE or find(code) is not None or is_park(code):
        return True
    return code[:2] in _table()["elsewhere"]["provinces"] and code[:2] != _table()["code"][:2]


def spellings(code: str) -> tuple[str, ...]:
    """Every code that means the same division: today's, and those that it superseded. Any other code alone."""
    known = find(code)
    today = known.code if known else code
    return today, *(former for former, later in _table()["superseded"].items() if later == today)


def superseded() -> Mapping[str, str]:
    """Former codes of divisions, each with today's."""
    found: Mapping[str, str] = _table()["superseded"]
    return found


def cities() -> tuple[Region, ...]:
    """The fourteen 市州, in order of their codes."""
    return tuple(region for region in all_regions().values() if region.above == _table()["code"])


def counties_of(city: str) -> tuple[Region, ...]:
    """The counties, districts and county-level cities of a city's code."""
    return tuple(region for region in all_regions().values() if region.above == city)


def named(text: str) -> tuple[Region, ...]:
    """Divisions whose name begins with the text (浏阳 → 浏阳市), an exact name alone; under two characters none."""
    typed = text.strip()
    if len(typed) < 2:
        return ()
    found = tuple(region for region in all_regions().values() if region.name.startswith(typed))
    return tuple(region for region in found if region.name == typed) or found


def are_local(bodies: str) -> bool:
    """Whether all bodies that a text names are of a city or county: 长沙市工信局; not 省工信厅、长沙市政府.

    What stands in brackets is a remark on a body, and none itself: 省工信厅（长沙市推荐）.
    """
    table = _table()["bodies"]
    names = [each for each in re.split(table["between"], re.sub(table["remark"], "", bodies)) if each]
    local = [each.name for each in all_regions().values() if each.above is not None]
    whole, short = "|".join(local), "|".join(re.sub(table["kind"], "", each) for each in local)
    pattern = f"{whole}|^{table['before']}(?:{short}).*{table['organs']}"
    return bool(names) and all(re.search(pattern, each) for each in names)
