"""A bundle with one bad row: nothing is written, and every bad row is named with what is wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.platform import Platform
from tests import builders
from tests.wxsvc.services.bundle_cases import (
    ACTIVITY,
    ENTERPRISE,
    OTHER_USCC,
    PARK,
    PLATFORM,
    STAFF,
    USCC,
    bundle,
    everything,
    imported,
    named,
    problems,
)
from wxsvc.db import Database
from wxsvc.services.imports.reading import parse, read

CHECK_IN = {"activity": "A-1", "enterprise": USCC, "at": ACTIVITY["starts_at"]}


def wrong(content: object) -> set[tuple[str | None, int | None, str | None, str]]:
    """What reading alone finds wrong."""
    return set(named(parse(content).problems))


def test_one_bad_row_and_nothing_is_written(db: Database) -> None:
    """The good rows of a bundle with a bad one stay out, too."""
    before = everything(db)
    assert problems(db, bundle(enterprises=[ENTERPRISE, {**ENTERPRISE, "uscc": "91350100M000100Y4Z"}])) == [
        ("enterprises", 1, "uscc", "wrong_uscc")
    ]
    assert everything(db) == before


def test_every_bad_row_is_named(db: Database) -> None:
    """Problems of the file and of the database are told together, in the order of the file, with each row's own key."""
    content = bundle(
        platforms=[PLATFORM, {**PARK, "region": "4303"}],
        staff=[{**STAFF[0], "platform": "nowhere"}],
        enterprises=[{**ENTERPRISE, "name": "企" * 201}],
        activities=[
            {**ACTIVITY, "platform": "430371"},
            {**ACTIVITY, "code": "A-2", "scene": "2", "platform": "elsewhere"},
        ],
        check_ins=[{**CHECK_IN, "activity": "A-9"}],
    )
    assert problems(db, content) == [
        ("platforms", 1, "region", "wrong_region"),
        ("staff", 0, "platform", "unknown_platform"),
        ("enterprises", 0, "name", "too_long"),
        ("activities", 1, "platform", "unknown_platform"),
        ("check_ins", 0, "activity", "unknown_activity"),
    ]
    assert [each.key for each in parse(content).problems] == ["430371", USCC]


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ({"uscc": "91350100M000100Y4Z"}, "uscc", "wrong_uscc"),
        ({"uscc": "91350100M000100Y4"}, "uscc", "wrong_uscc_length"),
        ({"uscc": 91350100}, "uscc", "not_a_text"),
        ({"uscc": None}, "uscc", "no_code"),
        ({"uscc": None, "licence": "43-01"}, "licence", "wrong_licence"),
        ({"uscc": None, "licence": "4301000000O2345"}, "licence", "wrong_licence"),
        ({"name": "  "}, "name", "empty"),
        ({"name": None}, "name", "missing"),
        ({"name": "长沙\n精工"}, "name", "strange_character"),
        ({"name": "长沙\x00精工"}, "name", "strange_character"),
        ({"name": "长沙\ud800精工"}, "name", "strange_character"),
        ({"region": "43010"}, "region", "wrong_region"),
        ({"contacts": "o-li"}, "contacts", "not_a_list"),
        ({"contacts": ["o li"]}, "contacts[0]", "wrong_openid"),
        ({"contacts": [{"openid": "o-li", "currant": True}]}, "contacts[0].currant", "unknown_key"),
        ({"contacts": [{"openid": "o-li", "current": 1}]}, "contacts[0].current", "not_a_flag"),
        ({"phone": "1"}, "phone", "unknown_key"),
    ],
)
def test_a_bad_field_of_an_enterprise_is_named(row: dict[str, Any], name: str, code: str) -> None:
    """One field wrong is one problem, at that field."""
    assert wrong({"enterprises": [ENTERPRISE | row]}) == {("enterprises", 0, name, code)}


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ({"starts_at": "2026-11-23T09:00:00"}, "starts_at", "no_zone"),
        ({"starts_at": "tomorrow"}, "starts_at", "wrong_time"),
        ({"starts_at": "0001-01-01T00:00:00+08:00"}, "starts_at", "wrong_time"),
        ({"ends_at": ACTIVITY["starts_at"]}, "ends_at", "ends_before_start"),
        ({"ends_at": None}, "ends_at", "missing"),
        ({"category": "digtal"}, "category", "unknown_word"),
        ({"part": "guest"}, "part", "unknown_word"),
        ({"stage": "void"}, "stage", "unknown_word"),
        ({"form": "paper"}, "form", "unknown_word"),
        ({"code": "../A"}, "code", "wrong_code"),
        ({"scene": "场景"}, "scene", "wrong_scene"),
        ({"short_code": "1234"}, "short_code", "wrong_short_code"),
        ({"title": "会" * 201}, "title", "too_long"),
        ({"meeting_link": "javascript:alert(1)"}, "meeting_link", "wrong_link"),
        ({"partners": [{"platform": "430100", "part": "host"}]}, "partners[0].platform", "partner_again"),
        ({"partners": ["430371"]}, "partners[0]", "not_an_object"),
    ],
)
def test_a_bad_field_of_an_activity_is_named(row: dict[str, Any], name: str, code: str) -> None:
    """One field wrong is one problem, at that field."""
    assert wrong({"activities": [ACTIVITY | row]}) == {("activities", 0, name, code)}


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ({"role": "platform", "platform": None}, "platform", "platform_missing"),
        ({"role": "province"}, "platform", "platform_not_wanted"),
        ({"role": "boss"}, "role", "unknown_word"),
        ({"openid": "o" * 65}, "openid", "wrong_openid"),
    ],
)
def test_a_bad_field_of_staff_is_named(row: dict[str, Any], name: str, code: str) -> None:
    """Platform staff work at a platform; the hub and the province at none."""
    assert wrong({"staff": [STAFF[0] | row]}) == {("staff", 0, name, code)}


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ({"kind": "city"}, "kind", "unknown_word"),
        ({"code": "4301 00"}, "code", "wrong_code"),
        ({"code": "4" * 33}, "code", "too_long"),
        ({"website": "www.example.cn"}, "website", "wrong_link"),
        ({"accepted_on": "2026-02-30"}, "accepted_on", "wrong_day"),
        ({"operator_uscc": "91350100M000100Y4Z"}, "operator_uscc", "wrong_uscc"),
    ],
)
def test_a_bad_field_of_a_platform_is_named(row: dict[str, Any], name: str, code: str) -> None:
    """One field wrong is one problem, at that field."""
    assert wrong({"platforms": [PLATFORM | row]}) == {("platforms", 0, name, code)}


