"""带参数二维码: asked for once per activity, taken by one worker, renewed in time, never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.errand import ParametricCode
from models.terms import Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import parametric_codes as codes

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def activity(session: Session, **columns: Any) -> Activity:
    return builders.activity(session, builders.platform(session), **columns)


def long_after(now: datetime, days: float) -> dict[str, datetime]:
    """The times of an activity that begins so many days from now."""
    starts_at = now + timedelta(days=days)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=3)}


def rows(session: Session) -> list[ParametricCode]:
    return list(session.scalars(sa.select(ParametricCode).order_by(ParametricCode.id)))


def make(session: Session, now: datetime, life: timedelta = codes.LIFE) -> ParametricCode:
    """Fetch the one code that is due, as the worker does."""
    (code_id,) = codes.due(session, now, 10)
    assert codes.take(session, code_id, now) is not None
    codes.made(session, code_id, f"http://weixin.qq.com/q/{code_id}", "ticket", now + life, now)
    return session.get_one(ParametricCode, code_id)


@pytest.mark.parametrize(
    ("columns", "is_wanted"),
    [
        ({}, True),
        ({"stage": Stage.RETURNED}, True),
        ({"stage": Stage.DRAFT}, False),
        ({"stage": Stage.VOID}, False),
        ({"closes_at": builders.NOW - timedelta(minutes=1)}, False),
    ],
)
def test_whatever_can_be_scanned_wants_a_code(
    db: Database, now: datetime, columns: dict[str, Any], is_wanted: bool
) -> None:
    with db.transaction() as session:
        made = activity(session, **columns)
        assert codes.wanting(session, now) == ([made.id] if is_wanted else [])
        assert codes.ask(session, now) == is_wanted
        assert codes.ask(session, now) == 0
        assert len(rows(session)) == is_wanted


def test_one_worker_alone_takes_a_code_and_a_lost_worker_gives_it_back(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        made = activity(session)
        codes.ask(session, now)
        (code_id,) = codes.due(session, now, 10)
        assert codes.take(session, code_id, now) == made.scene
        assert codes.take(session, code_id, now) is None
        assert codes.due(session, now, 10) == []
        later = now + codes.LEASE
        assert codes.due(session, later, 10) == [code_id]
        assert codes.take(session, code_id, later) == made.scene


def test_two_workers_that_ask_in_the_same_moment_ask_once(emptied_postgres: Database, now: datetime) -> None:
    db = emptied_postgres
    with db.transaction() as session:
        activity(session)
    with db.transaction() as first, db.transaction() as second:
        assert codes.wanting(second, now) == codes.wanting(first, now) != []
        assert codes.ask(first, now) == 1
        first.commit()
        assert codes.ask(second, now) == 0
    with db.read() as session:
        assert len(rows(session)) == 1


def test_a_code_that_is_kept_twice_stays_as_it_was_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity(session)
        codes.ask(session, now)
        row = make(session, now)
        codes.made(session, row.id, "http://weixin.qq.com/q/other", "t", now + 2 * DAY, now)
        codes.failed(session, row.id, "too late", now)
        assert (row.url, row.expires_at, row.problem) == (f"http://weixin.qq.com/q/{row.id}", now + codes.LIFE, None)
        assert codes.wanting(session, now) == []


def test_the_same_url_again_lives_longer_and_leaves_nothing_waiting(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity(session, **long_after(now, 40))
        codes.ask(session, now)
        url = make(session, now).url
        later = now + 28 * DAY
        codes.ask(session, later)
        (waiting,) = codes.due(session, later, 10)
        codes.made(session, waiting, str(url), "t", later + codes.LIFE, later)
        (row,) = rows(session)
        assert (row.url, row.expires_at) == (url, later + codes.LIFE)
        assert codes.wanting(session, later) == []


def test_a_code_is_renewed_before_it_ends_while_the_activity_is_not_over(db: Database, now: datetime) -> None:
    """Looked at once a day: an activity seventy days away gets three codes, the last of which sees its end."""
    with db.transaction() as session:
        made = activity(session, **long_after(now, 70))
        at, renewed = now, []
        while at < made.ends_at + 40 * DAY:
            if codes.ask(session, at):
                renewed.append((at - now).days)
                make(session, at)
            live = [row for row in rows(session) if row.expires_at is not None and row.expires_at > at]
            assert live or at > made.ends_at
            at += DAY
        # From the 44th day on there is one to be had that lasts until the end: posters need it, so it is asked for.
        assert renewed == [0, 27, 44]
        assert len({row.url for row in rows(session)}) == 3


def test_wechat_giving_short_lives_is_not_asked_all_the_time(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity(session, **long_after(now, 5))
        codes.ask(session, now)
        make(session, now, life=timedelta(hours=30))
        asked = sum(codes.ask(session, now + timedelta(minutes=minute)) for minute in range(0, 24 * 60, 10))
        assert asked == 0
        assert codes.ask(session, now + timedelta(hours=25)) == 1


def test_a_failure_is_kept_with_its_problem_and_waits_longer_each_time(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity(session)
        codes.ask(session, now)
        (code_id,) = codes.due(session, now, 10)
        at, waits = now, []
        for _ in range(3):
            codes.take(session, code_id, at)
            codes.failed(session, code_id, "WeChat answers -1", at)
            (row,) = rows(session)
            assert row.try_after is not None
            waits.append((row.try_after - at).total_seconds())
            at = row.try_after
            assert codes.due(session, at - timedelta(seconds=1), 10) == []
            assert codes.due(session, at, 10) == [code_id]
        assert waits == [30, 60, 120]
        assert (row.tries, row.problem) == (3, "WeChat answers -1")
        make(session, at)
        assert (row.tries, row.try_after, row.problem) == (0, None, None)


def test_what_stops_one_stops_all_and_those_that_failed_come_last(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for _ in range(3):
            activity(session)
        codes.ask(session, now)
        first, second, third = codes.due(session, now, 10)
        codes.failed(session, first, "scene", now)
        assert codes.due(session, now, 10) == [second, third]
        assert codes.due(session, now, 1) == [second]
        assert codes.due(session, now + timedelta(minutes=1), 10) == [second, third, first]
        codes.put_off(session, "quota", now + DAY)
        assert codes.due(session, now + DAY - timedelta(seconds=1), 10) == []
        assert len(codes.due(session, now + DAY, 10)) == 0, "the activities are over by then"
        assert {row.problem for row in rows(session)} == {"quota"}


def test_nothing_is_fetched_for_what_was_cancelled_meanwhile(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        made = activity(session)
        codes.ask(session, now)
        made.stage, made.return_reason = Stage.VOID, "场地临时关闭"
        session.flush()
        assert codes.due(session, now, 10) == []


def test_only_a_code_that_outlives_the_check_in_is_drawn(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        made = activity(session, **long_after(now, 40))
        assert codes.current(session, made, now) is None
        codes.ask(session, now)
        assert codes.current(session, made, now) is None
        make(session, now)
        assert codes.current(session, made, now) is None, "it would be dead on the day"
        later = now + 20 * DAY
        codes.ask(session, later)
        lasting = make(session, later)
        assert codes.current(session, made, later) is lasting
        assert codes.current(session, made, later + 31 * DAY) is None


def test_the_url_of_an_older_code_still_names_its_activity(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        made = activity(session, **long_after(now, 40))
        codes.ask(session, now)
        old = make(session, now)
        codes.ask(session, now + 28 * DAY)
        new = make(session, now + 28 * DAY)
        assert [codes.activity_code_of(session, str(row.url)) for row in (old, new)] == [made.code] * 2
        assert codes.activity_code_of(session, "http://weixin.qq.com/q/nobody") is None
