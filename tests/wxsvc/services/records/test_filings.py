"""Filings: what is due when, what a claim may say, and what a missed one costs."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from models.platform import PlatformYear
from models.terms import Stage, Subject
from scoring.calendar import Calendar
from scoring.deadlines import obligations
from scoring.outlook import Unsettled
from scoring.readings import DEFAULT_READINGS
from scoring.terms import FilingState, Obligation
from tests import builders
from tests.wxsvc.services.record_cases import World, paper, world
from wxsvc.db import Database
from wxsvc.services import filed_days
from wxsvc.services.judging import reviews
from wxsvc.services.records import filings, reviewed
from wxsvc.services.records.filings import FilingEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

PLAN = FilingEntry(2026, Obligation.PLAN, "2026-01", note="一月举办两场对接会")
DATA = FilingEntry(2026, Obligation.DATA, "2026-10", note="见填报页面截图")
SUMMARY = FilingEntry(2026, Obligation.SUMMARY, "2026", note="总结已盖章寄送")


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a Beijing day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=builders.BEIJING)


def file(w: World, entry: FilingEntry, now: datetime) -> filings.Filing:
    """File for the world's platform."""
    return filings.file(w.session, w.platform.id, entry, w.owner, now)


def state_of(w: World, entry: FilingEntry, now: datetime) -> FilingState:
    """Where the entry's obligation stands."""
    found = filings.state(w.session, w.platform.id, 2026, now)
    return next(
        each.state
        for each in found
        if (each.deadline.obligation, each.deadline.period) == (entry.obligation, entry.period)
    )


def missed(w: World, now: datetime) -> int:
    """What the tally counts."""
    return filings.missed_count(w.session, w.platform.id, 2026, now, DEFAULT_READINGS)


def test_a_year_has_25_obligations_with_day_and_reason(db: Database, now: datetime) -> None:
    """The page shows every one, filed or not."""
    with db.transaction() as session:
        w = world(session, now)
        found = filings.state(session, w.platform.id, 2026, at(date(2026, 1, 1)))
        assert len(found) == 25
        assert {each.state for each in found} == {FilingState.NOT_DUE}
        assert found[0].deadline.due_on == date(2026, 1, 4)
        assert all(each.deadline.reason for each in found)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(date(2026, 1, 4), 23, 59), FilingState.IN_TIME),
        (at(date(2026, 1, 5), 0, 0), FilingState.LATE),
    ],
)
def test_the_due_day_is_in_time_until_midnight_in_beijing(
    db: Database, moment: datetime, expected: FilingState
) -> None:
    """January's plan is due on the 4th, a Sunday that is worked."""
    with db.transaction() as session:
        w = world(session, moment)
        row = file(w, PLAN, moment)
        assert row.claimed_on == moment.date()
        assert state_of(w, PLAN, at(date(2026, 1, 20))) is expected


def test_each_missing_or_late_filing_costs_once(db: Database, now: datetime) -> None:
    """On 20 January a plan and a data return were due: both missing is 2, one late and one in time is 1."""
    with db.transaction() as session:
        w = world(session, now)
        today = at(date(2026, 1, 20))
        assert missed(w, today) == 2
        file(w, PLAN, at(date(2026, 1, 4)))
        assert missed(w, today) == 1
        file(w, replace(DATA, period="2026-01"), at(date(2026, 1, 9)))
        assert missed(w, today) == 1
        assert missed(w, at(date(2026, 2, 4))) == 2


