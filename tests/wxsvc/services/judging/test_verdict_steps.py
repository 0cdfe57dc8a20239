"""撤销: a step is taken back whole, within ten minutes, by whoever gave it; platforms hear of what stands, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import ActivityPlatform
from models.journal import LogEntry
from models.notice import Notice
from models.review_desk import VerdictStep
from models.terms import Role, Stage, Subject, Verdict
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import ADD, World, add_proved, world
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import seals
from wxsvc.services.judging import reviews, verdict_steps
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.judging.verdict_steps import UNDO_FOR
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases

SOON = timedelta(minutes=9)


def last_step(w: World, by: Actor, at: datetime) -> VerdictStep:
    """The step that was made at this moment."""
    step = verdict_steps.made_now(w.session, by, at)
    assert step is not None
    return step


def state(row: Any) -> tuple[Any, ...]:
    """What a verdict writes."""
    return row.stage, row.reviewed_at, row.reviewed_by, row.return_reason


def told(session: Session) -> list[str]:
    """What platforms read in their inbox."""
    notices = session.scalars(sa.select(Notice).order_by(Notice.id))
    return [wording.notice(each.purpose, each.facts, each.made_at, "platform").text for each in notices]


@pytest.mark.parametrize("verdict", ["approve", "send_back", "refuse", "void"])
@pytest.mark.parametrize("subject", ADD, ids=str)
def test_every_verdict_is_undone_whole(db: Database, now: datetime, subject: Subject, verdict: str) -> None:
    """Stage, reviewer, moment and reason as before; the log has both, the record shows neither; nobody is told."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, subject)
        before = state(row)
        reason = () if verdict == "approve" else ("内容有误",)
        getattr(reviews, verdict)(session, subject, row.id, *reason, w.reviewer, now)
        assert row.stage is not Stage.SUBMITTED
        step = last_step(w, w.reviewer, now)
        session.execute(sa.delete(Change))
        for _ in range(2):
            verdict_steps.undo(session, step.id, w.reviewer, now + SOON)
        assert state(row) == before
        assert row.version == 3
        assert reviews.of(session, subject, row.id) == []
        assert session.scalars(sa.select(Change.platform_id)).all() == [w.platform.id]
        deeds = session.scalars(sa.select(LogEntry.deed).where(LogEntry.subject == subject).order_by(LogEntry.id)).all()
        assert deeds[-1] == f"{subject}.verdict_undone"
        assert verdict_steps.tell_due(session, now + UNDO_FOR) == 0
        assert told(session) == []


def test_what_was_undone_may_be_judged_anew_and_is_told_once(db: Database, now: datetime) -> None:
    """Approved, undone, sent back: the platform hears that it was sent back, when that cannot be undone any more."""
    with db.transaction() as session:
        w = world(session, now)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED, title="对接会")
        reviews.approve(session, row.SUBJECT, row.id, w.reviewer, now)
        verdict_steps.undo(session, last_step(w, w.reviewer, now).id, w.reviewer, now + SOON)
        later = now + SOON
        reviews.send_back(session, row.SUBJECT, row.id, "请补充照片", w.reviewer, later)
        assert verdict_steps.tell_due(session, now + UNDO_FOR) == 0
        assert [verdict_steps.tell_due(session, later + UNDO_FOR) for _ in range(2)] == [1, 0]
        assert told(session) == ["“对接会”已退回。原因：请补充照片。修改后可重新提交。"]


def test_a_refusal_is_told_as_one(db: Database, now: datetime) -> None:
    """不通过 is not 作废, in the inbox and among the record's verdicts."""
    with db.transaction() as session:
        w = world(session, now)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED, title="对接会")
        with pytest.raises(Refused, match="reason_needed"):
            reviews.refuse(session, row.SUBJECT, row.id, " ", w.reviewer, now)
        for _ in range(2):
            reviews.refuse(session, row.SUBJECT, row.id, "不属于服务活动", w.reviewer, now)
        (given,) = reviews.of(session, row.SUBJECT, row.id)
        assert (given.verdict, given.is_refusal, row.stage) == (Verdict.VOIDED, True, Stage.VOID)
        verdict_steps.tell_due(session, now + UNDO_FOR)
        assert told(session) == ["“对接会”审核未通过。原因：不属于服务活动。"]
        approved = builders.activity(session, w.platform, stage=Stage.APPROVED)
        with pytest.raises(Refused, match="not_submitted"):
            reviews.refuse(session, approved.SUBJECT, approved.id, "重复", w.reviewer, now)


