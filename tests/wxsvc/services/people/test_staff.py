"""人员角色与邀请: a role begins with a one-time link and ends at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.person import Invitation, Person, StaffRole
from models.terms import Role
from tests import builders
from tests.in_turn import meet
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.people import link_claims, persons, platform_changes, staff, staff_lists
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

VAULT = Vault(["a secret of at least thirty-two characters"])


def test_an_invitation_makes_its_opener_a_colleague(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        official = builders.staff(session, role=Role.PROVINCE)
        token = staff.invite(session, Role.PLATFORM, platform.id, official, now)
        role = staff.accept(session, token, "o-new", "王<b>小明", now, vault=VAULT)
        assert (role.role, role.platform_id, role.granted_by) == (Role.PLATFORM, platform.id, official.person_id)
        assert [each.id for each in staff.roles_of(session, "o-new")] == [role.id]
        assert persons.name_of(session.get_one(Person, role.person_id), VAULT) == "王<b>小明"


def test_opening_the_own_invitation_twice_leaves_one_role(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)
        first = staff.accept(session, token, "o-new", "王小明", now, vault=VAULT)
        second = staff.accept(session, token, "o-new", "王小明", now + timedelta(days=30), vault=VAULT)
        assert first.id == second.id
        assert session.scalar(sa.select(sa.func.count()).select_from(StaffRole)) == 1


def test_a_second_invitation_to_the_same_role_changes_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        tokens = [staff.invite(session, Role.REVIEWER, None, MACHINE, now) for _ in range(2)]
        roles = [staff.accept(session, token, "o-new", "王小明", now, vault=VAULT) for token in tokens]
        assert roles[0].id == roles[1].id


def test_a_used_invitation_opens_nothing_for_anybody_else(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)
        staff.accept(session, token, "o-first", "王小明", now, vault=VAULT)
        with pytest.raises(Refused, match="invitation_used"):
            staff.accept(session, token, "o-second", "李四", now, vault=VAULT)
        assert staff.roles_of(session, "o-second") == ()


def test_an_ended_role_does_not_come_back_through_its_old_invitation(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)
        role = staff.accept(session, token, "o-new", "王小明", now, vault=VAULT)
        assert not staff.is_open(session, token, role.person_id, now)
        staff.end_role(session, role.id, MACHINE, now)
        with pytest.raises(Refused, match="invitation_used"):
            staff.is_open(session, token, role.person_id, now)
        with pytest.raises(Refused, match="invitation_used"):
            staff.accept(session, token, "o-new", "王小明", now, vault=VAULT)
        assert staff.roles_of(session, "o-new") == ()


def test_an_invitation_lasts_a_day(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)
        with pytest.raises(Refused, match="invitation_expired"):
            staff.accept(session, token, "o-new", "王小明", now + timedelta(hours=24), vault=VAULT)
        staff.accept(session, token, "o-new", "王小明", now + timedelta(hours=24, seconds=-1), vault=VAULT)


@pytest.mark.parametrize("token", ["", "{token}", "]]>", "x" * 10_000])
def test_a_token_that_nobody_made_opens_nothing(db: Database, now: datetime, token: str) -> None:
    with db.transaction() as session, pytest.raises(Refused, match="invitation_unknown"):
        staff.accept(session, token, "o-new", "王小明", now, vault=VAULT)


def test_the_token_itself_is_kept_nowhere(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.invite(session, Role.REVIEWER, None, MACHINE, now)
        kept = session.scalars(sa.select(Invitation)).one()
        logged = session.scalars(sa.select(LogEntry)).one()
        assert token not in (kept.token_hash, str(logged.details))
        assert len(token) >= 40


def test_who_may_invite_whom(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        official = builders.staff(session, role=Role.PROVINCE)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        member = builders.staff(session, own)
        for role, platform_id in ((Role.PROVINCE, None), (Role.REVIEWER, None), (Role.PLATFORM, own.id)):
            staff.invite(session, role, platform_id, official, now)
        staff.invite(session, Role.PLATFORM, own.id, member, now)
        refused = [
            (Role.PLATFORM, other.id, member),
            (Role.REVIEWER, None, member),
            (Role.PROVINCE, None, member),
            (Role.PROVINCE, None, reviewer),
            (Role.PLATFORM, own.id, reviewer),
            (Role.PLATFORM, own.id, Actor(builders.person(session).id)),
            (Role.PROVINCE, None, Actor(None)),
        ]
        for role, platform_id, by in refused:
            with pytest.raises(Refused, match="not_allowed"):
                staff.invite(session, role, platform_id, by, now)


def test_platform_staff_need_a_platform_that_exists(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for platform_id in (None, 999_999):
            with pytest.raises(Refused, match="platform_needed"):
                staff.invite(session, Role.PLATFORM, platform_id, MACHINE, now)


def test_the_first_official_is_made_only_while_there_is_none(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        forgotten = staff.first_official(session, now)
        token = staff.first_official(session, now)
        with pytest.raises(Refused, match="invitation_expired"):
            staff.accept(session, forgotten, "o-x", "王小明", now, vault=VAULT)
        role = staff.accept(session, token, "o-new", "王小明", now, vault=VAULT)
        assert role.role is Role.PROVINCE
        with pytest.raises(Refused, match="official_exists"):
            staff.first_official(session, now)


def test_a_role_ends_at_once_and_with_it_the_open_invitations(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        member = builders.staff(session, platform)
        token = staff.invite(session, Role.PLATFORM, platform.id, member, now)
        role = session.scalars(sa.select(StaffRole)).one()
        official = builders.staff(session, role=Role.PROVINCE)
        staff.end_role(session, role.id, official, now)
        staff.end_role(session, role.id, official, now + timedelta(days=1))
        assert role.ended_at == now
        openid = session.get_one(Person, member.person_id).openid or ""
        assert staff.roles_of(session, openid) == ()
        with pytest.raises(Refused, match="invitation_expired"):
            staff.accept(session, token, "o-new", "李四", now, vault=VAULT)


def test_who_may_end_a_role(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        builders.staff(session, own)
        role = session.scalars(sa.select(StaffRole)).one()
        strangers = (
            builders.staff(session, other),
            builders.staff(session, role=Role.REVIEWER),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                staff.end_role(session, role.id, by, now)
        staff.end_role(session, role.id, builders.staff(session, own), now)
        assert role.ended_at == now


def test_the_last_official_stays(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        role = session.scalars(sa.select(StaffRole)).one()
        with pytest.raises(Refused, match="last_official"):
            staff.end_role(session, role.id, official, now)
        builders.staff(session, role=Role.PROVINCE)
        staff.end_role(session, role.id, official, now)


def test_of_two_officials_who_end_each_others_role_one_stays(emptied_postgres: Database, now: datetime) -> None:
    """Both see two officials when they begin; the second waits for the first, and finds one."""
    with emptied_postgres.transaction() as session:
        one, other = (builders.staff(session, role=Role.PROVINCE) for _ in range(2))
        ids = {row.person_id: row.id for row in session.scalars(sa.select(StaffRole))}

    def end(of: Actor, by: Actor) -> Callable[[Session], object]:
        return lambda session: staff.end_role(session, ids[of.person_id or 0], by, now).ended_at

    assert meet(emptied_postgres, end(other, one), end(one, other)) == [now, "last_official"]
    with emptied_postgres.read() as session:
        assert staff.officials(session) == 1


def test_of_two_officials_who_leave_and_are_sent_away_one_stays(emptied_postgres: Database, now: datetime) -> None:
    """One deletes what is kept of them while a colleague's role is ended."""
    with emptied_postgres.transaction() as session:
        one, other = (builders.staff(session, role=Role.PROVINCE) for _ in range(2))
        role = session.scalars(sa.select(StaffRole.id).where(StaffRole.person_id == one.person_id)).one()
    answers = meet(
        emptied_postgres,
        lambda session: persons.erase(session, other.person_id or 0, other, now).openid,
        lambda session: staff.end_role(session, role, one, now).ended_at,
    )
    assert answers == [None, "last_official"]


