"""撤回授权, 注销: all that is a visitor's goes in that moment, and nobody is known again by it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.journal import LogEntry
from models.person import Contact, Departure, Passage, Person, StaffRole, Standing
from models.record import Need
from models.terms import NeedKind, Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.people import following, returning, staff
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

FORMER = Vault(["another secret of at least thirty-two characters"])
VAULT = Vault(["a secret of at least thirty-two characters", "another secret of at least thirty-two characters"])
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SETTLED = following.KNOWN_FOR + MINUTE
OPENID = "o-clerk"


def leave(session: Session, at: datetime, vault: Vault = VAULT) -> None:
    following.leave(session, OPENID, vault.lookup(OPENID), at)


def follow(session: Session, at: datetime) -> Person:
    return following.follow(session, OPENID, VAULT.lookup(OPENID), at)


def revoke(session: Session, at: datetime) -> None:
    following.revoke(session, OPENID, VAULT.lookups(OPENID), at)
    session.expire_all()


def look(session: Session, now: datetime) -> int:
    """What the job does every minute."""
    following.forget(session, now)
    returned = returning.take_back(session, VAULT.lookups, now)
    returning.expire(session, now)
    session.expire_all()
    return returned


def clerk(session: Session, now: datetime) -> Person:
    """Somebody with all that a person may have: name, phone, consent, a role, an enterprise, a scan, a need."""
    person = session.get_one(Person, builders.staff(session, builders.platform(session)).person_id)
    session.execute(sa.update(StaffRole).values(granted_at=now - DAY))
    person.openid, person.created_at, person.consented_at = OPENID, now - DAY, now - DAY
    person.name_sealed, person.phone_sealed = VAULT.encrypt("王小明"), VAULT.encrypt("13812341234")
    person.consent_version = "1"
    enterprise = builders.enterprise(session)
    session.add(Contact(person_id=person.id, enterprise_id=enterprise.id, is_current=True, created_at=now - DAY))
    session.add(Standing(person_id=person.id, enterprise_id=enterprise.id, begun_at=now - DAY))
    activity = builders.activity(session, builders.platform(session))
    builders.check_in(session, activity, enterprise, person, checked_in_at=now - DAY)
    session.flush()
    return person


def left_of(session: Session, person_id: int) -> list[object]:
    """What is personal and there still."""
    person = session.get_one(Person, person_id)
    mine = [
        session.scalars(sa.select(table).where(table.person_id == person_id)).all()
        for table in (Contact, Standing, Departure)
    ]
    return [
        each
        for each in (person.openid, person.name_sealed, person.phone_sealed, person.consent_version, *mine)
        if each is not None and each != []
    ]


def is_nobody(session: Session, person_id: int, now: datetime) -> None:
    """Whoever follows again is somebody new, and the day's count stands."""
    assert left_of(session, person_id) == []
    assert session.scalars(sa.select(Departure)).all() == []
    assert session.scalars(sa.select(CheckIn.undone_at)).all() == [None]
    new = follow(session, now + MINUTE)
    assert look(session, now + SETTLED + MINUTE) == 0
    assert new.id != person_id
    assert staff.roles_of(session, OPENID) == ()
    assert session.scalars(sa.select(Passage.person_id).where(Passage.person_id == person_id)).all() == []
    assert session.scalars(sa.select(Departure)).all() == []
    deeds = session.scalars(sa.select(LogEntry.deed).where(LogEntry.subject_id == person_id)).all()
    assert deeds.count("person.erased") == 1


def test_all_of_it_goes_in_that_moment(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person_id = clerk(session, now).id
        revoke(session, now)
        revoke(session, now)
        is_nobody(session, person_id, now)


@pytest.mark.parametrize("vault", [VAULT, FORMER], ids=["this secret", "the former one"])
@pytest.mark.parametrize("after", [MINUTE, DAY], ids=["before links went", "after"])
def test_whoever_unfollowed_before_is_not_known_again(
    db: Database, now: datetime, vault: Vault, after: timedelta
) -> None:
    """取消关注 keeps a trace for ten days; 撤回授权 takes it away, whatever secret it was made with."""
    with db.transaction() as session:
        person_id = clerk(session, now).id
        leave(session, now, vault)
        if after > SETTLED:
            look(session, now + SETTLED)
            assert len(session.scalars(sa.select(Departure)).all()) == 1
        revoke(session, now + after)
        is_nobody(session, person_id, now + after)


def test_a_leaving_that_arrives_after_it_keeps_nothing_either(db: Database, now: datetime) -> None:
    """WeChat delivers in any order."""
    for at in (now - MINUTE, now, now + MINUTE):
        with db.transaction() as session:
            person_id = clerk(session, now - DAY).id
            revoke(session, now)
            leave(session, at)
            look(session, now + SETTLED + MINUTE)
            assert left_of(session, person_id) == []
            assert session.scalars(sa.select(Departure)).all() == []
            session.rollback()


def test_who_has_come_back_since_keeps_what_is_new(db: Database, now: datetime) -> None:
    """The revoking is delivered after the following that came after it."""
    with db.transaction() as session:
        person_id = clerk(session, now).id
        follow(session, now + 2 * MINUTE)
        revoke(session, now + MINUTE)
        assert left_of(session, person_id) == []
        new = session.scalars(sa.select(Person).where(Person.openid == OPENID)).one()
        assert (new.id != person_id, new.is_following) == (True, True)


def test_numbers_leave_what_they_wrote(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = clerk(session, now)
        need = Need(
            platform_id=builders.platform(session).id, year=2026, kind=NeedKind.APPEAL, region_code="430100",
            enterprise_id=builders.enterprise(session).id, title="融资对接", content="请致电13812341234，谢谢",
            raised_on=now.date(), stage=Stage.DRAFT, is_from_enterprise=True, created_by=person.id, created_at=now,
        )  # fmt: skip
        session.add(need)
        session.flush()
        revoke(session, now)
        assert "13812341234" not in session.get_one(Need, need.id).content
