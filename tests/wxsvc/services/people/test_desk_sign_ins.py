"""扫码登录: for staff, once, within minutes, and for the desk that showed the code alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.person import DeskSignIn, Person, StaffRole
from tests import builders
from wxsvc.db import Database
from wxsvc.services.people import desk_sign_ins
from wxsvc.services.people.desk_sign_ins import Progress
from wxsvc.services.people.web_sessions import SessionPlace
from wxsvc.services.refusal import Refused

PLACE = SessionPlace("chrome windows", "192.0.2.1", is_at_desk=True)


def colleague(session: Session) -> str:
    """The openid of a member of a platform's staff."""
    actor = builders.staff(session, builders.platform(session))
    return str(session.get_one(Person, actor.person_id).openid)


def refusal(call: object, *given: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*given)  # type: ignore[operator]
    return caught.value.code


def test_the_desk_enters_once_as_who_approved_it(db: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    with db.transaction() as session:
        openid = colleague(session)
        assert desk_sign_ins.progress(session, secret, asking.expires_at, now) is Progress.WAITING
        assert desk_sign_ins.enter(session, secret, PLACE, now) is None
        desk_sign_ins.approve(session, asking, "0417", "0417", openid, now)
        desk_sign_ins.approve(session, asking, "0417", "0417", openid, now)
        assert desk_sign_ins.progress(session, secret, asking.expires_at, now) is Progress.APPROVED
        assert desk_sign_ins.enter(session, secret, PLACE, now) == openid
        assert desk_sign_ins.enter(session, secret, PLACE, now) is None
        assert desk_sign_ins.progress(session, secret, asking.expires_at, now) is Progress.OVER
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
    assert list(deeds) == ["person.desk_approved", "person.desk_entered"]


def test_the_code_alone_opens_nothing(db: Database, now: datetime) -> None:
    """Neither the code as it was photographed, nor its stored hash, nor another desk's secret lets anybody in."""
    secret, asking = desk_sign_ins.begin(PLACE, now)
    other, _ = desk_sign_ins.begin(PLACE, now)
    with db.transaction() as session:
        desk_sign_ins.approve(session, asking, "0417", "0417", colleague(session), now)
        stored = session.scalars(sa.select(DeskSignIn.token_hash)).one()
        for guess in (asking.code, stored, other, "", "0417"):
            assert desk_sign_ins.enter(session, guess, PLACE, now) is None
        assert secret not in stored
        assert desk_sign_ins.enter(session, secret, PLACE, now) is not None


def test_it_is_over_after_minutes(db: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    late = now + timedelta(minutes=5)
    with db.transaction() as session:
        openid = colleague(session)
        assert refusal(desk_sign_ins.approve, session, asking, "0417", "0417", openid, late) == "desk_expired"
        desk_sign_ins.approve(session, asking, "0417", "0417", openid, now)
        assert desk_sign_ins.progress(session, secret, asking.expires_at, late) is Progress.OVER
        assert desk_sign_ins.enter(session, secret, PLACE, late) is None


def test_it_is_for_staff_alone(db: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    with db.transaction() as session:
        visitor = builders.person(session)
        for openid in (str(visitor.openid), "o-nobody"):
            assert refusal(desk_sign_ins.approve, session, asking, "0417", "0417", openid, now) == "desk_for_staff"
        openid = colleague(session)
        desk_sign_ins.approve(session, asking, "0417", "0417", openid, now)
        session.execute(sa.update(StaffRole).values(ended_at=now))
        assert desk_sign_ins.enter(session, secret, PLACE, now) is None


def test_the_first_phone_decides(db: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    with db.transaction() as session:
        first, second = colleague(session), colleague(session)
        desk_sign_ins.approve(session, asking, "0417", "0417", first, now)
        assert refusal(desk_sign_ins.approve, session, asking, "0417", "0417", second, now) == "desk_taken"
        assert desk_sign_ins.enter(session, secret, PLACE, now) == first


def test_of_two_that_enter_in_one_moment_one_does(emptied_postgres: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    with emptied_postgres.transaction() as session:
        desk_sign_ins.approve(session, asking, "0417", "0417", colleague(session), now)

    def enter(_: int) -> str | None:
        with emptied_postgres.transaction() as session:
            return desk_sign_ins.enter(session, secret, PLACE, now)

    with ThreadPoolExecutor(8) as pool:
        assert sum(found is not None for found in pool.map(enter, range(8))) == 1


@pytest.mark.both_databases
def test_many_who_guess_at_once_have_three_tries_together(db: Database, now: datetime) -> None:
    secret, asking = desk_sign_ins.begin(PLACE, now)
    with db.transaction() as session:
        openid = colleague(session)

    def guess(typed: int) -> str:
        try:
            with db.transaction() as session:
                left = desk_sign_ins.approve(session, asking, "0417", f"{typed:04}", openid, now)
        except Refused as refused:
            return refused.code
        return f"{left} left"

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(guess, range(1000, 1012)))
    assert told == ["0 left", "1 left", "2 left", *["desk_spent"] * 9]
    with db.transaction() as session:
        assert desk_sign_ins.progress(session, secret, asking.expires_at, now) is Progress.OVER
        assert refusal(desk_sign_ins.approve, session, asking, "0417", "0417", openid, now) == "desk_spent"
