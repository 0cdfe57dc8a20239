"""A use case that cannot be done: a code and values; its sentence stands in ``templates/refusals.toml``."""

from __future__ import annotations


class Refused(Exception):
    """The domain says no. Nothing was written; ``code`` names the sentence, ``values`` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values
