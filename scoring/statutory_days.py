"""Statutory days of rest (法定节假日) by rule, for years without a notice yet: provisional (暂定), never an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from scoring.toml_table import TomlTable

_FILE = Path(__file__).with_suffix(".toml")
ONE_DAY = timedelta(days=1)
SATURDAY = 5


def is_weekend(on: date) -> bool:
    return on.weekday() >= SATURDAY


def qingming(year: int) -> date:
    """清明 of a year from 2000, by the usual rule: 4.81 + 0.2422 a year, less the leap days since 2000."""
    since = year - 2000
    leap_days = since // 4 - since // 100 + since // 400
    return date(year, 4, int(Decimal("4.81") + Decimal("0.2422") * since) - leap_days)


@cache
def days_of_rest(year: int) -> dict[date, str]:
    """Day → the holiday's Chinese name: the statutory days of a year and, for those on a weekend, the next free
    weekdays (适逢周六、周日，应当在工作日补假). 调休 is not guessed; lunar days are known to ``statutory_days.toml``.
    """
    rest = statutory(year)
    for on, name in list(rest.items()):
        if is_weekend(on):
            given_back = on
            while is_weekend(given_back) or given_back in rest:
                given_back += ONE_DAY
            rest[given_back] = name
    return rest


def statutory(year: int) -> dict[date, str]:
    """The statutory days themselves (法定节假日), in order; the lunar ones of the years that the file knows."""
    return dict(sorted(_statutory(year)))


def _statutory(year: int) -> Iterator[tuple[date, str]]:
    with TomlTable.read(_FILE) as table:
        table.texts("names")
        for holiday in table.tables("fixed"):
            with holiday:
                name = holiday.text("name")
                yield from ((date.fromisoformat(f"{year}-{day}"), name) for day in holiday.texts("days"))
        for holiday in table.tables("lunar"):
            with holiday:
                name, before, after = holiday.text("name"), holiday.whole("days_before"), holiday.whole("days_after")
                for first in map(date.fromisoformat, holiday.texts("first_days")):
                    if first.year == year:
                        yield from ((first + ONE_DAY * step, name) for step in range(-before, after + 1))
        with table.table("qingming") as sun:
            name = sun.text("name")
            if year >= 2000:
                yield qingming(year), name


HOLIDAYS = tuple(TomlTable.read(_FILE).texts("names"))
"""The seven holidays that every notice arranges, in its order."""
