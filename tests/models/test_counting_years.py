"""The guard of every row asks in which year it counts: a period that was set may have days of the years beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.orm import Session

from models import Base
from models.activity import Activity
from models.base import Dated
from models.collaboration import Assignment, BonusClaim, Evidence, Filing, Response
from models.migrations import guards
from models.platform import Platform, PlatformYear
from models.recognition import PlatformFusion, ResearchReport, Ruling, SiteInspection
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade, Post
from models.terms import AssignmentKind, FusionKind, NeedKind, PostKind, Stage
from scoring.terms import BonusKind, EvidenceItem, IndicatorCode, Obligation
from tests import builders
from tests.builders import NOW
from wxsvc.db import Database, violated
from wxsvc.services import counting_years
from wxsvc.services.counting_years import When

pytestmark = pytest.mark.both_databases

DECEMBER, JANUARY = date(2026, 12, 15), date(2027, 1, 10)
INTO_JANUARY = {2026: (date(2026, 1, 1), date(2027, 1, 31))}
FROM_DECEMBER = {2027: (date(2026, 12, 1), date(2027, 11, 30))}
Periods = dict[int, tuple[date, date]]


def _platform(session: Session, periods: Periods) -> Platform:
    platform = builders.platform(session)
    for year, (first, last) in periods.items():
        row = PlatformYear(platform_id=platform.id, year=year, assessed_from=first, assessed_until=last)
        row.period_reason = "会议决定"
        session.add(row)
    session.flush()
    return platform


def _rows(session: Session, platform: Platform, day: date) -> list[Any]:
    """A row of this day of every kind that a period takes by its day, and what belongs to such rows."""
    firm = builders.enterprise(session).id
    own = {"platform_id": platform.id, "year": day.year}
    written = own | {"created_at": NOW}
    sent = written | {"stage": Stage.SUBMITTED}
    asked = Assignment(year=day.year, kind=AssignmentKind.CONFERENCE, title="服务大会", content="参加", created_at=NOW)
    session.add(asked)
    session.flush()
    rows: list[Any] = [
        service := OfflineService(served_on=day, content="上门诊断", **sent),
        trade := OnlineTrade(order_number="D-1", traded_on=day, enterprise_id=firm, service="代理", **sent),
        Need(
            kind=NeedKind.APPEAL,
            enterprise_id=firm,
            region_code="430102",
            title="诉",
            content="求",
            raised_on=day,
            **sent,
        ),
        Post(kind=PostKind.NOTICE, title="通知", link="https://example.cn/1", posted_on=day, **written),
        SiteInspection(inspected_on=day, findings="正常", **written),
        report := ResearchReport(title="报告", authors="课题组", published_on=day, **sent),
        fusion := PlatformFusion(kind=FusionKind.BUILT, name="云", provider="司", effect="好", started_on=day, **sent),
        claim := BonusClaim(kind=BonusKind.HONOUR, title="示范", issuer="省厅", awarded_on=day, **sent),
        answer := Response(assignment_id=asked.id, content="已组织参加", responded_on=day, **sent),
        Filing(obligation=Obligation.PLAN, period=f"{day:%Y-%m}", claimed_on=day, **sent),
    ]
    session.add_all(rows)
    session.flush()
    papers = [
        builders.proof(session, each, EvidenceItem.RECORD_PAPERS)
        for each in (service, trade, report, fusion, claim, answer)
    ]
    ends_at = datetime(day.year, day.month, day.day, 17, tzinfo=builders.BEIJING)
    activity = builders.activity(session, platform, starts_at=ends_at - timedelta(hours=8), ends_at=ends_at)
    served = OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=firm)
    session.add(served)
    came = builders.check_in(session, activity, builders.enterprise(session))
    return [*rows, *papers, activity, served, came, builders.photo(session, activity)]


def _ways(row: Any) -> Iterator[sa.sql.dml.UpdateBase]:
    """Every way to write such a row: one more like it, this one changed, this one gone."""
    table: Any = Base.metadata.tables[row.__tablename__]
    values = {column.name: getattr(row, column.name) for column in table.c}
    other = {
        "code": "B",
        "scene": "B",
        "order_number": "B",
        "link": "https://example.cn/2",
        "short_code": None,
        "obligation": "data",
    }
    more = {name: other.get(name, value) for name, value in values.items() if name != "id"}
    if row.__tablename__ == "offline_service_enterprises":
        more["enterprise_id"] += 1
    if row.__tablename__ == "check_ins":
        more["undone_at"] = NOW
    if row.__tablename__ == "activity_photos":
        more["removed_at"] = NOW
    this = [column == values[column.name] for column in table.primary_key]
    some = next(column.name for column in table.c if column.name not in ("id", "year"))
    yield sa.insert(table).values(more)
    yield sa.update(table).where(*this).values({some: values[some]})
    yield sa.delete(table).where(*this)


def test_the_rows_here_are_of_every_kind_that_is_counted_by_its_day(db: Database) -> None:
    """Of one that comes later too, so that its table has a guard that asks for the day."""
    with db.transaction() as session:
        rows = _rows(session, _platform(session, {}), DECEMBER)
    assert {type(row) for row in rows if isinstance(row, Dated)} == set(Dated.__subclasses__())


def _refused(session: Session, row: Any) -> list[bool]:
    return [_is_refused(session, way) for way in _ways(row)]


def _is_refused(session: Session, way: sa.Executable) -> bool:
    try:
        with session.begin_nested() as attempt:
            session.execute(way)
            attempt.rollback()
    except sa.exc.IntegrityError as error:
        return violated(error, "platform_year_sealed")
    return False


each_period = pytest.mark.parametrize(
    ("periods", "day", "counts_in"),
    [
        ({}, DECEMBER, 2026),
        ({}, JANUARY, 2027),
        (INTO_JANUARY, DECEMBER, 2026),
        (INTO_JANUARY, JANUARY, 2026),
        (FROM_DECEMBER, DECEMBER, 2027),
        (FROM_DECEMBER, JANUARY, 2027),
        (FROM_DECEMBER, date(2026, 11, 30), 2026),
        (INTO_JANUARY | FROM_DECEMBER, date(2025, 12, 31), 2025),
    ],
)


@each_period
def test_a_table_that_comes_later_has_the_same_guard(db: Database, periods: Periods, day: date, counts_in: int) -> None:
    """``guard_sealed_year`` with the column of its day, as a migration calls it."""
    changes = (
        "insert into trainings values (1, {platform}, {year}, {day})",
        "update trainings set year = {year}",
        "delete from trainings",
    )
    with db.transaction() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "create table trainings (id integer, platform_id integer, year integer, held_on date)"
        )
        with Operations.context(MigrationContext.configure(connection)):
            guards.guard_sealed_year("trainings", "held_on")
        platform = _platform(session, periods)
        written = [each.format(platform=platform.id, year=day.year, day=f"'{day}'") for each in changes]
        connection.exec_driver_sql(written[0])
        for year in (2025, 2026, 2027):
            with session.begin_nested() as attempt:
                builders.seal(session, platform, year)
                assert [_is_refused(session, sa.text(each)) for each in written] == [year == counts_in] * 3
                attempt.rollback()
        session.rollback()


@each_period
def test_the_year_in_which_a_row_counts_decides(db: Database, periods: Periods, day: date, counts_in: int) -> None:
    """Sealed, it takes no row of any kind, in no way; any other may be sealed. The services ask the same."""
    with db.transaction() as session:
        platform = _platform(session, periods)
        rows = _rows(session, platform, day)
        for year in (counts_in, 2026 if counts_in == 2027 else 2027):
            with session.begin_nested() as attempt:
                builders.seal(session, platform, year)
                is_sealed = year == counts_in
                for row in rows:
                    assert _refused(session, row) == [is_sealed] * 3, (row, year)
                    table: Any = type(row)
                    if hasattr(row, "year") and table is not Evidence:
                        asked = sa.select(counting_years.is_sealed_of(table)).where(table.id == row.id)
                        assert session.scalar(asked) == is_sealed, (row, year)
                        at = counting_years.when(row)
                        assert counting_years.is_sealed(session, platform.id, at) == is_sealed, (row, year)
                attempt.rollback()


@pytest.mark.parametrize(("year", "is_refused"), [(2026, True), (2027, False)])
def test_what_no_period_takes_by_its_day_counts_in_its_own_year(db: Database, year: int, is_refused: bool) -> None:
    """评定 and papers for the whole year."""
    with db.transaction() as session:
        platform = _platform(session, FROM_DECEMBER)
        rows = [
            Ruling(platform_id=platform.id, year=2026, indicator=IndicatorCode.WEBSITE),
            Evidence(
                platform_id=platform.id,
                year=2026,
                item=EvidenceItem.RECORD_PAPERS,
                title="全年",
                link="https://example.cn/0",
                created_at=NOW,
            ),
        ]
        session.add_all(rows)
        session.flush()
        builders.seal(session, platform, year)
        refused = [_refused(session, row)[1:] for row in rows]
        assert refused == [[is_refused] * 2] * 2


@pytest.mark.parametrize(
    ("year", "awarded_on", "counts_in"),
    [(2027, DECEMBER, 2027), (2026, DECEMBER, 2027), (2026, date(2027, 1, 5), 2026), (2026, date(2025, 3, 1), 2026)],
)
def test_a_claim_names_its_year_itself(db: Database, year: int, awarded_on: date, counts_in: int) -> None:
    """A title is awarded after its year; only a claim of its own day's year goes where the period has the day."""
    with db.transaction() as session:
        platform = _platform(session, FROM_DECEMBER)
        claim = BonusClaim(
            platform_id=platform.id,
            year=year,
            kind=BonusKind.HONOUR,
            title="示范",
            issuer="省厅",
            awarded_on=awarded_on,
            stage=Stage.SUBMITTED,
            created_at=NOW,
        )
        session.add(claim)
        session.flush()
        assert counting_years.year_of(session, platform.id, When(year, awarded_on)) == counts_in
        builders.seal(session, platform, counts_in)
        assert _refused(session, claim) == [True] * 3


