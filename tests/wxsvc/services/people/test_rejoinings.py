"""重新关联: the new openid goes on the old row, and what was done under both is one person's; counts stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.errand import PersonTag
from models.journal import LogEntry
from models.person import Contact, Person, Rejoining, StaffRole
from models.platform import Platform
from models.terms import Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.people import rejoinings, staff
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

NEW = "o-new-phone"
VAULT = Vault(["k" * 40])


def official(session: Session) -> Actor:
    return builders.staff(session, role=Role.PROVINCE)


def colleague(session: Session, at: Platform | None = None) -> Person:
    """A member of a platform's staff."""
    actor = builders.staff(session, at or builders.platform(session))
    return session.get_one(Person, actor.person_id)


def take_up(session: Session, token: str, openid: str, now: datetime) -> Person:
    """Open the link on the phone of this openid, and be agreed to at once."""
    return rejoinings.take_up(session, rejoinings.link_of(session, token).id, openid, now, as_of=now, vault=VAULT)


def refusal(call: Any, *given: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*given)
    return caught.value.code


def roles(session: Session, openid: str) -> set[tuple[Role, int | None]]:
    return {(row.role, row.platform_id) for row in staff.roles_of(session, openid)}


def test_the_new_openid_is_the_old_person(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        old = str(person.openid)
        held = roles(session, old)
        token = rejoinings.offer(session, person.id, by, now)
        assert rejoinings.offered_to(session, token, NEW, now).id == person.id
        assert take_up(session, token, NEW, now).id == person.id
        assert take_up(session, token, NEW, now).id == person.id
        assert roles(session, NEW) == held
        assert roles(session, old) == set()
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
    assert list(deeds) == ["person.rejoining_offered", "person.rejoined"]


def test_what_the_new_openid_held_already_is_carried_over(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, other_platform = builders.platform(session), builders.platform(session, name="乙平台")
        person, by = colleague(session, platform), official(session)
        shared, own, theirs = (builders.enterprise(session) for _ in range(3))
        builders.contact(session, person, shared)
        builders.contact(session, person, own, is_current=False)
        newcomer = builders.person(
            session, openid=NEW, is_following=True, followed_at=now, phone_sealed="sealed", name_sealed="sealed too"
        )
        builders.contact(session, newcomer, theirs)
        builders.contact(session, newcomer, shared, is_current=False)
        for at in (platform, other_platform):
            session.add(StaffRole(person_id=newcomer.id, role=Role.PLATFORM, platform_id=at.id, granted_at=now))
        session.add(PersonTag(person_id=newcomer.id, tag="platform", tagged_at=now))
        session.flush()
        take_up(session, rejoinings.offer(session, person.id, by, now), NEW, now)
        session.expire_all()
        assert {(row.enterprise_id, row.is_current) for row in contacts(session, person)} == {
            (shared.id, True), (own.id, False), (theirs.id, False),
        }  # fmt: skip
        assert len(contacts(session, newcomer)) == 2
        assert roles(session, NEW) == {(Role.PLATFORM, platform.id), (Role.PLATFORM, other_platform.id)}
        left = session.get_one(Person, newcomer.id)
        assert (left.openid, left.phone_sealed, left.name_sealed, left.is_following) == (None, None, None, False)
        now_person = session.get_one(Person, person.id)
        assert (now_person.openid, now_person.phone_sealed, now_person.is_following) == (NEW, "sealed", True)
        assert [(row.person_id, row.tag) for row in session.scalars(sa.select(PersonTag))] == [(person.id, "platform")]
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.deed == "person.rejoined")).one()
        assert entry.details == {"from_person": newcomer.id}


def contacts(session: Session, of: Person) -> list[Contact]:
    return list(session.scalars(sa.select(Contact).where(Contact.person_id == of.id)))


