"""The working-day calendar: a notice replaces its year, and turns nobody late without an official's word."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Filing
from models.journal import LogEntry
from models.regulation import Workday
from models.terms import Subject
from models.work_list import Change
from scoring.readings import DEFAULT_READINGS
from scoring.statutory_days import statutory
from scoring.terms import DaySource, FilingState, Obligation, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import World, nobody, world
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.judging import reviews
from wxsvc.services.records import filings
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, workdays
from wxsvc.services.regulation.calendars import NoticeDay
from wxsvc.services.regulation.workdays import Source

NEW_YEAR = [NoticeDay(date(2027, 1, day), False, "元旦") for day in (1, 2, 3)]
LABOUR = [NoticeDay(date(2027, 5, day), False, "劳动节") for day in (1, 2, 3, 4, 5)]
REST = [
    *(NoticeDay(date(2027, 2, day), False, "春节") for day in range(5, 12)),
    NoticeDay(date(2027, 4, 5), False, "清明节"),
    NoticeDay(date(2027, 6, 9), False, "端午节"),
    NoticeDay(date(2027, 9, 15), False, "中秋节"),
    *(NoticeDay(date(2027, 10, day), False, "国庆节") for day in range(1, 8)),
]
SHORT = LABOUR[:2]
SOURCE = Source(date(2026, 11, 4), "国办发明电〔2026〕7号", 2027, "通知")
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


def load(w: World, days: list[NoticeDay], now: datetime, **options: Any) -> workdays.LoadedNotice:
    """The province loads the notice for 2027; what it says of the other holidays never changes."""
    return workdays.load_notice(w.session, 2027, [*days, *REST], SOURCE, w.province, now, **options)


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
            assert load(w, NEW_YEAR + LABOUR, now).days == 8 + len(REST)
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["workday.notice_loaded"]
        assert [(each.platform_id, each.year) for each in session.scalars(sa.select(Change))] == [(w.platform.id, 2027)]


def test_a_notice_replaces_its_year_and_no_other(db: Database, now: datetime) -> None:
    """Days it no longer names go; another year's stay; a December day of the next year's notice stays, too."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        next_year = [NoticeDay(date(2027, 12, 31), False, "元旦"), NoticeDay(date(2028, 1, 1), False, "元旦")]
        next_year += [NoticeDay(day, False, name) for day, name in statutory(2028).items() if day.month > 1]
        next_year += [NoticeDay(date(2028, 1, day), False, "春节") for day in range(25, 32)]
        next_year += [NoticeDay(date(2028, 10, 4), False, "中秋节")]
        workdays.load_notice(session, 2028, next_year, Source(date(2027, 11, 4)), w.province, now)
        load(w, NEW_YEAR + SHORT, now)
        days = session.scalars(sa.select(Workday.day).order_by(Workday.day)).all()
        assert days == sorted(each.day for each in NEW_YEAR + SHORT + REST + next_year)


def test_nobody_becomes_late_without_an_officials_word(db: Database, now: datetime) -> None:
    """The filing is shown beforehand; loading is refused until it is accepted; then the state is what it is."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        row = file_plan(w, 5, 6)
        shorter = NEW_YEAR + LABOUR[:3]
        states, days = (FilingState.IN_TIME, FilingState.LATE), (date(2027, 5, 6), date(2027, 5, 6), date(2027, 5, 4))
        change = workdays.FilingChange(row.id, w.platform.id, Obligation.PLAN, "2027-05", *states, *days)
        seen = workdays.preview(session, 2027, shorter + REST, SOURCE, LATER)
        assert (seen.changes, seen.worse, seen.is_new) == ((change,), (change,), True)
        assert [(each.period, each.old.due_on, each.new.due_on, each.is_moved) for each in seen.moves] == [
            ("2027-05", date(2027, 5, 6), date(2027, 5, 4), True)
        ]
        assert seen.moves[0].kinds == tuple(PlatformKind)
        with pytest.raises(Refused) as caught:
            load(w, shorter, LATER, late_accepted=[row.id + 1])
        assert (caught.value.code, caught.value.values) == ("filings_would_be_late", {"count": 1})
        assert plan_due(w, 5)[0] == date(2027, 5, 6)
        assert load(w, shorter, LATER, late_accepted=[row.id]).changes == (change,)
        assert plan_due(w, 5)[0] == date(2027, 5, 4)


def test_a_notice_may_always_turn_late_into_in_time(db: Database, now: datetime) -> None:
    """That needs no acceptance; claims sent back are not looked at."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + SHORT, now)
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
        assert load(w, NEW_YEAR + SHORT, LATER).changes == ()
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


