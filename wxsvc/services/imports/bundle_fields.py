"""One row of a bundle, field by field: what it holds, and every single thing that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeGuard, TypeVar

from scoring import uscc as codes
from scoring.identity_numbers import is_identity_number
from wxsvc import private_data, regions
from wxsvc.services.demands import must_be_link
from wxsvc.services.refusal import Refused

LONGEST_NAME: Final = 200
CODE: Final = re.compile(r"\w[\w.-]{0,63}")
"""A code that can stand in an address: letters, digits, ``_ . -``."""
OPENID: Final = re.compile(r"\S{1,64}")
SCENE: Final = re.compile(r"[!-~]{1,64}")
SHORT_CODE: Final = re.compile(r"[0-9]{5}")
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")
_LICENCE: Final = re.compile(r"[0-9A-Z]{6,32}")
_STRANGE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BREAKS: Final = re.compile("[\t\n\r]")
_YEARS: Final = range(2000, 2100)
_KEYS: Final = ("code", "uscc", "licence", "openid", "activity", "platform", "enterprise", "name")
_STAND_IN: Final = datetime(2000, 1, 1, tzinfo=UTC)

Term = TypeVar("Term", bound=StrEnum)


class Doubled(dict[str, object]):
    """A JSON object that names a key twice; ``twice`` are those keys."""

    twice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place: ``code`` and ``facts`` make the sentence. No section means the file as a whole."""

    code: str
    section: str | None = None
    index: int | None = None
    name: str | None = None
    """The field, with its path."""
    key: str = ""
    """The row's own key, by which its author knows it."""
    facts: Mapping[str, object] = field(default_factory=dict)


def is_openid(value: object) -> TypeGuard[str]:
    """Whether this is an openid, as it stands."""
    return isinstance(value, str) and bool(OPENID.fullmatch(value)) and not _STRANGE.search(value)


@lru_cache(maxsize=100_000)
def _judged(text: str) -> tuple[str, bool]:
    """A code as stored, and whether it is right. A list of check-ins names the same codes again and again."""
    code = codes.normalise(text)
    return code, codes.is_valid(code)