def test_an_enterprise_last_stood_for_comes_along_where_there_was_none(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        newcomer = builders.person(session, openid=NEW)
        builders.contact(session, newcomer, builders.enterprise(session))
        take_up(session, rejoinings.offer(session, person.id, by, now), NEW, now)
        (row,) = contacts(session, person)
        assert row.is_current


def test_counts_stay_and_no_row_goes(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        person, by = colleague(session, platform), official(session)
        newcomer = builders.person(session, openid=NEW)
        held = builders.activity(session, platform)
        for who in (person, newcomer):
            enterprise = builders.enterprise(session)
            builders.contact(session, who, enterprise)
            builders.check_in(session, held, enterprise, who)
        before = (counted(session, platform, now), rows(session))
        take_up(session, rejoinings.offer(session, person.id, by, now), NEW, now)
        assert counted(session, platform, now) == before[0]
        after = rows(session)
        assert all(after[name] >= before[1][name] for name in after)
        assert set(session.scalars(sa.select(CheckIn.person_id))) == {person.id}


def counted(session: Session, platform: Platform, now: datetime) -> Any:
    tallies.fold(session, platform.id, 2026, now)
    return session.execute(sa.text("select pending_participations, base, bonus from scorecards")).one()


def rows(session: Session) -> dict[str, int]:
    tables = (Person, Contact, StaffRole, CheckIn)
    return {table.__name__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables}


def test_a_link_is_good_once_for_a_day_and_the_newest_alone(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        first = rejoinings.offer(session, person.id, by, now)
        second = rejoinings.offer(session, person.id, by, now)
        assert refusal(rejoinings.offered_to, session, first, NEW, now) == "rejoining_expired"
        late = now + timedelta(hours=24)
        assert refusal(take_up, session, second, NEW, late) == "rejoining_expired"
        assert refusal(take_up, session, "guessed", NEW, now) == "rejoining_unknown"
        take_up(session, second, NEW, now)
        assert refusal(take_up, session, second, "o-thief", now) == "rejoining_used"
        assert refusal(rejoinings.offered_to, session, second, "o-thief", now) == "rejoining_used"
        assert second not in set(session.scalars(sa.select(Rejoining.token_hash)))


def test_the_province_alone_makes_links_and_for_staff_alone(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        for actor in (reviewer, Actor(person.id, Role.PLATFORM, 1), Actor(person.id)):
            assert refusal(rejoinings.offer, session, person.id, actor, now) == "not_allowed"
        visitor = builders.person(session)
        assert refusal(rejoinings.offer, session, visitor.id, by, now) == "not_found"


def test_a_role_that_ended_meanwhile_makes_the_link_worthless(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        token = rejoinings.offer(session, person.id, by, now)
        session.execute(sa.update(StaffRole).where(StaffRole.person_id == person.id).values(ended_at=now))
        assert refusal(take_up, session, token, NEW, now) == "rejoining_expired"


def test_the_official_who_opens_their_own_link_stays_who_they_are(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        token = rejoinings.offer(session, person.id, by, now)
        own = str(session.get_one(Person, by.person_id).openid)
        assert refusal(take_up, session, token, own, now) == "rejoining_own"
        assert roles(session, own) == {(Role.PROVINCE, None)}
        take_up(session, token, NEW, now)


def test_who_opens_it_with_the_same_openid_loses_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person, by = colleague(session), official(session)
        held = roles(session, str(person.openid))
        take_up(session, rejoinings.offer(session, person.id, by, now), str(person.openid), now)
        assert roles(session, str(person.openid)) == held


def test_of_two_that_open_it_in_one_moment_one_is_joined(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        person, by = colleague(session), official(session)
        token = rejoinings.offer(session, person.id, by, now)

    def rejoin(number: int) -> str | None:
        try:
            with emptied_postgres.transaction() as session:
                return take_up(session, token, f"o-{number}-phone", now).openid
        except Refused:
            return None

    with ThreadPoolExecutor(6) as pool:
        joined = [openid for openid in pool.map(rejoin, range(6)) if openid]
    with emptied_postgres.read() as session:
        assert [session.get_one(Person, person.id).openid] == joined
