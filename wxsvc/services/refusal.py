"""A use case that cannot be done: a code and values; its sentence stands in ``templates/refusals.toml``."""

from __future__ import annotations

from typing import TypeVar

Row = TypeVar("Row")


class Refused(Exception):
    """The domain says no. Nothing was written; ``code`` names the sentence, ``values`` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values


def must_be_found(row: Row | None) -> Row:
    """What was looked for; else ``Refused("not_found")``."""
    if row is None:
        raise Refused("not_found")
    return row
