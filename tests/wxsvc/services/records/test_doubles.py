"""The same thing in the same moment, by real threads: one row, and everybody is answered alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.activity import Activity, ActivityPlatform
from models.enterprise import Enterprise
from models.person import Contact, Person, StaffRole
from models.terms import Role
from tests import builders
from tests.activity_forms import whole_form
from wxsvc.db import Database
from wxsvc.services.activity import activities, drafts
from wxsvc.services.actor import MACHINE
from wxsvc.services.door import enrolment
from wxsvc.services.door.enrolment import EnrolmentForm
from wxsvc.services.people import enterprises, persons, staff
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])
AT_ONCE = 6

Answer = TypeVar("Answer")


def at_once(db: Database, *deeds: Callable[[Session], Answer]) -> list[Answer]:
    """Do each in a transaction of its own, all begun together."""
    ready = threading.Barrier(len(deeds))

    def done(deed: Callable[[Session], Answer]) -> Answer:
        ready.wait(30)
        with db.transaction() as session:
            return deed(session)

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(done, deeds))


def count(db: Database, table: type[Base]) -> int:
    with db.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_one_person_met_at_six_doors_is_one_person(db: Database, now: datetime) -> None:
    ids = at_once(db, *[lambda session: persons.person_of(session, "o-1", now).id] * AT_ONCE)
    assert len(set(ids)) == count(db, Person) == 1


def test_one_enterprise_registered_six_times_is_one_enterprise(db: Database, now: datetime) -> None:
    form = EnterpriseForm("福州示例有限公司", "91350100M000100Y43")
    ids = at_once(db, *[lambda session: enterprises.register(session, form, MACHINE, now).id] * AT_ONCE)
    assert len(set(ids)) == count(db, Enterprise) == 1


def test_one_visitor_enrolling_six_times_has_one_current_enterprise(db: Database, now: datetime) -> None:
    forms = [
        EnrolmentForm("1", enterprise=EnterpriseForm(f"第{number % 2}有限公司", builders.uscc(900 + number % 2)))
        for number in range(AT_ONCE)
    ]

    def enrolling(form: EnrolmentForm) -> Callable[[Session], object]:
        return lambda session: enrolment.enrol(session, "o-1", form, now, vault=VAULT)

    at_once(db, *[enrolling(form) for form in forms])
    assert (count(db, Person), count(db, Enterprise), count(db, Contact)) == (1, 2, 2)
    with db.read() as session:
        assert len(session.scalars(sa.select(Contact).where(Contact.is_current.is_(True))).all()) == 1


def test_a_tap_that_comes_six_times_publishes_one_activity(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
    form = whole_form(platform)
    ids = at_once(db, *[lambda session: activities.publish(session, form, MACHINE, now).id] * AT_ONCE)
    assert len(set(ids)) == count(db, Activity) == count(db, ActivityPlatform) == 1


def test_a_draft_published_six_times_is_published_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        draft = drafts.save(session, whole_form(platform), MACHINE, now)
    form = whole_form(platform)
    at_once(db, *[lambda session: activities.publish(session, form, MACHINE, now, draft_id=draft.id).version] * AT_ONCE)
    with db.read() as session:
        assert session.scalars(sa.select(Activity.version)).all() == [2]


def test_of_two_people_with_one_invitation_one_becomes_staff(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)

    def accepting(openid: str) -> Callable[[Session], str]:
        def deed(session: Session) -> str:
            try:
                return staff.accept(session, token, openid, "王小明", now, vault=VAULT).role.value
            except Refused as refused:
                return refused.code

        return deed

    assert sorted(at_once(db, accepting("o-1"), accepting("o-2"))) == ["invitation_used", "reviewer"]
    assert count(db, StaffRole) == 1
