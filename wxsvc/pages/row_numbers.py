"""Numbers in addresses and forms (数字): what no database holds is none of ours: 404 or a sentence, never an error.

Every number that somebody sends is read here, as ``int`` alone takes what PostgreSQL and SQLite do not, and stumbles
over signs that ``str.isdigit`` lets through (``²``).
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

MOST: Final = 2**63 - 1
"""The largest key that SQLite and PostgreSQL take."""
YEARS: Final = range(2001, 2100)
"""The years for which anything is counted."""
_LONGEST: Final = len(str(MOST)) + 1


class RowNumber(IntegerConverter):
    """A whole number from 0 to :data:`MOST`."""

    def __init__(self, map: Map, *given: Any, **options: Any) -> None:
        super().__init__(map, *given, **{"max": MOST} | options)


def register(app: Flask) -> None:
    """Every ``<int:…>`` of the app; to be called before the first route is added.

    A year that no calendar has is no address either.
    """
    app.url_map.converters["int"] = RowNumber

    @app.before_request
    def refuse() -> None:
        year = (request.view_args or {}).get("year")
        if year is not None and year not in YEARS:
            abort(404)


def whole(text: str) -> int:
    """A whole number that a database can hold. Raises ``ValueError``, also for ``1_0``, which only Python means."""
    text = text.strip()
    if len(text) > _LONGEST or "_" in text or abs(number := int(text)) > MOST:
        raise ValueError("too large")
    return number


def year(text: str) -> int:
    """A year of :data:`YEARS` (年度). Raises ``ValueError``."""
    number = whole(text)
    if number not in YEARS:
        raise ValueError("no year of ours")
    return number


def key_of(text: str | None) -> int | None:
    """The key of a row, from 0; None for what is none."""
    try:
        number = whole(text or "")
    except ValueError:
        return None
    return number if number >= 0 else None


def asked_number(name: str) -> int | None:
    """The number that the address asks for by this name (``?draft=12``), if it is one."""
    return request.args.get(name, type=whole)


FARTHEST_PAGE: Final = 100_000
"""A database counts the rows before a page, and not in numbers without end."""


def asked_page() -> int:
    """The page of a list that the address asks for (``?page=``), from 1 to one that no list reaches."""
    return max(1, min(asked_number("page") or 1, FARTHEST_PAGE))
