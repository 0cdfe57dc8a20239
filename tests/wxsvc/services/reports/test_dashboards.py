"""总览: its figures are 总表's and what independent SQL counts; sealed years, ties, spans and month ends."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.record import OfflineService, OfflineServiceEnterprise
from models.scorecard import MonthScore, ScorecardRow
from models.terms import Role, Stage
from models.types import Instant
from scoring.terms import PlatformKind
from tests import builders
from wxsvc.clock import BEIJING
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import card_checks, sealed_rows, tallies
from wxsvc.services.counting.facts import facts
from wxsvc.services.people import platform_changes
from wxsvc.services.regulation import readings
from wxsvc.services.reports import dashboards, month_ends, score_tables

KIND = PlatformKind.PREFECTURE

BY_HAND = sa.text(
    """
    select a.ends_at, count(*) as n
    from check_ins c join activities a on a.id = c.activity_id join enterprises e on e.id = c.enterprise_id
    where a.stage = 'approved' and c.undone_at is null and c.voided_at is null and e.is_counted
    group by a.ends_at
    """
).columns(ends_at=Instant(), n=sa.Integer())
"""家次 by month, counted with nothing of ours; all enterprises of these tests are of their platform's region."""


def held(session: Session, of: Platform, day: datetime, arrivals: int, stage: Stage = Stage.APPROVED) -> Any:
    """An activity that ended on that day."""
    row = builders.activity(session, of, stage=stage, starts_at=day - timedelta(hours=2), ends_at=day)
    for _ in range(arrivals):
        builders.check_in(session, row, builders.enterprise(session, region_code=of.region_code))
    return row


def three(session: Session, now: datetime) -> list[Platform]:
    """Three platforms of cities with activities in several months; one ends in May here, in April in UTC."""
    made = []
    for number in (1, 2, 3):
        code = f"43{number:02}00"
        row = builders.platform(session, code=code, name=f"第{number}市窗口平台", region_code=code)
        held(session, row, datetime(2026, 5, 1, 1, 0, tzinfo=BEIJING), 10 * number)
        held(session, row, datetime(2026, 9, 15, 12, 0, tzinfo=BEIJING), number)
        held(session, row, datetime(2026, 9, 20, 12, 0, tzinfo=BEIJING), 5, Stage.SUBMITTED)
        held(session, row, datetime(2026, 9, 21, 12, 0, tzinfo=BEIJING), 7, Stage.VOID)
        made.append(row)
    body = builders.enterprise(session, uscc=builders.uscc(start="12430100"))
    builders.check_in(session, held(session, made[0], now - timedelta(days=3), 2), body)
    for row in made:
        tallies.fold(session, row.id, now.year, now)
    return made


