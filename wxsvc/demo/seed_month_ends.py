"""月末得分: what the worker would have kept each night, so that the tables can say 较上月.

A month is counted from what happened until its end: records by their day, filings due by then, rulings given by then.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.scorecard import MonthScore
from scoring.filings import COSTS_A_POINT
from scoring.scorecard import score
from scoring.tally import Tally
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.seed_people import SeedPlatform
from wxsvc.services.counting import common_facts, facts
from wxsvc.services.counting.facts import CountStatus


def add(session: Session, of: SeedPlatform, today: date) -> None:
    """Keep one platform's total of every month of the year that is over; nothing in January."""
    platform, year = session.get_one(Platform, of.id), today.year
    common = common_facts.of(session, [platform], year)
    by = common.in_force[platform.kind]
    rows = facts.facts(session, platform, year, by, common.periods[platform.id])
    ruled = sa.select(Ruling).where(Ruling.platform_id == platform.id, Ruling.year == year)
    rulings = session.scalars(ruled.where(Ruling.points.is_not(None), Ruling.ruled_at.is_not(None))).all()
    for month in range(2, today.month + 1):
        last = date(year, month, 1) - timedelta(days=1)
        kept_at = at(last, 23, 30)
        tally = Tally(
            kind=platform.kind,
            year=year,
            facts=facts.sums((row for row in rows if row.day and row.day <= last), CountStatus.COUNTED),
            missed_filings=sum(each.state in COSTS_A_POINT for each in common.filings(platform.id, by, kept_at)),
            rulings={each.indicator: each.points for each in rulings if each.ruled_at and each.ruled_at <= kept_at},
        )
        row = MonthScore(platform_id=platform.id, year=year, month=f"{last:%Y-%m}")
        row.total, row.kept_at = score(tally, by).total, kept_at
        session.add(row)
    session.flush()