def test_a_likely_correction_is_suggested_only_when_there_is_one() -> None:
    """O for 0 makes the code right and is proposed; a wrong check character has no proposal."""
    mistyped = parse({"enterprises": [{**ENTERPRISE, "uscc": "9135O100M000100Y43"}]}).problems[0]
    assert mistyped.facts["suggestion"] == USCC
    other = parse({"enterprises": [{**ENTERPRISE, "uscc": "91350100M000100Y44"}]}).problems[0]
    assert other.facts["suggestion"] is None


@pytest.mark.parametrize(
    ("section", "rows", "name", "code"),
    [
        ("platforms", [PLATFORM, {**PLATFORM, "name": "别名"}], None, "key_again"),
        ("enterprises", [ENTERPRISE, {**ENTERPRISE, "contacts": []}], None, "key_again"),
        (
            "enterprises",
            [{**ENTERPRISE, "licence": "430100123"}, {**ENTERPRISE, "uscc": OTHER_USCC, "licence": "430100123"}],
            "licence",
            "licence_again",
        ),
        ("staff", [STAFF[0], {**STAFF[0], "role": "reviewer", "platform": None, "name": "别名"}], "name", "name_again"),
        ("activities", [ACTIVITY, {**ACTIVITY, "code": "A-2"}], "scene", "scene_again"),
        (
            "activities",
            [{**ACTIVITY, "short_code": "12345"}, {**ACTIVITY, "code": "A-2", "scene": "2", "short_code": "12345"}],
            "short_code",
            "short_code_again",
        ),
    ],
)
def test_two_rows_that_contradict_each_other_are_named(
    section: str, rows: list[dict[str, Any]], name: str | None, code: str
) -> None:
    """The later row is named, and told which the earlier one is."""
    found = parse({section: rows}).problems
    assert named(found) == [(section, 1, name, code)]
    assert found[0].facts["other"] == 0


