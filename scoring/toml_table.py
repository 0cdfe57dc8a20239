"""Our TOML data under a closed schema: every key is asked for by name and type; what is left over is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TypeVar

Term = TypeVar("Term", bound=StrEnum)
Value = TypeVar("Value")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,30})?", re.ASCII)


class TomlError(ValueError):
    """A file of ours is wrong; the message names file, place and key."""


class TomlTable:
    """One table of a file. As a context manager it refuses, on leaving, every key that nobody asked for."""

    def __init__(self, where: str, content: Mapping[str, object]) -> None:
        self.where = where
        self._left = dict(content)

    @classmethod
    def parse(cls, where: str, text: str) -> TomlTable:
        """The top table of a TOML text; numbers with a point become exact decimals."""
        try:
            return cls(where, tomllib.loads(text, parse_float=Decimal))
        except tomllib.TOMLDecodeError as error:
            raise TomlError(f"{where}: {error}") from error

    @classmethod
    def read(cls, path: Path) -> TomlTable:
        return cls.parse(path.name, path.read_bytes().decode())

    def __enter__(self) -> TomlTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._left:
            raise TomlError(f"{self.where}: unknown key {', '.join(sorted(self._left))}")

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def __iter__(self) -> Iterator[str]:
        """The keys not yet asked for."""
        return iter(tuple(self._left))

    def text(self, key: str) -> str:
        return self._take(key, str)

    def optional_text(self, key: str) -> str:
        """A text; left out means that there is none."""
        return self.text(key) if key in self._left else ""

    def yes(self, key: str) -> bool:
        """A fact that holds only where the table says so; left out means false."""
        return self._take(key, bool) if key in self._left else False

    def whole(self, key: str) -> int:
        return self._take(key, int)

    def word(self, key: str) -> str:
        """A text; ``true``, ``false`` or a whole number as the word they are."""
        kind = type(self._left.get(key))
        return str(self._take(key, kind)).lower() if kind in (bool, int) else self._take(key, str)

    def points(self, key: str) -> Decimal:
        """An exact, positive number of points that survives storage in thousandths."""
        value = self._take(key, int) if isinstance(self._left.get(key), int) else self._take(key, Decimal)
        exact = Decimal(value)
        if not (exact > 0 and exact * 1000 == int(exact * 1000)):
            raise TomlError(f"{self.where}: {key} must be positive, with at most three decimals")
        return exact

    def term(self, key: str, terms: type[Term]) -> Term:
        return self._term(key, self.text(key), terms)

    def terms(self, key: str, terms: type[Term]) -> tuple[Term, ...]:
        """A list of words; left out means none, twice the same is an error."""
        return self._once(key, [self._term(key, word, terms) for word in self._list(key, str)])

    def name(self, key: str) -> str:
        """A word of an open set: an indicator's code, a fact (``activities.brand``)."""
        return self._name(key, self.text(key))

    def names(self, key: str) -> tuple[str, ...]:
        """A list of such words; left out means none, twice the same is an error."""
        return self._once(key, [self._name(key, word) for word in self._list(key, str)])

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._list(key, str))

    def wholes(self, key: str) -> tuple[int, ...]:
        return tuple(self._list(key, int))

    def table(self, key: str) -> TomlTable:
        """A table within this one; left out means empty."""
        content = self._take(key, dict) if key in self._left else {}
        return TomlTable(f"{self.where}, {key}", content)

    def tables(self, key: str) -> Iterator[TomlTable]:
        for number, content in enumerate(self._list(key, dict), start=1):
            yield TomlTable(f"{self.where}, {key} {number}", content)

    def _take(self, key: str, kind: type[Value]) -> Value:
        if key not in self._left:
            raise TomlError(f"{self.where}: {key} is missing")
        return self._is(key, self._left.pop(key), kind)

    def _list(self, key: str, kind: type[Value]) -> list[Value]:
        values = self._take(key, list) if key in self._left else []
        return [self._is(key, value, kind) for value in values]

    def _is(self, key: str, value: object, kind: type[Value]) -> Value:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise TomlError(f"{self.where}: {key} must be of type {kind.__name__}")
        return value

    def _name(self, key: str, word: str) -> str:
        if not _NAME.fullmatch(word):
            raise TomlError(f"{self.where}: {key} must be a word of small letters, not {word!r}")
        return word

    def _once(self, key: str, found: list[Value]) -> tuple[Value, ...]:
        if len(set(found)) != len(found):
            raise TomlError(f"{self.where}: {key} names a word twice")
        return tuple(found)

    def _term(self, key: str, word: str, terms: type[Term]) -> Term:
        try:
            return terms(word)
        except ValueError:
            raise TomlError(f"{self.where}: {key} does not know {word!r}") from None
