"""The 25 obligations of a year: due days, reasons, and whether a filing came in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scoring.calendar import Calendar, Day, day_by_rule, notice_lookup
from scoring.deadlines import obligations, within
from scoring.filings import count_missed, day_that_counts, filing_state
from scoring.readings import DEFAULT_READINGS
from scoring.scheme_files import NoSchemeError
from scoring.terms import DaySource, FilingState, Obligation
from wxsvc.workdays import from_package, workdays

PLANS_2026 = [
    "01-04",
    "02-03",
    "03-03",
    "04-03",
    "05-06",
    "06-03",
    "07-03",
    "08-03",
    "09-03",
    "10-08",
    "11-03",
    "12-03",
]
ROLLED_DATA_2026 = {"04": "04-07", "06": "06-08", "09": "09-07", "10": "10-08", "12": "12-07"}
SIXTH_ROLLS_ON = DEFAULT_READINGS.with_decisions({"sixth_rolls_on": "true"})


def due_days(deadlines, obligation):
    return [due.due_on.isoformat()[5:] for due in deadlines if due.obligation is obligation]


def one(year, obligation, period, readings=None):
    (found,) = (
        due for due in obligations(year, workdays(), readings) if (due.obligation, due.period) == (obligation, period)
    )
    return found


@pytest.mark.parametrize("year", [2021, 2026, 2027, 2030, 2100, 9999])
def test_a_year_has_25_obligations(year):
    """Twelve plans, twelve data returns and one summary, each once, in any year with rules."""
    due = obligations(year, workdays())
    months = [f"{year}-{month:02}" for month in range(1, 13)]
    assert [entry.period for entry in due if entry.obligation is Obligation.PLAN] == months
    assert [entry.period for entry in due if entry.obligation is Obligation.DATA] == months
    assert [entry.period for entry in due if entry.obligation is Obligation.SUMMARY] == [f"{year}"]


def test_the_json_of_a_deadline_has_its_names():
    """The shape of ``wxsvc deadlines --json``, which others read."""
    shown = obligations(2026, workdays())[0].as_dict()
    names = ["obligation", "period", "due_on", "rolled", "provisional", "reason"]
    assert list(shown) == names


def test_a_year_without_rules_has_no_obligations():
    """Before the first rules there is an error that names the year."""
    with pytest.raises(NoSchemeError, match="2020"):
        obligations(2020, workdays())


def test_the_due_days_of_2026():
    """Plans roll over holidays onto the next workday, make-up Sundays included; returns stay on the literal 6th."""
    due = obligations(2026, workdays())
    assert due_days(due, Obligation.PLAN) == PLANS_2026
    assert due_days(due, Obligation.DATA) == [f"{month:02}-06" for month in range(1, 13)]
    assert due_days(due, Obligation.SUMMARY) == ["12-15"]
    assert not any(entry.provisional for entry in due)


def test_a_day_that_rolls_on_says_so():
    """``rolled`` is set where the day moved, and its reason then names the move."""
    due = obligations(2026, workdays())
    assert [entry.rolled for entry in due] == ["顺延至" in entry.reason for entry in due]
    assert {entry.rolled for entry in due} == {True, False}


def test_the_sixth_rolls_on_when_the_province_reads_it_so():
    """With ``sixth_rolls_on`` the returns of April, June, September, October and December 2026 are due later."""
    rolled = due_days(obligations(2026, workdays(), SIXTH_ROLLS_ON), Obligation.DATA)
    assert rolled == [ROLLED_DATA_2026.get(f"{month:02}", f"{month:02}-06") for month in range(1, 13)]


@pytest.mark.parametrize(
    ("obligation", "period", "reason"),
    [
        (Obligation.PLAN, "2026-01", "1月3日为法定节假日，顺延至1月4日（周日，调休上班）"),
        (Obligation.PLAN, "2026-05", "5月3日为法定节假日，顺延至5月6日（周三）"),
        (Obligation.PLAN, "2026-02", "2月3日（周二），当日24:00前报送"),
        (Obligation.DATA, "2026-01", "报送2025年12月数据；1月6日（周二），当日24:00前报送"),
        (Obligation.DATA, "2026-04", "报送2026年3月数据；4月6日为法定节假日，条文未写顺延，仍以当日24:00为期"),
        (Obligation.DATA, "2026-06", "报送2026年5月数据；6月6日为周六，条文未写顺延，仍以当日24:00为期"),
        (Obligation.SUMMARY, "2026", "12月15日（周二），当日24:00前报送"),
    ],
)
def test_the_reason_says_why_the_day_is_the_day(obligation, period, reason):
    """Each entry explains its day as officials would say it."""
    assert one(2026, obligation, period).reason == reason


def test_a_return_names_the_month_it_covers():
    """The return due in January 2026 covers December 2025; a plan covers its own month."""
    assert one(2026, Obligation.DATA, "2026-01").covers == "2025-12"
    assert one(2026, Obligation.DATA, "2026-03").covers == "2026-02"
    assert one(2026, Obligation.PLAN, "2026-01").covers == "2026-01"
    assert one(2026, Obligation.SUMMARY, "2026").covers == "2026"


def test_a_holiday_is_named_where_known():
    """The nominal day's holiday has its name; an ordinary day has none, nor has a day worked for another one."""
    assert one(2026, Obligation.PLAN, "2026-01").holiday == "元旦"
    assert one(2026, Obligation.PLAN, "2026-02").holiday is None
    make_up = Day(date(2026, 1, 3), True, DaySource.NOTICE, "元旦")
    assert obligations(2026, workdays([make_up]))[0].holiday is None