def test_a_claim_in_time_holds_until_it_is_sent_back(db: Database, now: datetime) -> None:
    """Confirming changes nothing; sent back it is missing; filed anew its first day holds, by the reading its last."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, PLAN, at(date(2026, 1, 4)))
        today = at(date(2026, 1, 5))
        assert missed(w, today) == 0
        reviews.approve(session, Subject.FILING, row.id, w.reviewer, today)
        assert missed(w, today) == 0
        reviews.send_back(session, Subject.FILING, row.id, "内容不完整", w.reviewer, today)
        assert (missed(w, today), state_of(w, PLAN, today)) == (1, FilingState.MISSED)
        with pytest.raises(Refused, match="file_again"):
            reviewed.resubmit(session, Subject.FILING, row.id, w.owner, today)
        again = file(w, PLAN, today)
        assert (again.id, again.claimed_on, again.stage) == (row.id, date(2026, 1, 5), Stage.SUBMITTED)
        assert (again.first_claimed_on, state_of(w, PLAN, today)) == (date(2026, 1, 4), FilingState.IN_TIME)
        readings.decide(session, 2026, w.platform.kind, "refiled_late", "late", "会议决定", w.province, today)
        assert state_of(w, PLAN, today) is FilingState.LATE


def test_a_filing_that_was_sent_back_is_not_lost_while_its_first_day_holds(db: Database, now: datetime) -> None:
    """Told as a point that comes back by filing again, confirmed or not; not where the last day decides."""
    with db.transaction() as session:
        w = world(session, now)
        row, today = file(w, PLAN, at(date(2026, 1, 4))), at(date(2026, 1, 5))
        reviews.send_back(session, Subject.FILING, row.id, "内容不完整", w.reviewer, today)

        def told() -> tuple[Unsettled, bool, bool]:
            standings = filings.state(session, w.platform.id, 2026, today)
            (status,) = [each for each in standings if each.filing is row]
            return filings.unsettled(standings), status.comes_back, status.waits_for_its_day

        assert told() == (Unsettled(returned=1), True, False)
        file(w, PLAN, today)
        assert told() == (Unsettled(), False, False)
        reviews.send_back(session, Subject.FILING, row.id, "仍不完整", w.reviewer, today)
        assert told() == (Unsettled(returned=1), True, False)
        readings.decide(session, 2026, w.platform.kind, "refiled_late", "late", "会议决定", w.province, today)
        assert told() == (Unsettled(), False, False)


def test_the_first_day_holds_however_often_it_is_sent_back(db: Database, now: datetime) -> None:
    """Sent back twice, the day of the very first filing counts; taken back by the platform itself, none does."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, PLAN, at(date(2026, 1, 4)))
        for day in (5, 7):
            reviews.send_back(session, Subject.FILING, row.id, f"第{day}天仍不完整", w.reviewer, at(date(2026, 1, day)))
            assert state_of(w, PLAN, at(date(2026, 1, day))) is FilingState.MISSED
            file(w, PLAN, at(date(2026, 1, day + 1)))
        assert state_of(w, PLAN, now) is FilingState.IN_TIME
        reviewed.withdraw(session, Subject.FILING, row.id, "另行报送", w.owner, now)
        file(w, PLAN, now)
        assert state_of(w, PLAN, now) is FilingState.LATE


@pytest.mark.parametrize("note", [None, "", "  ", "无", "——", "。"])
def test_a_plan_or_summary_with_nothing_in_it_is_none(db: Database, now: datetime, note: str | None) -> None:
    """No paper, no activity in the month and no word about it: refused, and nothing is kept."""
    with db.transaction() as session:
        w = world(session, now)
        for entry in (PLAN, SUMMARY):
            with pytest.raises(Refused, match="filing_empty"):
                file(w, replace(entry, note=note), now)
        assert session.query(filings.Filing).count() == 0
        file(w, replace(SUMMARY, note=note, sha256=paper(session)), now)
        builders.activity(session, w.platform, starts_at=at(date(2026, 1, 31)), ends_at=at(date(2026, 1, 31), 12))
        file(w, replace(PLAN, note=note), now)


def test_a_day_claimed_afterwards_counts_once_it_is_confirmed(db: Database, now: datetime) -> None:
    """Entered after the due day, an earlier day needs a proof, and is late until the reviewer confirmed it."""
    claimed = replace(DATA, claimed_on=date(2026, 10, 5))
    with db.transaction() as session:
        w = world(session, now)
        before = missed(w, now)
        owed = filings.state(session, w.platform.id, 2026, now)
        unfiled = [
            each for each in owed if (each.deadline.obligation, each.deadline.period) == (DATA.obligation, DATA.period)
        ]
        assert filings.unsettled(unfiled) == Unsettled(unregistered=1)
        with pytest.raises(Refused, match="claim_unproved"):
            file(w, replace(claimed, note=None), now)
        row = file(w, replace(claimed, note=None, sha256=paper(session)), now)
        assert (missed(w, now), state_of(w, DATA, now)) == (before, FilingState.LATE)
        (status,) = [each for each in filings.state(session, w.platform.id, 2026, now) if each.filing is row]
        assert (status.filed_on, status.waits_for_its_day) == (now.date(), True)
        assert filings.unsettled([status]) == Unsettled(claimed=1)
        reviews.approve(session, Subject.FILING, row.id, w.reviewer, now)
        assert (missed(w, now), state_of(w, DATA, now)) == (before - 1, FilingState.IN_TIME)


