"""A bundle's closed schema: the models refuse whatever is not in it, and the JSON schema says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, get_args, get_origin

import pytest

from tests.builders import NOW
from tests.wxsvc.services.bundle_cases import ACTIVITY, ENTERPRISE, PARK, PLATFORM, STAFF, USCC, bundle, named, problems
from wxsvc.db import Database
from wxsvc.demo import seed_people
from wxsvc.services.imports.bundle import Bundle, schema
from wxsvc.services.imports.reading import SECTIONS, parse, read

SAMPLE = json.loads((Path(__file__).parents[4] / "docs" / "bundle.sample.json").read_text(encoding="utf-8"))
ROWS: Final = {name: get_args(field.annotation)[0] for name, field in Bundle.model_fields.items()}
FULL = {
    "platforms": [PLATFORM],
    "staff": [STAFF[0]],
    "enterprises": [{**ENTERPRISE, "contacts": [{"openid": "o-li"}]}],
    "activities": [{**ACTIVITY, "partners": [{"platform": "430371", "part": "assist"}]}],
    "check_ins": [{"activity": "A-1", "enterprise": USCC, "at": ACTIVITY["starts_at"]}],
}
INNER = [("enterprises", "contacts"), ("activities", "partners")]
KINDS: Final[dict[str, Any]] = {
    "string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)
}  # fmt: skip


def faults(value: Any, rule: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    """What the JSON schema finds wrong; it knows the words that pydantic writes, and fails at any other."""
    if "$ref" in rule:
        yield from faults(value, whole["$defs"][rule["$ref"].rsplit("/", 1)[1]], whole)
    for word, said in rule.items():
        match word:
            case "type" if type(value) is not KINDS[said]:
                yield f"{value!r} is no {said}"
            case "enum" if value not in said:
                yield f"{value!r} is none of {said}"
            case "anyOf" if all(list(faults(value, each, whole)) for each in said):
                yield f"{value!r} is neither"
            case "required" if isinstance(value, dict):
                yield from (f"no {name}" for name in said if name not in value)
            case "additionalProperties" if not said and isinstance(value, dict):
                yield from (f"unknown {name}" for name in value if name not in rule["properties"])
            case "properties" if isinstance(value, dict):
                for name in value.keys() & said.keys():
                    yield from faults(value[name], said[name], whole)
            case "items" if isinstance(value, list):
                for each in value:
                    yield from faults(each, said, whole)
            case "pattern" if isinstance(value, str) and not re.search(said, value):
                yield f"{value!r} has another form"
            case "minLength" if isinstance(value, str) and len(value) < said:
                yield f"{value!r} is too short"
            case "maxLength" if isinstance(value, str) and len(value) > said:
                yield f"{value!r} is too long"
            case _:
                assert word in {
                    *("$ref", "$schema", "$defs", "type", "enum", "anyOf", "required", "additionalProperties"),
                    *("properties", "items", "pattern", "minLength", "maxLength"),
                    *("title", "description", "default", "format"),
                }


SCHEMA: Final = schema()


def found(content: Any) -> list[str]:
    return list(faults(content, SCHEMA, SCHEMA))


def test_the_sample_and_the_bundles_of_demo_and_tests_fit_the_schema() -> None:
    """And reading finds nothing wrong with them."""
    demo = json.loads(json.dumps(seed_people.bundle(NOW, Random(1))))
    for content in (SAMPLE, demo, bundle(), FULL, {}):
        assert found(content) == []
        assert parse(content).problems == []


def test_the_sample_shows_every_section() -> None:
    assert tuple(SAMPLE) == SECTIONS
    assert parse(SAMPLE).bundle.size == sum(map(len, SAMPLE.values()))


def test_every_object_of_the_schema_is_closed_and_explained() -> None:
    whole = schema()
    objects = [whole, *(each for each in whole["$defs"].values() if each["type"] == "object")]
    assert len(objects) == 1 + len(ROWS) + len(INNER)
    assert all(each["additionalProperties"] is False for each in objects)
    bare = [name for each in objects for name, rule in each["properties"].items() if "description" not in str(rule)]
    assert bare == []


@pytest.mark.parametrize("section", SECTIONS)
def test_what_may_be_left_out_may_be_null(section: str) -> None:
    """In the schema as in the reading; what may not is missing in both."""
    for name, field in ROWS[section].model_fields.items():
        content = {section: [{**FULL[section][0], name: None}]}
        if (section, name) in {("enterprises", "uscc"), ("staff", "platform")}:  # needed because of another key
            continue
        assert bool(found(content)) is field.is_required()
        assert [each[3] for each in named(parse(content).problems)] == ["missing"] * field.is_required()


@pytest.mark.parametrize("value", [5, 0, 1.5, True, False, "x", "", [], {}, [5], {"a": 5}, 10**30], ids=repr)
@pytest.mark.parametrize("section", SECTIONS)
def test_no_value_is_taken_for_one_of_another_type(section: str, value: Any) -> None:
    """A number is no text, 1 is not true, an object is no list: one sentence at that place, and the schema agrees."""
    for name, field in ROWS[section].model_fields.items():
        is_list = get_origin(field.annotation) is tuple
        if isinstance(value, str) and not is_list:
            continue
        content = {section: [{**FULL[section][0], name: value}]}
        told = named(parse(content).problems)
        if is_list and isinstance(value, list):
            place, codes = f"{name}[0]", {"wrong_openid", "not_an_object", "not_a_text"}
            assert not value or [each[2] for each in told] == [place]
            assert {each[3] for each in told} <= codes
        else:
            assert told == [(section, 0, name, "not_a_list" if is_list else "not_a_text")]
        assert bool(found(content)) is bool(told)


@pytest.mark.parametrize(("section", "name"), INNER)
@pytest.mark.parametrize("value", [5, "true", 1, 0, {}, []], ids=repr)
def test_no_value_within_a_row_is_taken_for_another_type(section: str, name: str, value: Any) -> None:
    for key in {"openid", "current"} if name == "contacts" else {"platform", "part", "confirmed"}:
        if isinstance(value, str) and key not in ("current", "confirmed"):
            continue
        row = FULL[section][0]
        content = {section: [{**row, name: [{**row[name][0], key: value}]}]}
        code = "not_a_flag" if key in ("current", "confirmed") else "not_a_text"
        assert named(parse(content).problems) == [(section, 0, f"{name}[0].{key}", code)]
        assert found(content)


@pytest.mark.parametrize(
    "key", ["zz", "index", "_index", "key", "is_current", "Name", "", " name", "\ud800"], ids=ascii
)
@pytest.mark.parametrize("section", SECTIONS)
def test_no_key_is_taken_that_is_not_in_the_schema(section: str, key: str) -> None:
    """Neither in a row nor within one, nor as a section; null makes no difference, and other faults are told too."""
    shown = key.encode(errors="backslashreplace").decode() or '""'
    for value in (None, "x"):
        content = {section: [{**FULL[section][0], key: value, "name": 5} | {"code": 5}]}
        told = named(parse(content).problems)
        assert (section, 0, shown, "unknown_key") in told
        assert len(told) > 1
        assert found(content)
    assert named(parse({key: []}).problems) == [(shown, None, None, "unknown_section")]
    for outer, name in INNER:
        row = FULL[outer][0]
        told = named(parse({outer: [{**row, name: [{**row[name][0], key: None}]}]}).problems)
        assert told == [(outer, 0, f"{name}[0].{shown}", "unknown_key")]


def test_all_faults_of_all_rows_are_told_at_once() -> None:
    """Those that follow from two keys, from two rows and from the type of one; nothing of a bad row is used."""
    content = {
        "platforms": [{"code": 430100, "kind": "prefecture"}, 7],
        "staff": [{"openid": "o li", "role": "platform"}],
        "enterprises": [{"name": "甲", "contacts": ["o li", {"openid": "o-li", "current": "yes"}, 3]}],
        "activities": [
            {
                **ACTIVITY,
                "title": "",
                "ends_at": ACTIVITY["starts_at"],
                "opens_at": "2026-11-23T09:00:00+08:00",
                "closes_at": "2026-11-23T09:00:00+08:00",
                "partners": [
                    {"platform": "430371", "part": "guest"},
                    {"platform": "430371", "part": "assist"},
                    {"platform": "430100"},
                ],
            }
        ],
        "check_ins": [{"activity": "A-1", "enterprise": "430102209705148431", "at": "2026-11-23"}],
    }
    reading = parse(content)
    assert set(named(reading.problems)) == {
        ("platforms", 0, "code", "not_a_text"),
        ("platforms", 0, "name", "missing"),
        ("platforms", 0, "region", "missing"),
        ("platforms", 1, None, "not_an_object"),
        ("staff", 0, "openid", "wrong_openid"),
        ("staff", 0, "platform", "platform_missing"),
        ("enterprises", 0, "uscc", "no_code"),
        ("enterprises", 0, "contacts[0]", "wrong_openid"),
        ("enterprises", 0, "contacts[1].current", "not_a_flag"),
        ("enterprises", 0, "contacts[2]", "wrong_openid"),
        ("activities", 0, "title", "empty"),
        ("activities", 0, "ends_at", "ends_before_start"),
        ("activities", 0, "closes_at", "closes_before_opening"),
        ("activities", 0, "partners[0].part", "unknown_word"),
        ("activities", 0, "partners[1].platform", "partner_again"),
        ("activities", 0, "partners[2].platform", "partner_again"),
        ("activities", 0, "partners[2].part", "missing"),
        ("check_ins", 0, "enterprise", "identity_number"),
        ("check_ins", 0, "at", "no_zone"),
    }
    assert reading.bundle.size == 0


def test_a_partner_is_named_where_it_stands(db: Database) -> None:
    """In the order of the file, also when the platform's code is judged by the database."""
    partners = [{"platform": "zz", "part": "assist"}, {"platform": "430371", "part": "assist"}]
    content = bundle(platforms=[PLATFORM, PARK], activities=[{**ACTIVITY, "partners": partners}])
    assert problems(db, content) == [("activities", 0, "partners[0].platform", "unknown_platform")]


