"""The outbox: one message to one worker, nothing twice, every end written down, whatever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.notice import Delivery, SendResult
from models.person import Person, StaffRole
from models.terms import DeliveryState, NoticePurpose
from tests import builders
from wxsvc.db import Database
from wxsvc.services import notices, outbox
from wxsvc.services.notices import Recipients

pytestmark = pytest.mark.both_databases

FACTS = {"obligation": "plan", "period": "2026-12", "due_on": "2026-12-03", "reason": "原定"}
ALL = tuple(NoticePurpose)


def told(session: Session, now: datetime, key: str = "k", people: int = 1) -> list[int]:
    """A notice to a new platform with staff; the ids of its messages."""
    platform = builders.platform(session)
    for _ in range(people):
        builders.staff(session, platform)
    assert notices.tell(session, NoticePurpose.FILING, key, FACTS, now, platform_id=platform.id)
    return list(session.scalars(sa.select(Delivery.id).order_by(Delivery.id)))


def state_of(session: Session, delivery_id: int) -> DeliveryState:
    session.flush()
    return session.get_one(Delivery, delivery_id, populate_existing=True).state


def test_a_message_is_claimed_by_one_worker_until_its_lease_ends(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        (delivery_id,) = told(session, now)
        first = outbox.next_out(session, now)
        assert first is not None
        assert (first.delivery_id, first.purpose, first.audience) == (
            delivery_id,
            NoticePurpose.FILING,
            Recipients.PLATFORM,
        )
        assert first.facts == FACTS
        assert outbox.next_out(session, now) is None
        again = outbox.next_out(session, now + outbox.LEASE)
        assert again is not None
        assert again.client_msg_id == first.client_msg_id


def test_racing_workers_never_get_the_same_message(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        wanted = told(session, now, people=30)
    start = threading.Barrier(4)
    claimed: list[int] = []

    def work() -> None:
        start.wait()
        while True:
            with db.transaction() as session:
                found = outbox.next_out(session, now)
            if found is None:
                return
            claimed.append(found.delivery_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == wanted


@pytest.mark.parametrize("is_result_first", [True, False])
@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("success", DeliveryState.ARRIVED),
        ("failed:user block", DeliveryState.DECLINED),
        ("failed: User Block", DeliveryState.DECLINED),
        ("failed: system failed", DeliveryState.FAILED),
    ],
)
def test_a_result_finds_its_message_whichever_comes_first(
    db: Database, now: datetime, status: str, state: DeliveryState, is_result_first: bool
) -> None:
    with db.transaction() as session:
        (delivery_id,) = told(session, now)
        steps: list[Callable[[], None]] = [
            lambda: outbox.sent(session, delivery_id, "200163840", now),
            lambda: outbox.result_came(session, "200163840", status, now),
        ]
        for step in reversed(steps) if is_result_first else steps:
            assert outbox.settle(session, now) == 0
            step()
        assert outbox.settle(session, now) == 1
        assert state_of(session, delivery_id) is state
        outbox.result_came(session, "200163840", "success", now)  # the same push once more
        assert outbox.settle(session, now) == 0
        assert session.scalars(sa.select(SendResult.status)).all() == [status]


def test_a_lost_answer_is_asked_for_again_for_ten_minutes_and_no_longer(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        (delivery_id,) = told(session, now)
        at, tries = now, 0
        while (found := outbox.next_out(session, at)) is not None:
            assert found.delivery_id == delivery_id
            outbox.try_later(session, delivery_id, "no answer", at, may_have_arrived=True)
            session.flush()
            at, tries = session.get_one(Delivery, delivery_id).try_after or at, tries + 1
        assert tries >= 4
        assert at - now >= outbox.REPEATED_FOR
        row = session.get_one(Delivery, delivery_id)
        assert (row.state, row.problem) == (DeliveryState.UNCERTAIN, "no answer")
        assert outbox.outbox_state(session, at).uncertain == 1


def test_one_message_finds_out_whether_wechat_is_back(db: Database, now: datetime) -> None:
    """While an answer is lost, the others are not put at the same risk; certain failures take turns."""
    with db.transaction() as session:
        first, second, third = told(session, now, people=3)
        assert outbox.next_out(session, now) is not None
        outbox.try_later(session, first, "no connection", now, may_have_arrived=False)
        assert outbox.next_out(session, now) is None
        at = now + timedelta(minutes=1)
        turn = outbox.next_out(session, at)
        assert turn is not None
        assert turn.delivery_id == second
        outbox.try_later(session, second, "no answer", at, may_have_arrived=True)
        assert outbox.next_out(session, at) is None
        at += timedelta(minutes=1)
        asked = [outbox.next_out(session, at) for _ in range(3)]
        assert [each.delivery_id for each in asked if each] == [second, third, first]


def test_what_certainly_did_not_go_out_may_wait_for_days_but_not_for_ever(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        (delivery_id,) = told(session, now)
        for hours in (0, 20, 40):
            assert outbox.next_out(session, now + timedelta(hours=hours)) is not None
            outbox.try_later(
                session, delivery_id, "no connection", now + timedelta(hours=hours), may_have_arrived=False
            )
        outbox.keep_in_inbox(session, ALL, now + timedelta(hours=70))
        assert state_of(session, delivery_id) is DeliveryState.WAITING
        outbox.keep_in_inbox(session, ALL, now + timedelta(hours=73))
        assert state_of(session, delivery_id) is DeliveryState.INBOX_ONLY


def test_a_spent_quota_holds_everything_back_until_after_midnight(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first, *others = told(session, now, people=3)
        assert outbox.next_out(session, now) is not None
        outbox.try_tomorrow(session, first, "45009", now)
        assert outbox.next_out(session, now + timedelta(hours=14)) is None  # midnight in Beijing
        after = now + timedelta(hours=14, minutes=5)
        seen = [outbox.next_out(session, after) for _ in range(4)]
        assert [found.delivery_id for found in seen if found] == [*others, first]


def test_who_left_is_told_nothing(db: Database, now: datetime) -> None:
    """One left the staff, one left the account; the third is a colleague still."""
    with db.transaction() as session:
        ids = told(session, now, people=3)
        persons = [session.get_one(Delivery, each).person_id for each in ids]
        session.execute(sa.update(StaffRole).where(StaffRole.person_id == persons[0]).values(ended_at=now))
        session.get_one(Person, persons[1]).openid = None
        session.flush()
        found = outbox.next_out(session, now)
        assert found is not None
        assert found.delivery_id == ids[2]
        assert state_of(session, ids[0]) is DeliveryState.INBOX_ONLY
        assert state_of(session, ids[1]) is DeliveryState.NOT_FOLLOWING


def test_a_purpose_without_template_stays_in_the_inbox(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        (delivery_id,) = told(session, now)
        outbox.keep_in_inbox(session, [NoticePurpose.FILING], now)
        assert state_of(session, delivery_id) is DeliveryState.WAITING
        outbox.keep_in_inbox(session, [NoticePurpose.REVIEW], now)
        assert state_of(session, delivery_id) is DeliveryState.INBOX_ONLY
        assert outbox.next_out(session, now) is None


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"), [(6, 59, True), (7, 0, False), (21, 59, False), (22, 0, True), (0, 5, True)]
)
def test_nothing_at_night(now: datetime, hour: int, minute: int, is_quiet: bool) -> None:
    assert outbox.is_quiet(now.replace(hour=hour, minute=minute)) is is_quiet


def test_the_outbox_says_how_it_stands(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        assert outbox.outbox_state(session, now) == outbox.OutboxState(0, None, {}, 0, None)
        first, second, third = told(session, now - timedelta(hours=2), people=3)
        outbox.failed(session, first, "thing1: empty", now)
        outbox.not_following(session, second, now)
        session.flush()
        found = outbox.outbox_state(session, now)
        assert (found.waiting, found.oldest_at) == (1, now - timedelta(hours=2))
        assert (found.failed, found.last_problem) == ({NoticePurpose.FILING: 1}, "thing1: empty")
        outbox.try_later(session, third, "no connection", now, may_have_arrived=False)
        session.flush()
        assert outbox.outbox_state(session, now).last_problem == "no connection"
        assert outbox.outbox_state(session, now + timedelta(days=8)).failed == {}
