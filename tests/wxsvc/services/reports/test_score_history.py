"""得分变化: every change of points between two moments is explained by the deed or the day that caused it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.scorecard import MonthScore, ScorecardRow, ScoreChange
from models.terms import Stage, Subject
from models.work_list import Change
from scoring.terms import ActivityCategory, Obligation, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import World
from tests.wxsvc.services.record_cases import world as made_world
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.judging import reviews
from wxsvc.services.records import filings
from wxsvc.services.regulation import readings
from wxsvc.services.reports import score_history, score_tables
from wxsvc.services.reports.score_history import LineHistory, ScoreHistory

pytestmark = pytest.mark.both_databases

NOW = builders.NOW
MONTH = score_history.month_began(NOW)
OCTOBER = datetime(2026, 10, 20, 10, tzinfo=builders.BEIJING)


def fold(session: Session, at: datetime) -> None:
    """Fold what waits, as the worker does, a second later."""
    session.flush()
    for platform_id, year in tallies.waiting(session):
        tallies.fold(session, platform_id, year, at + timedelta(seconds=1))


def begin(session: Session) -> World:
    """A prefecture that was counted in October for the first time, and the total of that month."""
    w = made_world(session, NOW, PlatformKind.PREFECTURE)
    ended = {"starts_at": OCTOBER - timedelta(days=2), "ends_at": OCTOBER - timedelta(days=1)}
    held = builders.activity(
        session, w.platform, stage=Stage.APPROVED, summary=builders.SUMMARY, category=ActivityCategory.BRAND, **ended
    )
    builders.photo(session, held)
    builders.check_in(session, held, builders.enterprise(session))
    tallies.fold(session, w.platform.id, 2026, OCTOBER)
    score_tables.keep_month(session, OCTOBER + timedelta(days=11, hours=13))
    return w


def history(w: World, first: datetime = MONTH, last: datetime = NOW + timedelta(days=1)) -> ScoreHistory:
    found = score_history.of(w.session, w.platform, 2026, first, last)
    assert found is not None
    assert found.old + sum((line.new - line.old for line in found.lines), Decimal(0)) == found.new
    for line in found.lines:
        assert [step.old for step in line.steps[1:]] == [step.new for step in line.steps[:-1]]
        assert (line.steps[0].old, line.steps[-1].new) == (line.old, line.new)
    return found


def line_of(found: ScoreHistory, code: str) -> LineHistory:
    return next(line for line in found.lines if line.code == code)


def deeds(line: LineHistory) -> list[list[str]]:
    return [[cause.entry.deed for cause in step.causes] for step in line.steps]


def test_a_verdict_a_ruling_and_a_reading_are_named(db: Database) -> None:
    """Each with what it was about; the total is what the steps come to."""
    with db.transaction() as session:
        w = begin(session)
        held = builders.activity(session, w.platform, stage=Stage.SUBMITTED, summary=builders.SUMMARY, title="对接会")
        builders.photo(session, held)
        for _ in range(60):
            builders.check_in(session, held, builders.enterprise(session))
        reviews.approve(session, Subject.ACTIVITY, held.id, w.reviewer, NOW)
        fold(session, NOW)
        readings.decide(
            session, 2026, w.platform.kind, "partial_step", "linear", "会", w.province, NOW + timedelta(hours=1)
        )
        fold(session, NOW + timedelta(hours=1))
        found = history(w)
        assert deeds(line_of(found, "digital")) == [["activity.approved"]]
        assert line_of(found, "digital").steps[0].causes[0].title == "对接会"
        steps = line_of(found, "participations")
        assert deeds(steps)[-1] == ["reading.decided"]
        assert (steps.steps[-1].causes[0].title, steps.steps[-1].causes[0].note) == ("不足一档如何扣分", "按比例")
        assert (found.is_explained, found.unrecorded, found.begins) == (True, None, None)
        assert score_history.of(session, w.platform, 2026, NOW + timedelta(days=1), NOW + timedelta(days=2)).lines == ()  # type: ignore[union-attr]


def test_a_day_that_passed_is_named(db: Database) -> None:
    """A filing that was due and did not come; no deed, but its due day."""
    with db.transaction() as session:
        w = made_world(session, NOW, PlatformKind.PREFECTURE)
        for each in filings.state(session, w.platform.id, 2026, NOW):
            if each.deadline.due_on < date(2026, 11, 1):
                entry = filings.FilingEntry(2026, each.deadline.obligation, each.deadline.period, note="已报送")
                due = each.deadline.due_on
                filings.file(
                    session,
                    w.platform.id,
                    entry,
                    w.owner,
                    datetime(due.year, due.month, due.day, 9, tzinfo=builders.BEIJING),
                )
        fold(session, OCTOBER)
        tallies.fold(session, w.platform.id, 2026, NOW)
        line = line_of(history(w), "dispatch")
        assert line.new < line.old
        assert {each.obligation for step in line.steps for each in step.passed} == {Obligation.PLAN, Obligation.DATA}
        assert deeds(line) == [[]]
        assert all(step.is_explained for step in line.steps)


def test_ranks_are_folded_back_and_who_passed_is_named(db: Database) -> None:
    with db.transaction() as session:
        w = begin(session)
        other = builders.platform(session, kind=PlatformKind.PREFECTURE, name="株洲市窗口平台")
        tallies.fold(session, other.id, 2026, OCTOBER)
        for _ in range(2):
            held = builders.activity(session, other, stage=Stage.SUBMITTED, summary=builders.SUMMARY)
            builders.photo(session, held)
            builders.check_in(session, held, builders.enterprise(session))
            reviews.approve(session, Subject.ACTIVITY, held.id, w.reviewer, NOW)
        fold(session, NOW)
        found = history(w)
        assert (found.old_rank, found.new_rank, found.lines) == (1, 2, ())
        assert [(each.platform.name, each.change > 0, each.is_ahead) for each in found.passed] == [
            ("株洲市窗口平台", True, True)
        ]
        assert (found.ahead, found.behind) == (1, 0)


def test_of_many_that_passed_the_nearest_are_named_and_all_are_counted(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four passed it, two of them with the least; one that was ahead is not any more."""
    monkeypatch.setattr(score_history, "NEAREST", 3)
    with db.transaction() as session:
        w = begin(session)
        total = session.get_one(ScorecardRow, (w.platform.id, 2026)).total
        for number, (then, now_) in enumerate([(-1, 4), (-1, 3), (-1, 2), (0, 1), (1, -5), (2, 3), (-2, -1)]):
            other = builders.platform(session, kind=PlatformKind.PREFECTURE, code=f"P{number}", name=f"第{number}平台")
            tallies.fold(session, other.id, 2026, OCTOBER)
            session.get_one(ScorecardRow, (other.id, 2026)).total = total + now_
            step = {"old": Decimal(then), "new": Decimal(now_), "at": NOW, "causes": []}
            session.add(ScoreChange(platform_id=other.id, year=2026, code="x", **step))
        session.flush()
        found = history(w)
        assert [each.platform.name for each in found.passed] == ["第1平台", "第2平台", "第3平台"]
        assert (found.ahead, found.behind) == (4, 1)


