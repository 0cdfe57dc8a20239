"""The same deed in the same moment, by real threads: one row, one verdict, and a seal that nothing slips past."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import Review
from models.notice import Notice
from models.platform import PlatformYear
from models.recognition import Ruling, RulingBatch
from models.record import Need, Post
from models.scorecard import ScorecardRow
from models.terms import PostKind, Role, Stage, Subject
from models.work_list import Change
from scoring.terms import IndicatorCode
from tests import builders
from tests.wxsvc.services.record_cases import ADD, DAY, World, world
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import seals
from wxsvc.services.judging import reviews, ruling_batches, rulings
from wxsvc.services.judging.ruling_batches import PointsCell
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.records import posts
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS

pytestmark = pytest.mark.both_databases

STATED = Stated("平台已书面说明，经现场核实", "已到现场复核")
AT_ONCE = 6
AFTER = datetime(2027, 2, 1, 10, 0, tzinfo=builders.BEIJING)


def at_once(db: Database, *deeds: Callable[[Session], Any]) -> list[Any]:
    """Do each in a transaction of its own, all begun together; a refusal is an answer, too."""
    ready = threading.Barrier(len(deeds))

    def done(deed: Callable[[Session], Any]) -> Any:
        ready.wait(30)
        try:
            with db.transaction() as session:
                return deed(session)
        except Refused as no:
            return no.code

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(done, deeds))


def settled(db: Database, now: datetime) -> World:
    """A world that every thread can see."""
    with db.transaction() as session:
        return world(session, now)


def inside(w: World, session: Session) -> World:
    """The same world in another transaction."""
    return World(session, w.now, w.platform, w.enterprise, w.owner, w.reviewer, w.province)


def count(db: Database, table: Any) -> int:
    """How many rows there are."""
    with db.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.parametrize("subject", ADD, ids=str)
def test_a_form_sent_six_times_at_once_is_one_record(db: Database, now: datetime, subject: Subject) -> None:
    """With a key of its own or without."""
    w = settled(db, now)
    ids = at_once(db, *[lambda session: ADD[subject](inside(w, session), w.owner).id] * AT_ONCE)
    assert len(set(ids)) == count(db, MODELS[subject]) == 1


def test_a_post_listed_six_times_at_once_is_one_post(db: Database, now: datetime) -> None:
    """The link is the key."""
    w = settled(db, now)
    entry = posts.PostEntry(PostKind.NEWS, "新闻", "https://example.cn/1", DAY)
    ids = at_once(db, *[lambda session: posts.add(session, w.platform.id, entry, w.owner, now).id] * AT_ONCE)
    assert len(set(ids)) == count(db, Post) == 1


def test_six_approvals_at_once_are_one_verdict(db: Database, now: datetime) -> None:
    """Everybody is content, one review is kept."""
    w = settled(db, now)
    with db.transaction() as session:
        need = ADD[Subject.NEED](inside(w, session), w.owner)

    def approve(session: Session) -> Stage:
        return reviews.approve(session, Subject.NEED, need.id, w.reviewer, now, 1).stage

    assert set(at_once(db, *[approve] * AT_ONCE)) == {Stage.APPROVED}
    assert count(db, Review) == 1


def test_six_rulings_at_once_are_one_ruling(db: Database, now: datetime) -> None:
    """The first makes the row, the others find it."""
    w = settled(db, now)

    def rule(session: Session) -> Any:
        place = (session, w.platform.id, 2026, IndicatorCode.WEBSITE)
        return rulings.rule_on(*place, Decimal(4), "检查情况良好", w.reviewer, now, stated=STATED).points

    assert set(at_once(db, *[rule] * AT_ONCE)) == {Decimal(4)}
    assert count(db, Ruling) == 1


@pytest.mark.parametrize("_again", range(5))
def test_two_rulings_from_one_page_at_once_are_one(db: Database, now: datetime, _again: int) -> None:
    """15 and 8, both typed where nothing stood: one is in force, the other is told of it."""
    w = settled(db, now)
    with db.transaction() as session:
        officials = [w.province, builders.staff(session, role=Role.PROVINCE)]

    def typed(points: int, by: Actor) -> Callable[[Session], Any]:
        place = (w.platform.id, 2026, IndicatorCode.COORDINATION, Decimal(points))
        return lambda session: rulings.rule_on(session, *place, "响应情况", by, now, 0, STATED).points

    answers = at_once(db, typed(15, officials[0]), typed(8, officials[1]))
    assert answers.count("ruling_overtaken") == 1
    with db.read() as session:
        assert session.scalars(sa.select(Ruling.points)).one() in answers


@pytest.mark.parametrize("_again", range(3))
def test_a_batch_is_decided_once(db: Database, now: datetime, _again: int) -> None:
    """Three colleagues confirm and its author takes it back, all at once: one of it happens, whole, told once."""
    w = settled(db, now)
    with db.transaction() as session:
        officials = [builders.staff(session, role=Role.PROVINCE) for _ in range(3)]
        cells = [PointsCell(w.platform.id, IndicatorCode.COORDINATION, Decimal(12), 0)]
        cells.append(PointsCell(w.platform.id, IndicatorCode.WEBSITE, Decimal(4), 0))
        batch = ruling_batches.propose(session, 2026, cells, "年度评定", STATED, w.province, now)
        batch_id, mark = batch.id, ruling_batches.mark(ruling_batches.cells_of(session, batch))

    def confirm(by: Actor) -> Callable[[Session], Any]:
        return lambda session: ruling_batches.confirm(session, batch_id, mark, by, now).confirmed_by

    def withdraw(session: Session) -> Any:
        ruling_batches.withdraw(session, batch_id, w.province, now)
        return "withdrawn"

    answers = at_once(db, *(confirm(each) for each in officials), withdraw)
    with db.read() as session:
        batch = session.get_one(RulingBatch, batch_id)
        points = sorted(session.scalars(sa.select(Ruling.points)), key=lambda each: each or 0)
    if batch.withdrawn_at is not None:
        assert (answers, points) == (["batch_withdrawn"] * 3 + ["withdrawn"], [None, None])
    else:
        assert (answers, points) == ([batch.confirmed_by] * 3 + ["batch_confirmed"], [4, 12])
    assert count(db, Notice) == (0 if batch.confirmed_at is None else 1)


@pytest.mark.parametrize("_again", range(5))
def test_two_proposals_at_once_are_no_confirmation(db: Database, now: datetime, _again: int) -> None:
    """Two officials who decide differently in the same moment: one proposal stands, nothing is in force."""
    w = settled(db, now)
    with db.transaction() as session:
        other = builders.staff(session, role=Role.PROVINCE)
        rulings.give_opinion(
            session,
            w.platform.id,
            2026,
            IndicatorCode.PLATFORM_FUSION,
            Decimal(10),
            "齐全",
            w.reviewer,
            now,
            stated=STATED,
        )
    place = (w.platform.id, 2026, IndicatorCode.PLATFORM_FUSION, Decimal(0))
    answers = at_once(
        db,
        lambda session: rulings.rule_on(session, *place, "资料不符", w.province, now, 1, STATED).points,
        lambda session: rulings.rule_on(session, *place, "尚未建成", other, now, 1, STATED).points,
    )
    assert sorted(map(str, answers)) == ["None", "ruling_overtaken"]


@pytest.mark.parametrize("_again", range(5))
def test_no_approval_slips_past_a_seal(db: Database, now: datetime, _again: int) -> None:
    """Either the approval came first and is in the sealed score, or it is refused."""
    w = settled(db, now)
    with db.transaction() as session:
        need = ADD[Subject.NEED](inside(w, session), w.owner)
    answers = at_once(
        db,
        lambda session: reviews.approve(session, Subject.NEED, need.id, w.reviewer, AFTER).stage,
        lambda session: seals.seal(session, w.platform.id, 2026, w.province, AFTER).sealed_at,
    )
    assert answers[1] == AFTER
    with db.read() as session:
        stage = session.get_one(Need, need.id).stage
        assert answers[0] == (Stage.APPROVED if stage is Stage.APPROVED else "year_sealed")
        counted = session.get_one(ScorecardRow, (w.platform.id, 2026)).tally["counted"]["needs"]
        assert counted == (1 if stage is Stage.APPROVED else 0)
        assert session.get_one(PlatformYear, (w.platform.id, 2026)).sealed_at == AFTER
    assert count(db, Change) == 0


def test_two_who_approve_many_in_opposite_order_both_finish(db: Database, now: datetime) -> None:
    """The platforms are held in one order, so nobody waits for ever."""
    worlds = [settled(db, now) for _ in range(4)]
    with db.transaction() as session:
        chosen = [
            reviews.Chosen(Subject.RESPONSE, ADD[Subject.RESPONSE](inside(w, session), w.owner).id, 1) for w in worlds
        ]
    by = worlds[0].reviewer
    answers = at_once(
        db,
        lambda session: len(reviews.approve_many(session, chosen, by, now).approved),
        lambda session: len(reviews.approve_many(session, chosen[::-1], by, now).approved),
    )
    assert answers == [4, 4]
    assert count(db, Review) == 4