def test_the_order_of_a_rows_lists_means_nothing() -> None:
    """The same row twice is one, in whichever order its partners and contacts stand."""
    partners = [{"platform": "430371", "part": "assist"}, {"platform": "430200", "part": "undertake"}]
    contacts = ["o-li", {"openid": "o-he", "current": True}, "o-he"]
    reading = parse(
        {
            "activities": [{**ACTIVITY, "partners": partners}, {**ACTIVITY, "partners": partners[::-1]}],
            "enterprises": [{**ENTERPRISE, "contacts": contacts}, {**ENTERPRISE, "contacts": contacts[::-1]}],
        }
    )
    assert (reading.problems, reading.bundle.size) == ([], 2)
    (enterprise,) = reading.bundle.enterprises
    assert [(each.openid, each.is_current) for each in enterprise.contacts] == [("o-he", True), ("o-li", False)]


def test_moments_keep_their_zone_and_texts_their_signs() -> None:
    """What is right is taken as it is, outer spaces apart; a code is stored in its one form."""
    row = {**ACTIVITY, "title": " 对接会 ", "starts_at": "2026-11-23T09:00:00+05:30"}
    (activity,) = parse({"activities": [row]}).bundle.activities
    assert (activity.title, activity.starts_at.utcoffset()) == ("对接会", timedelta(hours=5, minutes=30))
    (enterprise,) = parse({"enterprises": [{**ENTERPRISE, "uscc": " 9135 0100 m000100y43 "}]}).bundle.enterprises
    assert enterprise.uscc == USCC


