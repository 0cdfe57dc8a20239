"""Tags follow the roles by themselves, and the menu with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import PersonTag
from models.person import Person, StaffRole
from models.platform import Platform
from models.terms import Role
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.worker.at_wechat import clock, house, sim
from wxsvc.house import House
from wxsvc.services.people import following
from wxsvc.simulator import Simulator
from wxsvc.wechat import tags
from wxsvc.worker import person_tags

__all__ = ["clock", "house", "sim"]

TAG, UNTAG = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging"


def colleague(session: Session, sim: Simulator, name: str, *, follows: bool = True) -> Person:
    """Somebody with a phone and no role yet."""
    return builders.person(session, openid=sim.phone(name, follows=follows).openid)


def grant(session: Session, who: Person, role: Role, at: Platform | None = None) -> StaffRole:
    given = StaffRole(person_id=who.id, role=role, platform_id=at.id if at else None, granted_at=builders.NOW)
    session.add(given)
    session.flush()
    return given


def tags_of(sim: Simulator, name: str) -> list[str]:
    """The tags that this person carries at WeChat, the deciding one last."""
    names = sim.account.tags.names()
    return [names[tag] for tag in sim.account.people.find(sim.phone(name).openid).tags]


def end_roles(house: House, *ids: int) -> None:
    with house.database.transaction() as session:
        ended = sa.update(StaffRole).values(ended_at=house.now())
        session.execute(ended.where(StaffRole.id.in_(ids)) if ids else ended)


def test_a_role_brings_its_tag_and_its_end_takes_it_away(house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        platform = builders.platform(session)
        grant(session, colleague(session, sim, "clerk"), Role.PLATFORM, platform)
        grant(session, colleague(session, sim, "reviewer"), Role.REVIEWER)
        colleague(session, sim, "visitor")
    assert person_tags.follow_roles(house) == 2
    assert (tags_of(sim, "clerk"), tags_of(sim, "reviewer")) == (["平台工作人员"], ["省级工作人员"])
    assert tags_of(sim, "visitor") == []
    end_roles(house)
    assert person_tags.follow_roles(house) == 2
    assert tags_of(sim, "clerk") == tags_of(sim, "reviewer") == []


def test_only_changes_cause_calls_and_they_go_in_batches(house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        platform = builders.platform(session)
        for number in range(60):
            grant(session, colleague(session, sim, f"clerk {number}"), Role.PLATFORM, platform)
    assert person_tags.follow_roles(house) == 60
    assert sim.gate.count(TAG) == 2
    before = len(sim.gate.calls)
    assert person_tags.follow_roles(house) == 0
    assert len(sim.gate.calls) == before


def test_a_provincial_role_goes_before_a_platforms(house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        clerk = colleague(session, sim, "clerk")
        at_platform = grant(session, clerk, Role.PLATFORM, builders.platform(session)).id
    person_tags.follow_roles(house)
    with house.database.transaction() as session:
        provincial = grant(session, clerk, Role.PROVINCE).id
    person_tags.follow_roles(house)
    assert tags_of(sim, "clerk") == ["省级工作人员"]
    end_roles(house, provincial)
    person_tags.follow_roles(house)
    assert tags_of(sim, "clerk") == ["平台工作人员"]
    end_roles(house, at_platform)
    person_tags.follow_roles(house)
    assert tags_of(sim, "clerk") == []


def test_the_new_tag_is_put_on_before_the_old_one_goes(house: House, sim: Simulator) -> None:
    """So nobody sees the enterprises' menu in between, and a call lost half-way leaves the right one deciding."""
    with house.database.transaction() as session:
        clerk = colleague(session, sim, "clerk")
        grant(session, clerk, Role.PLATFORM, builders.platform(session))
    person_tags.follow_roles(house)
    with house.database.transaction() as session:
        grant(session, clerk, Role.REVIEWER)
    sim.faults.add(UNTAG, code=45009)
    assert person_tags.follow_roles(house) == 0
    assert tags_of(sim, "clerk")[-1] == "省级工作人员"
    with house.database.read() as session:
        row = session.scalars(sa.select(PersonTag)).one()
        assert row.tag == "platform"
        assert "45009" in (row.problem or "")


def test_a_failure_backs_off_and_is_made_up_for(house: House, sim: Simulator, clock: SettableClock) -> None:
    with house.database.transaction() as session:
        grant(session, colleague(session, sim, "clerk"), Role.PLATFORM, builders.platform(session))
    sim.account.tokens.whitelist = set()
    assert person_tags.follow_roles(house) == 0
    before = len(sim.gate.calls)
    assert person_tags.follow_roles(house) == 0
    assert len(sim.gate.calls) == before
    with house.database.read() as session:
        assert "40164" in (session.scalars(sa.select(PersonTag)).one().problem or "")
    sim.account.tokens.whitelist = None
    house.gateway.token._failure = None  # two seconds of real time
    clock.advance(minutes=3)
    assert person_tags.follow_roles(house) == 1
    with house.database.read() as session:
        row = session.scalars(sa.select(PersonTag)).one()
        assert (row.tag, row.tries, row.problem) == ("platform", 0, None)