def test_a_year_that_is_assessed_into_the_next_is_judged_by_its_notice(db: Database, now: datetime) -> None:
    """考评期 of 2026 until the end of May: a filing of that May is one of 2026's, whether or not 2027 is sealed."""
    with db.transaction() as session:
        w = world(session, now)
        row = years.platform_year(session, w.platform.id, 2026)
        row.assessed_until, row.period_reason = date(2027, 5, 31), "延长考评期"
        load(w, NEW_YEAR + SHORT, now)
        assert (w.platform.id, 2026) in {(each.platform_id, each.year) for each in session.scalars(sa.select(Change))}
        filed = file_plan(w, 5, 6)
        builders.seal(session, w.platform, 2027)
        session.execute(sa.delete(Change))
        outcome = load(w, NEW_YEAR + LABOUR, LATER)
        assert [(each.filing_id, each.after) for each in outcome.changes] == [(filed.id, FilingState.IN_TIME)]
        assert [(each.platform_id, each.year) for each in session.scalars(sa.select(Change))] == [(w.platform.id, 2026)]


def test_what_a_platform_does_not_owe_is_not_judged(db: Database, now: datetime) -> None:
    """Accepted in May, it owes nothing before June; a plan that it filed for May all the same costs nothing."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        file_plan(w, 5, 6)
        w.platform.accepted_on = date(2027, 5, 1)
        session.flush()
        assert load(w, NEW_YEAR + SHORT, LATER).changes == ()


def off(*days: date) -> list[NoticeDay]:
    """Days off of 元旦."""
    return [NoticeDay(day, False, "元旦") for day in days]


WHOLE = [*NEW_YEAR, *LABOUR, *REST]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([], "notice_incomplete"),
        (NEW_YEAR + LABOUR, "notice_incomplete"),
        ([each for each in WHOLE if each.name != "清明节"], "notice_incomplete"),
        ([*WHOLE, *off(date(2028, 1, 1))], "notice_wrong_year"),
        ([*WHOLE, *off(date(2026, 11, 30))], "notice_wrong_year"),
        ([*WHOLE, NoticeDay(date(2027, 1, 1), True, "元旦")], "notice_day_twice"),
        ([each for each in WHOLE if each.day != date(2027, 10, 2)], "notice_day_worked"),
        ([*WHOLE, NoticeDay(date(2027, 5, 10), True, "劳动节")], "notice_make_up_on_weekday"),
        ([*WHOLE, *off(*(date(2027, 1, day) for day in range(4, 20)))], "notice_holiday_too_long"),
    ],
)
def test_a_notice_is_plausible(db: Database, now: datetime, days: list[NoticeDay], code: str) -> None:
    """Anything else is refused, beforehand and when it is loaded, and nothing written."""
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match=code):
            workdays.preview(session, 2027, days, SOURCE, now)
        with pytest.raises(Refused, match=code):
            workdays.load_notice(session, 2027, days, SOURCE, w.province, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Workday)) == 0


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (Source(date(2026, 11, 4), year=2026), "notice_other_year"),
        (Source(None), "notice_undated"),
        (Source(date(2026, 11, 3)), "notice_older"),
    ],
)
def test_a_notice_is_of_its_year_and_not_an_older_one(db: Database, now: datetime, source: Source, code: str) -> None:
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now)
        with pytest.raises(Refused, match=code):
            workdays.preview(session, 2027, [*NEW_YEAR, *SHORT, *REST], source, now)
        with pytest.raises(Refused, match=code):
            workdays.load_notice(session, 2027, [*NEW_YEAR, *SHORT, *REST], source, w.province, now)
        assert plan_due(w, 5) == (date(2027, 5, 6), False)


def test_who_looked_at_a_calendar_that_a_colleague_replaced_is_told(db: Database, now: datetime) -> None:
    """Two officials at once: the second sees what stands before anything is replaced."""
    with db.transaction() as session:
        w = world(session, now)
        load(w, NEW_YEAR + LABOUR, now, seen=0)
        with pytest.raises(Refused, match="notice_overtaken") as caught:
            load(w, NEW_YEAR + SHORT, LATER, seen=0)
        assert caught.value.values["at"] == now
        first = workdays.loaded(session, 2027)
        assert first is not None
        assert (first.number, first.loaded_by) == ("国办发明电〔2026〕7号", w.province.person_id)
        assert load(w, NEW_YEAR + SHORT, LATER, seen=first.id).days == len(NEW_YEAR + SHORT + REST)


def test_only_the_province_loads_a_notice(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        for other in (w.reviewer, w.owner, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                workdays.load_notice(session, 2027, WHOLE, SOURCE, other, now)
