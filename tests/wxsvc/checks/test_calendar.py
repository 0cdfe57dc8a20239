"""Next year's notice: not yet expected, worth knowing, or wrong to be without."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from models.regulation import Workday
from tests.builders import BEIJING
from wxsvc.checks import calendar
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (datetime(2030, 10, 31, 12, tzinfo=BEIJING), FindingState.GOOD),
        (datetime(2030, 11, 1, 12, tzinfo=BEIJING), FindingState.NOTE),
        (datetime(2030, 11, 30, 23, 59, tzinfo=BEIJING), FindingState.NOTE),
        (datetime(2030, 12, 1, 0, 0, tzinfo=BEIJING), FindingState.BAD),
    ],
)
def test_the_season_decides(db: Database, today: datetime, state: FindingState) -> None:
    with db.transaction() as session:
        session.add(Workday(day=date(2030, 1, 1), is_workday=False, name="元旦", source="notice"))
        session.flush()
        found = calendar.next_year(session, today)
        assert found.state is state
        assert "2031年" in found.what
        session.add(Workday(day=date(2031, 1, 1), is_workday=False, name="元旦", source="notice"))
        session.flush()
        assert calendar.next_year(session, today).state is FindingState.GOOD


def test_a_year_that_began_without_its_notice_goes_on_asking_for_it(db: Database) -> None:
    """On 1 January, and all the year, as long as its days are 暂定; not the year after it, which nobody knows yet."""
    with db.transaction() as session:
        for today in (datetime(2030, 1, 1, tzinfo=BEIJING), datetime(2030, 12, 31, tzinfo=BEIJING)):
            found = calendar.next_year(session, today)
            assert (found.state, "2030年" in found.what) == (FindingState.BAD, True)
            assert calendar.awaited(session, today) == 2030
        session.add(Workday(day=date(2030, 1, 1), is_workday=False, name="元旦", source="notice"))
        session.flush()
        for today, year in (
            (datetime(2030, 1, 1, tzinfo=BEIJING), None),
            (datetime(2030, 12, 31, tzinfo=BEIJING), 2031),
        ):
            assert calendar.awaited(session, today) == year
