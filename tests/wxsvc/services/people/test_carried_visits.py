"""来访记录 of a row that turns out to be somebody we knew: theirs from then on, and no figure moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.dispute import Dispute
from models.notice import Notice, NoticeRead, Subscription
from models.person import Person
from models.record import Need
from models.signup import Signup
from models.terms import Absence, DisputeSubject, Door, NeedKind, NoticePurpose, Refusal, Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import following, own_information, persons, rejoinings, returning
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])
MINUTE = timedelta(minutes=1)


def joined(session: Session, former: Person, person: Person, now: datetime) -> None:
    """Both rows are known to be one person's."""
    session.flush()
    rejoinings.carry_over(session, former, person, now)
    session.expire_all()


def two(session: Session, now: datetime) -> tuple[Person, Person]:
    """Who we knew, without an openid now, and the row of the openid that follows."""
    person, former = builders.person(session), builders.person(session, openid="o-new", created_at=now)
    person.openid = None
    session.flush()
    return person, former


def attendance(session: Session, who: Person, at: Activity, when: datetime, **columns: Any) -> Attendance:
    columns = {"absence": Absence.NOT_AN_ENTERPRISE} | columns
    row = Attendance(activity_id=at.id, person_id=who.id, attended_at=when, received_at=when, **columns)
    session.add(row)
    session.flush()
    return row


def test_who_follows_again_and_scans_has_the_receipt_when_known_again(db: Database, now: datetime) -> None:
    """An owner who unfollowed by mistake follows at the door, enrols and is in; minutes later the rows are one."""
    with db.transaction() as session:
        owner, enterprise = builders.person(session, openid="o-owner"), builders.enterprise(session)
        owner.created_at = now - timedelta(days=1)
        builders.contact(session, owner, enterprise).created_at = now - timedelta(days=1)
        following.leave(session, "o-owner", VAULT.lookup("o-owner"), now)
        back = following.follow(session, "o-owner", VAULT.lookup("o-owner"), now + MINUTE)
        builders.contact(session, back, enterprise)
        row = builders.check_in(session, builders.activity(session, builders.platform(session)), enterprise, back)
        later = now + following.KNOWN_FOR + MINUTE
        following.forget(session, later)
        assert returning.take_back(session, VAULT.lookups, later) == 1
        session.expire_all()
        assert row.person_id == owner.id
        assert len(own_information.kept(session, owner.id, vault=VAULT).check_ins) == 1


def test_what_was_signed_up_for_asked_and_told_is_the_persons(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, former = two(session, now)
        platform, enterprise = builders.platform(session), builders.enterprise(session)
        held = builders.activity(session, platform)
        session.add(
            Signup(
                activity_id=held.id,
                enterprise_id=enterprise.id,
                person_id=former.id,
                signed_up_at=now,
                is_waiting=False,
            )
        )
        session.add(
            RefusedScan(
                activity_id=held.id, person_id=former.id, typed="12345", door=Door.CODE, refusal=Refusal.TOO_EARLY,
                scanned_at=now, received_at=now,
            )
        )  # fmt: skip
        session.add(
            Dispute(
                enterprise_id=enterprise.id, platform_id=platform.id, subject=DisputeSubject.CHECK_IN,
                subject_id=held.id, reason="我们没有参加，请核实", raised_at=now, raised_by=former.id,
            )
        )  # fmt: skip
        for who, template in ((person, "t-both"), (former, "t-both"), (former, "t-new")):
            session.add(Subscription(person_id=who.id, template_id=template, sends_left=1))
        told = Notice(person_id=former.id, purpose=NoticePurpose.SIGNUP, key="k", facts={}, made_at=now)
        session.add(told)
        session.flush()
        for who in (person, former):
            session.add(NoticeRead(notice_id=told.id, person_id=who.id, read_at=now))
        joined(session, former, person, now)
        for column in (Signup.person_id, RefusedScan.person_id, Dispute.raised_by, Notice.person_id):
            assert session.scalars(sa.select(column)).all() == [person.id], column
        agreed = sa.select(Subscription.template_id).where(Subscription.person_id == person.id)
        assert set(session.scalars(agreed)) == {"t-both", "t-new"}


def test_what_was_asked_for_loses_its_numbers_when_the_person_goes(db: Database, now: datetime) -> None:
    """Whoever deletes their information deletes it of both rows."""
    with db.transaction() as session:
        person, former = two(session, now)
        platform, enterprise = builders.platform(session), builders.enterprise(session)
        wanted = Need(
            platform_id=platform.id, enterprise_id=enterprise.id, kind=NeedKind.MATCHING, year=2026, title="融资",
            region_code="430102",
            raised_on=now.date(), content="请致电13812345678", is_from_enterprise=True, created_by=former.id,
            created_at=now,
        )  # fmt: skip
        session.add(wanted)
        joined(session, former, person, now)
        assert len(own_information.kept(session, person.id, vault=VAULT).needs) == 1
        persons.erase(session, person.id, Actor(person.id), now)
        session.expire_all()
        assert "13812345678" not in wanted.content


def test_one_person_came_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, former = two(session, now)
        held = builders.activity(session, builders.platform(session))
        attendance(session, person, held, now + MINUTE)
        attendance(session, former, held, now)
        joined(session, former, person, now)
        (row,) = session.scalars(sa.select(Attendance)).all()
        assert (row.person_id, row.attended_at) == (person.id, now)


@pytest.mark.parametrize("is_own_first", [True, False])
def test_nobody_is_their_own_colleague(db: Database, now: datetime, is_own_first: bool) -> None:
    """One scanned with the new WeChat what they had scanned with the former one: 到场 says no colleague came."""
    with db.transaction() as session:
        person, former = two(session, now)
        held, enterprise = builders.activity(session, builders.platform(session)), builders.enterprise(session)
        first, second = (person, former) if is_own_first else (former, person)
        row = builders.check_in(session, held, enterprise, first)
        attendance(session, second, held, now, enterprise_id=enterprise.id, absence=Absence.COLLEAGUE)
        true_colleague = attendance(
            session, builders.person(session), held, now, enterprise_id=enterprise.id, absence=Absence.COLLEAGUE
        )
        joined(session, former, person, now)
        assert session.scalars(sa.select(Attendance.id)).all() == [true_colleague.id]
        assert row.person_id == person.id


def test_a_sealed_year_stays_as_it_was_sealed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, former = two(session, now)
        platform, enterprise = builders.platform(session), builders.enterprise(session)
        held = builders.activity(session, platform)
        builders.check_in(session, held, enterprise, former)
        attendance(session, person, held, now)
        attendance(session, former, held, now)
        builders.seal(session, platform)
        joined(session, former, person, now)
        assert session.scalars(sa.select(CheckIn.person_id)).all() == [former.id]
        assert set(session.scalars(sa.select(Attendance.person_id))) == {person.id, former.id}


def test_what_the_former_wechat_agreed_to_goes_with_it(db: Database, now: datetime) -> None:
    """订阅 is an agreement of one openid: nothing is sent to the new one by it, and a refusal is not the new one's."""
    with db.transaction() as session:
        actor = builders.staff(session, builders.platform(session))
        session.add(Subscription(person_id=actor.person_id, template_id="t", sends_left=0, refused_at=now))
        official = builders.staff(session, role=Role.PROVINCE)
        token = rejoinings.offer(session, actor.person_id or 0, official, now)
        link = rejoinings.link_of(session, token)
        rejoinings.take_up(session, link.id, "o-new", now, as_of=now, vault=VAULT)
        assert session.scalars(sa.select(Subscription)).all() == []
