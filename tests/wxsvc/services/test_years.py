"""A year before all rules takes no record, and one that slipped in holds up nobody's score."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from models.scorecard import ScorecardRow
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import world
from wxsvc.db import Database
from wxsvc.services import journal, years
from wxsvc.services.counting import folding
from wxsvc.services.records import offline_services
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.refusal import Refused


@pytest.mark.parametrize(("year", "has"), [(1, False), (206, False), (2020, False), (2021, True), (2026, True)])
def test_the_regulation_begins_somewhere(year: int, has: bool) -> None:
    assert years.has_rules(year) is has


def test_a_mistyped_year_is_refused(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        entry = OfflineServiceEntry(date(206, 11, 20), "上门诊断", frozenset([w.enterprise.id]))
        with pytest.raises(Refused, match="year_without_rules"):
            offline_services.add(session, w.platform.id, entry, w.owner, now)


def test_a_year_without_rules_on_the_work_list_holds_nobody_up(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        journal.touch(session, [(platform.id, 206), (platform.id, 2026)], now)
    folding.fold_waiting(db, lambda: now)
    with db.read() as session:
        assert session.scalars(sa.select(Change)).all() == []
        assert session.scalars(sa.select(ScorecardRow.year)).all() == [2026]
