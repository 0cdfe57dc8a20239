"""A use case that cannot be done: a code and values; its sentence stands in ``templates/refusals.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Row = TypeVar("Row")


class Refused(Exception):
    """The domain says no. Nothing was written; ``code`` names the sentence, ``values`` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values
        self.others: tuple[Refused, ...] = ()
        """What else is wrong with the same form (:func:`every_fault`)."""


@contextmanager
def every_fault() -> Iterator[Callable[[Callable[[], Row]], Row | None]]:
    """Make several checks and refuse once, with all that they refuse: the first, and the ``others`` behind it.

    Yields a function that makes one check and gives its value; None where it refuses.
    """
    found: list[Refused] = []

    def checked(check: Callable[[], Row]) -> Row | None:
        try:
            return check()
        except Refused as refused:
            found.extend((refused, *refused.others))
            return None

    yield checked
    refuse_every(found)


def refuse_every(found: Sequence[Refused]) -> None:
    """Raise the first of these, with the others behind it; nothing where there is none."""
    if found:
        found[0].others = tuple(found[1:])
        raise found[0]


def must_be_found(row: Row | None) -> Row:
    """What was looked for; else ``Refused("not_found")``."""
    if row is None:
        raise Refused("not_found")
    return row
