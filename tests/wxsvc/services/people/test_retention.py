"""保存期限: what the notice promises, a year after everything was sealed; counts stay, colleagues and regulars too."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn, RefusedScan
from models.notice import Delivery, Notice, NoticeRead, SendResult
from models.person import Contact, Person
from models.platform import Platform
from models.record import Need
from models.scorecard import ScorecardRow
from models.terms import DeliveryState, Door, NeedKind, NoticePurpose, Refusal, Stage
from tests import builders
from tests.databases import every_row
from wxsvc.clock import BEIJING
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons, retention
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(("k" * 40,))
LATER = builders.NOW + timedelta(days=730)
"""A day of November 2028: 2026 has been over for less than two years."""


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
    before = every_row(db)
    with db.transaction() as session:
        assert retention.expire(session, sealed_at + timedelta(days=367)) == 0
    assert every_row(db) == before


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
                session, builders.activity(session, other, year=2028), builders.enterprise(session), who, **at
            )
        assert retention.expire(session, LATER) == 0


def test_they_go_a_few_at_a_time(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for _ in range(5):
            visitor(session)
        sealed_year(session, now)
        assert [retention.expire(session, LATER, most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_two_years_after_the_years_end_the_person_goes_sealed_or_not(db: Database, now: datetime) -> None:
    """Also when the year never had a scorecard; the last platform that was never sealed kept everybody for ever."""
    with db.transaction() as session:
        who = visitor(session)
        sealed_year(session, now)
        sealed_year(session, now, is_sealed=False)
        last = datetime(2028, 12, 31, 23, tzinfo=BEIJING)
        assert retention.expire(session, last) == 0
        assert retention.overdue(session, last) is None
        over = datetime(2029, 1, 1, tzinfo=BEIJING)
        assert retention.overdue(session, over + timedelta(days=1)) is None
        assert retention.overdue(session, over + timedelta(days=3)) == retention.Overdue(1, over)
        assert retention.expire(session, over + timedelta(hours=4)) == 1
        assert (who.openid, who.name_sealed) == (None, None)
        assert retention.overdue(session, over + timedelta(days=3)) is None


def test_traces_have_terms_of_their_own(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        activity = builders.activity(session, platform)
        who = visitor(session)
        for typed, activity_id in (("404", None), ("1", activity.id)):
            session.add(
                RefusedScan(
                    activity_id=activity_id, person_id=who.id, typed=typed, door=Door.CODE,
                    refusal=Refusal.OVER if activity_id else Refusal.UNKNOWN_CODE, scanned_at=now, received_at=now,
                )
            )  # fmt: skip
        notice = Notice(person_id=who.id, purpose=NoticePurpose.REVIEW, key="k", facts={}, made_at=now)
        session.add(notice)
        session.flush()
        session.add(NoticeRead(notice_id=notice.id, person_id=who.id, read_at=now))
        session.add(
            Delivery(
                notice_id=notice.id, person_id=who.id, client_msg_id="c", state=DeliveryState.SENT, msg_id="m",
                finished_at=now, tries=1,
            )
        )  # fmt: skip
        session.add(SendResult(msg_id="m", status="success", received_at=now))
        session.flush()

        def kept() -> dict[str, int]:
            tables = (RefusedScan, Delivery, SendResult, NoticeRead, Notice)
            return {
                each.__name__: session.scalars(sa.select(sa.func.count()).select_from(each)).one() for each in tables
            }

        everything_kept = kept()
        retention.clear(session, now + timedelta(days=364))
        assert kept() == everything_kept
        retention.clear(session, now + timedelta(days=366))
        assert kept() == {"RefusedScan": 1, "Delivery": 0, "SendResult": 0, "NoticeRead": 1, "Notice": 1}
        retention.clear(session, datetime(2029, 1, 1, 4, tzinfo=BEIJING))
        assert set(kept().values()) == {0}


def test_numbers_leave_what_somebody_wrote_when_they_leave_or_the_year_is_over(db: Database, now: datetime) -> None:
    """A sealed year does not change: its needs lost their numbers while it was over and open."""
    with db.transaction() as session:
        platform = builders.platform(session)
        who, other = visitor(session), visitor(session)
        by_who, by_other = (
            Need(
                platform_id=platform.id, year=2026, kind=NeedKind.APPEAL, enterprise_id=builders.enterprise(session).id,
                region_code="430100", title="融资对接", content="缺融资，请电13812341234或wang@example.cn",
                raised_on=now.date(), stage=Stage.DRAFT, is_from_enterprise=True, created_by=person.id, created_at=now,
            )
            for person in (who, other)
        )  # fmt: skip
        session.add_all([by_who, by_other])
        session.flush()
        persons.erase(session, who.id, Actor(who.id), now)
        session.expire_all()
        assert by_who.content == "缺融资，请电***或***"
        assert "13812341234" in by_other.content
        retention.clear(session, now)
        session.expire_all()
        assert "13812341234" in by_other.content
        retention.clear(session, now + timedelta(days=60))
        session.expire_all()
        assert by_other.content == "缺融资，请电***或***"
