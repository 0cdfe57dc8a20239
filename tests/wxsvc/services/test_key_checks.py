"""The secret and the database: one that fits, one after a change, a foreign one; and who comes first."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa

from models.key_check import KeyCheck
from models.person import Person
from tests import builders
from wxsvc.db import Database
from wxsvc.services import key_checks
from wxsvc.services.key_checks import Fit, WrongKey
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused
from wxsvc.vault import Unreadable, Vault

OLD, NEW, FOREIGN = "o" * 40, "n" * 40, "f" * 40


def settled(db: Database, now: datetime, *secrets: str) -> Fit:
    with db.transaction() as session:
        return key_checks.settle(session, Vault(secrets), now)


def rows(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(sa.select(KeyCheck.sealed).order_by(KeyCheck.number)))


def test_the_first_secret_is_noted_once_and_a_foreign_one_changes_nothing(db: Database, now: datetime) -> None:
    assert settled(db, now, NEW) is Fit.FITS
    noted = rows(db)
    assert (len(noted), NEW in noted[0]) == (1, False)
    assert settled(db, now, NEW) is Fit.FITS
    with pytest.raises(WrongKey, match="WXSVC_OLD_SECRET_KEYS"):
        settled(db, now, FOREIGN)
    with db.read() as session:
        assert key_checks.fit(session, Vault([FOREIGN])) is Fit.WRONG
    assert rows(db) == noted


def test_after_a_change_both_secrets_are_needed(db: Database, now: datetime) -> None:
    """What the new one closed is not opened by the former one alone, nor the other way round."""
    settled(db, now, OLD)
    assert settled(db, now, NEW, OLD) is Fit.WITH_FORMER
    assert len(rows(db)) == 2
    for alone in (OLD, NEW):
        with pytest.raises(WrongKey):
            settled(db, now, alone)
    assert settled(db, now, OLD, NEW) is Fit.WITH_FORMER
    assert len(rows(db)) == 2


def test_a_database_from_before_is_judged_by_what_lies_in_it(db: Database, now: datetime) -> None:
    """Names without a row: a foreign secret is not noted for theirs, and one damaged name is not all of them."""
    with db.transaction() as session:
        builders.person(session, openid="o-1", name_sealed="damaged")
        builders.person(session, openid="o-2", phone_sealed=Vault([OLD]).encrypt("13812341234"))
    with pytest.raises(WrongKey):
        settled(db, now, FOREIGN)
    assert rows(db) == []
    assert settled(db, now, OLD) is Fit.FITS


def test_of_two_secrets_that_come_at_once_one_is_noted(db: Database, now: datetime) -> None:
    came: list[object] = []
    start = threading.Barrier(2)

    def come(secret: str) -> None:
        start.wait()
        try:
            came.append(settled(db, now, secret))
        except WrongKey:
            came.append(WrongKey)

    both = [threading.Thread(target=come, args=(secret,)) for secret in (NEW, FOREIGN)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(map(str, came)) == sorted(map(str, [Fit.FITS, WrongKey]))
    assert len(rows(db)) == 1


def test_nothing_is_closed_with_a_secret_that_does_not_fit(db: Database, now: datetime) -> None:
    """As when a database is restored under a running web: what is kept stays, what comes is refused in a sentence."""
    settled(db, now, OLD)
    foreign = Vault([FOREIGN])
    with db.transaction() as session:
        person = builders.person(session, openid="o-1")
        persons.keep_name(person, "王小明", Vault([OLD]))
        persons.keep_phone(person, "13812341234", Vault([OLD]))
        shown = persons.name_of(person, foreign), persons.phone_of(person, foreign)
        assert shown == ("（无法解密）", "（无法解密）")
        assert all(isinstance(each, Unreadable) for each in shown)
        for keep, typed in ((persons.keep_name, "李雷"), (persons.keep_phone, "13900001111")):
            with pytest.raises(Refused, match="wrong_key"):
                keep(person, typed, foreign)
            assert keep(person, "（无法解密）", foreign) is False  # the form as it was shown
    with db.read() as session:
        found = session.scalars(sa.select(Person)).one()
        assert persons.name_of(found, Vault([OLD])) == "王小明"
        assert persons.phone_of(found, Vault([OLD])) == "13812341234"