def test_nobody_else_and_not_too_late(db: Database, now: datetime) -> None:
    """A colleague, the platform, and the same person after ten minutes are refused, each with a reason of its own."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, Subject.NEED)
        reviews.approve(session, row.SUBJECT, row.id, w.reviewer, now)
        step = last_step(w, w.reviewer, now).id
        for by, at, code in (
            (builders.staff(session, role=Role.REVIEWER), now, "undo_not_yours"),
            (w.owner, now, "not_allowed"),
            (w.reviewer, now + UNDO_FOR, "verdict_told"),
        ):
            with pytest.raises(Refused, match=code):
                verdict_steps.undo(session, step, by, at)
        with pytest.raises(Refused, match="not_found"):
            verdict_steps.undo(session, step + 1, w.reviewer, now)
        assert row.stage is Stage.APPROVED


def test_a_step_is_undone_whole_or_not_at_all(db: Database, now: datetime) -> None:
    """One of three was sent back since: the other two stay approved, and the refusal names it."""
    with db.transaction() as session:
        w = world(session, now)
        rows = [
            builders.activity(session, w.platform, stage=Stage.SUBMITTED, title=f"第{number}场", place=f"{number}号厅")
            for number in range(3)
        ]
        for row in rows:
            builders.photo(session, row)
        chosen = [Chosen(row.SUBJECT, row.id, row.version) for row in rows]
        assert len(reviews.approve_many(session, chosen, w.reviewer, now).approved) == 3
        step = last_step(w, w.reviewer, now).id
        reviews.send_back(session, rows[1].SUBJECT, rows[1].id, "照片不清", w.province, now)
        with pytest.raises(Refused, match="undo_overtaken") as refused:
            verdict_steps.undo(session, step, w.reviewer, now + SOON)
        assert refused.value.values == {"title": "第1场"}
        assert [row.stage for row in rows] == [Stage.APPROVED, Stage.RETURNED, Stage.APPROVED]


def test_a_part_that_waited_waits_again(db: Database, now: datetime) -> None:
    """A part confirmed while the activity was approved is judged with its next approval; undone, it waits as before."""
    with db.transaction() as session:
        w = world(session, now)
        activity = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
        part = builders.joined(session, activity, builders.platform(session))
        part.awaits_review = True
        session.flush()
        reviews.approve(session, activity.SUBJECT, activity.id, w.reviewer, now)
        waits = sa.select(ActivityPlatform.platform_id).where(ActivityPlatform.awaits_review)
        assert session.scalars(waits).all() == []
        verdict_steps.undo(session, last_step(w, w.reviewer, now).id, w.reviewer, now)
        assert session.scalars(waits).all() == [part.platform_id]


def test_a_record_goes_back_twice_at_the_most(db: Database, now: datetime) -> None:
    """The third time it is decided; a return that was undone is none."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, Subject.NEED)

        def send_back(minute: int) -> None:
            reviews.send_back(
                session, row.SUBJECT, row.id, f"第{minute}次", w.reviewer, now + timedelta(minutes=minute)
            )

        send_back(1)
        at = now + timedelta(minutes=1)
        verdict_steps.undo(session, last_step(w, w.reviewer, at).id, w.reviewer, at)
        for minute in (2, 3):
            send_back(minute)
            row.stage = Stage.SUBMITTED
            session.flush()
        with pytest.raises(Refused, match="returned_enough"):
            send_back(4)
        reviews.refuse(session, row.SUBJECT, row.id, "仍不符合要求", w.reviewer, now)
        assert row.stage is Stage.VOID


def test_a_sealed_year_keeps_its_verdicts(db: Database) -> None:
    """Sealed within the ten minutes, the step stands."""
    after = datetime(2027, 2, 1, 10, 0, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        w = world(session, after)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
        reviews.approve(session, row.SUBJECT, row.id, w.reviewer, after)
        step = last_step(w, w.reviewer, after).id
        seals.seal(session, w.platform.id, 2026, w.province, after)
        with pytest.raises(Refused, match="year_sealed"):
            verdict_steps.undo(session, step, w.reviewer, after)