def test_mending_the_day_is_claiming_it_afterwards(db: Database, now: datetime) -> None:
    """A late return whose day is then moved forward needs the proof, too, and waits for the reviewer."""
    with db.transaction() as session:
        w = world(session, now)
        file(w, replace(DATA, note=None), now)
        with pytest.raises(Refused, match="claim_unproved"):
            file(w, replace(DATA, note=None, claimed_on=date(2026, 10, 5)), now)
        file(w, replace(DATA, claimed_on=date(2026, 10, 5)), now)
        assert state_of(w, DATA, now) is FilingState.LATE


def test_a_day_claimed_before_the_due_day_is_over_counts_at_once(db: Database, now: datetime) -> None:
    """Entered on the 6th itself for the 5th, no proof is asked for."""
    entered = at(date(2026, 10, 6))
    with db.transaction() as session:
        w = world(session, entered)
        file(w, replace(DATA, claimed_on=date(2026, 10, 5), note=None), entered)
        assert state_of(w, DATA, now) is FilingState.IN_TIME


def test_before_the_notice_what_may_be_in_time_costs_nothing(db: Database) -> None:
    """The plan of October 2027 is provisionally due on the 6th; until the 11th a notice may still make it in time."""
    entry, october = FilingEntry(2027, Obligation.PLAN, "2027-10", note="十月计划"), date(2027, 10, 8)
    with db.transaction() as session:
        w = world(session, at(october))
        before = filings.missed_count(session, w.platform.id, 2027, at(date(2027, 10, 6)), DEFAULT_READINGS)
        assert filings.missed_count(session, w.platform.id, 2027, at(october), DEFAULT_READINGS) == before + 1
        file(w, entry, at(october))
        later = at(date(2027, 11, 1))
        (status,) = [each for each in filings.state(session, w.platform.id, 2027, later) if each.filing is not None]
        assert (status.state, filings.unsettled([status]).provisional) == (FilingState.PROVISIONAL, 1)


def test_the_day_itself_may_be_read_as_too_late(db: Database, now: datetime) -> None:
    """每月3号前: by the reading, the plan of 1 January's month is due by the 3rd, a day before the rolled one."""
    with db.transaction() as session:
        w = world(session, now)
        file(w, PLAN, at(date(2026, 1, 4)))
        assert state_of(w, PLAN, now) is FilingState.IN_TIME
        readings.decide(session, 2026, w.platform.kind, "day_itself_in_time", "false", "会议决定", w.province, now)
        assert state_of(w, PLAN, now) is FilingState.LATE


def test_plans_and_summaries_are_claimed_on_the_day_they_are_entered(db: Database, now: datetime) -> None:
    """Claiming an earlier day is refused; nobody claims a day to come."""
    with db.transaction() as session:
        w = world(session, now)
        for entry in (PLAN, SUMMARY):
            with pytest.raises(Refused, match="claimed_backwards"):
                file(w, replace(entry, claimed_on=date(2026, 1, 3)), now)
        for entry in (PLAN, DATA):
            with pytest.raises(Refused, match="claimed_in_future"):
                file(w, replace(entry, claimed_on=date(2026, 11, 24)), now)


def test_a_data_return_may_have_been_made_earlier_and_shows_it(db: Database, now: datetime) -> None:
    """It goes to the national platform; but the month it reports must have been over."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, replace(DATA, claimed_on=date(2026, 10, 5)), now)
        assert filed_days.is_backdated(row)
        reviews.approve(session, Subject.FILING, row.id, w.reviewer, now)
        assert state_of(w, DATA, now) is FilingState.IN_TIME
        with pytest.raises(Refused, match="claimed_too_early"):
            file(w, replace(DATA, period="2026-11", claimed_on=date(2026, 10, 31)), now)


def test_a_return_between_the_6th_and_the_rolled_day_is_an_open_reading(db: Database, now: datetime) -> None:
    """6 October 2026 is a holiday and would roll to the 8th: 口径待定, and a point until the province decides."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, replace(DATA, claimed_on=date(2026, 10, 7)), now)
        reviews.approve(session, Subject.FILING, row.id, w.reviewer, now)
        assert state_of(w, DATA, now) is FilingState.OPEN_READING
        literal = missed(w, now)
        rolled = DEFAULT_READINGS.with_decisions({"sixth_rolls_on": "true"})
        assert filings.missed_count(session, w.platform.id, 2026, now, rolled) == literal - 1