def test_the_figures_are_those_of_the_table_and_of_independent_sql(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        three(session, now)
        rows = dashboards.standings(session, now.year)[KIND]
        table = score_tables.of(session, now.year, KIND, now, sort="rank")
        by_hand = Counter[str]()
        for ends_at, number in session.execute(BY_HAND):
            by_hand[f"{ends_at.astimezone(BEIJING):%Y-%m}"] += number
    told = [(row.code, row.rank, row.total, row.participations, row.as_of) for row in rows]
    assert told == [(row.platform.code, row.rank, row.total, row.participations, row.as_of) for row in table.rows]
    months = dashboards.by_month(rows, now.year)
    assert {month: amount for month, amount in months.participations.items() if amount} == by_hand
    assert by_hand == {"2026-05": 60, "2026-09": 6, "2026-11": 2}
    assert (len(months.participations), months.unplaced) == (12, 0)
    cities = {each.city.code: each for each in dashboards.by_city(rows)}
    assert [cities[code].participations for code in ("430100", "430200", "430300", "430400")] == [13, 22, 33, 0]
    assert cities["430300"].completion == table.rows[0].base / 100
    assert (cities["430300"].rank, cities["430400"].rank, cities["430400"].completion) == (1, None, None)


def test_a_closed_platform_adds_its_visits_and_is_not_compared(db: Database, now: datetime) -> None:
    """关停: without a rank here as in 总表, in no average and no span."""
    with db.transaction() as session:
        *_, best = three(session, now)
        best.closed_on, best.closed_reason = now.date(), "并入其他平台"
        session.flush()
        rows = dashboards.standings(session, now.year)[KIND]
        table = score_tables.of(session, now.year, KIND, now, sort="rank")
        found = dashboards.spread(KIND, rows)
    assert [(row.code, row.rank) for row in rows] == [(row.platform.code, row.rank) for row in table.rows]
    assert (rows[-1].code, rows[-1].rank) == ("430300", 0)
    city = next(each for each in dashboards.by_city(rows) if each.city.code == "430300")
    assert (city.participations, city.completion, city.rank) == (33, None, None)
    assert found is not None
    assert found.platforms == 2


@pytest.mark.both_databases
def test_an_offline_service_counts_in_the_month_of_its_day(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = builders.platform(session, kind=PlatformKind.CLUSTER, code="JQ1")
        service = OfflineService(
            platform_id=row.id, year=2026, served_on=date(2026, 3, 31), content="走访", created_at=now
        )
        service.stage, service.submitted_at, service.reviewed_at = Stage.APPROVED, now, now
        session.add(service)
        session.flush()
        company = builders.enterprise(session)
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=company.id))
        session.flush()
        tallies.fold(session, row.id, 2026, now)
        (found,) = dashboards.standings(session, 2026)[PlatformKind.CLUSTER]
    assert sum(found.months.values()) == found.participations
    assert dict(found.months) == ({"2026-03": 1} if found.participations else {})


@pytest.mark.both_databases
def test_a_card_without_months_takes_them_from_the_rows_that_were_sealed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first, second, _ = three(session, now)
        session.execute(
            sa.update(ScorecardRow).where(ScorecardRow.platform_id.in_([first.id, second.id])).values(months=None)
        )
        sealed = years.platform_year(session, first.id, 2026)
        by = readings.in_force(session, 2026, first.kind)
        sealed_rows.keep(session, 2026, {first.id: (facts(session, first, 2026, by), [])})
        sealed.keeps_rows = True
        rows = dashboards.standings(session, 2026)[KIND]
    of_code = {row.code: row for row in rows}
    assert dict(of_code["430100"].months) == {"2026-05": 10, "2026-09": 1, "2026-11": 2}
    assert dict(of_code["430200"].months) == {}
    assert dashboards.by_month(rows, 2026).unplaced == of_code["430200"].participations == 22


