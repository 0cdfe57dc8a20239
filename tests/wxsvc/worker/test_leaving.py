"""取消关注 from a phone: gone from the database at once, gone altogether some minutes later, counted for good."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from models import Base
from models.checkin import CheckIn
from models.person import Contact, Departure, Passage
from tests import builders
from tests.wxsvc.worker.whole import Whole
from wxsvc.db import Database
from wxsvc.services.people import following, persons
from wxsvc.worker import jobs


def everywhere(db: Database, text: str) -> list[str]:
    """The tables that hold this text anywhere."""
    with db.read() as session:
        return [
            table.name
            for table in Base.metadata.sorted_tables
            if any(text in str(value) for row in session.execute(sa.select(table)) for value in row)
        ]


def test_who_leaves_is_gone_from_every_table_and_still_counted(whole: Whole) -> None:
    phone = whole.sim.phone("visitor", follows=True)
    with whole.db.transaction() as session:
        person = builders.person(session, openid=phone.openid)
        persons.keep_phone(person, "13812341234", whole.house.vault)
        builders.contact(session, person, builders.enterprise(session))
        builders.activity(session, builders.platform(session), short_code="12345")
    whole.clock.advance(minutes=1)
    reply = phone.send("12345")
    assert reply is not None
    assert "签到成功" in (reply.text or "")
    assert everywhere(whole.db, phone.openid) == ["persons"]
    whole.clock.advance(minutes=1)
    phone.unfollow()
    assert everywhere(whole.db, phone.openid) == []
    with whole.db.read() as session:
        assert session.scalars(sa.select(CheckIn.undone_at)).all() == [None]
        assert len(session.scalars(sa.select(Passage)).all()) == 1
    jobs.forget_departed(whole.house)
    with whole.db.read() as session:
        assert len(session.scalars(sa.select(Contact)).all()) == 1
    whole.clock.advance(seconds=(following.KNOWN_FOR + timedelta(seconds=1)).total_seconds())
    assert jobs.forget_departed(whole.house) == 1
    with whole.db.read() as session:
        assert session.scalars(sa.select(Contact)).all() == []
        assert session.scalars(sa.select(Passage)).all() == []
        assert len(session.scalars(sa.select(CheckIn)).all()) == 1


def test_whoever_revokes_is_gone_in_that_moment(whole: Whole) -> None:
    """撤回授权 on the phone: no minutes in which links are kept, and no trace to be known again by."""
    phone = whole.sim.phone("visitor", follows=True)
    with whole.db.transaction() as session:
        person = builders.person(session, openid=phone.openid, created_at=whole.house.now())
        persons.keep_phone(person, "13812341234", whole.house.vault)
        builders.contact(session, person, builders.enterprise(session))
        session.flush()
        session.execute(sa.update(Contact).values(created_at=whole.house.now()))
    whole.clock.advance(minutes=1)
    phone.revoke()
    assert everywhere(whole.db, phone.openid) == []
    with whole.db.read() as session:
        assert session.scalars(sa.select(Contact)).all() == []
    whole.clock.advance(minutes=1)
    phone.unfollow()
    whole.clock.advance(seconds=(following.KNOWN_FOR + timedelta(seconds=1)).total_seconds())
    jobs.forget_departed(whole.house)
    with whole.db.read() as session:
        for table in (Contact, Departure, Passage):
            assert session.scalars(sa.select(table)).all() == [], table
