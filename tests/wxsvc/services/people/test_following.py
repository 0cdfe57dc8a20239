"""来去: who was there when, told by the pushes' own times; leaving erases, and only what it may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn, RefusedScan
from models.errand import ChatPicture, PersonTag
from models.journal import LogEntry
from models.notice import Delivery, Notice
from models.person import Contact, DeskSignIn, Passage, Person, StaffRole
from models.terms import DeliveryState, Door, NoticePurpose, Refusal, Role
from tests import builders
from tests.databases import every_row
from wxsvc.chat.envelope import MAX_AGE
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.people import following, own_information, rejoinings
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TRACE = VAULT.lookup("o-1")


def follow(session: Session, at: datetime) -> Person:
    return following.follow(session, "o-1", TRACE, at)


def leave(session: Session, at: datetime, openid: str = "o-1") -> None:
    following.leave(session, openid, VAULT.lookup(openid), at)


def refused(session: Session, who: int, at: datetime) -> None:
    session.add(
        RefusedScan(
            person_id=who, typed="1", door=Door.CODE, refusal=Refusal.NOT_ENROLLED, scanned_at=at, received_at=at
        )
    )
    session.flush()


def test_older_pushes_are_told_apart_as_long_as_they_may_arrive() -> None:
    assert following.ARRIVES_WITHIN.total_seconds() == MAX_AGE
    assert following.KNOWN_FOR > 2 * following.ARRIVES_WITHIN


def test_leaving_erases_at_once_and_is_idempotent(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = follow(session, now)
        leave(session, now + MINUTE)
        leave(session, now + MINUTE)
        assert (person.openid, person.is_following, person.erased_at) == (None, False, now + MINUTE)
        assert TRACE != "o-1"
        traced = session.scalars(sa.select(Passage.openid_hash)).all()
        assert set(traced) == {TRACE}
        assert len(session.scalars(sa.select(Person)).all()) == 1


def test_what_was_on_its_way_stops(db: Database, now: datetime) -> None:
    """A member of staff leaves: role, tag, an unclaimed picture, a waiting message, an open desk."""
    with db.transaction() as session:
        member = builders.staff(session, builders.platform(session))
        person = session.get_one(Person, member.person_id)
        person.openid = "o-1"
        notice = Notice(purpose=NoticePurpose.FILING, key="k", facts={}, made_at=now, person_id=person.id)
        session.add_all([notice, PersonTag(person_id=person.id, tag="platform")])
        session.flush()
        session.add_all(
            [
                ChatPicture(key="k", person_id=person.id, media_id="m", sent_at=now, received_at=now),
                Delivery(notice_id=notice.id, person_id=person.id, client_msg_id="c"),
                DeskSignIn(
                    token_hash="t", number="1234", expires_at=now + 2 * MINUTE, person_id=person.id, approved_at=now
                ),
            ]
        )
        session.flush()
        leave(session, now + MINUTE)
        session.expire_all()
        assert session.scalars(sa.select(StaffRole.ended_at)).all() == [now + MINUTE]
        assert session.scalars(sa.select(PersonTag)).all() == []
        assert session.scalars(sa.select(ChatPicture.dropped_at)).all() == [now + MINUTE]
        assert session.scalars(sa.select(Delivery.state)).all() == [DeliveryState.NOT_FOLLOWING]
        assert session.scalars(sa.select(DeskSignIn.expires_at)).all() == [now + MINUTE]


def test_a_leaving_from_before_the_first_sign_of_somebody_erases_nobody(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = follow(session, now)
        leave(session, now - MINUTE)
        assert (person.openid, person.is_following, person.followed_at) == ("o-1", True, now)


def test_a_late_leaving_never_erases_a_newer_enrolment_role_or_import(db: Database, now: datetime) -> None:
    long_ago = now - timedelta(days=9)
    with db.transaction() as session:
        enrolled = builders.person(
            session, openid="o-1", created_at=long_ago, followed_at=long_ago, consent_version="1", consented_at=now
        )
        member = session.get_one(Person, builders.staff(session, builders.platform(session)).person_id)
        imported = builders.person(session, openid="o-3", created_at=long_ago)
        builders.contact(session, imported, builders.enterprise(session))
        member.created_at = long_ago
        session.flush()
        for openid in ("o-1", member.openid or "", "o-3"):
            leave(session, now - SECOND, openid)
        assert (enrolled.openid, imported.openid) == ("o-1", "o-3")
        assert member.openid is not None
        assert (enrolled.is_following, enrolled.followed_at) == (False, None)
        leave(session, now + SECOND)
        assert enrolled.openid is None


def test_whoever_comes_back_is_somebody_new_in_either_order(db: Database, now: datetime) -> None:
    """The return may be delivered before the leaving; the enrolment goes all the same."""
    for number, returned_first in enumerate((False, True)):
        openid, back = f"o-{number + 10}", now + 2 * MINUTE
        trace = VAULT.lookup(openid)
        with db.transaction() as session:
            old = builders.person(session, openid=openid, created_at=now - MINUTE, consent_version="1")
            old.name_sealed = VAULT.encrypt("王小明")
            session.flush()
            if returned_first:
                assert following.follow(session, openid, trace, back) is old
            leave(session, now, openid)
            new = following.follow(session, openid, trace, back)
            assert [old.openid, old.name_sealed, old.erased_at] == [None, None, now]
            assert new.id != old.id
            assert (new.openid, new.is_following, new.followed_at, new.created_at) == (openid, True, back, back)
            assert new.consent_version is None


def test_two_leavings_in_the_wrong_order_leave_the_same_persons(db: Database, now: datetime) -> None:
    moments = {"leave": (now, now + 2 * MINUTE), "follow": (now + MINUTE, now + 3 * MINUTE)}
    seen = []
    for number, order in enumerate(([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1])):
        openid = f"o-{number + 10}"
        trace = VAULT.lookup(openid)
        steps = [("leave", 0), ("follow", 0), ("leave", 1), ("follow", 1)]
        with db.transaction() as session:
            builders.person(session, openid=openid, created_at=now - MINUTE)
            for step in order:
                kind, which = steps[step]
                (following.follow if kind == "follow" else following.leave)(
                    session, openid, trace, moments[kind][which]
                )
            session.flush()
            rows = sa.select(Person.created_at, Person.erased_at, Person.followed_at, Person.openid.is_(None))
            seen.append(sorted(session.execute(rows).all(), key=str))
            session.execute(sa.delete(Passage))
            session.execute(sa.delete(Person))
    assert len(seen[0]) == 3
    assert all(rows == seen[0] for rows in seen)


def test_scans_of_somebody_not_enrolled_go_with_their_own_time(db: Database, now: datetime) -> None:
    """A late leaving parts them: what was scanned after it waits for the new one's enrolment."""
    with db.transaction() as session:
        old = follow(session, now)
        follow(session, now + 2 * MINUTE)
        for minutes in (0, 1, 3):
            refused(session, old.id, now + minutes * MINUTE)
        leave(session, now + MINUTE)
        new = session.scalars(sa.select(Person).where(Person.openid == "o-1")).one()
        rows = session.execute(sa.select(RefusedScan.person_id, RefusedScan.scanned_at)).all()
        assert sorted(map(tuple, rows)) == [
            (old.id, now),
            (old.id, now + MINUTE),
            (new.id, now + 3 * MINUTE),
        ]
        assert new.created_at == now + 2 * MINUTE


