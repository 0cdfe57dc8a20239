"""保存期限: what the notice promises, a year after everything was sealed; counts stay, colleagues and regulars too."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.person import Contact, Person
from models.platform import Platform
from models.scorecard import ScorecardRow
from tests import builders
from tests.activity_forms import rows as everything
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.people import persons, retention
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(("k" * 40,))
LATER = builders.NOW + timedelta(days=800)
"""Some day of 2029."""


def sealed_year(session: Session, at: datetime, *, is_sealed: bool = True) -> Platform:
    """A platform whose 2026 has a scorecard, sealed at that time."""
    platform = builders.platform(session)
    session.add(
        ScorecardRow(
            platform_id=platform.id,
            year=2026,
            scheme="prefecture",
            base=Decimal(0),
            bonus=Decimal(0),
            total=Decimal(0),
            awaited=Decimal(0),
            pending_participations=0,
            tally={},
            pending={},
            readings={},
            as_of=at,
        )
    )
    if is_sealed:
        row = years.platform_year(session, platform.id, 2026)
        row.sealed_at, row.sealed_by = at, builders.person(session, created_at=LATER).id
    session.flush()
    return platform


def visitor(session: Session, **columns: object) -> Person:
    """Somebody who enrolled and came in 2026."""
    who = builders.person(session, **{"consent_version": "2026-11", "consented_at": builders.NOW} | columns)
    builders.contact(session, who, builders.enterprise(session))
    persons.keep_name(who, "王敏", VAULT)
    return who


def test_a_year_after_sealing_the_person_goes_and_the_count_stays(db: Database, now: datetime) -> None:
    sealed_at = now + timedelta(days=90)
    with db.transaction() as session:
        platform = builders.platform(session)
        who = visitor(session)
        builders.check_in(session, builders.activity(session, platform), builders.enterprise(session), who)
        person_id = who.id
        sealed_year(session, sealed_at)
        assert retention.expire(session, sealed_at + timedelta(days=364)) == 0
        assert retention.expire(session, sealed_at + timedelta(days=366)) == 1
        gone = session.get_one(Person, person_id)
        assert (gone.openid, gone.name_sealed) == (None, None)
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1
    before = everything(db)
    with db.transaction() as session:
        assert retention.expire(session, sealed_at + timedelta(days=367)) == 0
    assert everything(db) == before


def test_one_platform_that_is_not_sealed_keeps_the_year_open(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        visitor(session)
        sealed_year(session, now)
        sealed_year(session, now, is_sealed=False)
        assert retention.expire(session, LATER) == 0


def test_a_follower_keeps_what_following_needs(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        who = visitor(session, is_following=True, followed_at=now)
        openid = who.openid
        sealed_year(session, now)
        assert retention.expire(session, LATER) == 1
        assert (who.openid, who.name_sealed, who.consent_version) == (openid, None, None)
        assert retention.expire(session, LATER) == 0


@pytest.mark.parametrize("what", ["came again", "works here", "enrolled anew"])
def test_who_came_since_or_works_here_stays(db: Database, now: datetime, what: str) -> None:
    with db.transaction() as session:
        platform = sealed_year(session, now)
        if what == "works here":
            by = builders.staff(session, platform)
            assert by.person_id is not None
            persons.keep_name(session.get_one(Person, by.person_id), "刘晓燕", VAULT)
        elif what == "enrolled anew":
            visitor(session, consented_at=LATER - timedelta(days=30))
        else:
            who, other = visitor(session), builders.platform(session)
            at = {"checked_in_at": LATER, "received_at": LATER}
            builders.check_in(
                session, builders.activity(session, other, year=2029), builders.enterprise(session), who, **at
            )
        assert retention.expire(session, LATER) == 0


def test_they_go_a_few_at_a_time(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for _ in range(5):
            visitor(session)
        sealed_year(session, now)
        assert [retention.expire(session, LATER, most=2) for _ in range(4)] == [2, 2, 1, 0]