def test_nobody_comes_to_a_platform_that_is_being_closed(emptied_postgres: Database, now: datetime) -> None:
    """The link was opened before; closing ends every role there, so none is given after it."""
    with emptied_postgres.transaction() as session:
        platform = builders.platform(session)
        official, colleague = builders.staff(session, role=Role.PROVINCE), builders.staff(session, platform)
        token = staff.invite(session, Role.PLATFORM, platform.id, colleague, now)
    answers = meet(
        emptied_postgres,
        lambda session: platform_changes.close(session, platform.id, now.date(), "批复", 0, official, now).closed_on,
        lambda session: staff.accept(session, token, "o-new", "张三", now, vault=VAULT),
    )
    assert answers == [now.date(), "platform_closed"]
    with emptied_postgres.read() as session:
        held = sa.select(sa.func.count()).where(StaffRole.platform_id == platform.id, StaffRole.is_held)
        assert session.scalar(held) == 0


def test_a_colleague_is_not_confirmed_at_a_platform_that_is_being_closed(
    emptied_postgres: Database, now: datetime
) -> None:
    """Who opened the link in time has three days; closing the platform is quicker."""
    with emptied_postgres.transaction() as session:
        platform = builders.platform(session)
        officials = [builders.staff(session, role=Role.PROVINCE) for _ in range(2)]
        token = staff.invite(session, Role.PLATFORM, platform.id, officials[0], now - timedelta(hours=1))
        claim = link_claims.ask_to_join(session, token, "o-new", "张三", now - timedelta(hours=1), vault=VAULT)
        assert claim is not None
    answers = meet(
        emptied_postgres,
        lambda session: (
            platform_changes.close(session, platform.id, now.date(), "批复", 0, officials[0], now).closed_on
        ),
        lambda session: link_claims.confirm(session, claim.id, officials[1], now, VAULT),
    )
    assert answers == [now.date(), "platform_closed"]
    with emptied_postgres.read() as session:
        held = sa.select(sa.func.count()).where(StaffRole.platform_id == platform.id, StaffRole.is_held)
        assert session.scalar(held) == 0


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("deed", ["confirmed", "transferred"])
def test_who_goes_meanwhile_holds_no_role(
    emptied_postgres: Database, now: datetime, deed: str, *, is_first: bool
) -> None:
    """Somebody deletes what is kept of them while an official gives them a role: nobody holds it afterwards."""
    with emptied_postgres.transaction() as session:
        here, there = builders.platform(session), builders.platform(session)
        official = builders.staff(session, role=Role.PROVINCE)
        by = builders.staff(session, here) if deed == "transferred" else Actor(builders.person(session).id)
        clerk = session.get_one(Person, by.person_id)
        role = session.scalar(sa.select(StaffRole.id).where(StaffRole.person_id == clerk.id))
        claim = None
        if deed == "confirmed":
            token = staff.invite(session, Role.PLATFORM, there.id, official, now)
            claim = link_claims.ask_to_join(session, token, str(clerk.openid), "张三", now, vault=VAULT)

    def give(session: Session) -> object:
        if claim is not None:
            return link_claims.confirm(session, claim.id, official, now, VAULT)
        return staff.transfer(session, role or 0, there.id, "调动", official, now).ended_at

    def leave(session: Session) -> object:
        return persons.erase(session, clerk.id, by, now).openid

    answers = meet(emptied_postgres, *((leave, give) if is_first else (give, leave)))
    refused = "claim_over" if deed == "confirmed" else "role_ended"
    assert answers == ([None, refused] if is_first else [None, None])
    with emptied_postgres.read() as session:
        held = sa.select(sa.func.count()).where(StaffRole.person_id == clerk.id, StaffRole.is_held)
        assert session.scalar(held) == 0


