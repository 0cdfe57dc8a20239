"""公告: told once to whom it is meant for, read once, withdrawn with a reason; nobody else ever sees it."""

from __future__ import annotations

from datetime import date
from itertools import count

import pytest
import sqlalchemy as sa

from models.announcement import Announcement, AnnouncementPlatform
from models.journal import LogEntry
from models.notice import Delivery, Notice
from models.terms import DeliveryState, NoticePurpose, Role
from scoring.terms import PlatformKind
from tests import builders
from tests.builders import NOW
from wxsvc.db import Database
from wxsvc.services import announcements
from wxsvc.services.announcements import AnnouncementEntry
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases

ENTRY = AnnouncementEntry("关于报送年度总结的通知", "请于12月15日前报送。")


@pytest.mark.parametrize("begins", [1, 8, 98])
def test_it_is_told_to_every_platform_in_use_once(db: Database, monkeypatch: pytest.MonkeyPatch, begins: int) -> None:
    """By the platforms' codes, whatever numbers the tests before this one have used up."""
    monkeypatch.setattr(builders, "_numbers", count(begins))
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        own, other = builders.platform(session), builders.platform(session, kind=PlatformKind.COUNTY)
        builders.platform(session, closed_on=date(2026, 1, 1), closed_reason="撤并")
        builders.staff(session, own)
    for _ in range(2):
        with db.transaction() as session:
            announced = announcements.publish(session, "k" * 32, ENTRY, official, NOW)
    with db.read() as session:
        to = session.scalars(sa.select(AnnouncementPlatform.platform_id).order_by(AnnouncementPlatform.platform_id))
        assert to.all() == [own.id, other.id]
        notices = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
        assert [each.platform_id for each in notices] == [own.id, other.id]
        assert {each.purpose for each in notices} == {NoticePurpose.ANNOUNCEMENT}
        assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 1
        entry = session.scalars(sa.select(LogEntry)).one()
        assert (entry.deed, entry.details) == ("announcement.published", {"platforms": 2})
        assert (entry.after or {})["title"] == announced.title


@pytest.mark.parametrize("whom", ["kind", "chosen"])
def test_it_is_told_to_a_kind_or_to_the_chosen(db: Database, whom: str) -> None:
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        builders.platform(session)
        county = builders.platform(session, kind=PlatformKind.COUNTY)
        to = {"kind": PlatformKind.COUNTY} if whom == "kind" else {"platform_ids": (county.id, 999)}
        entry = AnnouncementEntry(ENTRY.title, ENTRY.content, **to)  # type: ignore[arg-type]
        announcements.publish(session, "k", entry, official, NOW)
        assert session.scalars(sa.select(AnnouncementPlatform.platform_id)).all() == [county.id]


def test_it_is_read_by_its_own_staff_once(db: Database) -> None:
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        own, other = builders.platform(session), builders.platform(session)
        worker, colleague, stranger = (builders.staff(session, each) for each in (own, own, other))
        entry = AnnouncementEntry(ENTRY.title, ENTRY.content, platform_ids=(own.id,))
        row = announcements.publish(session, "k", entry, official, NOW)
        assert announcements.unread(session, own.id) == [row]
        assert announcements.unread(session, other.id) == []
        assert announcements.read(session, row.id, own.id, worker, NOW)
        assert not announcements.read(session, row.id, own.id, colleague, NOW)
        for who, where in ((stranger, own.id), (official, own.id)):
            with pytest.raises(Refused, match="not_allowed"):
                announcements.read(session, row.id, where, who, NOW)
        with pytest.raises(Refused, match="not_found"):
            announcements.read(session, row.id, other.id, stranger, NOW)
        assert announcements.unread(session, own.id) == []
        _, readings = announcements.readings(session, row.id, official)
        assert [(each.platform.id, each.reader and each.reader.id) for each in readings] == [(own.id, worker.person_id)]
        listed = announcements.every(session, official)
        assert [(each.asked, each.read) for each in listed] == [(1, 1)]


def test_it_is_withdrawn_with_a_reason_that_is_told(db: Database) -> None:
    with db.transaction() as session:
        official, reviewer = (builders.staff(session, role=role) for role in (Role.PROVINCE, Role.REVIEWER))
        own = builders.platform(session)
        row = announcements.publish(session, "k", ENTRY, official, NOW)
        with pytest.raises(Refused, match="not_allowed"):
            announcements.withdraw(session, row.id, "日期有误", reviewer, NOW)
        with pytest.raises(Refused, match="reason_needed"):
            announcements.withdraw(session, row.id, " ", official, NOW)
        for _ in range(2):
            announcements.withdraw(session, row.id, "日期有误", official, NOW)
        assert announcements.unread(session, own.id) == []
        told = session.scalars(sa.select(Notice.facts).order_by(Notice.id)).all()
        assert [(each["is_withdrawn"], each["reason"]) for each in told] == [(False, ""), (True, "日期有误")]


def test_what_was_withdrawn_in_the_night_calls_nobody_in_the_morning(db: Database) -> None:
    with db.transaction() as session:
        official, own = builders.staff(session, role=Role.PROVINCE), builders.platform(session)
        builders.staff(session, own)
        row = announcements.publish(session, "k", ENTRY, official, NOW)
        announcements.withdraw(session, row.id, "日期有误", official, NOW)
        states = session.scalars(sa.select(Delivery.state).order_by(Delivery.notice_id)).all()
        assert states == [DeliveryState.INBOX_ONLY, DeliveryState.WAITING]


def test_nothing_is_announced_to_nobody(db: Database) -> None:
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        closed = builders.platform(session, closed_on=date(2026, 1, 1), closed_reason="撤并")
        with pytest.raises(Refused, match="nobody_announced_to"):
            announcements.publish(session, "k", ENTRY, official, NOW)
        entry = AnnouncementEntry(ENTRY.title, ENTRY.content, platform_ids=(closed.id,))
        with pytest.raises(Refused, match="platform_closed"):
            announcements.publish(session, "k", entry, official, NOW)
        with pytest.raises(Refused, match="text_needed"):
            announcements.publish(session, "k", AnnouncementEntry(" ", "x"), official, NOW)
        assert session.scalar(sa.select(sa.func.count(Announcement.id))) == 0
