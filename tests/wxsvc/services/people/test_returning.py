"""误取消关注: whoever follows again within ten days has roles and enterprises again."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.person import Contact, Departure, Person, StaffRole
from models.platform import Platform
from models.terms import NoticePurpose, Role
from tests import builders
from wxsvc import wording
from wxsvc.checks import officials
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database
from wxsvc.services.people import following, returning, staff
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

FORMER = Vault(["another secret of at least thirty-two characters"])
VAULT = Vault(["a secret of at least thirty-two characters", "another secret of at least thirty-two characters"])
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SETTLED = following.KNOWN_FOR + MINUTE


def leave(session: Session, openid: str, at: datetime, vault: Vault = VAULT) -> None:
    following.leave(session, openid, vault.lookup(openid), at)


def follow(session: Session, openid: str, at: datetime) -> Person:
    return following.follow(session, openid, VAULT.lookup(openid), at)


def look(session: Session, now: datetime) -> int:
    """What the job does every minute."""
    following.forget(session, now)
    returned = returning.take_back(session, VAULT.lookups, now)
    returning.expire(session, now)
    session.expire_all()
    return returned


def clerk(session: Session, now: datetime) -> Person:
    """A member of a platform's staff, who stands for an enterprise as well."""
    person = session.get_one(Person, builders.staff(session, builders.platform(session)).person_id)
    person.openid, person.name_sealed, person.created_at = "o-clerk", VAULT.encrypt("王小明"), now - DAY
    session.execute(sa.update(StaffRole).values(granted_at=now - DAY))
    enterprise = builders.enterprise(session)
    session.add(Contact(person_id=person.id, enterprise_id=enterprise.id, is_current=True, created_at=now - DAY))
    session.flush()
    return person


@pytest.mark.parametrize("away", [MINUTE, timedelta(hours=5), 9 * DAY])
def test_whoever_follows_again_has_role_and_enterprise_again(db: Database, now: datetime, away: timedelta) -> None:
    with db.transaction() as session:
        person = clerk(session, now)
        leave(session, "o-clerk", now)
        assert staff.roles_of(session, "o-clerk") == ()
        if away > SETTLED:
            assert look(session, now + SETTLED) == 0
            assert session.scalars(sa.select(Contact)).all() == []
        follow(session, "o-clerk", now + away)
        assert look(session, now + away + SETTLED) == 1
        (role,) = staff.roles_of(session, "o-clerk")
        assert role.person_id == person.id
        assert session.scalars(sa.select(Contact.is_current).where(Contact.person_id == person.id)).all() == [True]
        assert (person.openid, person.erased_at, person.is_following) == ("o-clerk", None, True)
        assert person.name_sealed is None  # asked anew
        assert session.scalars(sa.select(Departure)).all() == []
        assert "person.returned" in session.scalars(sa.select(LogEntry.deed)).all()
        assert look(session, now + away + 2 * SETTLED) == 0


@pytest.mark.parametrize("stays", ["nobody", "colleague", "closed"])
def test_a_platform_whose_last_staff_left_is_told_of(db: Database, now: datetime, stays: str) -> None:
    """It hears of no deadline any more: provincial staff can invite somebody. Once, and not of a platform in order."""
    with db.transaction() as session:
        person = clerk(session, now)
        (at,) = session.scalars(sa.select(Platform)).all()
        if stays == "colleague":
            builders.staff(session, at)
        if stays == "closed":
            at.closed_on = now.date()
        for _ in range(2):
            leave(session, "o-clerk", now)
        told = session.scalars(sa.select(Notice).where(Notice.purpose == NoticePurpose.ROLE)).all()
        assert staff.roles_of(session, "o-clerk") == ()
        assert [(each.platform_id, each.person_id) for each in told] == ([(None, None)] if stays == "nobody" else [])
        for each in told:
            said = wording.notice(each.purpose.value, each.facts, now, "province")
            assert (said.values["what"], said.values["result"], said.page) == (at.name, "待邀请", "/v/people")
            assert f"{at.name}的最后一名工作人员已取消关注" in said.text
        assert person.erased_at == now


