"""认领: one reviewer has a record before them, others are told; it ends by itself, and taking over is a decision."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.person import StaffRole
from models.review_desk import ReviewTake
from models.terms import Role, Stage, Subject
from tests import builders
from tests.wxsvc.services.record_cases import ADD, add_proved, nobody, world
from wxsvc.db import Database
from wxsvc.services.judging import review_queue, reviews, saved_views, takes
from wxsvc.services.judging.queue_filters import EVERYTHING
from wxsvc.services.judging.takes import TAKEN_FOR
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


def test_a_take_holds_others_off_until_it_ends(db: Database, now: datetime) -> None:
    """A colleague can neither take nor judge it, sees who has it, and has it free after half an hour."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, Subject.NEED)
        key = (Subject.NEED, row.id)
        for _ in range(2):
            takes.take(session, *key, w.reviewer, now)
        found = takes.holder(session, *key, now)
        assert found is not None
        assert (found.person.id, found.ends_at) == (w.reviewer.person_id, now + TAKEN_FOR)
        (entry,) = review_queue.waiting(session, w.province, now)
        assert entry.taken_by == w.reviewer.person_id
        for deed in (
            lambda: takes.take(session, *key, w.province, now),
            lambda: reviews.approve(session, *key, w.province, now),
            lambda: reviews.send_back(session, *key, "请补充", w.province, now),
        ):
            with pytest.raises(Refused, match="taken_by_other") as refused:
                deed()
            assert refused.value.values == {"ends_at": now + TAKEN_FOR}
        later = now + TAKEN_FOR
        assert takes.holder(session, *key, later) is None
        assert reviews.approve(session, *key, w.province, later).stage is Stage.APPROVED
        assert session.scalars(sa.select(ReviewTake)).all() == []


def test_taking_over_is_a_decision_and_giving_back_is_free(db: Database, now: datetime) -> None:
    """From the person that was seen, with a line of the log; giving back ends only what is one's own."""
    with db.transaction() as session:
        w = world(session, now)
        key = (Subject.NEED, ADD[Subject.NEED](w, w.owner).id)
        takes.take(session, *key, w.reviewer, now)
        takes.give_back(session, *key, w.province)
        third = builders.staff(session, role=Role.REVIEWER)
        with pytest.raises(Refused, match="taken_by_other"):
            takes.take(session, *key, w.province, now, over=third.person_id)
        takes.take(session, *key, w.province, now, over=w.reviewer.person_id)
        details = session.scalars(sa.select(LogEntry.details).where(LogEntry.deed == "review_take.taken_over")).all()
        assert details == [{"former": w.reviewer.person_id}]
        with pytest.raises(Refused, match="taken_by_other"):
            reviews.approve(session, *key, w.reviewer, now)
        for _ in range(2):
            takes.give_back(session, *key, w.province)
        assert takes.holder(session, *key, now) is None


def test_who_left_has_nothing_before_them(db: Database, now: datetime) -> None:
    """An official whose role ended: the record is free at once."""
    with db.transaction() as session:
        w = world(session, now)
        key = (Subject.NEED, ADD[Subject.NEED](w, w.owner).id)
        takes.take(session, *key, w.reviewer, now)
        session.execute(sa.update(StaffRole).where(StaffRole.person_id == w.reviewer.person_id).values(ended_at=now))
        assert takes.holder(session, *key, now) is None
        (entry,) = review_queue.waiting(session, w.province, now)
        assert entry.taken_by is None
        assert takes.take(session, *key, w.province, now).person_id == w.province.person_id


def test_many_are_assigned_and_nobody_loses_theirs(db: Database, now: datetime) -> None:
    """To a reviewer alone; the next one of a filter passes over what others have."""
    with db.transaction() as session:
        w = world(session, now)
        keys = [(Subject.NEED, ADD[Subject.NEED](w, w.owner).id), (Subject.FILING, ADD[Subject.FILING](w, w.owner).id)]
        takes.take(session, *keys[0], w.province, now)
        assert w.reviewer.person_id is not None
        assert takes.assign(session, keys, w.reviewer.person_id, w.province, now) == 1
        queue = review_queue.waiting(session, w.province, now)
        assert {each.noun: each.taken_by for each in queue} == {
            "need": w.province.person_id,
            "filing": w.reviewer.person_id,
        }
        following = review_queue.following(session, "need-0", w.reviewer, now, EVERYTHING)
        assert following is not None
        assert following.entry.noun == "filing"
        key = following.entry.key
        assert review_queue.following(session, key, w.reviewer, now, EVERYTHING) is None
        for person, by, code in (
            (w.owner.person_id, w.province, "not_a_reviewer"),
            (w.reviewer.person_id, w.owner, "not_allowed"),
        ):
            with pytest.raises(Refused, match=code):
                takes.assign(session, keys, person or 0, by, now)
        with pytest.raises(Refused, match="not_allowed"):
            takes.take(session, *keys[0], nobody(), now)


def test_of_two_in_the_same_moment_one_has_it(db: Database, now: datetime) -> None:
    """Whoever is second is told; there is one take."""
    with db.transaction() as session:
        w = world(session, now)
        row_id, people = ADD[Subject.NEED](w, w.owner).id, (w.reviewer, w.province)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def run(by: object) -> None:
        start.wait(10)
        try:
            with db.transaction() as session:
                takes.take(session, Subject.NEED, row_id, by, now)  # type: ignore[arg-type]
            outcomes.append("taken")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=run, args=[by]) for by in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert sorted(outcomes) == ["taken", "taken_by_other"]


def test_views_are_ones_own(db: Database, now: datetime) -> None:
    """Kept under a name, replaced under the same, removed by their owner alone; names and numbers have a limit."""
    with db.transaction() as session:
        w = world(session, now)
        view = saved_views.keep(session, " 长沙  超7天 ", {"city": "430100"}, w.reviewer, now)
        same = saved_views.keep(session, "长沙 超7天", {"city": "430100", "older": "7"}, w.reviewer, now)
        assert same.id == view.id
        assert [(each.name, each.filters) for each in saved_views.of(session, w.reviewer)] == [
            ("长沙 超7天", {"city": "430100", "older": "7"})
        ]
        assert saved_views.of(session, w.province) == []
        saved_views.remove(session, view.id, w.province)
        assert len(saved_views.of(session, w.reviewer)) == 1
        for name, filters, code in (
            (" ", {"city": "430100"}, "view_needs_name"),
            ("长" * 21, {"city": "430100"}, "view_needs_name"),
            ("全部", {}, "view_needs_filter"),
        ):
            with pytest.raises(Refused, match=code):
                saved_views.keep(session, name, filters, w.reviewer, now)
        for number in range(1, saved_views.MOST):
            saved_views.keep(session, str(number), {"noun": "need"}, w.reviewer, now)
        with pytest.raises(Refused, match="views_full"):
            saved_views.keep(session, "再一个", {"noun": "need"}, w.reviewer, now + timedelta(1))
        saved_views.remove(session, view.id, w.reviewer)
        assert saved_views.keep(session, "再一个", {"noun": "need"}, w.reviewer, now).name == "再一个"
