"""What an enterprise hears of its need, what the platform hears, and 撤回: a need that is taken back counts nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.notice import Delivery, Notice
from models.platform import ClusterMember
from models.record import Need
from models.terms import DeliveryState, NeedKind, NoticePurpose, Role, Stage, Subject
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.services.records.test_raised_needs import TEXT, World, asked, score, world
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services import inbox
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews, verdict_steps
from wxsvc.services.notices import audience_of
from wxsvc.services.records import needs, raised_needs, reviewed
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.refusal import Refused


def heard(session: Session, by: Actor, now: datetime) -> list[str]:
    """The inbox of a reader in words, the oldest first."""
    letters = [letter.notice for letter in inbox.letters(session, by, now).rows]
    assert all(each.purpose is NoticePurpose.NEED for each in letters)
    told = [wording.notice(each.purpose, each.facts, each.made_at, audience_of(each)) for each in letters]
    assert all(len(each.values["result"]) <= 5 for each in told)
    return [each.text for each in reversed(told)]


def colleague(session: Session, w: World) -> Actor:
    """Somebody else who stands for the enterprise."""
    person = builders.person(session)
    builders.contact(session, person, session.get_one(Enterprise, w.enterprise.id))
    return Actor(person.id)


def test_platform_and_enterprise_hear_of_every_step(db: Database, now: datetime) -> None:
    """The platform of a new one; the enterprise of what becomes of it, the answer told to who asked alone."""
    with db.transaction() as session:
        w = world(session)
        other = colleague(session, w)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        assert heard(session, w.staff, now) == [
            f"{w.enterprise.name}提出对接需求“想找一家能做材料疲劳检测的机构”，请受理并答复。"
        ]
        raised_needs.take_up(session, row.id, w.staff, now)
        for _ in range(2):  # the second tap tells nothing
            needs.match(session, row.id, "已对接湖南大学实验室", w.staff, now)
        needs.match(session, row.id, "已对接中南大学实验室", w.staff, now)
        needs.close(session, row.id, "已签检测协议", w.staff, now)
        own, others = heard(session, w.by, now), heard(session, other, now)
        assert [text.partition("窗口平台")[2] for text in own] == [
            "已受理，正在办理。",
            "已登记对接：已对接湖南大学实验室。",
            "已登记对接：已对接中南大学实验室。",
            "已办结：已签检测协议。",
        ]
        assert len(others) == 4
        assert not any("实验室" in text or "协议" in text or "疲劳" in text for text in others)
        assert heard(session, builders.staff(session, w.city), now) == []


def test_a_need_recalled_in_the_night_calls_nobody_in_the_morning(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.recall(session, row.id, w.by, now)
        staff = sa.select(Delivery.state).where(Delivery.person_id == w.staff.person_id)
        states = session.scalars(staff.order_by(Delivery.notice_id)).all()
        assert states == [DeliveryState.INBOX_ONLY, DeliveryState.WAITING]


def test_a_refusal_is_heard_and_a_change_of_mind_too(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.decline(session, row.id, "请到市场监管局办理", w.staff, now)
        reviewed.resubmit(session, Subject.NEED, row.id, w.staff, now)
        reviewed.withdraw(session, Subject.NEED, row.id, "企业已迁出", w.staff, now)
        texts = heard(session, w.by, now)
        assert texts[0].endswith("未予受理。答复：请到市场监管局办理。")
        assert texts[1].endswith("已受理，正在办理。")
        assert texts[2].endswith("不再办理。原因：企业已迁出。")


def test_a_verdict_is_heard_once_it_stands(db: Database, now: datetime) -> None:
    """Not while it can be undone; the reason reaches who asked alone; what was undone, or is void by now, nobody."""
    with db.transaction() as session:
        w, reviewer = world(session), builders.staff(session, role=Role.REVIEWER)
        other = colleague(session, w)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.take_up(session, row.id, w.staff, now)
        reviews.approve(session, Subject.NEED, row.id, reviewer, now)
        step = verdict_steps.made_now(session, reviewer, now)
        assert step is not None
        verdict_steps.undo(session, step.id, reviewer, now)
        later = now + timedelta(minutes=1)
        reviews.approve(session, Subject.NEED, row.id, reviewer, later)
        assert len(heard(session, w.by, later)) == 1
        for _ in range(2):  # the worker comes again
            verdict_steps.tell_due(session, now + timedelta(minutes=30))
        (told,) = heard(session, w.by, later)[1:]
        assert told.endswith("经省枢纽平台审核，予以认定。")
        reviews.void(session, Subject.NEED, row.id, "与另一条重复", reviewer, now + timedelta(hours=1), can_undo=False)
        assert heard(session, w.by, later)[2].endswith("不再办理。原因：与另一条重复。仍有需要的，可重新提出。")
        assert "重复" not in heard(session, other, later)[2]


def test_a_verdict_that_no_longer_stands_is_not_heard(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w, reviewer = world(session), builders.staff(session, role=Role.REVIEWER)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.take_up(session, row.id, w.staff, now)
        reviews.approve(session, Subject.NEED, row.id, reviewer, now)
        reviewed.withdraw(session, Subject.NEED, row.id, "企业已迁出", w.staff, now)
        verdict_steps.tell_due(session, now + timedelta(minutes=30))
        assert not any("审核" in text for text in heard(session, w.by, now))


def test_what_staff_recorded_is_heard_with_the_way_to_object(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w, reviewer = world(session), builders.staff(session, role=Role.REVIEWER)
        entry = NeedEntry(NeedKind.APPEAL, w.enterprise.id, "430181", "贷款", "设备贷款难办", now.date())
        row = needs.add(session, w.county.id, entry, w.staff, now)
        reviews.approve(session, Subject.NEED, row.id, reviewer, now)
        verdict_steps.tell_due(session, now + timedelta(minutes=30))
        (text,) = heard(session, w.by, now)
        assert text.endswith("经省枢纽平台审核，予以认定。如不属实，可在“不是我们单位”中提出异议。")
        assert text.startswith(w.county.name)
        assert "贷款" not in text


def test_a_need_of_staff_is_told_without_its_words(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        entry = NeedEntry(NeedKind.APPEAL, w.enterprise.id, "430181", "贷款", "设备贷款难办", now.date())
        row = needs.add(session, w.county.id, entry, w.staff, now)
        needs.close(session, row.id, "已协调银行", w.staff, now)
        (text,) = heard(session, w.by, now)
        assert text.endswith("已答复。")
        assert "贷款" not in text


def test_a_need_that_is_taken_back_counts_nowhere(db: Database, now: datetime) -> None:
    """Approved and counted, it is void; the platform hears of it and neither restores nor re-enters it."""
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.take_up(session, row.id, w.staff, now)
        reviews.approve(session, Subject.NEED, row.id, builders.staff(session, role=Role.REVIEWER), now)
        assert score(session, w.county, now)[0] == 1
        for _ in range(2):
            raised_needs.recall(session, row.id, w.by, now)
        assert (row.stage, row.recalled_at) == (Stage.VOID, now)
        assert score(session, w.county, now) == (0, 0)
        assert heard(session, w.staff, now)[-1].startswith(f"{w.enterprise.name}已撤回")
        with pytest.raises(Refused, match="record_void"):
            reviewed.resubmit(session, Subject.NEED, row.id, w.staff, now)
        with pytest.raises(Refused, match="record_void"):
            raised_needs.take_up(session, row.id, w.staff, now)
        entry = NeedEntry(row.kind, w.enterprise.id, "430181", "检测", row.content, now.date())
        with pytest.raises(Refused, match="need_recalled"):
            needs.add(session, w.county.id, entry, w.staff, now)
        again = raised_needs.raise_need(session, asked(w), w.by, now)
        assert again.id != row.id


def test_it_is_taken_back_at_every_platform_that_it_reached(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        cluster = builders.platform(session, kind=PlatformKind.CLUSTER, name="工程机械集群窗口平台")
        session.add(ClusterMember(platform_id=cluster.id, enterprise_id=w.enterprise.id))
        session.flush()
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.recall(session, row.id, w.by, now)
        stages = session.execute(sa.select(Need.platform_id, Need.stage)).all()
        assert sorted(stages) == sorted([(w.county.id, Stage.VOID), (cluster.id, Stage.VOID)])


def test_only_who_raised_it_takes_it_back_and_not_once_closed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        with pytest.raises(Refused, match="not_found"):
            raised_needs.recall(session, row.id, colleague(session, w), now)
        raised_needs.take_up(session, row.id, w.staff, now)
        needs.match(session, row.id, "已对接", w.staff, now)
        needs.close(session, row.id, "已办结", w.staff, now)
        with pytest.raises(Refused, match="need_closed"):
            raised_needs.recall(session, row.id, w.by, now)


def test_a_sealed_year_refuses(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        raised_needs.take_up(session, row.id, w.staff, now)
        builders.seal(session, w.county, row.year)
        told = session.scalar(sa.select(sa.func.count()).select_from(Notice))
        with pytest.raises(Refused, match="year_sealed"):
            raised_needs.recall(session, row.id, w.by, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == told
        assert row.stage is Stage.SUBMITTED
        assert row.content == TEXT