def test_the_check_compares_months_where_a_card_has_them(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first, second, third = three(session, now)
        session.execute(
            sa.update(ScorecardRow).where(ScorecardRow.platform_id == first.id).values(months={"2026-05": 9})
        )
        session.execute(sa.update(ScorecardRow).where(ScorecardRow.platform_id == second.id).values(months=None))
        every = [(row.id, 2026) for row in (first, second, third)]
        (found,) = card_checks.check(session, every, lambda: None)
    assert found.told() == "430100 2026 months: {'2026-05': 9} != {'2026-05': 10, '2026-09': 1, '2026-11': 2}"


@pytest.mark.parametrize(("total", "span"), [("0", 0), ("9.999", 0), ("10", 1), ("99.5", 9), ("100", 10), ("110", 10)])
def test_a_total_stands_in_one_span(db: Database, now: datetime, total: str, span: int) -> None:
    with db.transaction() as session:
        three(session, now)
        session.execute(sa.update(ScorecardRow).values(total=Decimal(total)))
        rows = dashboards.standings(session, now.year)[KIND]
        found = dashboards.spread(KIND, rows)
    assert found is not None
    assert [place for place, number in enumerate(found.spans) if number] == [span]
    assert (found.platforms, found.lowest, found.median, found.highest) == (3, *[Decimal(total)] * 3)
    assert [row.rank for row in rows] == [1, 1, 1]
    assert dashboards.spread(PlatformKind.CLUSTER, []) is None


def test_month_ends_stand_beside_the_kind(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first, second, third = three(session, now)
        other = builders.platform(session, kind=PlatformKind.CLUSTER, code="JQ1")
        for month, totals in (("2026-09", (10, 30, 20)), ("2026-10", (40, 30, 20))):
            for row, total in zip((first, second, third), totals, strict=True):
                session.add(MonthScore(platform_id=row.id, year=2026, month=month, total=Decimal(total), kept_at=now))
        session.add(MonthScore(platform_id=other.id, year=2026, month="2026-10", total=Decimal(99), kept_at=now))
        session.flush()
        own = month_ends.own(session, first.id, 2026)
        found = month_ends.beside(own, month_ends.totals(session, first.kind, 2026))
        assert month_ends.own(session, first.id, 2025) == []
    told = [(each.month, each.total, each.rank, each.platforms, each.median, each.highest) for each in found]
    assert told == [("2026-09", 10, 3, 3, 20, 30), ("2026-10", 40, 1, 3, 30, 40)]


def test_the_latest_activities_have_begun_and_are_neither_drafts_nor_void(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = builders.platform(session)
        held(session, row, now - timedelta(days=1), 2)
        running = held(session, row, now + timedelta(hours=1), 3, Stage.PUBLISHED)
        builders.check_in(session, running, builders.enterprise(session), undone_at=now)
        held(session, row, now + timedelta(days=1), 0, Stage.PUBLISHED)
        held(session, row, now - timedelta(days=2), 1, Stage.VOID)
        found = dashboards.latest_activities(session, now, 6)
        assert len(dashboards.latest_activities(session, now, 1)) == 1
    assert [each.check_ins for each in found] == [3, 2]


@pytest.mark.both_databases
@pytest.mark.parametrize("deed", ["a fold", "a closing", "another platform"])
def test_the_state_is_another_after_whatever_moves_a_figure(db: Database, now: datetime, deed: str) -> None:
    """And the same while nothing does: the figures are kept until then."""
    with db.transaction() as session:
        first, *_ = three(session, now)
        by = Actor(builders.staff(session, role=Role.PROVINCE).person_id, Role.PROVINCE)
        session.flush()
        before = dashboards.state(session, now.year)
        assert dashboards.state(session, now.year) == before != dashboards.state(session, now.year - 1)
        if deed == "a fold":
            tallies.fold(session, first.id, now.year, now + timedelta(microseconds=1))
        elif deed == "a closing":
            platform_changes.close(session, first.id, now.date(), "并入其他平台", first.version, by, now)
        else:
            other = builders.platform(session, kind=PlatformKind.CLUSTER, code="JQ1")
            tallies.fold(session, other.id, now.year, now)
        session.flush()
        assert dashboards.state(session, now.year) != before


@pytest.mark.both_databases
@pytest.mark.parametrize("deed", ["another night", "a closing", "another kind"])
def test_month_ends_are_read_anew_after_whatever_moves_them(db: Database, now: datetime, deed: str) -> None:
    """And not after a fold, of which a busy day has many."""
    with db.transaction() as session:
        first, second, _ = three(session, now)
        by = Actor(builders.staff(session, role=Role.PROVINCE).person_id, Role.PROVINCE)
        score_tables.keep_month(session, now)
        session.flush()
        before = month_ends.state(session, now.year)
        tallies.fold(session, first.id, now.year, now + timedelta(microseconds=1))
        assert month_ends.state(session, now.year) == before != month_ends.state(session, now.year - 1)
        if deed == "another night":
            score_tables.keep_month(session, now + timedelta(hours=1))
        elif deed == "another kind":  # as a bundle brings it
            second.kind, second.version = PlatformKind.CLUSTER, second.version + 1
        else:
            platform_changes.close(session, second.id, now.date(), "并入其他平台", second.version, by, now)
        session.flush()
        assert month_ends.state(session, now.year) != before