def test_what_is_older_than_the_trace_is_said(db: Database) -> None:
    """The month's end had another total: the difference is told, and since when steps are recorded."""
    with db.transaction() as session:
        w = begin(session)
        session.execute(sa.delete(ScoreChange))
        kept = session.get_one(MonthScore, (w.platform.id, 2026, "2026-10"))
        kept.total += 3
        session.flush()
        found = history(w)
        assert (found.unrecorded, found.lines) == (Decimal(-3), ())
        assert not found.is_explained


def test_a_recount_that_nobody_caused_is_not_explained(db: Database) -> None:
    """Rows that were changed behind the log are told as such."""
    with db.transaction() as session:
        w = begin(session)
        held = builders.activity(session, w.platform, stage=Stage.APPROVED, summary=builders.SUMMARY)
        builders.photo(session, held)
        builders.check_in(session, held, builders.enterprise(session))
        tallies.fold(session, w.platform.id, 2026, NOW)
        found = history(w)
        assert not found.is_explained
        assert deeds(line_of(found, "digital")) == [[]]


def test_a_fold_that_changes_no_points_leaves_no_trace(db: Database) -> None:
    """The table grows with changes of points and not with folds; deleted work is looked up just then."""
    with db.transaction() as session:
        w = begin(session)
        rows = session.scalar(sa.select(sa.func.count()).select_from(ScoreChange))
        for hour in range(5):
            session.add(Change(platform_id=w.platform.id, year=2026, made_at=NOW))
            fold(session, NOW + timedelta(hours=hour))
        assert session.scalar(sa.select(sa.func.count()).select_from(ScoreChange)) == rows
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


def test_another_platforms_deeds_of_the_same_moment_are_no_cause(db: Database) -> None:
    """Only what concerns this platform, all platforms, or an activity that it shares."""
    with db.transaction() as session:
        w = begin(session)
        other = made_world(session, NOW, PlatformKind.PREFECTURE)
        made: list[Any] = []
        for of in (w, other):
            held = builders.activity(session, of.platform, stage=Stage.SUBMITTED, summary=builders.SUMMARY)
            builders.photo(session, held)
            builders.check_in(session, held, builders.enterprise(session))
            made.append(held)
        builders.joined(session, made[1], w.platform)
        lone = builders.activity(session, other.platform, stage=Stage.SUBMITTED, summary=builders.SUMMARY)
        for each in (*made, lone):
            reviews.approve(session, Subject.ACTIVITY, each.id, w.reviewer, NOW)
        fold(session, NOW)
        causes = line_of(history(w), "digital").steps[0].causes
        assert [cause.entry.subject_id for cause in causes] == [each.id for each in made]
