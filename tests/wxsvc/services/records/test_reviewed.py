"""What holds of every record that a platform submits: once, by its own staff, until approved, never after sealing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.scorecard import ScorecardRow
from models.terms import Stage, Subject
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CORRECT, DAY, World, add_proved, nobody, world
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.counting import facts, tallies
from wxsvc.services.judging import reviews
from wxsvc.services.records import reviewed
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.reviewables import MODELS

pytestmark = pytest.mark.both_databases

ALL = pytest.mark.parametrize("subject", ADD, ids=str)
TAKEN_BY_DAY = [subject for subject in CORRECT if KINDS[subject].facts]
CORRECTABLE = pytest.mark.parametrize("subject", CORRECT, ids=str)


def rows(w: World, subject: Subject) -> list[list[tuple[Any, ...]]]:
    """Every row of the noun, of the log and of the work list."""
    w.session.flush()
    tables = [MODELS[subject].__table__, LogEntry.__table__, Change.__table__]
    return [[tuple(row) for row in w.session.execute(sa.select(table))] for table in tables]


def code_of(caught: pytest.ExceptionInfo[Refused]) -> str:
    """The code of the refusal."""
    return caught.value.code


@ALL
def test_a_record_is_submitted_once_however_often_it_is_sent(db: Database, now: datetime, subject: Subject) -> None:
    """Sending the same form twice leaves one record, one line of the log and one change."""
    with db.transaction() as session:
        w = world(session, now)
        first = ADD[subject](w, w.owner)
        colleague = w.colleague()
        before = rows(w, subject)
        again = ADD[subject](w, colleague)
        assert again.id == first.id
        assert first.stage is Stage.SUBMITTED
        assert first.created_by == w.owner.person_id
        assert rows(w, subject) == before
        assert session.scalar(sa.select(Change.year).where(Change.platform_id == w.platform.id)) == 2026
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.subject == subject)).one()
        assert (entry.deed, entry.subject_id, entry.platform_id) == (f"{subject}.added", first.id, w.platform.id)


@ALL
def test_only_the_platforms_own_staff_record_for_it(db: Database, now: datetime, subject: Subject) -> None:
    """Owner and colleague may; a stranger, a reviewer, the province and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        assert ADD[subject](w, w.colleague()).id == row.id
        for other in (w.stranger(), w.reviewer, w.province, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                ADD[subject](w, other)
            with pytest.raises(Refused, match="not_allowed"):
                reviewed.withdraw(session, subject, row.id, "录错了", other, now)
            with pytest.raises(Refused, match="not_allowed"):
                reviewed.resubmit(session, subject, row.id, other, now)
            if subject in CORRECT:
                with pytest.raises(Refused, match="not_allowed"):
                    CORRECT[subject](w, row, 1, other)


@ALL
def test_a_sealed_year_takes_no_record_and_no_change(db: Database, now: datetime, subject: Subject) -> None:
    """Everything is refused with the year's number, and nothing is written."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        builders.platform(session)  # whose year is open, so that 重点工作 may be set
        builders.seal(session, w.platform)
        tries = [
            lambda: ADD[subject](w, w.owner),
            lambda: reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now),
            lambda: reviewed.resubmit(session, subject, row.id, w.owner, now),
            lambda: reviews.approve(session, subject, row.id, w.reviewer, now),
            lambda: reviews.send_back(session, subject, row.id, "请补充", w.reviewer, now),
            lambda: reviews.void(session, subject, row.id, "不实", w.reviewer, now),
        ]
        if subject in CORRECT:
            tries.append(lambda: CORRECT[subject](w, row, 1, w.owner))
        for attempt in tries:
            with pytest.raises(Refused) as caught:
                attempt()
            assert (code_of(caught), caught.value.values) == ("year_sealed", {"year": 2026})
        assert row.stage is Stage.SUBMITTED


@pytest.mark.parametrize("subject", TAKEN_BY_DAY, ids=str)
def test_the_year_whose_period_has_its_day_takes_a_record(db: Database, now: datetime, subject: Subject) -> None:
    """The calendar year of its day may be sealed: the record counts in the next; once that is sealed, nothing more."""
    with db.transaction() as session:
        w = world(session, now)
        following = years.platform_year(session, w.platform.id, 2027)
        following.assessed_from, following.assessed_until = date(2026, 11, 1), date(2027, 10, 31)
        following.period_reason = "会议决定"
        builders.seal(session, w.platform, 2026)
        row = add_proved(w, subject)
        CORRECT[subject](w, row, 1, w.owner)
        reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now)
        reviewed.resubmit(session, subject, row.id, w.owner, now)
        reviews.send_back(session, subject, row.id, "请补充", w.reviewer, now)
        reviewed.resubmit(session, subject, row.id, w.owner, now)
        reviews.approve(session, subject, row.id, w.reviewer, now)
        tallies.fold(session, w.platform.id, 2026, now)
        by = readings.in_force(session, 2027, w.platform.kind)
        (told,) = facts.facts(session, w.platform, 2027, by)
        assert (told.subject, told.subject_id, "outside_period" in told.reasons) == (subject, row.id, False)
        assert session.get_one(ScorecardRow, (w.platform.id, 2027)).as_of == now
        assert session.get(ScorecardRow, (w.platform.id, 2026)) is None
        builders.seal(session, w.platform, 2027)
        for attempt in (
            lambda: ADD[subject](w, w.owner),
            lambda: CORRECT[subject](w, row, row.version, w.owner),
            lambda: reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now),
            lambda: reviews.void(session, subject, row.id, "不实", w.reviewer, now),
        ):
            with pytest.raises(Refused) as caught:
                attempt()
            assert (code_of(caught), caught.value.values) == ("year_sealed", {"year": 2027})


@CORRECTABLE
def test_a_record_is_corrected_until_it_is_approved(db: Database, now: datetime, subject: Subject) -> None:
    """A correction raises the version; idempotent; an old version and an approved record are refused."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, subject)
        CORRECT[subject](w, row, 1, w.colleague())
        assert (row.version, row.stage) == (2, Stage.SUBMITTED)
        before = rows(w, subject)
        CORRECT[subject](w, row, 1, w.owner)
        assert rows(w, subject) == before
        with pytest.raises(Refused, match="edited_by_other"):
            reviewed.correct(session, row, {"year": 2025}, 1, w.owner, now)
        reviews.approve(session, subject, row.id, w.reviewer, now)
        with pytest.raises(Refused, match="record_approved"):
            reviewed.correct(session, row, {"year": 2025}, row.version, w.owner, now)


@ALL
def test_a_platform_withdraws_its_own_record_with_a_reason(db: Database, now: datetime, subject: Subject) -> None:
    """It turns void and stays visible; idempotent; without a reason it is refused."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        with pytest.raises(Refused, match="reason_needed"):
            reviewed.withdraw(session, subject, row.id, "  ", w.owner, now)
        reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now)
        assert (row.stage, row.return_reason, row.version) == (Stage.VOID, "录错了", 2)
        reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now)
        assert row.version == 2


@CORRECTABLE
def test_what_was_sent_back_is_corrected_and_submitted_again(db: Database, now: datetime, subject: Subject) -> None:
    """Correcting leaves it returned, submitting puts it back into the queue, and submitting idempotent."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        reviews.send_back(session, subject, row.id, "请补充说明", w.reviewer, now)
        CORRECT[subject](w, row, row.version, w.owner)
        assert row.stage is Stage.RETURNED
        later = now + timedelta(hours=1)
        reviewed.resubmit(session, subject, row.id, w.owner, later)
        assert (row.stage, row.submitted_at, row.return_reason) == (Stage.SUBMITTED, later, None)
        version = row.version
        reviewed.resubmit(session, subject, row.id, w.owner, later)
        assert row.version == version


@CORRECTABLE
def test_what_a_reviewer_voided_stays_void(db: Database, now: datetime, subject: Subject) -> None:
    """The platform may revive what it withdrew itself, never what the reviewer struck out."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now)
        with pytest.raises(Refused, match="record_withdrawn"):  # from an older page: it can be submitted again
            CORRECT[subject](w, row, row.version, w.owner)
        reviewed.resubmit(session, subject, row.id, w.owner, now)
        assert row.stage is Stage.SUBMITTED
        reviews.void(session, subject, row.id, "不实", w.reviewer, now)
        with pytest.raises(Refused, match="record_void"):
            reviewed.resubmit(session, subject, row.id, w.owner, now)
        with pytest.raises(Refused, match="record_void"):
            CORRECT[subject](w, row, row.version, w.owner)


def test_two_people_never_overwrite_each_other(db: Database, now: datetime) -> None:
    """A change that was made behind somebody's back in the database is noticed when writing."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        table = type(row).__table__
        session.execute(sa.update(table).where(table.c.id == row.id).values(version=7))
        with pytest.raises(Refused, match="edited_by_other"):
            reviewed.correct(session, row, {"raised_on": DAY - timedelta(days=1)}, 1, w.owner, now)
        assert row.version == 7


def test_a_record_that_moves_to_another_year_moves_both_scores(db: Database, now: datetime) -> None:
    """Correcting the day across New Year names both years on the work list, and needs both to be open."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        session.execute(sa.delete(Change))
        reviewed.correct(session, row, {"raised_on": DAY.replace(year=2025), "year": 2025}, 1, w.owner, now)
        touched = session.scalars(sa.select(Change.year).where(Change.platform_id == w.platform.id))
        assert set(touched) == {2025, 2026}
        builders.seal(session, w.platform, 2026)
        with pytest.raises(Refused, match="year_sealed"):
            reviewed.correct(session, row, {"raised_on": DAY, "year": 2026}, row.version, w.owner, now)


def test_an_unknown_record_is_not_found(db: Database, now: datetime) -> None:
    """An id that is nobody's is refused."""
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match="not_found"):
            reviewed.withdraw(session, Subject.NEED, 4711, "录错了", w.owner, now)