def test_the_same_row_twice_is_one() -> None:
    """A repeated row that says the same is no mistake."""
    found = parse(bundle(platforms=[PLATFORM, PLATFORM], enterprises=[ENTERPRISE, dict(ENTERPRISE)]))
    assert not found.problems
    assert (len(found.bundle.platforms), len(found.bundle.enterprises)) == (1, 1)


def test_a_person_cannot_stand_for_two_enterprises_at_once() -> None:
    """Two marks for one openid contradict each other."""
    marked = [{"openid": "o-li", "current": True}]
    rows = [{**ENTERPRISE, "contacts": marked}, {**ENTERPRISE, "uscc": OTHER_USCC, "contacts": marked}]
    assert wrong({"enterprises": rows}) == {("enterprises", 1, "contacts", "current_again")}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"platforms": [', "not_json"),
        ('{"platforms": []}'.encode("utf-16"), "not_utf8"),
        ("长沙".encode("gb18030"), "not_utf8"),
        (b"[]", "not_a_bundle"),
        (b"null", "not_a_bundle"),
        (b'{"platform": []}', "unknown_section"),
        (b'{"platforms": {}}', "section_not_a_list"),
        (b'{"platforms": [], "platforms": []}', "section_twice"),
        (b'{"platforms": NaN}', "odd_json"),
        (b"[" * 200_000, "odd_json"),
        (b'{"platforms": ' + b"9" * 5000 + b"}", "odd_json"),
        (b"", "empty_file"),
        (b"\xef\xbb\xbf \n", "empty_file"),
    ],
)
def test_a_file_that_is_no_bundle_is_told_so(raw: bytes, code: str) -> None:
    """Whatever the bytes are, the answer is one problem and no exception."""
    assert [each for _, _, _, each in named(read(raw).problems)] == [code]


def test_a_key_written_twice_is_named() -> None:
    """JSON would silently take the last one."""
    raw = b'{"platforms": [{"code": "1", "name": "A", "name": "B", "kind": "county", "region": "430371"}]}'
    assert [(each.code, each.name, each.key) for each in read(raw).problems] == [("key_twice", "name", "1")]


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Windows editors put one in front."""
    assert read(b"\xef\xbb\xbf{}").problems == []


def test_what_belongs_to_another_activity_is_not_taken(db: Database) -> None:
    """Scene and short code of an activity that is there already are refused to another; so is another's activity."""
    imported(db, bundle(platforms=[PLATFORM, PARK], activities=[{**ACTIVITY, "short_code": "12345"}]))
    other = {**ACTIVITY, "code": "A-2", "short_code": "12345"}
    assert problems(db, bundle(activities=[other, {**ACTIVITY, "scene": "3", "platform": "430371"}])) == [
        ("activities", 0, "scene", "scene_taken"),
        ("activities", 0, "short_code", "short_code_taken"),
        ("activities", 1, "platform", "activity_of_another"),
    ]


def test_a_code_and_a_licence_of_two_enterprises_do_not_go_together(db: Database) -> None:
    """A licence that is another enterprise's, or whose enterprise has another code, is refused."""
    known = [ENTERPRISE, {"uscc": OTHER_USCC, "licence": "430100123", "name": "深圳某公司"}]
    imported(db, bundle(enterprises=known))
    taken = {**ENTERPRISE, "licence": "430100123"}
    assert problems(db, {"enterprises": [taken]}) == [("enterprises", 0, "licence", "licence_taken")]
    differs = {**taken, "uscc": builders.uscc(77)}
    assert problems(db, {"enterprises": [differs]}) == [("enterprises", 0, "uscc", "uscc_differs")]


