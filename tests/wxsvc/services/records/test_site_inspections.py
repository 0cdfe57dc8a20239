"""Site inspections: the hub's look at a site, with points it would propose."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.journal import LogEntry
from models.recognition import SiteInspection
from tests import builders
from tests.wxsvc.services.record_cases import DAY, World, nobody, world
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.records import site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused

ENTRY = SiteInspectionEntry(DAY, "栏目更新及时", DAY - timedelta(days=2), Decimal("4.5"))


def add(w: World, what: SiteInspectionEntry = ENTRY, by: Actor | None = None) -> SiteInspection:
    """Inspect the world's platform."""
    return site_inspections.add(w.session, w.platform.id, what, by or w.reviewer, w.now)


def test_an_inspection_is_recorded_once_and_may_be_mended(db: Database, now: datetime) -> None:
    """Two different findings of one day are two inspections."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w)
        assert add(w) is row
        assert add(w, replace(ENTRY, findings="部分链接打不开")).id != row.id
        for _ in range(2):
            site_inspections.correct(session, row.id, replace(ENTRY, proposed_points=None), w.province, now)
        assert row.proposed_points is None
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["site_inspection.added", "site_inspection.added", "site_inspection.corrected"]


def test_provincial_staff_inspect_in_open_years(db: Database, now: datetime) -> None:
    """Platform staff, strangers and nobody do not, and a sealed year takes no inspection."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, by=w.province)
        for other in (w.owner, w.colleague(), w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                add(w, by=other)
            with pytest.raises(Refused, match="not_allowed"):
                site_inspections.correct(session, row.id, ENTRY, other, now)
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            add(w)
        with pytest.raises(Refused, match="year_sealed"):
            site_inspections.correct(session, row.id, ENTRY, w.reviewer, now)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (replace(ENTRY, proposed_points=Decimal("4.2")), "points_not_allowed"),
        (replace(ENTRY, proposed_points=Decimal("5.5")), "points_not_allowed"),
        (replace(ENTRY, newest_update_on=DAY + timedelta(days=1)), "update_after_inspection"),
        (replace(ENTRY, findings=" "), "text_needed"),
        (replace(ENTRY, inspected_on=DAY + timedelta(days=30)), "day_in_future"),
    ],
)
def test_an_inspection_is_plausible(db: Database, now: datetime, wrong: SiteInspectionEntry, code: str) -> None:
    """Half points up to five, an update before the inspection, findings in words."""
    with db.transaction() as session, pytest.raises(Refused, match=code):
        add(world(session, now), wrong)
