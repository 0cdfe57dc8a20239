"""Reading a bundle (导入文件): all that can be judged without the database is judged, never only the first problem."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, get_args

from msgspec import Struct, field
from pydantic import ValidationError

from models.terms import Stage
from scoring import uscc as codes
from wxsvc.services.imports.bundle import ActivityRow, Bundle, ContactRow, EnterpriseRow, PartnerRow
from wxsvc.services.imports.bundle_objects import BundleRow, ClosedObject, RowPlace
from wxsvc.services.imports.bundle_values import LONGEST_NAME
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.texts import private_data

_ROWS: Final[dict[str, type[BundleRow]]] = {
    name: get_args(section.annotation)[0] for name, section in Bundle.model_fields.items()
}
SECTIONS: Final = tuple(_ROWS)
"""The sections in their order."""
_OWN_KEYS: Final = {"platforms": ("code",), "enterprises": ("uscc", "licence"), "activities": ("code",)}
_KEYS: Final = ("code", "uscc", "licence", "openid", "activity", "platform", "enterprise", "name")
_INNER: Final[dict[str, type[ClosedObject]]] = {"contacts": ContactRow, "partners": PartnerRow}
_CODES: Final = {
    "extra_forbidden": "unknown_key",
    "model_type": "not_an_object",
    "tuple_type": "not_a_list",
    "bool_type": "not_a_flag",
}
"""Our codes for what pydantic itself finds wrong; ``missing`` is the same, and the others are ``bundle_values``'."""

AnyRow = TypeVar("AnyRow", bound=BundleRow)
Wrong = tuple[str, str | None, Mapping[str, object]]
"""What is wrong in a row: code, place and facts."""


class Doubled(dict[str, object]):
    """A JSON object that names a key twice; ``twice`` are those keys."""

    twice: tuple[str, ...] = ()


class ReadBundle(Struct):
    """What came of reading a file: the rows that are good in themselves, and all that is wrong with the others."""

    bundle: Bundle = field(default_factory=Bundle)
    problems: list[ImportProblem] = field(default_factory=list)
    named: dict[str, set[str]] = field(default_factory=dict)
    """Keys per section, those of bad rows too: who refers to a bad row makes no mistake of their own."""


def read(raw: bytes) -> ReadBundle:
    """The bundle of a JSON file's bytes."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return ReadBundle(problems=[ImportProblem("not_utf8", facts={"line": raw.count(b"\n", 0, error.start) + 1})])
    if not text.strip():
        return ReadBundle(problems=[ImportProblem("empty_file")])
    try:
        return parse(json.loads(text, object_pairs_hook=_object, parse_constant=_no_number))
    except json.JSONDecodeError as error:
        return ReadBundle(problems=[ImportProblem("not_json", facts={"line": error.lineno, "column": error.colno})])
    except (ValueError, RecursionError):
        return ReadBundle(problems=[ImportProblem("odd_json")])


def parse(content: object) -> ReadBundle:
    """The bundle of a file's content, however it came."""
    if not isinstance(content, dict):
        return ReadBundle(problems=[ImportProblem("not_a_bundle")])
    problems = list(_wrong_sections(content))
    listed = {name: rows for name in SECTIONS if isinstance(rows := content.get(name), list)}
    named = {name: {key for row in rows for key in _own_keys(name, row)} for name, rows in listed.items()}
    bundle = Bundle.model_validate({name: _rows(name, rows, problems) for name, rows in listed.items()})
    staff, enterprises, activities = bundle.staff, bundle.enterprises, bundle.activities
    problems += _differing("staff", "name", staff, lambda row: row.openid if row.name else None, lambda row: row.name)
    problems += _differing("enterprises", "licence", enterprises, lambda row: row.licence, lambda row: row.key)
    problems += _differing("activities", "scene", activities, lambda row: row.scene, lambda row: row.code)
    problems += _differing("activities", "short_code", activities, _live_short_code, lambda row: row.code)
    problems += _chosen_again(enterprises)
    return ReadBundle(bundle, problems, named)


def _wrong_sections(content: dict[str, Any]) -> Iterator[ImportProblem]:
    """What is wrong with the file's outermost object, its rows apart."""
    yield from (ImportProblem("section_twice", name) for name in _twice(content))
    try:
        Bundle.model_validate({name: [] if isinstance(rows, list) else rows for name, rows in content.items()})
    except ValidationError as error:
        for each in error.errors(include_url=False):
            is_unknown = each["type"] == "extra_forbidden"
            code, facts = ("unknown_section", {"known": SECTIONS}) if is_unknown else ("section_not_a_list", {})
            yield ImportProblem(code, str(each["loc"][0]), facts=facts)


