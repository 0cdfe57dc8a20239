"""操作记录 in words: what a deed is called, and what it changed, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from models.journal import LogEntry
from models.terms import Role, Subject, Verdict
from scoring.terms import EvidenceItem, OneStory, PartialStep, PlatformKind, ReadingName, RecognitionNeeds, Refiled
from wxsvc import wording
from wxsvc.services import changed_rows
from wxsvc.texts import regions

_LONGEST: Final = 200
_SILENT: Final = frozenset({"id", "created_at", "created_by", "scene", "keeps_rows", "key"})
"""Columns that tell an official nothing."""
_OF_PLATFORMS: Final = frozenset({"platform_id", "of", "to", "former"})
"""Columns and details that name a platform by its id."""
_READING_VALUES: Final = (PartialStep, RecognitionNeeds, Refiled, OneStory)
_TERMS: Final[Mapping[str, tuple[type[StrEnum], ...]]] = MappingProxyType(
    {
        "item": (EvidenceItem,),
        "kind": (PlatformKind,),
        "name": (ReadingName,),
        "new": _READING_VALUES,
        "old": _READING_VALUES,
        "role": (Role,),
        "value": _READING_VALUES,
        "verdict": (Verdict,),
    }
)
"""What the words are that the log keeps as text, by the column or detail."""


class ShownChange(Struct, frozen=True):
    """One column before and after; ``before`` is empty for a new row."""

    name: str
    before: str
    after: str


class KnownNames(Struct, frozen=True):
    """What platforms and persons are called, by their ids; a person who left has a number only."""

    platforms: Mapping[int, str]
    people: Mapping[int, str]


def deed_name(deed: str, subject: Subject) -> str:
    """发布服务活动: the deed's own name, or verb and noun. Raises ``KeyError`` for one without."""
    try:
        return wording.word(deed, "deed")
    except KeyError:
        return wording.word(deed.rpartition(".")[2], "deed_verb") + wording.word(subject)


def field_name(name: str) -> str:
    """What a column or a detail is called. Raises ``KeyError`` for one without a name."""
    return wording.word(name, "log_field")


def deeds_named(text: str) -> list[str]:
    """Every deed whose name holds the text."""
    pairs = [(f"{subject}.{verb}", subject) for subject in Subject for verb in wording.words_of("deed_verb")]
    own = [deed for deed, name in wording.words_of("deed").items() if text in name]
    return own + [deed for deed, subject in pairs if deed not in own and text in deed_name(deed, subject)]


def told(entry: LogEntry) -> str:
    """The deed's name; one that this program does not know stands as it is."""
    try:
        return deed_name(entry.deed, entry.subject)
    except KeyError:
        return entry.deed


def people_in(entry: LogEntry) -> set[int]:
    """The persons whom its columns and details name by their ids."""
    return _ids(entry, _is_person)


def platforms_in(entry: LogEntry) -> set[int]:
    """The platforms that they name so."""
    return _ids(entry, _OF_PLATFORMS.__contains__)


def _ids(entry: LogEntry, is_such: Callable[[str], bool]) -> set[int]:
    named = (entry.before or {}, entry.after or {}, entry.details)
    return {value for each in named for name, value in each.items() if is_such(name) and isinstance(value, int)}


def changes(entry: LogEntry, known: KnownNames) -> Iterator[ShownChange]:
    """What the row was and became, column by column, without what tells nothing."""
    before, after = entry.before or {}, entry.after or {}
    for name in after:
        if name not in _SILENT and before.get(name) != after[name]:
            was, became = (
                _value(changed_rows.revived(entry.subject, name, values.get(name)), name, known)
                for values in (before, after)
            )
            yield ShownChange(_named(name), was if entry.before is not None else "", became)


def details(entry: LogEntry, known: KnownNames) -> Iterator[tuple[str, str]]:
    """Whatever else was said of the deed, the reason first."""
    said = sorted(entry.details.items(), key=lambda each: each[0] != "reason")
    for name, value in said:
        if value not in (None, "", [], {}):
            yield _named(name), _value(value, name, known)


def _named(name: str) -> str:
    try:
        return field_name(name)
    except KeyError:
        return name


def _is_person(name: str) -> bool:
    return name.endswith("_by") or name in ("person_id", "asked_by")


def _value(value: Any, name: str, known: KnownNames) -> str:
    match value:
        case None | "":
            return "—"
        case Enum():
            return _word(value)
        case datetime():
            return wording.beijing(value)
        case date():
            return value.isoformat()
        case bool():
            return wording.word("yes" if value else "no", "log_value")
        case dict():
            return "、".join(f"{_named(str(each))} {count}" for each, count in value.items() if count)
        case list() if name == "changed":
            return "、".join(_named(str(each)) for each in value)
        case list() if name == "scopes":
            return "、".join(wording.word(str(each), "api_scope") for each in value)
        case list() if name == "events":
            return "、".join(wording.word(str(each), "webhook_event") for each in value)
        case list():
            return "、".join(str(each) for each in value)
        case int() if name in _OF_PLATFORMS:
            return known.platforms.get(value, str(value))
        case str() if name in ("region_code", "region"):
            return regions.name_of(value)
        case str() if name == "by":
            return wording.word(value, "subject")
        case str() if len(value) > _LONGEST:
            return f"{value[:_LONGEST]}…"
        case str() if name in _TERMS or name == "indicator":
            return _term(value, name)
    if _is_person(name):
        return known.people.get(value) or wording.word("person", "log_value").format(value)
    return str(value)


def _term(value: str, name: str) -> str:
    """A word that is kept as text by its Chinese name; anything else stands as it is."""
    if value in ("true", "false"):
        return wording.word({"true": "yes", "false": "no"}[value], "log_value")
    for term in _TERMS.get(name, ()):
        if value in list(term):
            return _word(term(value))
    try:
        return wording.word(value, "indicator_column") if name == "indicator" else value
    except KeyError:
        return value


def _word(value: Enum) -> str:
    try:
        return wording.word(value)
    except KeyError:
        return str(value.value)
