"""未能签到的扫码: staff see who was turned away, and let in whom they may, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.person import Person
from models.terms import Door, Refusal, Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.door import corrections, refused_scans
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.door.scans import LATE, WEAKER
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


class Hall:
    """An activity that is running and its staff."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.transaction() as session:
            platform = builders.platform(session)
            self.activity: Activity = builders.activity(session, platform, scene="1")
            self.staff: Actor = builders.staff(session, platform)
            self.stranger: Actor = builders.staff(session, builders.platform(session))

    def visitor(self, openid: str, **enterprise: Any) -> Enterprise:
        with self.db.transaction() as session:
            company = builders.enterprise(session, **enterprise)
            builders.contact(session, builders.person(session, openid=openid), company)
            return company

    def scan(self, openid: str, at: datetime) -> OutcomeKind:
        with self.db.check_in_connection() as connection:
            return check_in(connection, Scan(openid, "1", Door.CODE, at, at)).kind

    def waiting(self) -> list[refused_scans.ScanWaiting]:
        with self.db.read() as session:
            return refused_scans.waiting(session, self.activity.id)

    def admit(self, scan_id: int, now: datetime, by: Actor | None = None) -> OutcomeKind:
        with self.db.transaction() as session:
            return refused_scans.admit(session, scan_id, by or self.staff, now).kind

    def last(self) -> CheckIn:
        with self.db.read() as session:
            return session.scalars(sa.select(CheckIn).order_by(CheckIn.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def hall(db: Database) -> Hall:
    return Hall(db)


def second_enterprise(hall: Hall, now: datetime) -> Enterprise:
    """Somebody checked one enterprise in and scans for another."""
    first = hall.visitor("o-two", name="先到公司")
    assert hall.scan("o-two", now) is OutcomeKind.CHECKED_IN
    with hall.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-two")).one()
        second = builders.enterprise(session, name="后到公司")
        session.execute(sa.text("update contacts set is_current = false where enterprise_id = :id"), {"id": first.id})
        builders.contact(session, person, second)
    assert hall.scan("o-two", now + timedelta(minutes=1)) is OutcomeKind.SECOND_ENTERPRISE
    return second


def test_a_second_enterprise_is_confirmed_with_one_tap_at_the_scans_time(hall: Hall, now: datetime) -> None:
    second = second_enterprise(hall, now)
    (found,) = hall.waiting()
    assert (found.refusal, found.first_enterprise) == (Refusal.SECOND_ENTERPRISE, "先到公司")
    assert found.enterprise is not None
    assert found.enterprise.name == "后到公司"
    assert found.is_admissible
    later = now + timedelta(minutes=30)
    assert hall.admit(found.scan_id, later) is OutcomeKind.CHECKED_IN
    row = hall.last()
    assert (row.enterprise_id, row.checked_in_at, row.received_at) == (second.id, now + timedelta(minutes=1), later)
    assert (row.door, row.evidence_grade, row.entered_by) == (Door.STAFF, WEAKER, hall.staff.person_id)
    assert hall.admit(found.scan_id, later) is OutcomeKind.ALREADY_IN
    assert hall.waiting() == []
    with hall.db.read() as session:
        assert session.get_one(RefusedScan, found.scan_id).completed_by == row.id


def test_too_early_comes_in_now_and_too_late_with_the_weakest_evidence(hall: Hall, now: datetime) -> None:
    hall.visitor("o-early")
    hall.visitor("o-late")
    early = hall.activity.opens_at - timedelta(minutes=5)  # type: ignore[operator]
    late = hall.activity.closes_at + timedelta(minutes=5)  # type: ignore[operator]
    assert hall.scan("o-early", early) is OutcomeKind.TOO_EARLY
    (found,) = hall.waiting()
    with pytest.raises(Refused, match="activity_not_begun"):
        hall.admit(found.scan_id, early)
    assert hall.admit(found.scan_id, now) is OutcomeKind.CHECKED_IN
    assert (hall.last().checked_in_at, hall.last().evidence_grade) == (now, WEAKER)
    assert hall.scan("o-late", late) is OutcomeKind.OVER
    (found,) = hall.waiting()
    assert hall.admit(found.scan_id, late + timedelta(minutes=1)) is OutcomeKind.CHECKED_IN
    assert (hall.last().checked_in_at, hall.last().evidence_grade) == (late, LATE)


def test_who_is_not_enrolled_is_seen_until_they_are_in(hall: Hall, now: datetime) -> None:
    assert hall.scan("o-new", now) is OutcomeKind.FIRST_VISIT
    assert hall.scan("o-new", now + timedelta(seconds=20)) is OutcomeKind.FIRST_VISIT
    (found,) = hall.waiting()
    assert (found.refusal, found.enterprise, found.is_admissible) == (Refusal.NOT_ENROLLED, None, False)
    with pytest.raises(Refused, match="not_found"):
        hall.admit(found.scan_id, now)
    with hall.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-new")).one()
        builders.contact(session, person, builders.enterprise(session))
        corrections.complete_pending(session, person.id, now + timedelta(minutes=1))
    assert hall.waiting() == []


def test_who_came_for_no_enterprise_needs_no_help(hall: Hall, now: datetime) -> None:
    assert hall.scan("o-new", now) is OutcomeKind.FIRST_VISIT
    with hall.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-new")).one()
        person.is_no_enterprise = True
        session.flush()
        corrections.complete_pending(session, person.id, now)
    assert hall.waiting() == []


def test_a_voided_enterprise_that_comes_again_is_revived_not_admitted(hall: Hall, now: datetime) -> None:
    hall.visitor("o-one")
    hall.scan("o-one", now)
    with hall.db.transaction() as session:
        corrections.void(session, hall.last().id, "并未到场", hall.staff, now)
    assert hall.scan("o-one", now + timedelta(minutes=1)) is OutcomeKind.VOIDED
    (found,) = hall.waiting()
    assert (found.refusal, found.is_admissible) == (Refusal.VOIDED, False)


def test_only_the_own_staff_let_in_and_only_until_it_is_handed_in(hall: Hall, now: datetime) -> None:
    second_enterprise(hall, now)
    (found,) = hall.waiting()
    with pytest.raises(Refused, match="not_allowed"):
        hall.admit(found.scan_id, now, hall.stranger)
    with hall.db.transaction() as session:
        row = session.get_one(Activity, hall.activity.id)
        row.stage, row.submitted_at = Stage.SUBMITTED, now
    with pytest.raises(Refused, match="activity_not_open_for_entries"):
        hall.admit(found.scan_id, now)