def test_a_person_of_several_roles_has_the_widest_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        for role, platform_id in ((Role.PLATFORM, platform.id), (Role.REVIEWER, None), (Role.PROVINCE, None)):
            token = staff.invite(session, role, platform_id, MACHINE, now)
            staff.accept(session, token, "o-many", "王小明", now, vault=VAULT)
        assert [each.role for each in staff.roles_of(session, "o-many")] == [
            Role.PROVINCE,
            Role.REVIEWER,
            Role.PLATFORM,
        ]


def test_who_is_behind_an_openid_with_every_role_that_is_held(db: Database, now: datetime) -> None:
    """In the order granted, each with its platform; a role that ended is in none of the lists."""
    with db.transaction() as session:
        platform = builders.platform(session)
        assert staff.known(session, "o-new") == staff.KnownPerson(None, ())
        persons.person_of(session, "o-new", now)
        assert staff.known(session, "o-new").standings == ()
        tokens = [staff.invite(session, role, platform.id, MACHINE, now) for role in (Role.PLATFORM, Role.REVIEWER)]
        at_platform, reviewer = [staff.accept(session, token, "o-new", "王小明", now, vault=VAULT) for token in tokens]
        known = staff.known(session, "o-new")
        assert known.person_id == reviewer.person_id
        assert known.standings == staff.standings_of(session, reviewer.person_id)
        assert known.standings == (
            staff.RoleHeld(at_platform.id, Role.PLATFORM, platform.id, platform.name, platform.code, platform.kind),
            staff.RoleHeld(reviewer.id, Role.REVIEWER, None, None, None),
        )
        person = session.get_one(Person, reviewer.person_id)
        assert staff_lists.everyone(session) == [(reviewer, person, None), (at_platform, person, platform)]
        staff.end_role(session, reviewer.id, MACHINE, now)
        assert [each.role for each in staff.known(session, "o-new").standings] == [Role.PLATFORM]
        assert staff_lists.everyone(session) == [(at_platform, person, platform)]