def test_a_year_without_a_notice_is_provisional_and_never_an_exception():
    """2027 is computed from weekends and statutory days, and every entry says that it is provisional."""
    due = obligations(2027, workdays())
    assert all(entry.provisional and "暂定" in entry.reason for entry in due)
    plans = due_days(due, Obligation.PLAN)
    sure = {1: "01-04", 2: "02-03", 3: "03-03", 4: "04-06", 6: "06-03", 7: "07-05", 8: "08-03", 9: "09-03", 11: "11-03"}
    assert {month: plans[month - 1] for month in sure} == sure
    assert plans[4] in {"05-05", "05-06"}
    assert due_days(due, Obligation.SUMMARY) == ["12-15"]
    assert due[-1].reason == "12月15日（周三），当日24:00前报送；暂定，2027年放假通知尚未载入"


def test_a_loaded_notice_is_believed_before_everything_else():
    """The notice for 2027 replaces the provisional days, names make-up workdays, and takes the mark away."""
    spring = [Day(date(2027, 5, day), False, DaySource.NOTICE, "劳动节") for day in range(1, 6)]
    make_up = Day(date(2027, 5, 8), True, DaySource.NOTICE)
    calendar = workdays([*spring, make_up], loaded_years=[2027])
    (may,) = (
        due for due in obligations(2027, calendar) if (due.obligation, due.period) == (Obligation.PLAN, "2027-05")
    )
    assert (may.due_on, may.provisional) == (date(2027, 5, 6), False)
    assert calendar.day(make_up.on).is_make_up
    assert calendar.day(date(2027, 3, 3)).source is DaySource.NOTICE


def test_a_notice_knows_only_the_days_it_names_outside_its_years():
    """A notice that gives back a day of the year before does not pretend to know that whole year."""
    lookup = notice_lookup([Day(date(2027, 12, 31), False, DaySource.NOTICE, "元旦")], years=[2028])
    assert lookup(date(2027, 12, 31)).holiday == "元旦"
    assert lookup(date(2027, 12, 30)) is None


def test_statutory_days_on_a_weekend_are_given_back():
    """In 2027 the Labour Days fall on Saturday and Sunday, so Monday and Tuesday are provisionally off."""
    assert [day_by_rule(date(2027, 5, day)).is_workday for day in range(1, 6)] == [False] * 4 + [True]
    assert day_by_rule(date(2027, 2, 8)).holiday == "春节"


