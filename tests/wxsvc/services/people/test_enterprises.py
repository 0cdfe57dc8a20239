"""企业: one code is one enterprise, whatever it is called."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from models.journal import LogEntry
from models.terms import Role
from models.work_list import Change
from scoring.uscc import LOOKALIKES, check_character
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.people import enterprises
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases

EXAMPLE = "91350100M000100Y43"


def test_registering_twice_is_one_enterprise_under_its_first_name(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first = enterprises.register(session, EnterpriseForm("福州示例有限公司", EXAMPLE), MACHINE, now)
        second = enterprises.register(session, EnterpriseForm("别的名字", f" {EXAMPLE.lower()} "), MACHINE, now)
        assert first.id == second.id
        assert (second.name, second.uscc, second.is_counted) == ("福州示例有限公司", EXAMPLE, True)
        assert len(session.scalars(sa.select(LogEntry)).all()) == 1


def test_a_region_that_was_missing_is_filled_in_and_an_old_code_becomes_todays(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE), MACHINE, now)
        row = enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE, region_code="430124"), MACHINE, now)
        enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE, region_code="430102"), MACHINE, now)
        assert row.region_code == "430182"


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_hostile_name_comes_out_as_it_went_in_and_is_found(db: Database, now: datetime, name: str) -> None:
    with db.transaction() as session:
        enterprises.register(session, EnterpriseForm(name, builders.uscc()), MACHINE, now)
    with db.read() as session:
        assert session.scalars(sa.select(Enterprise.name)).all() == [name]
        assert [found.name for found in enterprises.search(session, name)] == [name]


def test_a_wrong_check_character_is_said_with_the_one_likely_correction(db: Database, now: datetime) -> None:
    body = "91430100MA1234567"
    code = body + check_character(body)
    mistyped = code.replace("1", next(sign for sign, digit in LOOKALIKES.items() if digit == "1"), 1)
    with db.transaction() as session:
        with pytest.raises(Refused) as refused:
            enterprises.register(session, EnterpriseForm("甲公司", mistyped), MACHINE, now)
        assert (refused.value.code, refused.value.values) == ("wrong_uscc", {"suggestion": code})
        with pytest.raises(Refused) as refused:
            enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE[:-1] + "Z"), MACHINE, now)
        assert refused.value.code == "wrong_uscc"
        with pytest.raises(Refused) as refused:
            enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE[:-1]), MACHINE, now)
        assert (refused.value.code, refused.value.values) == ("wrong_uscc_length", {"length": 17})
        assert session.scalars(sa.select(Enterprise)).all() == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (EnterpriseForm("甲公司"), "code_needed"),
        (EnterpriseForm("甲公司", licence_number="12"), "wrong_licence_number"),
        (EnterpriseForm("甲公司", licence_number="<script>alert</script>"), "wrong_licence_number"),
        (EnterpriseForm("甲公司", licence_number="4301000000O2345"), "wrong_licence_number"),
        (EnterpriseForm("甲公司", "0" * 18), "wrong_uscc"),
        (EnterpriseForm("甲公司", licence_number=EXAMPLE[:-1] + "4"), "wrong_uscc"),
        (EnterpriseForm("  ", EXAMPLE), "enterprise_name_needed"),
        (EnterpriseForm("企" * 201, EXAMPLE), "enterprise_name_too_long"),
        (EnterpriseForm("甲公司", EXAMPLE, region_code="{430}"), "wrong_region"),
    ],
)
def test_what_is_wrong_with_a_registration_is_named(
    db: Database, now: datetime, form: EnterpriseForm, code: str
) -> None:
    with db.transaction() as session:
        with pytest.raises(Refused, match=code):
            enterprises.register(session, form, MACHINE, now)
        assert session.scalars(sa.select(Enterprise)).all() == []


def test_a_code_typed_as_a_licence_number_is_still_a_code(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = enterprises.register(session, EnterpriseForm("甲公司", licence_number=EXAMPLE), MACHINE, now)
        assert (row.uscc, row.licence_number) == (EXAMPLE, None)


def test_nobody_registers_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session, pytest.raises(Refused, match="not_allowed"):
        enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE), Actor(None), now)


def test_two_characters_of_a_name_find_it_and_names_that_begin_so_come_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for name in ("湖南精工机械有限公司", "精工（长沙）有限公司", "精 工有限责任公司", "长沙乙有限公司"):
            enterprises.register(session, EnterpriseForm(name, builders.uscc()), MACHINE, now)
        found = [row.name for row in enterprises.search(session, "精工")]
        assert found == ["精 工有限责任公司", "精工（长沙）有限公司", "湖南精工机械有限公司"]
        assert enterprises.search(session, "精工(长沙)")[0].name == "精工（长沙）有限公司"
        assert len(enterprises.search(session, "精工", limit=1)) == 1


def test_the_companies_of_the_same_prefecture_come_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for name, region in (("精工有限公司", "430302"), ("精工厂", None), ("长沙精工机械有限公司", "430121")):
            form = EnterpriseForm(name, builders.uscc(), region_code=region)
            enterprises.register(session, form, MACHINE, now)
        found = [row.name for row in enterprises.search(session, "精工", near="430100")]
        assert found == ["长沙精工机械有限公司", "精工厂", "精工有限公司"]
        assert [row.name for row in enterprises.search(session, "精工", limit=1, near="430122")] == found[:1]


@pytest.mark.parametrize("typed", ["", "精", "%%", "__", "'; drop table enterprises; --"])
def test_too_little_or_a_pattern_finds_nothing(db: Database, now: datetime, typed: str) -> None:
    with db.transaction() as session:
        enterprises.register(session, EnterpriseForm("精工有限公司", builders.uscc()), MACHINE, now)
        assert list(enterprises.search(session, typed)) == []


def test_a_whole_code_or_an_old_number_finds_its_enterprise(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        new = enterprises.register(session, EnterpriseForm("甲公司", EXAMPLE), MACHINE, now)
        old = enterprises.register(session, EnterpriseForm("乙公司", licence_number="430100000012345"), MACHINE, now)
        assert list(enterprises.search(session, "9135-0100-M000-100Y-43")) == [new]
        assert list(enterprises.search(session, "430100 000012345")) == [old]


def test_an_older_licence_counts_once_it_is_confirmed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = enterprises.register(session, EnterpriseForm("乙公司", licence_number="430100000012345"), MACHINE, now)
        platform, other = builders.platform(session), builders.platform(session)
        builders.check_in(session, builders.activity(session, platform), row)
        assert not row.is_counted
        strangers = (
            builders.staff(session, other),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                enterprises.confirm_licence(session, row.id, by, now)
        enterprises.confirm_licence(session, row.id, builders.staff(session, platform), now)
        enterprises.confirm_licence(session, row.id, builders.staff(session, role=Role.REVIEWER), now)
    with db.read() as session:
        row = session.scalars(sa.select(Enterprise)).one()
        assert (row.is_counted, row.licence_confirmed_at) == (True, now)
        changes = session.scalars(sa.select(Change)).all()
        assert [(change.platform_id, change.year) for change in changes] == [(platform.id, 2026)]


def test_a_sealed_year_keeps_its_score_when_a_licence_is_confirmed_later(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = enterprises.register(session, EnterpriseForm("乙公司", licence_number="430100000012345"), MACHINE, now)
        sealed, open_one = builders.platform(session), builders.platform(session)
        for platform in (sealed, open_one):
            builders.check_in(session, builders.activity(session, platform), row)
        builders.seal(session, sealed)
        enterprises.confirm_licence(session, row.id, MACHINE, now)
        assert session.scalars(sa.select(Change.platform_id)).all() == [open_one.id]


def test_the_code_of_an_older_licence_is_filled_in_by_its_contact(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = enterprises.register(session, EnterpriseForm("乙公司", licence_number="430100000012345"), MACHINE, now)
        builders.check_in(session, builders.activity(session, builders.platform(session)), row)
        person, stranger = builders.person(session), builders.person(session)
        builders.contact(session, person, row)
        with pytest.raises(Refused, match="not_allowed"):
            enterprises.give_code(session, row.id, EXAMPLE, Actor(stranger.id), now)
        for _ in range(2):
            enterprises.give_code(session, row.id, EXAMPLE, Actor(person.id), now)
        assert (row.uscc, row.is_counted) == (EXAMPLE, True)
        assert len(session.scalars(sa.select(Change)).all()) == 1
        with pytest.raises(Refused, match="code_differs"):
            enterprises.give_code(session, row.id, builders.uscc(), Actor(person.id), now)


def test_a_code_that_another_enterprise_has_is_not_given_twice(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        enterprises.register(session, EnterpriseForm("甲{公}司", EXAMPLE), MACHINE, now)
        row = enterprises.register(session, EnterpriseForm("乙公司", licence_number="430100000012345"), MACHINE, now)
        with pytest.raises(Refused) as refused:
            enterprises.give_code(session, row.id, EXAMPLE, MACHINE, now)
        assert (refused.value.code, refused.value.values) == ("code_taken", {"name": "甲{公}司"})
