"""Forms (表单): what was typed, cleaned once, and what is wrong with it. A page shows both again until all is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from flask import g, has_request_context
from werkzeug.datastructures import MultiDict

from wxsvc import wording
from wxsvc.access import now
from wxsvc.clock import BEIJING
from wxsvc.pages import row_numbers
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.row_numbers import whole
from wxsvc.services import typed_points
from wxsvc.services.demands import must_be_link, must_have_happened
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused

if TYPE_CHECKING:
    from wxsvc.documents.tables import TableRefused

OVERTAKEN: Final = "edited_by_other"
"""The refusal of whoever comes second."""
ABOVE: Final[Mapping[str, str]] = MappingProxyType({})
"""No refusal has a field of its own: each stands above the form."""
ANY_OTHER: Final = ""
"""Stands for the code of any other refusal, where one field is to blame for all of them."""

Word = TypeVar("Word", bound=StrEnum)
Value = TypeVar("Value")
Day = TypeVar("Day", bound=date)


class TypedForm:
    """The typed values of one form by name, its errors, and the refusal of the whole."""

    def __init__(self, typed: MultiDict[str, str] | Mapping[str, object] | None = None) -> None:
        self._typed = typed if isinstance(typed, MultiDict) else MultiDict(dict(typed or {}))
        self._errors: dict[str, str] = {}
        self.refusal: str | None = None
        self.refused_as: str | None = None
        """The code of the refusal of the whole."""
        self.is_overtaken = False
        """A colleague changed meanwhile what this form was filled from; what was typed is still here."""

    def __getitem__(self, name: str) -> str:
        """What was typed, or nothing."""
        value = self._typed.get(name)
        return "" if value is None else str(value)

    def having(self, **values: object) -> TypedForm:
        """What was typed, with these values in place of their own; errors stay behind."""
        typed = self._typed.copy()
        for name, value in values.items():
            typed[name] = "" if value is None else str(value)
        return TypedForm(typed)

    def asks_again(self, name: str) -> bool:
        """Whether the value of a field is other than the one that was asked about (``sure`` in macros.html)."""
        return self["sure"] != self[name].strip()

    def all(self, name: str) -> list[str]:
        """Every value of a name that may be ticked several times."""
        return [str(value) for value in self._typed.getlist(name)]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self[name])

    def error(self, name: str) -> str | None:
        """What is wrong with this field."""
        return self._errors.get(name)

    def complain(self, name: str, code: str, **facts: object) -> None:
        """Put the sentence ``code`` of pages.toml beside a field; the first complaint stays."""
        self.reproach(name, wording.sentence("pages", code, **facts))

    def reproach(self, name: str, sentence: str) -> None:
        """Put a sentence beside a field; the first one stays."""
        self._errors.setdefault(name, sentence)
        if has_request_context():
            g.setdefault("reproaches", []).append(sentence)

    def refuse(self, refused: Refused, field_of: Mapping[str, str] = ABOVE) -> None:
        """Say why a deed was refused: as overtaken, beside the field that ``field_of`` names by code, or above all."""
        for other in refused.others:
            if (place := field_of.get(other.code, field_of.get(ANY_OTHER))) is not None:
                self.reproach(place, refusal_text(other))
        self.is_overtaken = refused.code == OVERTAKEN
        field = None if self.is_overtaken else field_of.get(refused.code, field_of.get(ANY_OTHER))
        if field is not None:
            self.reproach(field, refusal_text(refused))
        else:
            self.refusal, self.refused_as = refusal_text(refused), refused.code

    def checked(self, name: str, check: Callable[..., Value], *args: object) -> Value | None:
        """What a check of the services makes of a field; why it refuses it stands beside the field, and None is given.

        For what the deed itself refuses, so that it is told together with every other mistake.
        """
        try:
            return check(*args)
        except Refused as refused:
            self.reproach(name, refusal_text(refused))
            return None

    def judged(self, field_of: Mapping[str, str], check: Callable[..., object], *args: object) -> None:
        """Let a check of the services judge several fields: what it refuses stands beside them, by its codes."""
        try:
            check(*args)
        except Refused as refused:
            self.refuse(refused, field_of)

    def refuse_file(self, name: str, refused: FileRefused | TableRefused) -> None:
        """Say beside its field why a file, or what stands in it, is not taken."""
        if isinstance(refused, FileRefused):
            self.reproach(name, wording.sentence("file_refusals", refused.reason))
        else:
            self.reproach(name, wording.sentence("table_refusals", refused.code, **refused.facts))

    @property
    def has_errors(self) -> bool:
        """At least one field is complained about."""
        return bool(self._errors)

    @property
    def is_good(self) -> bool:
        """Nothing to complain about."""
        return not self._errors and self.refusal is None

    def text(self, name: str, *, most: int = 200, needed: str | None = None) -> str:
        """One text without outer spaces; ``needed`` names the complaint when it is empty."""
        value = self[name].strip()
        if not value and needed:
            self.complain(name, needed)
        if len(value) > most:
            self.complain(name, "form_too_long", most=most)
        return value

    def word(self, name: str, kind: type[Word], needed: str | None = None) -> Word | None:
        """One word of an enum."""
        return self._parsed(name, kind, needed)

    def number(self, name: str, needed: str | None = None) -> int | None:
        """A whole number, no larger than a key of the database."""
        return self._parsed(name, whole, needed, "form_not_a_number")

    def year(self, name: str, needed: str | None = None) -> int | None:
        """An evaluation year (年度)."""
        return self._parsed(name, row_numbers.year, needed)

    def day(self, name: str, needed: str | None = None) -> date | None:
        """A day, as the browser's date field sends it."""
        return self._parsed(name, _day, needed, "form_not_a_day")

    def day_come(self, name: str, needed: str | None = None) -> date | None:
        """A day that has come: today in Beijing, or an earlier one."""
        day = self.day(name, needed)
        if day is not None:
            self.checked(name, must_have_happened, day, now())
        return day

    def link(self, name: str, *, most: int, needed: str | None = None) -> str:
        """The address of a page."""
        typed = self.text(name, most=most, needed=needed)
        if typed:
            self.checked(name, must_be_link, typed)
        return typed

    def instant(self, name: str, needed: str | None = None) -> datetime | None:
        """A moment in Beijing time, as the browser's date-and-time field sends it."""
        return self._parsed(name, _in_beijing, needed, "form_not_a_moment")

    def points(self, name: str, needed: str | None = None) -> Decimal | None:
        """Points (分数) as people write them."""
        typed = self[name].strip()
        if not typed:
            if needed:
                self.complain(name, needed)
            return None
        try:
            return typed_points.points_of(self[name])
        except Refused as refused:
            self.reproach(name, refusal_text(refused))
            return None

    def _parsed(
        self, name: str, parse: Callable[[str], Value], needed: str | None, otherwise: str = "form_not_understood"
    ) -> Value | None:
        typed = self[name].strip()
        if not typed:
            if needed:
                self.complain(name, needed)
            return None
        try:
            return parse(typed)
        except ValueError:
            self.complain(name, otherwise)
            return None


def _day(text: str) -> date:
    return _within(date.fromisoformat(text))


def _in_beijing(text: str) -> datetime:
    """The moment; without a zone it is Beijing's, and older browsers write ``Z`` behind that of their own."""
    typed = _within(datetime.fromisoformat(text))
    return typed.replace(tzinfo=BEIJING) if typed.tzinfo is None else typed.astimezone(BEIJING)


def _within(when: Day) -> Day:
    """The same, if it is in the years of anybody alive: at the ends of the calendar one cannot even change the zone."""
    if when.year not in range(1900, 2200):
        raise ValueError(when)
    return when
