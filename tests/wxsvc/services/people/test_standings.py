"""代表资格, decided by several at once: one decision, one entry of the log; who is told costs one statement."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.person import Standing
from models.terms import Role, StandingProof
from tests import builders
from tests.in_turn import meet
from tests.rows_read import statements_of
from tests.timing import until
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import known_standings, persons, standings
from wxsvc.services.refusal import Refused

AT_ONCE = 6


@pytest.fixture
def asked(db: Database, now: datetime) -> tuple[int, int, list[int]]:
    """Somebody new at an enterprise, and six contacts from before."""
    return settled(db, now)


def settled(db: Database, now: datetime) -> tuple[int, int, list[int]]:
    """Their ids: the new one's, the enterprise's, the six."""
    with db.transaction() as session:
        enterprise = builders.enterprise(session)
        old = [builders.person(session) for _ in range(AT_ONCE)]
        for person in old:
            builders.contact(session, person, enterprise)
        new = builders.person(session)
        standings.begin(session, new.id, enterprise.id, now)
        builders.contact(session, new, enterprise)
        return new.id, enterprise.id, [person.id for person in old]


def at_once(db: Database, *deeds: Callable[[Session], None]) -> None:
    """All of them begin in one moment; a refusal is an answer too."""
    begin = Barrier(len(deeds))

    def do(deed: Callable[[Session], None]) -> None:
        begin.wait(10)
        with suppress(Refused), db.transaction() as session:
            deed(session)

    with ThreadPoolExecutor(len(deeds)) as pool:
        list(pool.map(do, deeds))


def entries(db: Database, deed: str) -> int:
    with db.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(LogEntry.deed == deed)) or 0


@pytest.mark.both_databases
def test_several_contacts_confirm_at_once(db: Database, now: datetime, asked: tuple[int, int, list[int]]) -> None:
    new, enterprise, old = asked
    at_once(db, *(lambda session, who=who: standings.vouch(session, new, enterprise, Actor(who), now) for who in old))
    with db.read() as session:
        row = session.get_one(Standing, (new, enterprise))
        assert (row.confirmed_at, row.proof, row.confirmed_by in old) == (now, StandingProof.CONTACT, True)
        assert known_standings.state_of(session, new, enterprise) is known_standings.StandingState.CONFIRMED
    assert entries(db, "person.standing_confirmed") == 1


def test_who_comes_second_waits_and_finds_it_decided(emptied_postgres: Database, now: datetime) -> None:
    """On PostgreSQL, where both read before either has written."""
    new, enterprise, old = settled(emptied_postgres, now)
    in_line = "from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    waits = sa.text(f"select count(*) {in_line}")

    def second() -> None:
        with emptied_postgres.transaction() as session:
            standings.report(session, new, enterprise, Actor(old[1]), now)

    with ThreadPoolExecutor(1) as pool:
        with emptied_postgres.transaction() as session:
            standings.vouch(session, new, enterprise, Actor(old[0]), now)
            other = pool.submit(second)

            def is_waiting() -> bool:
                with emptied_postgres.read() as looking:
                    return bool(looking.scalar(waits))

            until(is_waiting, 20, "nobody waits")
        with pytest.raises(Refused, match="colleague_confirmed"):
            other.result(20)
    with emptied_postgres.read() as session:
        row = session.get_one(Standing, (new, enterprise))
        assert (row.confirmed_by, row.suspended_at) == (old[0], None)
    assert entries(emptied_postgres, "person.standing_reported") == 0


def test_who_goes_while_a_colleague_vouches_for_them_is_not_there(emptied_postgres: Database, now: datetime) -> None:
    """The colleague is told so."""
    new, enterprise, old = settled(emptied_postgres, now)
    answers = meet(
        emptied_postgres,
        lambda session: persons.erase(session, new, Actor(new), now).openid,
        lambda session: standings.vouch(session, new, enterprise, Actor(old[0]), now),
    )
    assert answers == [None, "not_found"]


@pytest.mark.both_databases
def test_one_confirms_while_others_report_and_the_province_decides(
    db: Database, now: datetime, asked: tuple[int, int, list[int]]
) -> None:
    """Whoever comes first decides; never is it both."""
    new, enterprise, old = asked
    at_once(
        db,
        *(lambda session, who=who: standings.vouch(session, new, enterprise, Actor(who), now) for who in old[:3]),
        *(lambda session, who=who: standings.report(session, new, enterprise, Actor(who), now) for who in old[3:]),
    )
    with db.read() as session:
        row = session.get_one(Standing, (new, enterprise))
        assert (row.confirmed_at is None) != (row.suspended_at is None)
    assert entries(db, "person.standing_confirmed") + entries(db, "person.standing_reported") == 1
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
    at_once(
        db,
        *(
            lambda session, yes=yes: standings.decide(session, new, enterprise, is_confirmed=yes, by=official, now=now)
            for yes in (True, False, True)
        ),
    )
    with db.read() as session:
        row = session.get_one(Standing, (new, enterprise))
        assert (row.confirmed_at is None) != (row.suspended_at is None)


@pytest.mark.both_databases
def test_who_is_told_is_one_statement_however_many_they_are(
    db: Database, now: datetime, asked: tuple[int, int, list[int]]
) -> None:
    """Confirmed ones alone, the first to come first: not who is open or suspended, merged enterprises' among them."""
    new, enterprise, old = asked
    with db.transaction() as session:
        merged = builders.enterprise(session, merged_into_id=enterprise)
        states = (
            {"enterprise_id": enterprise},
            {"enterprise_id": enterprise, "suspended_at": now},
            {"enterprise_id": merged.id, "confirmed_at": now, "proof": StandingProof.STAFF},
            {"enterprise_id": merged.id, "confirmed_at": now, "proof": StandingProof.STAFF, "suspended_at": now},
        )
        for who, columns in zip(old, states, strict=False):
            session.add(Standing(person_id=who, begun_at=now - timedelta(days=1), **columns))
    told = [old[2], *old[4:]]
    with db.read() as session:
        alone = [each for each in old if known_standings.state_of(session, each, enterprise).value == "confirmed"]
        with statements_of(db.engine) as seen:
            found = list(known_standings.confirmed_contacts(session, enterprise, new, 20))
        assert (found, alone, len(seen)) == (told, told, 1)
        assert list(known_standings.confirmed_contacts(session, enterprise, new, 2)) == told[:2]


@pytest.mark.both_databases
def test_no_more_than_twenty_are_told(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        enterprise = builders.enterprise(session)
        for _ in range(25):
            builders.contact(session, builders.person(session), enterprise)
        standings.begin(session, builders.person(session).id, enterprise.id, now)
        told = session.scalars(sa.select(Notice.person_id)).all()
        assert len(told) == len(set(told)) == 20
