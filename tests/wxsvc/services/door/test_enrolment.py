"""首次登记: whom a person stands for, with consent, once; the scan that brought them is completed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import Attendance, CheckIn
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.terms import Absence, Door
from tests import builders
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.door import enrolment
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.door.enrolment import EnrolmentForm
from wxsvc.services.people import persons
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])
EXAMPLE = "91350100M000100Y43"
COMPANY = EnterpriseForm("福州示例有限公司", EXAMPLE, region_code="430102")


def form(**fields: Any) -> EnrolmentForm:
    return EnrolmentForm(**{"consent_version": "2026-01", "enterprise": COMPANY} | fields)


def scanned(db: Database, at: datetime, scene: str, openid: str = "o-1") -> OutcomeKind:
    with db.check_in_connection() as connection:
        return check_in(connection, Scan(openid, scene, Door.CODE, at, at)).kind


def test_enrolment_keeps_consent_person_and_enterprise(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        done = enrolment.enrol(session, "o-1", form(contact_name="王小明", phone="138 1234 1234"), now, vault=VAULT)
        assert done.enterprise is not None
        assert (done.enterprise.uscc, done.completed) == (EXAMPLE, ())
    with db.read() as session:
        person = session.scalars(sa.select(Person)).one()
        contact = session.scalars(sa.select(Contact)).one()
        assert (person.consent_version, person.consented_at) == ("2026-01", now)
        assert (persons.name_of(person, VAULT), persons.phone_of(person, VAULT)) == ("王小明", "13812341234")
        assert (contact.person_id, contact.is_current) == (person.id, True)


def test_enrolling_twice_leaves_the_same_rows(db: Database, now: datetime) -> None:
    filled = form(contact_name="王小明", phone="13812341234")
    with db.transaction() as session:
        enrolment.enrol(session, "o-1", filled, now, vault=VAULT)
    before = every_row(db)
    with db.transaction() as session:
        enrolment.enrol(session, "o-1", filled, now + timedelta(hours=1), vault=VAULT)
    assert every_row(db) == before


@pytest.mark.parametrize("is_no_enterprise", [False, True])
def test_without_consent_nothing_is_kept(db: Database, now: datetime, is_no_enterprise: bool) -> None:
    with db.transaction() as session, pytest.raises(Refused, match="consent_needed"):
        enrolment.enrol(session, "o-1", form(consent_version=None, is_no_enterprise=is_no_enterprise), now, vault=VAULT)
    assert not any(every_row(db)[table] for table in ("persons", "enterprises", "contacts", "log_entries"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"enterprise": None}, "enterprise_needed"),
        ({"enterprise_id": 999_999}, "unknown_enterprise"),
        ({"enterprise": EnterpriseForm("甲公司", EXAMPLE[:-1] + "4")}, "wrong_uscc"),
        ({"phone": "12345"}, "wrong_phone"),
        ({"contact_name": "王" * 65}, "name_too_long"),
    ],
)
def test_a_wrong_enrolment_is_refused_and_nothing_stays(
    db: Database, now: datetime, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code), db.transaction() as session:
        enrolment.enrol(session, "o-1", form(**fields), now, vault=VAULT)
    assert not any(every_row(db)[table] for table in ("persons", "enterprises", "contacts", "log_entries"))


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_hostile_company_name_enrols_like_any_other(db: Database, now: datetime, name: str) -> None:
    with db.transaction() as session:
        enrolment.enrol(session, "o-1", form(enterprise=EnterpriseForm(name, EXAMPLE)), now, vault=VAULT)
    with db.read() as session:
        assert session.scalars(sa.select(Enterprise.name)).all() == [name]


def test_the_scan_that_waited_is_completed_at_its_own_time_even_after_the_window(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session))
    assert scanned(db, now, activity.scene or "") is OutcomeKind.FIRST_VISIT
    with db.transaction() as session:
        done = enrolment.enrol(session, "o-1", form(), now + timedelta(days=1), vault=VAULT)
        assert [outcome.kind for outcome in done.completed] == [OutcomeKind.CHECKED_IN]
    with db.transaction() as session:
        again = enrolment.enrol(session, "o-1", form(), now + timedelta(days=2), vault=VAULT)
        assert again.completed == ()
        assert session.scalars(sa.select(CheckIn.checked_in_at)).all() == [now]


def test_who_stands_for_no_enterprise_attends_without_counting(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session))
    scanned(db, now, activity.scene or "")
    with db.transaction() as session:
        done = enrolment.enrol(session, "o-1", form(is_no_enterprise=True), now, vault=VAULT)
        assert (done.enterprise, done.person.is_no_enterprise) == (None, True)
        assert [outcome.kind for outcome in done.completed] == [OutcomeKind.ATTENDED]
        assert session.scalars(sa.select(Attendance.absence)).all() == [Absence.NOT_AN_ENTERPRISE]
        assert session.scalars(sa.select(CheckIn)).all() == []


def test_one_person_has_one_current_enterprise_and_may_change_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first = enrolment.enrol(session, "o-1", form(), now, vault=VAULT)
        second = enrolment.add_enterprise(session, first.person.id, EnterpriseForm("乙有限公司", builders.uscc()), now)
        assert first.enterprise is not None
        assert second.enterprise is not None
        for _ in range(2):
            enrolment.choose_enterprise(session, first.person.id, first.enterprise.id, now)
        current = {contact.enterprise_id: contact.is_current for contact in session.scalars(sa.select(Contact))}
        assert current == {first.enterprise.id: True, second.enterprise.id: False}
        enrolment.enrol(session, "o-1", form(is_no_enterprise=True), now, vault=VAULT)
        assert not any(contact.is_current for contact in session.scalars(sa.select(Contact)))


def test_an_enterprise_picked_from_the_list_is_joined_by_its_id(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        known = builders.enterprise(session)
        done = enrolment.enrol(session, "o-1", form(enterprise=None, enterprise_id=known.id), now, vault=VAULT)
        enrolment.add_enterprise(session, done.person.id, known.id, now)
        assert session.scalars(sa.select(Contact.enterprise_id)).all() == [known.id]


def test_nobody_stands_for_an_enterprise_they_did_not_add(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, known = builders.person(session), builders.enterprise(session)
        with pytest.raises(Refused, match="not_your_enterprise"):
            enrolment.choose_enterprise(session, person.id, known.id, now)
        with pytest.raises(Refused, match="consent_needed"):
            enrolment.add_enterprise(session, person.id, known.id, now)


def test_a_new_notice_is_agreed_to_anew(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        enrolment.enrol(session, "o-1", form(), now, vault=VAULT)
        done = enrolment.enrol(session, "o-1", form(consent_version="2027-01"), now + timedelta(1), vault=VAULT)
        assert (done.person.consent_version, done.person.consented_at) == ("2027-01", now + timedelta(1))


def test_leaving_one_enterprise_leaves_the_other_as_the_current_one(db: Database, now: datetime) -> None:
    """Its check-ins stay; with none left the next scan is a first visit."""
    with db.transaction() as session:
        me, platform = builders.person(session), builders.platform(session)
        first, second = builders.enterprise(session), builders.enterprise(session)
        builders.contact(session, me, first)
        builders.contact(session, me, second, is_current=False)
        kept = builders.check_in(session, builders.activity(session, platform), first, me)
        for _ in range(2):
            enrolment.leave_enterprise(session, me.id, first.id, now)
        assert [(c.enterprise_id, c.is_current) for c in session.scalars(sa.select(Contact))] == [(second.id, True)]
        assert kept.undone_at is None
        enrolment.leave_enterprise(session, me.id, second.id, now)
        scan = Scan(str(me.openid), builders.activity(session, platform).code, Door.PAGE, now, now)
        assert check_in(session.connection(), scan).kind is OutcomeKind.FIRST_VISIT