def test_a_published_activity_has_a_place(db: Database) -> None:
    """Without place and meeting link nobody finds it; a draft may wait."""
    assert problems(db, bundle(activities=[{**ACTIVITY, "place": None}])) == [("activities", 0, "place", "no_place")]
    assert imported(db, bundle(activities=[{**ACTIVITY, "place": None, "stage": "draft"}])).is_new


def test_the_window_closes_after_it_opens(db: Database) -> None:
    """An opening given alone is judged against the default close."""
    late = {**ACTIVITY, "opens_at": "2026-11-23T18:00:00+08:00"}
    assert problems(db, bundle(activities=[late])) == [("activities", 0, "closes_at", "closes_before_opening")]


@pytest.mark.parametrize(("name", "other"), [("kind", "cluster"), ("accepted_on", "2026-03-01")])
def test_a_platform_with_a_sealed_year_keeps_its_kind_and_the_days_of_that_year(
    db: Database, name: str, other: str
) -> None:
    """Else a sealed card is read by another table, or over other days than it was counted over."""

    def of(**fields: str) -> dict[str, Any]:
        return {"platforms": [{**PLATFORM, "accepted_on": "2024-05-01"} | fields]}

    for content in (of(), of(**{name: other}), of()):  # of an open year both are put right
        assert imported(db, content).is_new
    with db.transaction() as session:
        builders.seal(session, session.scalars(sa.select(Platform)).one())
    assert problems(db, of(**{name: other})) == [("platforms", 0, name, "year_sealed")]
    assert imported(db, of(accepted_on="2025-05-01", name="长沙窗口平台")).is_new  # moves no day of 2026


def test_a_sealed_year_takes_nothing_new_and_the_same_again_is_calm(db: Database) -> None:
    """锁定: a changed activity, a new one and a new check-in are refused by name; an unchanged bundle is not."""
    joint = {**ACTIVITY, "partners": [{"platform": "430371", "part": "assist"}]}
    content = bundle(platforms=[PLATFORM, PARK], activities=[joint])
    imported(db, content)
    with db.transaction() as session:
        builders.seal(session, session.scalars(sa.select(Platform).where(Platform.code == "430371")).one())
    assert not imported(db, content).is_new
    changed = {**joint, "title": "改名"}
    new = {**joint, "code": "A-2", "scene": "2"}
    assert problems(db, bundle(activities=[changed, new], check_ins=[CHECK_IN])) == [
        ("activities", 0, None, "year_sealed"),
        ("activities", 1, None, "year_sealed"),
        ("check_ins", 0, None, "year_sealed"),
    ]


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ({"enterprise": OTHER_USCC}, "enterprise", "unknown_enterprise"),
        ({"enterprise": "91350100M000100Y4Z"}, "enterprise", "wrong_uscc"),
        ({"at": "2026-11-24T09:00:00+08:00"}, "at", "outside_window"),
        ({"at": "2026-11-23T09:00:00"}, "at", "no_zone"),
    ],
)
def test_a_bad_check_in_is_named(db: Database, row: dict[str, Any], name: str, code: str) -> None:
    """A list names known enterprises and activities, and times when check-in was open."""
    assert problems(db, bundle(check_ins=[CHECK_IN | row])) == [("check_ins", 0, name, code)]


def test_nobody_checks_in_at_a_draft_or_at_home(db: Database) -> None:
    """A draft is not held, and the operator's own people are attendance, not 家次."""
    draft = bundle(activities=[{**ACTIVITY, "stage": "draft"}], check_ins=[CHECK_IN])
    assert problems(db, draft) == [("check_ins", 0, "activity", "activity_not_held")]
    at_home = bundle(platforms=[{**PLATFORM, "operator_uscc": USCC}], check_ins=[CHECK_IN])
    assert problems(db, at_home) == [("check_ins", 0, "enterprise", "own_people")]
    licence = "430100000012345"
    by_licence = at_home | {
        "enterprises": [{**ENTERPRISE, "licence": licence}],
        "check_ins": [CHECK_IN | {"enterprise": licence}],
    }
    assert problems(db, by_licence) == [("check_ins", 0, "enterprise", "own_people")]