@pytest.mark.parametrize(
    "known", [Day(date(2027, 5, 3), False, DaySource.NOTICE), Day(date(2027, 5, 5), True, DaySource.NOTICE)]
)
def test_a_day_is_provisional_while_either_end_of_its_way_is(known):
    """A notice of the year beside may name the day of the text, or the one it rolls to, and not the other."""
    calendar = Calendar((notice_lookup([known], years=[]),))
    (may,) = (due for due in obligations(2027, calendar) if due.nominal_on == date(2027, 5, 3))
    assert (may.due_on, may.provisional) == (date(2027, 5, 5), True)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 12, 29), date(2026, 12, 29)),  # three days before 元旦: no notice has freed it
        (date(2026, 12, 30), date(2027, 1, 7)),
        (date(2027, 1, 6), date(2027, 1, 7)),  # five days after it
        (date(2027, 1, 7), date(2027, 1, 7)),
    ],
)
def test_a_notice_reaches_two_days_before_a_holiday_and_five_after(day, last):
    """So far 调休 may move what is due on such a day; further no notice has gone."""
    assert Calendar().may_roll_to(day) == last


def test_the_package_knows_nothing_of_later_years():
    """Where chinesecalendar would raise, the adapter answers that it does not know."""
    assert from_package(date(2100, 1, 4)) is None
    assert from_package(date(1990, 1, 4)) is None
    assert from_package(date(2026, 1, 4)) == Day(date(2026, 1, 4), True, DaySource.PACKAGE, "元旦")


def test_reminders_go_out_on_the_last_workday_before():
    """Before the plan of January 2026 that is Wednesday 31 December 2025; a make-up Saturday counts."""
    assert workdays().last_workday_before(date(2026, 1, 4)).on == date(2025, 12, 31)
    assert workdays().last_workday_before(date(2026, 2, 15)).on == date(2026, 2, 14)


def test_a_platform_owes_what_falls_into_its_assessment_period():
    """The named day decides, both ends included: from 3 January the first plan is owed although it rolls to the 4th."""
    year = obligations(2026, Calendar((from_package,)))
    assert len(within(year, date(2026, 1, 1), date(2026, 12, 31))) == 25
    assert len(within(year, date(2026, 1, 3), date(2026, 12, 15))) == 25
    assert len(within(year, date(2026, 1, 4), date(2026, 12, 14))) == 23
    assert len(within(year, date(2026, 7, 1), date(2026, 12, 31))) == 13
    assert [due.period for due in within(year, date(2026, 5, 1), date(2026, 5, 3))] == ["2026-05"]


@pytest.mark.parametrize(
    ("filed", "today", "state"),
    [
        (None, "2026-01-04", FilingState.NOT_DUE),
        (None, "2026-01-05", FilingState.MISSED),
        ("2026-01-04", "2026-01-04", FilingState.IN_TIME),
        ("2025-12-20", "2026-03-01", FilingState.IN_TIME),
        ("2026-01-05", "2026-01-05", FilingState.LATE),
        ("2026-11-05", "2026-11-05", FilingState.LATE),
    ],
)
def test_a_plan_is_in_time_until_its_due_day_ends(filed, today, state):
    """The due day itself is in time; the next day a plan is missed, and late once it comes."""
    due = one(2026, Obligation.PLAN, "2026-01")
    assert filing_state(due, filed and date.fromisoformat(filed), date.fromisoformat(today)) is state


@pytest.mark.parametrize(
    ("filed", "today", "literal", "rolling"),
    [
        ("2026-04-06", "2026-05-01", FilingState.IN_TIME, FilingState.IN_TIME),
        ("2026-04-07", "2026-05-01", FilingState.OPEN_READING, FilingState.IN_TIME),
        ("2026-04-08", "2026-05-01", FilingState.LATE, FilingState.LATE),
        (None, "2026-04-06", FilingState.NOT_DUE, FilingState.NOT_DUE),
        (None, "2026-04-07", FilingState.OPEN_READING, FilingState.NOT_DUE),
        (None, "2026-04-08", FilingState.MISSED, FilingState.MISSED),
    ],
)
def test_a_return_between_the_two_days_is_marked_as_open(filed, today, literal, rolling):
    """Between the literal 6th and the day it would roll to, a return is 口径待定, until the province reads it."""
    handed_in, day = filed and date.fromisoformat(filed), date.fromisoformat(today)
    assert filing_state(one(2026, Obligation.DATA, "2026-04"), handed_in, day) is literal
    assert filing_state(one(2026, Obligation.DATA, "2026-04", SIXTH_ROLLS_ON), handed_in, day) is rolling