def test_a_filing_is_mended_until_it_is_confirmed(db: Database, now: datetime) -> None:
    """Note, paper and a data return's day may be changed; a repeat without them changes nothing."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, replace(DATA, note=None), now)
        mended = file(w, replace(DATA, claimed_on=date(2026, 10, 6), note="已报送", sha256=paper(session)), now)
        assert (mended.id, mended.claimed_on, mended.note, mended.version) == (row.id, date(2026, 10, 6), "已报送", 2)
        assert file(w, replace(DATA, note=None), now).version == 2
        reviews.approve(session, Subject.FILING, row.id, w.reviewer, now)
        assert file(w, replace(DATA, note=None), now).stage is Stage.APPROVED
        with pytest.raises(Refused, match="record_approved"):
            file(w, replace(DATA, note="补充"), now)


def test_what_is_no_obligation_cannot_be_filed(db: Database, now: datetime) -> None:
    """A wrong month, a wrong year, a year without rules, a file that nobody stored."""
    with db.transaction() as session:
        w = world(session, now)
        for entry in (
            replace(PLAN, period="2026-13"),
            replace(PLAN, period="2025-12"),
            replace(SUMMARY, period="2026-12"),
            FilingEntry(1999, Obligation.SUMMARY, "1999"),
        ):
            with pytest.raises(Refused, match="no_such_obligation"):
                file(w, entry, now)
        with pytest.raises(Refused, match="unknown_file"):
            file(w, replace(DATA, sha256="f" * 64), now)


def test_a_filing_that_was_voided_stays_void_and_one_withdrawn_may_be_filed_anew(db: Database, now: datetime) -> None:
    """Withdrawn by mistake, it is a claim of the day it is filed again."""
    with db.transaction() as session:
        w = world(session, now)
        row = file(w, DATA, now)
        reviewed.withdraw(session, Subject.FILING, row.id, "录错了", w.owner, now)
        assert file(w, DATA, now).stage is Stage.SUBMITTED
        reviews.void(session, Subject.FILING, row.id, "并未报送", w.reviewer, now)
        with pytest.raises(Refused, match="record_void"):
            file(w, DATA, now)


def test_a_platform_owes_only_what_falls_into_its_assessment_period(db: Database, now: datetime) -> None:
    """Accepted in September, it owes October to December and the summary."""
    with db.transaction() as session:
        w = world(session, now)
        w.platform.accepted_on = date(2026, 9, 10)
        session.flush()
        found = filings.state(session, w.platform.id, 2026, now)
        assert [each.deadline.period for each in found] == [
            "2026-10",
            "2026-10",
            "2026-11",
            "2026-11",
            "2026-12",
            "2026-12",
            "2026",
        ]
        assert missed(w, now) == 4


def test_counting_what_is_missed_needs_no_database() -> None:
    """A batch hands over rows and deadlines: of two due plans one stands in time, the other was sent back."""
    owed = [each for each in obligations(2026, Calendar()) if each.obligation is Obligation.PLAN][:2]
    claims = [
        SimpleNamespace(obligation=Obligation.PLAN, period=each.period, claimed_on=each.due_on, stage=stage)
        for each, stage in zip(owed, (Stage.SUBMITTED, Stage.RETURNED), strict=True)
    ]
    assert filings.missed(claims, owed, date(2026, 3, 1)) == 1


def test_looking_at_filings_writes_nothing(db: Database, now: datetime) -> None:
    """The platform's year is not made by asking about it."""
    with db.transaction() as session:
        w = world(session, now)
        filings.state(session, w.platform.id, 2026, now)
        assert session.get(PlatformYear, (w.platform.id, 2026)) is None