@pytest.mark.timeout(20)
@pytest.mark.parametrize("sign", ["x", "9", "a1", "　", "\\ud800"])
def test_a_text_without_end_is_refused_at_once(sign: str) -> None:
    """A hundred thousand signs and more in every field of every row: each is told, and none keeps the import busy."""
    endless = json.loads(f'"{sign * 100_000}"')
    rows = {name: [dict.fromkeys(row.model_fields, endless)] for name, row in ROWS.items()}
    told = read(json.dumps(rows).encode()).problems
    assert {(each.section, each.name) for each in told} == {
        (name, key) for name, row in ROWS.items() for key in row.model_fields
    }
    assert all(len(each.key) <= 200 for each in told)


@pytest.mark.parametrize(
    "raw", [b'{"activities": ' + b"[" * 100_000, b'{"platforms": [' + b'{"a":' * 50_000, b'{"staff": [Infinity]}']
)
def test_an_endless_depth_is_a_sentence(raw: bytes) -> None:
    assert [each.code for each in read(raw).problems] == ["odd_json"]


def test_a_deep_value_that_json_still_reads_is_told_in_its_place() -> None:
    for depth in (50, 500, 900):
        row = '{"uscc": "' + USCC + '", "name": ' + "[" * depth + "]" * depth + "}"
        told = read(f'{{"enterprises": [{row}]}}'.encode()).problems
        assert named(told) == [("enterprises", 0, "name", "not_a_text")]


def test_keys_written_twice_are_told_beside_the_other_faults() -> None:
    """In the row and within it; the file's author learns all of it at once."""
    raw = """{"enterprises": [{"uscc": "%s", "name": "A", "name": 5,
              "contacts": [{"openid": "o-1", "current": true, "current": false}]}]}"""
    assert named(read((raw % USCC).encode()).problems) == [
        ("enterprises", 0, "name", "key_twice"),
        ("enterprises", 0, "contacts[0].current", "key_twice"),
        ("enterprises", 0, "name", "not_a_text"),
    ]
