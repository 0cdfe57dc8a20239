"""报送的眼前事: what was missed stays in sight, what came late is marked, what is next has its day."""

from __future__ import annotations

from datetime import date, datetime

from models.collaboration import Filing
from models.terms import Stage, Subject
from scoring.terms import FilingState, Obligation
from tests import builders
from wxsvc.db import Database
from wxsvc.services.records import filings_due, record_lists
from wxsvc.services.years import platform_year


def filed(platform_id: int, obligation: Obligation, period: str, on: date, stage: Stage = Stage.SUBMITTED) -> Filing:
    return Filing(
        platform_id=platform_id,
        year=2026,
        obligation=obligation,
        period=period,
        claimed_on=on,
        stage=stage,
        return_reason="请补盖章件" if stage is Stage.RETURNED else None,
        reviewed_at=builders.NOW if stage is Stage.RETURNED else None,
        created_at=builders.NOW,
    )


def named(standings: tuple[filings_due.Standing, ...]) -> list[tuple[str, str]]:
    return [(each.deadline.obligation.value, each.deadline.period) for each in standings]


def test_missed_late_returned_and_next(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        year = platform_year(session, own.id, 2026)
        year.assessed_from, year.period_reason = date(2026, 9, 1), "九月起纳入考评"
        session.add_all(
            [
                filed(own.id, Obligation.PLAN, "2026-09", date(2026, 9, 2)),
                filed(own.id, Obligation.DATA, "2026-09", date(2026, 9, 7)),  # the 6th is a Sunday: 口径待定, long ago
                filed(own.id, Obligation.PLAN, "2026-10", date(2026, 10, 9), Stage.RETURNED),
                filed(own.id, Obligation.PLAN, "2026-11", date(2026, 11, 5)),
            ]
        )
        session.flush()
        own_id = own.id
    with db.read() as session:
        due = filings_due.of(session, own_id, now)
        assert named(due.overdue) == [("data", "2026-11"), ("data", "2026-10")]
        assert {each.state for each in due.overdue} == {FilingState.MISSED}
        assert named(due.marked) == [("plan", "2026-11")]
        assert due.marked[0].state is FilingState.LATE
        assert named(due.coming) == [("plan", "2026-12"), ("data", "2026-12"), ("summary", "2026")]
        (back,) = record_lists.returned_of(session, own_id).rows
        assert (back.subject, back.record.period) == (Subject.FILING, "2026-10")


def test_between_the_two_days_of_the_sixth_it_is_an_open_reading(db: Database) -> None:
    monday = datetime(2026, 12, 7, 9, 0, tzinfo=builders.BEIJING)  # the 6th of December is a Sunday
    with db.transaction() as session:
        own_id = builders.platform(session).id
    with db.read() as session:
        due = filings_due.of(session, own_id, monday)
        first = due.overdue[0]
        assert (first.deadline.obligation, first.state) == (Obligation.DATA, FilingState.OPEN_READING)
        assert ("plan", "2027-01") in named(due.coming)
