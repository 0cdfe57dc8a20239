"""The sheet for rulings: every platform beside what its rulings rest on, in a handful of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models.terms import Subject, VisitResult
from scoring.terms import IndicatorCode, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import ADD, DAY, nobody, world
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import reviews, ruling_sheets, rulings
from wxsvc.services.records import reviewed, site_inspections, visits
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused
from wxsvc.visitor import Visit

CLUSTER = PlatformKind.CLUSTER


def test_a_row_holds_what_officials_look_at(db: Database, now: datetime) -> None:
    """Rulings by line, inspections in short, services with their last visit, fusions, responses."""
    with db.transaction() as session:
        w = world(session, now)
        for days, points in ((9, "3"), (1, "4.5")):
            on = DAY - timedelta(days=days)
            entry = SiteInspectionEntry(on, "栏目更新及时", on - timedelta(days=days), Decimal(points))
            site_inspections.add(session, w.platform.id, entry, w.reviewer, now)
        rulings.rule_on(session, w.platform.id, 2026, IndicatorCode.WEBSITE, Decimal(4), "良好", w.reviewer, now)
        service = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        visit = visits.record(session, service.id, Visit(VisitResult.REACHABLE, 200), MACHINE, now)
        fusion = ADD[Subject.PLATFORM_FUSION](w, w.owner)
        response = ADD[Subject.RESPONSE](w, w.owner)
        reviews.approve(session, Subject.RESPONSE, response.id, w.reviewer, now)

        (row,) = ruling_sheets.sheet(session, CLUSTER, 2026, w.reviewer)
        assert row.platform is w.platform
        assert set(row.rulings) == {
            IndicatorCode.WEBSITE,
            IndicatorCode.PLATFORM_FUSION,
            IndicatorCode.COORDINATION,
        }
        ruled = row.rulings[IndicatorCode.WEBSITE]
        assert ruled is not None
        assert ruled.points == 4
        assert row.rulings[IndicatorCode.COORDINATION] is None
        assert row.inspections == ruling_sheets.Inspections(
            2, DAY - timedelta(days=1), DAY - timedelta(days=2), (Decimal(3), Decimal("4.5"))
        )
        assert row.services == (ruling_sheets.OfferedService(service, "政策咨询", visit),)
        assert row.fusions == (fusion,)
        assert row.responses == ruling_sheets.Responses(asked=1, responded=1, approved=1)
        reviewed.withdraw(session, Subject.PLATFORM_FUSION, fusion.id, "录错了", w.owner, now)
        assert ruling_sheets.sheet(session, CLUSTER, 2026, w.province)[0].fusions == ()


def test_every_platform_of_the_kind_has_a_row(db: Database, now: datetime) -> None:
    """Also one about which nothing is known; the queries do not grow with the platforms."""
    with db.transaction() as session:
        w = world(session, now)
        builders.platform(session)

        def count() -> int:
            statements: list[str] = []
            listen = (session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
            sa.event.listen(*listen)
            ruling_sheets.sheet(session, CLUSTER, 2026, w.reviewer)
            sa.event.remove(*listen)
            return len(statements)

        few = count()
        for _ in range(5):
            builders.platform(session, kind=CLUSTER)
        assert count() == few
        rows = ruling_sheets.sheet(session, CLUSTER, 2026, w.reviewer)
        assert len(rows) == 6
        assert rows[-1].inspections.count == 0


def test_only_provincial_staff_see_the_sheet(db: Database, now: datetime) -> None:
    """Staff, strangers and nobody are refused."""
    with db.transaction() as session:
        w = world(session, now)
        for other in (w.owner, w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                ruling_sheets.sheet(session, CLUSTER, 2026, other)
