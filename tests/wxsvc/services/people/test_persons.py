"""人员: met once, kept sealed, erased for good; attendance stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.journal import LogEntry
from models.person import Contact, Invitation, Person, StaffRole
from models.terms import Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons, staff
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])


def test_the_same_openid_is_the_same_person(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first = persons.person_of(session, "o-1", now)
        second = persons.person_of(session, "o-1", now)
        assert first is second
        assert persons.find(session, "o-2") is None


@pytest.mark.parametrize("openid", ["", "o" * 65])
def test_what_cannot_be_an_openid_makes_no_person(db: Database, now: datetime, openid: str) -> None:
    with db.transaction() as session:
        with pytest.raises(Refused, match="wrong_openid"):
            persons.person_of(session, openid, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_names_and_phones_lie_sealed_and_open_whole(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = persons.person_of(session, "o-1", now)
        assert persons.keep_name(person, " 王<小>明🚀 ", VAULT)
        assert persons.keep_phone(person, "+86 138-1234-1234", VAULT)
        assert not persons.keep_name(person, "王<小>明🚀", VAULT)
        assert not persons.keep_phone(person, "13812341234", VAULT)
    with db.read() as session:
        person = session.scalars(sa.select(Person)).one()
        assert "王" not in str(person.name_sealed)
        assert "1381234" not in str(person.phone_sealed)
        assert persons.name_of(person, VAULT) == "王<小>明🚀"
        assert persons.phone_of(person, VAULT) == "13812341234"


@pytest.mark.parametrize("typed", ["13812341234", "138 1234 1234", "86 138-1234-1234", "＋８６１３８１２３４１２３４"])
def test_a_mobile_number_is_taken_however_it_is_typed(typed: str) -> None:
    assert persons.mobile(typed) == "13812341234"


@pytest.mark.parametrize("typed", ["12812341234", "1381234123", "138123412345", "0731-88668866", "{phone}", "<b>"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="wrong_phone"):
        persons.mobile(typed)


def test_erasing_empties_the_person_and_keeps_the_attendance(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        role = builders.staff(session, platform)
        person = session.get_one(Person, role.person_id)
        enterprise = builders.enterprise(session)
        builders.contact(session, person, enterprise)
        builders.check_in(session, builders.activity(session, platform), enterprise, person)
        persons.keep_name(person, "王小明", VAULT)
        persons.keep_phone(person, "13812341234", VAULT)
        staff.invite(session, Role.PLATFORM, platform.id, role, now)
        persons.erase(session, person.id, Actor(person.id), now)
        assert (person.openid, person.name_sealed, person.phone_sealed) == (None, None, None)
        assert person.erased_at == now
        assert session.scalars(sa.select(CheckIn.person_id)).all() == [person.id]
        assert session.scalars(sa.select(Contact)).all() == []
        assert session.scalars(sa.select(StaffRole.ended_at)).all() == [now]
        assert session.scalars(sa.select(Invitation.expires_at)).all() == [now]


def test_erasing_is_idempotent_and_the_openid_may_come_back_as_somebody_new(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first = persons.person_of(session, "o-1", now)
        persons.erase(session, first.id, Actor(first.id), now)
        persons.erase(session, first.id, Actor(first.id), now + timedelta(days=1))
        assert first.erased_at == now
        assert len(session.scalars(sa.select(LogEntry)).all()) == 1
        assert persons.person_of(session, "o-1", now).id != first.id


def test_only_the_person_and_the_province_may_erase(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = builders.person(session)
        platform = builders.platform(session)
        strangers = (
            Actor(builders.person(session).id),
            Actor(None),
            builders.staff(session, platform),
            builders.staff(session, role=Role.REVIEWER),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                persons.erase(session, person.id, by, now)
        assert person.openid is not None
        persons.erase(session, person.id, builders.staff(session, role=Role.PROVINCE), now)
        assert person.openid is None


def test_a_person_corrects_what_is_kept_and_nobody_else_does(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = persons.person_of(session, "o-1", now)
        persons.keep_phone(person, "13812341234", VAULT)
        persons.correct(session, person.id, Actor(person.id), now, vault=VAULT, name="王小明", phone=None)
        assert persons.name_of(person, VAULT) == "王小明"
        assert person.phone_sealed is None
        official = builders.staff(session, role=Role.PROVINCE)
        with pytest.raises(Refused, match="not_allowed"):
            persons.correct(session, person.id, official, now, vault=VAULT, name="李四", phone=None)


def test_a_correction_with_a_mistake_writes_nothing(db: Database, now: datetime) -> None:
    """Neither what is right beside it nor, over a newer word, anything: not even for who goes on in the transaction."""
    with db.transaction() as session:
        person = persons.person_of(session, "o-1", now)
        persons.keep_phone(person, "13812341234", VAULT)
        old = persons.seen(None, "13900000000")
        for phone, shown, code in (("1381", None, "wrong_phone"), ("13812341234", old, "edited_by_other")):
            with pytest.raises(Refused, match=code):
                persons.correct(
                    session, person.id, Actor(person.id), now, vault=VAULT, name="王小明", phone=phone, shown=shown
                )
        assert (persons.name_of(person, VAULT), persons.phone_of(person, VAULT)) == (None, "13812341234")
        assert session.scalars(sa.select(LogEntry)).all() == []


def test_the_log_of_persons_holds_no_name_and_no_openid(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = persons.person_of(session, "o-secret", now)
        persons.correct(session, person.id, Actor(person.id), now, vault=VAULT, name="王小明", phone="13812341234")
        persons.erase(session, person.id, Actor(person.id), now)
        logged = [(entry.deed, entry.details) for entry in session.scalars(sa.select(LogEntry).order_by(LogEntry.id))]
        assert logged == [("person.corrected", {}), ("person.erased", {})]