def test_the_example_in_the_docstring(db: Database, now: datetime) -> None:
    """The moments that the module tells of, in the order of their delivery; ``now`` is 10:00."""
    with db.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")

    def push(kind: str, minutes: int, delivered: int) -> None:
        at = now + minutes * MINUTE
        if kind == "scans":
            with db.check_in_connection() as connection:
                outcome = check_in(connection, Scan("o-1", "1", Door.CODE, at, now + delivered * MINUTE), VAULT)
            assert outcome.kind is OutcomeKind.FIRST_VISIT
            return
        with db.transaction() as session:
            (follow if kind == "follows" else leave)(session, at)

    def rows() -> tuple[list[Any], list[Any]]:
        """Each person's openid, and when they were met, followed and left; and whose the refused scans are."""
        with db.read() as session:
            persons = session.scalars(sa.select(Person).order_by(Person.id)).all()
            numbers = {person.id: number for number, person in enumerate(persons, 1)}
            scans = session.execute(
                sa.select(RefusedScan.scanned_at, RefusedScan.person_id).order_by(RefusedScan.scanned_at)
            )
            return [
                (each.openid, *map(minute, (each.created_at, each.followed_at, each.erased_at))) for each in persons
            ], [(minute(at), numbers[person_id]) for at, person_id in scans]

    def minute(at: datetime | None) -> float | None:
        return None if at is None else (at - now) / MINUTE

    push("follows", 0, delivered=0)
    push("scans", 1, delivered=1)
    assert rows() == ([("o-1", 0, 0, None)], [(1, 1)])
    push("follows", 3, delivered=3)
    push("scans", 4, delivered=4)
    assert rows() == ([("o-1", 0, 3, None)], [(1, 1), (4, 1)])
    push("leaves", 2, delivered=5)
    assert rows() == ([(None, 0, None, 2), ("o-1", 3, 3, None)], [(1, 1), (4, 2)])
    push("scans", 2, delivered=6)
    assert rows() == ([(None, 0, None, 2), ("o-1", 3, 3, None)], [(1, 1), (2, 1), (4, 2)])
    with db.transaction() as session:
        following.forget(session, now + 14 * MINUTE)
        assert session.scalars(sa.select(Passage.passed_at).where(Passage.is_leaving)).all() == []


