"""营业执照照片 with the clock moved: gone from database and folder when their own time is over, and not before."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.person import Contact, Person, Standing
from models.stored_file import ReleasedFile, StoredFile
from models.terms import Role
from tests import builders
from tests.wxsvc.pages.world import picture
from tests.wxsvc.worker.whole import Whole
from wxsvc.services.actor import Actor
from wxsvc.services.door import enrolment
from wxsvc.services.people import following, known_standings, licences, own_information, persons, standings
from wxsvc.worker import jobs

SHORTLY = timedelta(minutes=1)


class Sent:
    """Somebody who sent the licence of the enterprise that they say they stand for."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        with whole.db.transaction() as session:
            now = whole.house.now()
            person = builders.person(session, created_at=now)
            enterprise = builders.enterprise(session)
            self.enterprise_id, self.person_id, self.openid = enterprise.id, person.id, str(person.openid)
            builders.contact(session, person, enterprise)
            session.execute(sa.update(Contact).values(created_at=now))
            session.add(Standing(person_id=person.id, enterprise_id=self.enterprise_id, begun_at=now))
            self.official = builders.staff(session, role=Role.PROVINCE)
        self.sha256 = self.send(picture())

    def send(self, content: io.BytesIO) -> str:
        stored = self.whole.house.files.store_photo(content)
        with self.whole.db.transaction() as session:
            args = (session, self.person_id, self.enterprise_id, stored, self.whole.house.now())
            standings.send_licence(*args, name="王小明的执照.jpg")
        return stored.sha256

    def decide(self, *, is_confirmed: bool) -> None:
        with self.whole.db.transaction() as session:
            of = (session, self.person_id, self.enterprise_id)
            standings.decide(*of, is_confirmed=is_confirmed, by=self.official, now=self.whole.house.now())

    def nights(self, over: timedelta) -> None:
        """So long later the nightly job has run, and the one of every minute after it."""
        self.whole.clock.advance(seconds=over.total_seconds())
        jobs.expire_persons(self.whole.house)
        jobs.forget_departed(self.whole.house)

    @property
    def is_kept(self) -> bool:
        """In the database and in the folder, or in neither."""
        with self.whole.db.read() as session:
            row = session.get(StoredFile, self.sha256)
        there = list(Path(self.whole.house.settings.files_dir).rglob(f"{self.sha256}*"))
        assert (row is not None) == bool(there)
        return row is not None


@pytest.fixture
def sent(whole: Whole) -> Sent:
    return Sent(whole)


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_it_goes_thirty_days_after_the_decision(sent: Sent, is_confirmed: bool) -> None:
    sent.whole.clock.advance(days=20)
    sent.decide(is_confirmed=is_confirmed)
    sent.whole.house.files.thumbnail(sent.sha256)
    sent.nights(licences.KEPT_AFTER - SHORTLY)
    assert sent.is_kept
    sent.nights(2 * SHORTLY)
    assert not sent.is_kept
    with sent.whole.db.read() as session:
        row = session.get_one(Standing, (sent.person_id, sent.enterprise_id))
        assert (row.licence_sent_at, row.confirmed_at is not None) == (None, is_confirmed)
        assert session.scalars(sa.select(ReleasedFile)).all() == []
        assert "person.standing_licence_removed" in session.scalars(sa.select(LogEntry.deed)).all()


def test_what_nobody_looked_at_goes_too_and_may_be_sent_again(sent: Sent) -> None:
    sent.nights(licences.KEPT_AT_MOST - SHORTLY)
    assert sent.is_kept
    sent.nights(2 * SHORTLY)
    assert not sent.is_kept
    with sent.whole.db.read() as session:
        assert [each.has_sent_licence for each in known_standings.own(session, sent.person_id)] == [False]
        assert standings.waiting(session, sent.official) == []
    assert sent.send(picture()) == sent.sha256
    sent.nights(SHORTLY)
    assert sent.is_kept


def _erased(session: Session, sent: Sent) -> None:
    persons.erase(session, sent.person_id, Actor(sent.person_id), sent.whole.house.now())


def _withdrawn(session: Session, sent: Sent) -> None:
    session.get_one(Person, sent.person_id).consent_version = "1"
    own_information.withdraw_consent(session, sent.person_id, Actor(sent.person_id), sent.whole.house.now())


def _revoked(session: Session, sent: Sent) -> None:
    at = sent.whole.house.now() + SHORTLY
    following.revoke(session, sent.openid, sent.whole.house.vault.lookups(sent.openid), at)


def _left(session: Session, sent: Sent) -> None:
    enrolment.leave_enterprise(session, sent.person_id, sent.enterprise_id, sent.whole.house.now())


@pytest.mark.parametrize("go", [_erased, _withdrawn, _revoked, _left])
def test_it_goes_with_the_person(sent: Sent, go: Callable[[Session, Sent], None]) -> None:
    with sent.whole.db.transaction() as session:
        go(session, sent)
    jobs.forget_departed(sent.whole.house)
    assert not sent.is_kept


def test_another_takes_its_place(sent: Sent) -> None:
    other = sent.send(picture("#993333"))
    assert other != sent.sha256
    jobs.forget_departed(sent.whole.house)
    assert not sent.is_kept
    assert sent.whole.house.files.path(other)


def test_what_something_else_names_stays(sent: Sent) -> None:
    """The same content is a photo of an activity as well."""
    with sent.whole.db.transaction() as session:
        at = builders.activity(session, builders.platform(session))
        builders.photo(session, at).sha256 = sent.sha256
    with sent.whole.db.transaction() as session:
        _erased(session, sent)
    jobs.forget_departed(sent.whole.house)
    assert sent.is_kept


def test_a_crash_between_row_and_file_is_made_good(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    with sent.whole.db.transaction() as session:
        _erased(session, sent)
    with monkeypatch.context() as broken:
        broken.setattr(type(sent.whole.house.files), "remove", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.forget_departed(sent.whole.house)
    jobs.forget_departed(sent.whole.house)
    assert not sent.is_kept
