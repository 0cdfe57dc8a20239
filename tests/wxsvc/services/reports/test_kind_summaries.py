"""得分概况: what counted, the range of the totals and what is open, kind by kind."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from models.scorecard import ScorecardRow
from models.terms import Stage
from scoring.terms import ActivityCategory, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.reports import kind_summaries


def test_a_kind_is_told_by_counted_facts_range_median_and_what_is_open(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for number, total in enumerate(("10", "30", "50.5"), start=1):
            row = builders.platform(session, code=f"43{number:02}00", region_code=f"43{number:02}00")
            for stage, arrivals in ((Stage.APPROVED, number), (Stage.SUBMITTED, 1)):
                held = builders.activity(
                    session,
                    row,
                    stage=stage,
                    category=ActivityCategory.OTHER,
                    summary=builders.SUMMARY,
                    starts_at=now - timedelta(days=2, hours=2),
                    ends_at=now - timedelta(days=2),
                )
                builders.photo(session, held)
                for _ in range(arrivals):
                    builders.check_in(session, held, builders.enterprise(session))
            tallies.fold(session, row.id, now.year, now)
            session.execute(
                sa.update(ScorecardRow).where(ScorecardRow.platform_id == row.id).values(total=Decimal(total))
            )
        (found,) = kind_summaries.of_year(session, now.year)
    assert (found.kind, found.platforms) == (PlatformKind.PREFECTURE, 3)
    assert (found.lowest, found.median, found.highest) == (Decimal(10), Decimal(30), Decimal("50.5"))
    assert (found.participations, found.activities, found.needs) == (6, 3, 0)
    assert (found.pending.submitted, found.as_of) == (3, now)
    assert found.awaited == Decimal(105)