class Fields:
    """Reads one row under a closed schema. A field that is wrong is noted and read as a stand-in; the row is not used.

    Left out and ``null`` are the same. Outer spaces of texts are dropped.
    """

    def __init__(
        self,
        content: object,
        known: frozenset[str],
        problems: list[Problem],
        section: str,
        index: int,
        *,
        path: str = "",
        key: str | None = None,
    ) -> None:
        self.section, self.index, self.is_good = section, index, True
        self._problems, self._path, self._key = problems, path, key
        self._content: dict[str, Any] = {}
        self._is_object = True
        if not isinstance(content, dict):
            self.wrong(None, "not_an_object")
            self._is_object = False
            return
        self._content = content
        if isinstance(content, Doubled):
            for name in content.twice:
                self.wrong(name, "key_twice")
        for name in sorted(content.keys() - known):
            self.wrong(name, "unknown_key", known=sorted(known))

    def wrong(self, name: str | None, code: str, **facts: object) -> None:
        """Note what is wrong with a field, or with the row."""
        self.is_good = False
        if not self._is_object:  # said already, and there is nothing more to say
            return
        place = f"{self._path}.{name}" if self._path and name else name or self._path or None
        self._problems.append(Problem(code, self.section, self.index, place, self.key, facts))

    @property
    def key(self) -> str:
        """How the row's author knows it: its key, or what stands in for one."""
        if self._key is not None:
            return self._key
        found = (text for name in _KEYS if isinstance(text := self._content.get(name), str) and text.strip())
        return next(
            (text for text in found if not private_data.has_number(text) or codes.is_valid(codes.normalise(text))), ""
        )

    def has(self, name: str) -> bool:
        """Whether the field is given at all."""
        return self._content.get(name) is not None

    def text(self, name: str, longest: int = LONGEST_NAME, *, is_required: bool = True, lines: bool = False) -> str:
        """A text of 1 to ``longest`` characters, with ``lines`` of several lines; empty when left out or wrong."""
        value = self._content.get(name)
        if value is None:
            if is_required:
                self.wrong(name, "missing")
            return ""
        if not isinstance(value, str):
            self.wrong(name, "not_a_text")
            return ""
        text = value.strip()
        if not text:
            self.wrong(name, "empty")
        elif len(text) > longest:
            self.wrong(name, "too_long", length=len(text), most=longest)
        elif _STRANGE.search(text) or (not lines and _BREAKS.search(text)):
            self.wrong(name, "strange_character")
        else:
            return text
        return ""

    def name(self, name: str) -> str:
        """An enterprise's name: no phone or identity number stands in it."""
        text = self.text(name)
        if private_data.has_number(text):
            self.wrong(name, "person_in_name")
            return ""
        return text

    def pattern(self, name: str, pattern: re.Pattern[str], code: str, *, is_required: bool = True) -> str:
        """A text of one shape; ``code`` says what is wrong with another."""
        text = self.text(name, is_required=is_required)
        if text and not pattern.fullmatch(text):
            self.wrong(name, code, value=text)
            return ""
        return text

    def uscc(self, name: str, *, is_required: bool = False) -> str | None:
        """统一社会信用代码 as stored, its check character verified."""
        text = self.text(name, is_required=is_required)
        if not text:
            return None
        code, is_valid = _judged(text)
        if is_valid:
            return code
        if is_identity_number(code):
            self.wrong(name, "identity_number")
        elif len(code) != codes.LENGTH:
            self.wrong(name, "wrong_uscc_length", value=text, length=len(code))
        else:
            self.wrong(name, "wrong_uscc", value=text, suggestion=codes.suggestion(code))
        return None

    def enterprise(self, name: str) -> str:
        """The key of an enterprise: its code, or the number of its older licence."""
        typed = self._content.get(name)
        if isinstance(typed, str) and len(_judged(typed)[0]) != codes.LENGTH:
            return self.licence(name) or ""
        return self.uscc(name, is_required=True) or ""

    def licence(self, name: str) -> str | None:
        """营业执照注册号: the number of an older licence, as stored."""
        text = self.text(name, is_required=False)
        if not text:
            return None
        number = codes.normalise(text)
        if is_identity_number(number):
            self.wrong(name, "identity_number")
            return None
        if private_data.is_mobile(number):
            self.wrong(name, "phone_as_licence")
            return None
        if not _LICENCE.fullmatch(number):
            self.wrong(name, "wrong_licence", value=text)
            return None
        return number

    def region(self, name: str, *, is_required: bool) -> str | None:
        """行政区划代码 of today; a code that no division has, such as a park's, as it is."""
        text = self.pattern(name, _SIX_DIGITS, "wrong_region", is_required=is_required)
        known = regions.find(text) if text else None
        return known.code if known else text or None

    def term(self, name: str, terms: type[Term], allowed: tuple[Term, ...] = (), default: Term | None = None) -> Term:
        """One of the domain's words."""
        words = allowed or tuple(terms)
        if default is not None and not self.has(name):
            return default
        text = self.text(name)
        if text and text not in words:
            self.wrong(name, "unknown_word", value=text, words=words)
        return terms(text) if text in words else words[0]

    def instant(self, name: str) -> datetime:
        """A time with its zone."""
        return self.instant_if_given(name, is_required=True) or _STAND_IN

    def instant_if_given(self, name: str, *, is_required: bool = False) -> datetime | None:
        """A time with its zone, or None when it is left out."""
        text = self.text(name, is_required=is_required)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(name, "wrong_time", value=text)
            return None
        if moment.tzinfo is None:
            self.wrong(name, "no_zone", value=text)
        elif moment.year not in _YEARS:
            self.wrong(name, "wrong_time", value=text)
        else:
            return moment
        return None

    def day(self, name: str) -> date | None:
        """A day as in 2026-01-31."""
        text = self.text(name, is_required=False)
        try:
            found = date.fromisoformat(text) if text else None
        except ValueError:
            found = date.min
        if found is not None and found.year not in _YEARS:
            self.wrong(name, "wrong_day", value=text)
            return None
        return found

    def link(self, name: str) -> str | None:
        """An address that begins with http:// or https://."""
        text = self.text(name, 1000, is_required=False)
        try:
            return must_be_link(text) if text else None
        except Refused:
            self.wrong(name, "wrong_link", value=text)
            return None

    def flag(self, name: str) -> bool:
        """``true`` or ``false``; left out means false."""
        value = self._content.get(name, False)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "not_a_flag")
        return value is True

    def list(self, name: str) -> list[object]:
        """A list; left out means empty."""
        value = self._content.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, "not_a_list")
            return []
        return value

    def within(self, path: str, content: object, known: frozenset[str]) -> Fields:
        """An object within this row, which is no better than it."""
        return _Inner(content, known, self, path)

    def peek(self, name: str) -> object:
        """What stands there, unjudged."""
        return self._content.get(name)


class _Inner(Fields):
    """An object within a row: its problems name the row, and make it a bad one."""

    def __init__(self, content: object, known: frozenset[str], row: Fields, path: str) -> None:
        self._row = row
        super().__init__(content, known, row._problems, row.section, row.index, path=path, key=row.key)

    def wrong(self, name: str | None, code: str, **facts: object) -> None:
        self._row.is_good = False
        super().wrong(name, code, **facts)
