"""An overtaken form: what it was filled from was changed meanwhile. What stands now is told beside what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from wxsvc import wording
from wxsvc.pages.forms import TypedForm

_MARKS: Final = frozenset({"seen", "version"})
_AS_TYPED: Final[Mapping[str, str]] = MappingProxyType({})


def filled(form: TypedForm | None, stands: Mapping[str, object], told: Mapping[str, str] = _AS_TYPED) -> TypedForm:
    """What a form that edits shows: what stands, what was typed, or both where it was overtaken (:func:`noted`)."""
    if form is None:
        return TypedForm(stands)
    return noted(form, stands, told) if form.is_overtaken else form


def noted(
    form: TypedForm, stands: Mapping[str, object], told: Mapping[str, str] = _AS_TYPED, said: str | None = None
) -> TypedForm:
    """What was typed, under the mark of what stands by now, which is told beside every field that differs.

    Sent again it is a decision, and what two people wrote is in sight of both. ``stands`` are the values as the form
    sends them, its mark among them; ``told`` says in words what the form sends as a key, ``said`` above all that
    somebody was faster, where the page has words of its own for it.
    """
    again = form.having(**{name: value for name, value in stands.items() if name in _MARKS})
    again.refusal, again.is_overtaken = said or wording.sentence("pages", "form_overtaken"), True
    for field, value in stands.items():
        stored = "" if value is None else str(value)
        if field not in _MARKS and form[field].strip() != stored:
            again.complain(field, "field_now", stands=told.get(field, _as_read(stored)))
    return again


def _as_read(stored: str) -> str:
    """A day as people write it, whatever a form sends; anything else as it is."""
    try:
        return wording.full_day(date.fromisoformat(stored))
    except ValueError:
        return stored
