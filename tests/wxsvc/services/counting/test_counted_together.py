"""Many platforms are counted together: each comes to what it comes to alone, in statements that do not grow."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from models.platform import ClusterMember
from models.terms import Subject
from scoring.readings import DEFAULT_READINGS
from tests import builders, random_province
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.counting import facts, folding, left_out, tallies, told_apart
from wxsvc.services.counting.alike import Judged
from wxsvc.services.counting.fact_rows import FactRow

pytestmark = pytest.mark.both_databases

YEAR = random_province.YEAR
COUNTS_ENTERPRISES = (Subject.ACTIVITY, Subject.OFFLINE_SERVICE)
WHO_COUNTS = ("sole_traders_count", "out_of_region_counts", "county_need_counts_for_prefecture")


def test_a_province_counted_together_is_each_of_its_platforms_alone(db: Database, now: datetime) -> None:
    """Rows and what is left out, under every reading of who counts; the numbers are those of the names behind them."""
    with db.transaction() as session:
        platforms = [*random_province.settle(session, 3), builders.platform(session, code="430371", kind="county")]
        firms = session.scalars(sa.select(Enterprise.id).order_by(Enterprise.id)).all()
        for platform in platforms[::2]:
            session.add_all(ClusterMember(platform_id=platform.id, enterprise_id=firm) for firm in firms[::3])
        codes = session.scalars(sa.select(Enterprise.uscc).where(Enterprise.uscc.is_not(None))).all()
        for platform, code in zip(platforms, codes, strict=False):
            platform.operator_uscc = code
        session.flush()
        for word in ("true", "false"):
            by = DEFAULT_READINGS.with_decisions(dict.fromkeys(WHO_COUNTS, word))
            judged = [Judged(each, by, years.whole_year(YEAR)) for each in platforms]
            together = facts.of_all(session, judged, YEAR)
            counted = [left_out.CountedYear(each, by, years.whole_year(YEAR), together[each.id]) for each in platforms]
            unseen = left_out.of_all(session, counted, YEAR)
            for platform in platforms:
                alone = facts.facts(session, platform, YEAR, by, years.whole_year(YEAR))
                assert together[platform.id] == alone
                assert unseen[platform.id] == left_out.of(session, platform, YEAR, by)
                for subject in COUNTS_ENTERPRISES:
                    of_subject = {row.subject_id: row.amount for row in alone if _in_enterprises(row, subject)}
                    named = list(told_apart.counted(session, platform, by, subject, of_subject))
                    assert sum(of_subject.values()) == len(named)


def _in_enterprises(row: FactRow, subject: Subject) -> bool:
    return row.subject is subject and str(row.fact).endswith("participations")


def test_a_full_recount_asks_no_more_of_more_platforms(db: Database, now: datetime) -> None:
    asked = []
    for _ in range(2):
        with db.transaction() as session:
            for _ in range(3):
                builders.activity(session, builders.platform(session))
        folding.retally(db, lambda: now)
        statements: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given, s=statements: s.append(given[2]))
        folding.retally(db, lambda: now)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        asked.append(len(statements))
    assert asked[0] == asked[1]
    with db.transaction() as session:
        assert tallies.waiting(session) == []
