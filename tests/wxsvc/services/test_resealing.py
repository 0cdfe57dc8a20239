"""重新加密: in chunks, again and again, until nothing rests on a former secret; what was typed meanwhile stays."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.access_token import AccessToken
from models.key_check import KeyCheck
from models.person import Person
from tests import builders
from wxsvc.db import Database
from wxsvc.services import key_checks, resealing
from wxsvc.services.key_checks import Fit
from wxsvc.services.people import persons
from wxsvc.vault import Vault

OLD, NEW = Vault(["o" * 40]), Vault(["n" * 40])
BOTH = Vault(["n" * 40, "o" * 40])

pytestmark = pytest.mark.both_databases


@pytest.fixture
def filled(db: Database, now: datetime) -> Database:
    with db.transaction() as session:
        key_checks.settle(session, OLD, now)
        for number in range(7):
            name, phone = OLD.encrypt(f"王小{number}"), OLD.encrypt(f"1380000000{number}")
            builders.person(session, openid=f"o-{number}", name_sealed=name, phone_sealed=phone)
        builders.person(session, openid="o-none")
        session.add(AccessToken(name="access_token", value=OLD.encrypt("t"), expires_at=1, fetched_at=1))
        session.flush()
        key_checks.settle(session, BOTH, now)
    return db


def all_of_it(db: Database, vault: Vault = BOTH) -> int:
    renewed = 0
    for key, column in resealing.SEALED:
        last = None
        while True:
            with db.transaction() as session:
                step = resealing.some(session, vault, key, column, last)
            last, renewed = step.last, renewed + step.renewed
            if not step.seen:
                break
    return renewed


def test_afterwards_the_new_secret_is_enough(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 3)
    with filled.read() as session:
        assert resealing.counts(session, BOTH) == {1: 15}
        assert key_checks.fit(session, BOTH) is Fit.WITH_FORMER
    key, column = resealing.SEALED[0]
    with filled.transaction() as session:  # stopped after the first chunk
        resealing.some(session, BOTH, key, column)
    with filled.transaction() as session:
        assert resealing.counts(session, BOTH) == {0: 3, 1: 12}
        assert not resealing.put_away(session, BOTH)
    assert all_of_it(filled) == 12
    assert all_of_it(filled) == 0
    with filled.transaction() as session:
        assert resealing.counts(session, NEW) == {0: 15}
        assert resealing.put_away(session, BOTH)
        assert key_checks.fit(session, NEW) is Fit.FITS
        assert session.scalar(sa.select(sa.func.count()).select_from(KeyCheck)) == 1
        person = session.scalars(sa.select(Person).where(Person.openid == "o-3")).one()
        assert (persons.name_of(person, NEW), persons.phone_of(person, NEW)) == ("王小3", "13800000003")


def test_what_no_secret_opens_is_counted_and_left(filled: Database) -> None:
    with filled.transaction() as session:
        session.execute(sa.update(Person).where(Person.openid == "o-1").values(name_sealed="damaged"))
    all_of_it(filled)
    with filled.transaction() as session:
        assert resealing.counts(session, BOTH) == {0: 14, None: 1}
        assert not resealing.put_away(session, BOTH)
        assert session.scalars(sa.select(Person.name_sealed).where(Person.openid == "o-1")).one() == "damaged"


def test_what_is_corrected_meanwhile_stays(filled: Database) -> None:
    """Between looking and writing, somebody gives another name: it is newer, and already under the new secret."""
    key, column = resealing.SEALED[0]

    class Slow(Vault):
        def renew(self, closed: str) -> str:
            person.name_sealed = BOTH.encrypt("李红")
            session.flush()
            return super().renew(closed)

    with filled.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-0")).one()
        resealing.some(session, Slow(["n" * 40, "o" * 40]), key, column)
    with filled.read() as session:
        found = session.scalars(sa.select(Person).where(Person.openid == "o-0")).one()
        assert persons.name_of(found, NEW) == "李红"