def test_a_refused_update_leaves_the_row(db: Database) -> None:
    """The good half of a bundle is not applied either."""
    imported(db, bundle())
    problems(db, bundle(activities=[{**ACTIVITY, "title": "改名"}], staff=[{**STAFF[0], "platform": "nowhere"}]))
    with db.read() as session:
        assert session.scalars(sa.select(Activity.title)).one() == ACTIVITY["title"]


PERSON = "430102209705148431"
"""An identity number of nobody that has the check character of a company's code as well."""


@pytest.mark.parametrize("typed", [PERSON, "430102 20970514 8431", "430102990101123", "11010519491231002x"])
def test_a_persons_number_is_no_key_of_anything_and_is_not_repeated(typed: str) -> None:
    content = bundle(
        platforms=[{**PLATFORM, "operator_uscc": typed}],
        enterprises=[
            {**ENTERPRISE, "uscc": typed},
            {"licence": typed, "name": "长沙老厂"},
            {"uscc": OTHER_USCC, "name": f"甄某娟{typed}"},
        ],
        check_ins=[{**CHECK_IN, "enterprise": typed}],
    )
    found = parse(content).problems
    assert {(each.section, each.index, each.name, each.code) for each in found} >= {
        ("platforms", 0, "operator_uscc", "identity_number"),
        ("enterprises", 0, "uscc", "identity_number"),
        ("enterprises", 1, "licence", "identity_number"),
        ("enterprises", 2, "name", "person_in_name"),
        ("check_ins", 0, "enterprise", "identity_number"),
    }
    told = " ".join(f"{each.key} {each.facts}" for each in found if each.code in ("identity_number", "person_in_name"))
    assert typed not in told
    assert "甄某娟" not in told


NEXT_WEEK = {"starts_at": "2026-11-30T09:00:00+08:00", "ends_at": "2026-11-30T17:00:00+08:00"}


@pytest.mark.parametrize("stage", ["submitted", "approved"])
def test_what_has_not_happened_is_not_handed_in(db: Database, stage: str) -> None:
    """As at its page: an activity of next week would count today."""
    coming = {**ACTIVITY, **NEXT_WEEK, "stage": stage}
    assert problems(db, bundle(activities=[coming])) == [("activities", 0, "ends_at", "activity_not_over")]
    over = {**coming, "starts_at": "2026-11-20T09:00:00+08:00", "ends_at": "2026-11-20T17:00:00+08:00"}
    imported(db, bundle(activities=[over]))
    assert problems(db, bundle(activities=[coming])) == [("activities", 0, "ends_at", "activity_not_over")]
    assert not imported(db, bundle(activities=[over])).is_new


def test_nobody_has_come_yet_to_what_begins_later(db: Database) -> None:
    came = [{"activity": "A-1", "enterprise": USCC, "at": NEXT_WEEK["starts_at"]}]
    content = bundle(activities=[ACTIVITY | NEXT_WEEK], check_ins=came)
    assert problems(db, content) == [("check_ins", 0, "at", "at_in_future")]


def test_a_platform_is_not_accepted_tomorrow(db: Database) -> None:
    """As at its page; the days before count for nothing."""
    platforms = [{**PLATFORM, "accepted_on": "2026-11-24"}, {**PARK, "accepted_on": "2026-11-23"}]
    assert problems(db, bundle(platforms=platforms)) == [("platforms", 0, "accepted_on", "accepted_in_future")]


def test_a_day_of_acceptance_that_is_kept_already_is_no_news(db: Database) -> None:
    """Earlier releases took a later day; what `wxsvc export` writes of it comes in again, as activities do."""
    content = bundle(platforms=[{**PLATFORM, "accepted_on": "2026-11-23"}, PARK])
    imported(db, content)
    with db.transaction() as session:
        session.execute(sa.update(Platform).values(accepted_on=date(2027, 1, 1)))
    imported(db, bundle(platforms=[{**PLATFORM, "accepted_on": "2027-01-01"}, PARK]))
    assert problems(db, bundle(platforms=[{**PLATFORM, "accepted_on": "2027-01-02"}, PARK]))