def test_a_scan_lands_under_whoever_it_was(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        connection = session.connection()
        leave(session, now)
        before = following.whose(connection, "o-1", TRACE, now - MINUTE)
        after = following.whose(connection, "o-1", TRACE, now + MINUTE)
        assert following.whose(connection, "o-1", TRACE, now) == before
        gone, there = session.get_one(Person, before), session.get_one(Person, after)
        assert (gone.openid, gone.created_at, gone.erased_at) == (None, now - MINUTE, now)
        assert (there.openid, there.created_at, there.erased_at) == ("o-1", now + MINUTE, None)


def test_somebody_enrolled_is_known_at_the_door_until_nothing_older_arrives(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        connection = session.connection()
        person = builders.person(session, openid="o-1", created_at=now - timedelta(days=1))
        enterprise = builders.enterprise(session, created_at=now)
        session.add(Contact(person_id=person.id, enterprise_id=enterprise.id, is_current=True, created_at=now - MINUTE))
        session.flush()
        leave(session, now)
        new = follow(session, now + MINUTE)
        assert following.whose(connection, "o-1", TRACE, now + following.ARRIVES_WITHIN) == person.id
        assert following.whose(connection, "o-1", TRACE, now + following.ARRIVES_WITHIN + SECOND) == new.id
        following.forget(session, now + following.KNOWN_FOR)
        assert len(session.scalars(sa.select(Contact)).all()) == 1
        following.forget(session, now + following.KNOWN_FOR + SECOND)
        assert session.scalars(sa.select(Contact)).all() == []
        logged = session.scalars(sa.select(LogEntry).where(LogEntry.subject_id == person.id)).all()
        assert [(entry.deed, entry.done_at) for entry in logged] == [("person.erased", now)]


def test_the_trace_of_a_leaving_goes_and_the_count_stays(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = builders.person(session, openid="o-1", created_at=now - timedelta(days=1))
        enterprise = builders.enterprise(session)
        builders.check_in(session, builders.activity(session, builders.platform(session)), enterprise, person)
        leave(session, now)
        assert following.forget(session, now + timedelta(hours=1)) == 1
        assert following.forget(session, now + timedelta(hours=1)) == 0
        assert session.scalars(sa.select(Passage)).all() == []
        assert session.scalars(sa.select(CheckIn.person_id)).all() == [person.id]


@pytest.mark.parametrize("minutes", [0, 5, 600])
def test_an_unknown_openid_leaves_no_person(db: Database, now: datetime, minutes: int) -> None:
    with db.transaction() as session:
        leave(session, now)
        following.forget(session, now + timedelta(minutes=minutes))
        assert session.scalars(sa.select(Person)).all() == []


def test_a_push_from_before_the_deletion_makes_nobody_new_and_its_trace_goes(db: Database, now: datetime) -> None:
    """删除 keeps no openid; an older following, leaving or scan is still theirs, a newer one somebody else's."""
    with db.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        person_id = builders.person(session, openid="o-1", created_at=now - MINUTE).id
        own_information.erase(session, person_id, Actor(person_id), now, vault=VAULT)
        follow(session, now - 2 * SECOND)
        leave(session, now - SECOND)
    with db.check_in_connection() as connection:
        scan = Scan("o-1", "1", Door.CODE, now - SECOND, now + MINUTE)
        assert check_in(connection, scan, VAULT).kind is OutcomeKind.FORGOTTEN
    with db.transaction() as session:
        assert session.execute(sa.select(Person.id, Person.openid)).all() == [(person_id, None)]
        assert "o-1" not in str(every_row(db))
        assert follow(session, now + SECOND).id != person_id
        following.forget(session, now + 2 * MINUTE + following.KNOWN_FOR)
        assert session.scalars(sa.select(Passage)).all() == []


def test_a_former_openid_erases_nobody_when_its_leaving_is_told_after_the_rejoining(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        staff, by = builders.staff(session, builders.platform(session)), builders.staff(session, role=Role.PROVINCE)
        person = session.get_one(Person, staff.person_id)
        person.openid, person.created_at = "o-1", now - timedelta(days=1)
        session.execute(sa.update(StaffRole).values(granted_at=now - timedelta(days=1)))
        token = rejoinings.offer(session, person.id, by, now)
        link = rejoinings.link_of(session, token)
        rejoinings.take_up(session, link.id, "o-2", now, as_of=now, vault=VAULT)
        leave(session, now - MINUTE)
        follow(session, now - SECOND)
        assert (person.openid, person.erased_at) == ("o-2", None)
        assert session.scalars(sa.select(StaffRole.ended_at)).all() == [None, None]
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 2