def test_late_and_missing_cost_once_each():
    """A late plan, an open return and everything not handed in by today count once per obligation."""
    due = obligations(2026, workdays())
    in_time = {(entry.obligation, entry.period): entry.due_on for entry in due}
    new_year = date(2027, 1, 1)
    assert count_missed(due, in_time, new_year) == 0
    assert count_missed(due, {}, new_year) == 25
    assert count_missed(due, {}, date(2026, 1, 1)) == 0
    assert count_missed(due, {}, date(2026, 1, 7)) == 2
    plan, data = (Obligation.PLAN, "2026-02"), (Obligation.DATA, "2026-04")
    late = {**in_time, plan: in_time[plan] + timedelta(days=90), data: date(2026, 4, 7)}
    assert count_missed(due, late, new_year) == 2
    assert count_missed(obligations(2026, workdays(), SIXTH_ROLLS_ON), late, new_year) == 1


def test_with_the_day_itself_too_late_the_day_before_is_the_last():
    """3号前: after 顺延, every obligation of the year is due a day earlier, and the reason says until when."""
    by = DEFAULT_READINGS.with_decisions({"day_itself_in_time": "false"})
    usual, before = obligations(2026, workdays()), obligations(2026, workdays(), by)
    assert [due.due_on + timedelta(days=1) for due in before] == [due.due_on for due in usual]
    assert [due.rolled for due in before] == [due.rolled for due in usual]
    for each, due in zip(before, usual, strict=True):
        assert due.open_until - each.open_until == due.provisional_until - each.provisional_until == timedelta(days=1)
    assert before[0].reason == "1月3日为法定节假日，顺延至1月4日（周日，调休上班）；按口径不含当日，1月3日24:00前报送"
    assert filing_state(before[0], date(2026, 1, 4), date(2026, 2, 1)) is FilingState.LATE
    assert filing_state(before[0], date(2026, 1, 3), date(2026, 2, 1)) is FilingState.IN_TIME


@pytest.mark.parametrize(
    ("period", "day", "state"),
    [
        ("2027-01", date(2027, 1, 4), FilingState.IN_TIME),
        ("2027-01", date(2027, 1, 5), FilingState.PROVISIONAL),
        ("2027-01", date(2027, 1, 11), FilingState.LATE),
        ("2027-03", date(2027, 3, 4), FilingState.LATE),
        ("2027-05", date(2027, 5, 6), FilingState.PROVISIONAL),
        ("2027-10", date(2027, 10, 8), FilingState.PROVISIONAL),
    ],
)
def test_before_the_notice_what_it_may_still_judge_in_time_is_provisional(period, day, state):
    """Near a holiday 调休 may move the day; elsewhere a late plan is late. Once the notice is loaded, it decides."""
    due = one(2027, Obligation.PLAN, period)
    assert filing_state(due, day, date(2027, 12, 1)) is state
    assert (
        filing_state(due, None, day) is (FilingState.MISSED if state is FilingState.LATE else state)
        or day <= due.due_on
    )
    key = {(Obligation.PLAN, period): day}
    assert count_missed([due], key, date(2027, 12, 1)) == (state is FilingState.LATE)


def test_the_last_provisional_day_is_one():
    due = one(2027, Obligation.PLAN, "2027-01")
    last, later = due.provisional_until, date(2027, 12, 1)
    assert filing_state(due, last, later) is FilingState.PROVISIONAL
    assert filing_state(due, last + timedelta(days=1), later) is FilingState.LATE


def test_a_known_year_is_never_provisional():
    """No day of 2026 can move any more."""
    assert all(due.provisional_until == due.due_on for due in obligations(2026, workdays()))


@pytest.mark.parametrize(
    ("claimed", "entered", "is_confirmed", "counts"),
    [
        (date(2026, 2, 5), date(2026, 2, 6), False, date(2026, 2, 5)),
        (date(2026, 2, 5), date(2026, 2, 7), False, date(2026, 2, 7)),
        (date(2026, 2, 5), date(2026, 2, 7), True, date(2026, 2, 5)),
        (date(2026, 2, 9), date(2026, 2, 9), False, date(2026, 2, 9)),
    ],
)
def test_a_day_claimed_after_the_due_day_counts_once_confirmed(claimed, entered, is_confirmed, counts):
    """Until then the day of entry counts."""
    due = one(2026, Obligation.DATA, "2026-02")
    assert day_that_counts(due, claimed, entered, is_confirmed=is_confirmed) == counts
