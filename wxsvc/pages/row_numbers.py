"""Keys in addresses (``<int:…>``): what no database can hold is no address of ours, and so 404 and never an error."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

MOST: Final = 2**63 - 1
"""The largest key that SQLite and PostgreSQL take."""


class RowNumber(IntegerConverter):
    """A whole number from 0 to :data:`MOST`."""

    def __init__(self, map: Map, *given: Any, **options: Any) -> None:
        super().__init__(map, *given, **{"max": MOST} | options)


def register(app: Flask) -> None:
    """Every ``<int:…>`` of the app; to be called before the first route is added."""
    app.url_map.converters["int"] = RowNumber


def asked_page() -> int:
    """The page of a list that the address asks for (``?page=``), from 1."""
    return max(1, min(request.args.get("page", 1, type=int), MOST))
