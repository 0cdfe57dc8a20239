"""The working-day calendar: a notice replaces its year, and turns nobody late without an official's word."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from models.collaboration import Filing
from models.journal import LogEntry
from models.regulation import Workday
from models.terms import Subject
from models.work_list import Change
from scoring.readings import DEFAULT_READINGS
from scoring.terms import DaySource, FilingState, Obligation
from tests import builders
from tests.wxsvc.services.record_cases import World, nobody, world
from wxsvc.db import Database
from wxsvc.services.judging import reviews
from wxsvc.services.records import filings
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, workdays
from wxsvc.services.regulation.calendars import NoticeDay

NEW_YEAR = [NoticeDay(date(2027, 1, day), False, "元旦") for day in (1, 2, 3)]
LABOUR = [NoticeDay(date(2027, 5, day), False, "劳动节") for day in (1, 2, 3, 4, 5)]
LATER = datetime(2027, 6, 1, 10, 0, tzinfo=builders.BEIJING)


def plan_due(w: World, month: int) -> tuple[date, bool]:
    """When a month's plan of 2027 is due, and whether that is provisional."""
    due = calendars.due(w.session, 2027, DEFAULT_READINGS)
    found = next(each for each in due if (each.obligation, each.period) == (Obligation.PLAN, f"2027-{month:02}"))
    return found.due_on, found.provisional


def file_plan(w: World, month: int, day: int) -> Filing:
    """File a month's plan of 2027 on a day of that month."""
    entry = filings.FilingEntry(2027, Obligation.PLAN, f"2027-{month:02}", note="计划已发送")
    at = datetime(2027, month, day, 10, 0, tzinfo=builders.BEIJING)
    return filings.file(w.session, w.platform.id, entry, w.owner, at)


def load(w: World, days: list[NoticeDay], now: datetime, **options: bool) -> workdays.Loaded:
    """The province loads the notice for 2027."""
    return workdays.load_notice(w.session, 2027, days, "国办通知2027", w.province, now, **options)


def test_a_loaded_notice_ends_the_provisional_days(db: Database, now: datetime) -> None:
    """Before it, weekends and statutory days tell; after it, the notice does."""
    with db.transaction() as session:
        w = world(session, now)
        assert plan_due(w, 5)[1]
        load(w, NEW_YEAR + LABOUR, now)
        assert plan_due(w, 5) == (date(2027, 5, 6), False)
        assert plan_due(w, 1) == (date(2027, 1, 4), False)
        assert calendars.calendar(session).day(date(2027, 5, 5)).source is DaySource.NOTICE


def test_loading_the_same_notice_again_changes_nothing(db: Database, now: datetime) -> None:
    """One line of the log, one change per platform."""
    with db.transaction() as session:
        w = world(session, now)
        for _ in range(2):
            assert load(w, NEW_YEAR + LABOUR, now).days == 8
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["workday.notice_loaded"]
        assert [(each.platform_id, each.year) for each in session.scalars(sa.select(Change))] == [(w.platform.id, 2027)]


def test_a_notice_replaces_its_year_and_no_other(db: Database, now: datetime) -> None:
    """Days it no longer names go; another year's stay; a December day of the next year's notice stays, too."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        next_year = [NoticeDay(date(2027, 12, 31), False, "元旦"), NoticeDay(date(2028, 1, 1), False, "元旦")]
        workdays.load_notice(session, 2028, next_year, "国办通知2028", w.province, now)
        load(w, NEW_YEAR, now)
        days = session.scalars(sa.select(Workday.day).order_by(Workday.day)).all()
        assert days == [each.day for each in NEW_YEAR] + [date(2027, 12, 31), date(2028, 1, 1)]


def test_nobody_becomes_late_without_an_officials_word(db: Database, now: datetime) -> None:
    """The filing is shown beforehand; loading is refused until it is accepted; then the state is what it is."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        row = file_plan(w, 5, 6)
        shorter = NEW_YEAR + LABOUR[:3] + [NoticeDay(date(2027, 5, 4), True, "劳动节")]
        change = workdays.FilingChange(
            row.id, w.platform.id, Obligation.PLAN, "2027-05", FilingState.IN_TIME, FilingState.LATE
        )
        assert workdays.preview(session, 2027, shorter, LATER) == (change,)
        assert change.is_worse
        with pytest.raises(Refused) as caught:
            load(w, shorter, LATER)
        assert (caught.value.code, caught.value.values) == ("filings_would_be_late", {"count": 1})
        assert plan_due(w, 5)[0] == date(2027, 5, 6)
        assert load(w, shorter, LATER, is_late_accepted=True).changes == (change,)
        assert plan_due(w, 5)[0] == date(2027, 5, 4)


def test_a_notice_may_always_turn_late_into_in_time(db: Database, now: datetime) -> None:
    """That needs no acceptance; claims sent back are not looked at."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR, now)
        row = file_plan(w, 5, 6)
        other = world(session, now)
        returned = file_plan(other, 5, 6)
        reviews.send_back(session, Subject.FILING, returned.id, "内容不完整", other.reviewer, LATER)
        outcome = load(w, NEW_YEAR + LABOUR, LATER)
        assert [(each.filing_id, each.after, each.is_worse) for each in outcome.changes] == [
            (row.id, FilingState.IN_TIME, False)
        ]


def test_a_sealed_year_is_not_judged_anew(db: Database, now: datetime) -> None:
    """Its filings change nothing and it stays off the work list."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        file_plan(w, 5, 6)
        builders.seal(session, w.platform, 2027)
        session.execute(sa.delete(Change))
        assert load(w, NEW_YEAR, LATER).changes == ()
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([], "notice_incomplete"),
        (LABOUR, "notice_incomplete"),
        ([*NEW_YEAR, NoticeDay(date(2028, 1, 1), False, "元旦")], "notice_wrong_year"),
        ([*NEW_YEAR, NoticeDay(date(2026, 11, 30), True, "元旦")], "notice_wrong_year"),
        ([*NEW_YEAR, NoticeDay(date(2027, 1, 1), True, "元旦")], "notice_day_twice"),
    ],
)
def test_a_notice_is_whole_and_of_its_year(db: Database, now: datetime, days: list[NoticeDay], code: str) -> None:
    """Anything else is refused and nothing written."""
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match=code):
            load(w, days, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Workday)) == 0


def test_only_the_province_loads_a_notice(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        for other in (w.reviewer, w.owner, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                workdays.load_notice(session, 2027, NEW_YEAR, "国办通知2027", other, now)