@pytest.mark.parametrize(
    ("ends_at", "counts_in"),
    [
        (datetime(2026, 11, 30, 16, tzinfo=UTC), 2026),
        (datetime(2026, 11, 30, 16, 0, 1, tzinfo=UTC), 2027),
        (datetime(2027, 11, 30, 16, tzinfo=UTC), 2027),
    ],
)
def test_what_ends_at_midnight_ends_on_the_day_that_is_over(db: Database, ends_at: datetime, counts_in: int) -> None:
    """24:00 in Beijing of the last day before the period, and of its own last day."""
    with db.transaction() as session:
        platform = _platform(session, FROM_DECEMBER)
        activity = builders.activity(session, platform, starts_at=ends_at - timedelta(hours=2), ends_at=ends_at)
        came = builders.check_in(session, activity, builders.enterprise(session))
        builders.seal(session, platform, counts_in)
        session.refresh(activity)
        assert [_refused(session, row) for row in (activity, came)] == [[True] * 3] * 2
        at = counting_years.when(activity)
        assert counting_years.year_of(session, platform.id, at) == counts_in


def test_each_platform_of_an_activity_has_periods_of_its_own(db: Database) -> None:
    """A partner whose period takes the December into its sealed year freezes the check-ins; by its part alone."""
    with db.transaction() as session:
        activity = builders.activity(
            session,
            builders.platform(session),
            starts_at=datetime(2027, 1, 10, 9, tzinfo=builders.BEIJING),
            ends_at=datetime(2027, 1, 10, 17, tzinfo=builders.BEIJING),
        )
        came = builders.check_in(session, activity, builders.enterprise(session))
        later = datetime(2027, 2, 1, 9, tzinfo=builders.BEIJING)  # of another day, with the same partner
        other = builders.activity(
            session, builders.platform(session), starts_at=later, ends_at=later + timedelta(hours=2)
        )
        partner = _platform(session, INTO_JANUARY)
        builders.seal(session, partner, 2026)
        assert _refused(session, came) == [False] * 3
        asked = sa.select(Activity.id).where(counting_years.ACTIVITY_IS_SEALED)
        assert session.scalars(asked).all() == []
        builders.joined(session, activity, builders.platform(session))
        with session.begin_nested() as attempt:
            builders.joined(session, activity, partner)
            builders.joined(session, other, partner)
            assert _refused(session, came) == [True] * 3
            assert session.scalars(asked).all() == [activity.id]
            attempt.rollback()