def test_after_ten_days_it_is_somebody_new(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = clerk(session, now)
        leave(session, "o-clerk", now)
        look(session, now + SETTLED)
        look(session, now + 10 * DAY)
        assert session.scalars(sa.select(Departure)).all() == []
        new = follow(session, "o-clerk", now + 10 * DAY)
        assert look(session, now + 10 * DAY + SETTLED) == 0
        assert new.id != person.id
        assert staff.roles_of(session, "o-clerk") == ()


def test_nothing_personal_is_kept_and_nothing_of_who_had_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        clerk(session, now)
        builders.person(session, openid="o-visitor", created_at=now - DAY)
        for openid in ("o-clerk", "o-visitor"):
            leave(session, openid, now)
        look(session, now + SETTLED)
        (kept,) = session.scalars(sa.select(Departure)).all()
        told = str([getattr(kept, name) for name in ("openid_hash", "person_id", "left_at", "links")])
        assert "o-clerk" not in told
        assert "王小明" not in told


def test_another_openid_is_nobody_who_left(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        clerk(session, now)
        leave(session, "o-clerk", now)
        follow(session, "o-somebody", now + MINUTE)
        assert look(session, now + SETTLED + MINUTE) == 0
        assert staff.roles_of(session, "o-somebody") == ()


def test_a_secret_that_was_changed_meanwhile_knows_them_still(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = clerk(session, now)
        leave(session, "o-clerk", now, FORMER)
        look(session, now + SETTLED)
        follow(session, "o-clerk", now + DAY)
        assert look(session, now + DAY + MINUTE) == 1
        assert person.openid == "o-clerk"


def test_what_they_did_meanwhile_is_theirs_too(db: Database, now: datetime) -> None:
    """Somebody enrolled anew at once, and got another role: both are there."""
    with db.transaction() as session:
        person = clerk(session, now)
        leave(session, "o-clerk", now)
        new = follow(session, "o-clerk", now + MINUTE)
        builders.contact(session, new, builders.enterprise(session))
        session.add(StaffRole(person_id=new.id, role=Role.REVIEWER, granted_at=now + 2 * MINUTE))
        session.flush()
        assert look(session, now + SETTLED) == 1
        assert {each.role for each in staff.roles_of(session, "o-clerk")} == {Role.REVIEWER, Role.PLATFORM}
        linked = sa.select(sa.func.count()).where(Contact.person_id == person.id)
        assert session.scalar(linked) == 2


def officials_of(session: Session, now: datetime, *openids: str) -> None:
    for openid in openids:
        person = builders.person(session, openid=openid, created_at=now - DAY)
        session.add(StaffRole(person_id=person.id, role=Role.PROVINCE, granted_at=now - DAY))
    session.flush()


def test_the_last_official_is_suspended_and_has_the_role_again(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        officials_of(session, now, "o-a", "o-b")
        assert officials.present(session).state is FindingState.GOOD
        leave(session, "o-a", now)
        leave(session, "o-b", now + MINUTE)
        session.expire_all()
        roles = session.execute(sa.select(StaffRole.ended_at, StaffRole.suspended_at).order_by(StaffRole.id)).all()
        assert list(map(tuple, roles)) == [(now, None), (None, now + MINUTE)]
        assert staff.officials(session) == 0
        assert officials.present(session).state is FindingState.BAD
        look(session, now + SETTLED + MINUTE)
        follow(session, "o-b", now + DAY)
        assert look(session, now + DAY + MINUTE) == 1
        assert [each.role for each in staff.roles_of(session, "o-b")] == [Role.PROVINCE]
        assert officials.present(session).state is FindingState.GOOD


def test_an_operator_makes_another_and_the_suspended_role_ends_when_its_days_are_over(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        officials_of(session, now, "o-a")
        with pytest.raises(Refused, match="official_exists"):
            staff.first_official(session, now)
        leave(session, "o-a", now)
        token = staff.first_official(session, now + MINUTE)
        staff.accept(session, token, "o-next", "李红", now + MINUTE, vault=VAULT)
        look(session, now + SETTLED)
        assert returning.suspended(session) == 1
        look(session, now + 10 * DAY)
        assert returning.suspended(session) == 0
        assert staff.officials(session) == 1


def test_without_another_official_a_suspended_role_waits_for_good(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        officials_of(session, now, "o-a")
        leave(session, "o-a", now)
        look(session, now + SETTLED)
        look(session, now + 30 * DAY)
        assert returning.suspended(session) == 1
        assert officials.present(session).state is FindingState.BAD


def test_a_new_installation_has_no_official_and_is_told_how_to_make_one(db: Database) -> None:
    with db.transaction() as session:
        found = officials.present(session)
        assert found.state is FindingState.NOTE
        assert "first-official" in found.mend


def test_of_two_officials_who_leave_in_one_moment_one_is_suspended(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        officials_of(session, now, "o-a", "o-b")
    start = threading.Barrier(2)

    def go(openid: str) -> None:
        start.wait()
        with emptied_postgres.transaction() as session:
            leave(session, openid, now)

    both = [threading.Thread(target=go, args=(openid,)) for openid in ("o-a", "o-b")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with emptied_postgres.transaction() as session:
        assert returning.suspended(session) == 1
        assert staff.officials(session) == 0