def _rows(section: str, listed: list[object], problems: list[ImportProblem]) -> list[BundleRow]:
    """The section's good rows, each once; one that says otherwise of the same is a problem of the later row."""
    found: dict[object, BundleRow] = {}
    for index, content in enumerate(listed):
        wrong: list[Wrong] = [("key_twice", place, {}) for place in _doubled(content)]
        try:
            row = _ROWS[section].model_validate(content, context=RowPlace(index))
        except ValidationError as error:
            wrong += _wrong_fields(_ROWS[section], error)
        else:
            first = row if wrong else found.setdefault(row.identity, row)
            if first is not row and first.says() != row.says():
                wrong.append(("key_again", None, {"other": first.index}))
        problems += [
            ImportProblem(code, section, index, place, _key_of(content), facts) for code, place, facts in wrong
        ]
    return list(found.values())


def _wrong_fields(model: type[BundleRow], error: ValidationError) -> Iterator[Wrong]:
    """One by one; keys that do not belong there first."""
    for each in sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden"):
        facts = each.get("ctx", {}) if each["type"] not in _CODES else {}
        if each["type"] == "extra_forbidden":
            facts = {"known": sorted((_INNER[str(each["loc"][0])] if len(each["loc"]) > 1 else model).keys())}
        yield _CODES.get(each["type"], each["type"]), _path(each["loc"]), facts


def _path(place: tuple[int | str, ...]) -> str | None:
    """``contacts[0].openid``; None is the row as a whole."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place).removeprefix(".") or None


def _key_of(content: object) -> str:
    """How the row's author knows it: its key, or what stands in for one; a person's number is not repeated.

    The beginning of a text without end is enough, and judging all of it would take minutes.
    """
    row = content if isinstance(content, dict) else {}
    found = (text[:LONGEST_NAME] for name in _KEYS if isinstance(text := row.get(name), str) and text.strip())
    return next(
        (text for text in found if not private_data.has_number(text) or codes.is_valid(codes.normalise(text))), ""
    )


def _own_keys(section: str, row: object) -> Iterator[str]:
    if isinstance(row, dict):
        for name in _OWN_KEYS.get(section, ()):
            if isinstance(text := row.get(name), str):
                yield from (text.strip(), codes.normalise(text))


def _differing(
    section: str,
    name: str,
    rows: Iterable[AnyRow],
    key_of: Callable[[AnyRow], str | None],
    value_of: Callable[[AnyRow], object],
) -> Iterator[ImportProblem]:
    """What must not be shared (a scene, a licence) or must not differ (a person's name) between rows."""
    first: dict[str, AnyRow] = {}
    for row in rows:
        if (key := key_of(row)) is not None and value_of(first.setdefault(key, row)) != value_of(row):
            facts = {"value": key, "other": first[key].index}
            yield ImportProblem(f"{name}_again", section, row.index, name, key, facts)


def _live_short_code(row: ActivityRow) -> str | None:
    return row.short_code if row.stage is Stage.PUBLISHED else None


def _chosen_again(rows: Iterable[EnterpriseRow]) -> Iterator[ImportProblem]:
    """A person stands for one enterprise at a time."""
    first: dict[str, EnterpriseRow] = {}
    for row in rows:
        for contact in row.contacts:
            if contact.is_current and first.setdefault(contact.openid, row) is not row:
                facts = {"value": contact.openid, "other": first[contact.openid].index}
                yield ImportProblem("current_again", "enterprises", row.index, "contacts", row.key, facts)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [name for name, _ in pairs]
    doubled = Doubled(made)
    doubled.twice = tuple(sorted({name for name in names if names.count(name) > 1}))
    return doubled


def _twice(content: object) -> tuple[str, ...]:
    return content.twice if isinstance(content, Doubled) else ()


def _doubled(row: object) -> Iterator[str]:
    """Places of keys that are written twice, in the row and in the objects within it."""
    yield from _twice(row)
    for name, listed in row.items() if isinstance(row, dict) else ():
        if isinstance(listed, list):
            for number, content in enumerate(listed):
                yield from (f"{name}[{number}].{each}" for each in _twice(content))


def _no_number(word: str) -> object:
    raise ValueError(word)