def test_who_does_not_follow_is_tagged_as_soon_as_they_do(house: House, sim: Simulator, clock: SettableClock) -> None:
    with house.database.transaction() as session:
        platform = builders.platform(session)
        grant(session, colleague(session, sim, "absent", follows=False), Role.PLATFORM, platform)
        grant(session, colleague(session, sim, "present"), Role.PLATFORM, platform)
    assert person_tags.follow_roles(house) == 1
    clock.advance(hours=2)
    assert person_tags.follow_roles(house) == 0
    openid = sim.phone("absent", follows=True).openid
    with house.database.transaction() as session:
        following.follow(session, openid, house.vault.lookup(openid), house.now())
    assert person_tags.follow_roles(house) == 1
    assert tags_of(sim, "absent") == ["平台工作人员"]


def test_who_follows_while_wechat_is_asked_is_asked_about_again_at_once(
    house: House, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer "does not follow" is of before; noted, it would keep the menu away for a day."""
    with house.database.transaction() as session:
        grant(session, colleague(session, sim, "clerk", follows=False), Role.PLATFORM, builders.platform(session))
    openid = sim.phone("clerk").openid
    ask = tags.add

    def follow_after(*asked: Any) -> list[str]:
        answer = ask(*asked)
        sim.phone("clerk", follows=True)
        with house.database.transaction() as session:
            following.follow(session, openid, house.vault.lookup(openid), house.now())
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(tags, "add", follow_after)
        assert person_tags.follow_roles(house) == 0
    assert person_tags.follow_roles(house) == 1
    assert tags_of(sim, "clerk") == ["平台工作人员"]


def test_following_again_brings_the_tag_back(house: House, sim: Simulator, clock: SettableClock) -> None:
    """Leaving took it away at WeChat; the push of the leaving may have been lost."""
    with house.database.transaction() as session:
        grant(session, colleague(session, sim, "clerk"), Role.PLATFORM, builders.platform(session))
    person_tags.follow_roles(house)
    sim.phone("clerk", follows=False)
    openid = sim.phone("clerk", follows=True).openid
    with house.database.transaction() as session:
        following.follow(session, openid, house.vault.lookup(openid), clock.advance(minutes=1))
    assert person_tags.follow_roles(house) == 1
    assert tags_of(sim, "clerk") == ["平台工作人员"]


def test_what_was_changed_in_the_console_is_put_right_at_night(house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        platform = builders.platform(session)
        grant(session, colleague(session, sim, "clerk"), Role.PLATFORM, platform)
        grant(session, colleague(session, sim, "untagged"), Role.PLATFORM, platform)
        colleague(session, sim, "visitor")
    person_tags.follow_roles(house)
    (tag_id,) = sim.account.tags.names()
    people: dict[str, Any] = {name: sim.account.people.find(sim.phone(name).openid) for name in ("untagged", "visitor")}
    people["untagged"].tags.clear()
    people["visitor"].tags.append(tag_id)
    assert person_tags.compare(house) == 2
    assert person_tags.follow_roles(house) == 1
    assert (tags_of(sim, "untagged"), tags_of(sim, "visitor")) == (["平台工作人员"], [])
    assert person_tags.compare(house) == 0


def test_a_tag_deleted_in_the_console_is_made_again(house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        grant(session, colleague(session, sim, "clerk"), Role.PLATFORM, builders.platform(session))
    person_tags.follow_roles(house)
    (tag_id,) = sim.account.tags.names()
    house.gateway.call("POST", "/cgi-bin/tags/delete", body={"tag": {"id": tag_id}})
    person_tags.compare(house)
    person_tags.follow_roles(house)
    assert tags_of(sim, "clerk") == ["平台工作人员"]


def test_an_erased_person_causes_no_call_and_loses_the_tag_at_night(
    house: House, sim: Simulator, clock: SettableClock
) -> None:
    with house.database.transaction() as session:
        clerk = colleague(session, sim, "clerk")
        grant(session, clerk, Role.PLATFORM, builders.platform(session))
    person_tags.follow_roles(house)
    with house.database.transaction() as session:
        row = session.get_one(Person, clerk.id)
        row.openid, row.erased_at = None, clock.advance(minutes=1)
    end_roles(house)
    before = len(sim.gate.calls)
    assert person_tags.follow_roles(house) == 0
    assert len(sim.gate.calls) == before
    assert person_tags.compare(house) == 1
    assert tags_of(sim, "clerk") == []


def test_nobody_is_tagged_before_the_time_is_up(house: House, sim: Simulator, clock: SettableClock) -> None:
    """A member of staff who never follows costs one call a day."""
    with house.database.transaction() as session:
        grant(session, colleague(session, sim, "absent", follows=False), Role.PLATFORM, builders.platform(session))
    person_tags.follow_roles(house)
    asked = sim.gate.count(TAG)
    for _ in range(11):
        clock.advance(hours=2)
        person_tags.follow_roles(house)
    assert sim.gate.count(TAG) == asked
    clock.advance(hours=2, seconds=timedelta(minutes=1).total_seconds())
    person_tags.follow_roles(house)
    assert sim.gate.count(TAG) > asked
