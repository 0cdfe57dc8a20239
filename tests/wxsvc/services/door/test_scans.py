"""What one read finds out about a scan: every fact under its own name, of its declared type, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from models.terms import Absence, Door
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import scans
from wxsvc.services.door.scans import Scan, ScanFacts

TYPED = {Door.CODE: "scene-1", Door.SHORT_CODE: "12345", Door.MENU: "A-1", Door.PAGE: "A-1", Door.SCREEN: "A-1"}


def _is_declared(name: str, value: object) -> bool:
    """Whether the value is of the type that the field declares; a 0 is no False."""
    declared = get_type_hints(ScanFacts)[name]
    return type(value) in (get_args(declared) or (declared,))


@pytest.mark.parametrize("door", TYPED)
@pytest.mark.parametrize("by_openid", [True, False])
def test_every_fact_is_the_column_of_its_name(db: Database, now: datetime, door: Door, by_openid: bool) -> None:
    """The flags apart no two values are the same, so columns that change places are found."""
    moments = {
        name: now + timedelta(minutes=minutes)
        for minutes, name in enumerate(("met_at", "opens_at", "checked_in_at", "voided_at", "closes_at"))
    }
    with db.transaction() as session:
        platform = builders.platform(session, name="平台", phone="0731-1")
        window = {"opens_at": moments["opens_at"], "closes_at": moments["closes_at"]}
        activity = builders.activity(
            session, platform, title="活动", scene="scene-1", code="A-1", short_code="12345", id=704, **window
        )
        staff = builders.staff(session, platform)
        colleague = builders.person(session, id=701)
        person = builders.person(session, id=702, openid="o-one", created_at=moments["met_at"])
        one, other = builders.enterprise(session, id=703, name="甲公司"), builders.enterprise(session, name="乙公司")
        builders.contact(session, person, one)
        check_in = builders.check_in(
            session,
            activity,
            one,
            colleague,
            id=705,
            door=Door.STAFF,
            checked_in_at=moments["checked_in_at"],
            entered_by=staff.person_id,
        )
        check_in.voided_at, check_in.voided_by, check_in.void_reason = moments["voided_at"], staff.person_id, "重复"
        builders.check_in(session, activity, other, person)
    with db.check_in_connection() as connection:
        facts = scans.read(connection, Scan("o-one", TYPED[door], door, now, now), None if by_openid else person.id)
    assert facts == ScanFacts(
        person_id=person.id,
        is_no_enterprise=False,
        activity_id=activity.id,
        code="A-1",
        title="活动",
        stage="published",
        year=2026,
        platform_name="平台",
        platform_phone="0731-1",
        enterprise_id=one.id,
        enterprise_name="甲公司",
        uscc=one.uscc,
        is_counted=True,
        is_own=False,
        must_choose=False,
        check_in_id=check_in.id,
        checked_in_person_id=colleague.id,
        checked_in_door="staff",
        entered_by=staff.person_id,
        became=None,
        attended_at=None,
        is_forgotten=False,
        undone_at=None,
        is_undone_beside=False,
        other_enterprise="乙公司",
        wrong_tries=0,
        **moments,
    )
    assert [name for name, value in zip(ScanFacts._fields, facts, strict=True) if not _is_declared(name, value)] == []
    assert {each.tzinfo for each in facts if isinstance(each, datetime)} == {UTC}


def test_of_an_unknown_code_and_an_unknown_person_all_is_none(db: Database, now: datetime) -> None:
    with db.check_in_connection() as connection:
        facts = scans.read(connection, Scan("o-nobody", "9", Door.SHORT_CODE, now, now))
    assert {type(each) for each in facts} == {NoneType, bool, int}
    assert (facts.is_own, facts.must_choose, facts.wrong_tries) == (False, False, 0)
    assert facts.absence is Absence.NOT_AN_ENTERPRISE
    assert [name for name, value in zip(ScanFacts._fields, facts, strict=True) if not _is_declared(name, value)] == []


def test_the_latest_undoing_counts_where_no_check_in_stands(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session), scene="1")
        person, enterprise = builders.person(session, openid="o-one"), builders.enterprise(session)
        builders.contact(session, person, enterprise)
        for minutes in (1, 2):
            builders.check_in(session, activity, enterprise, person, undone_at=now + timedelta(minutes=minutes))
    with db.check_in_connection() as connection:
        facts = scans.read(connection, Scan("o-one", "1", Door.CODE, now, now))
    assert (facts.check_in_id, facts.undone_at) == (None, now + timedelta(minutes=2))
    assert _is_declared("undone_at", facts.undone_at)
