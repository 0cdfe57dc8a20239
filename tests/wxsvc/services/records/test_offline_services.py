"""Offline services: whom a platform served on one day; each enterprise is one 家次."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.record import OfflineService
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import DAY, World, world
from wxsvc.db import Database
from wxsvc.services.records import offline_services
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.refusal import Refused


def entry(w: World, *enterprises: int) -> OfflineServiceEntry:
    """A visit of the world's enterprise, or of these."""
    return OfflineServiceEntry(DAY, "上门诊断", frozenset(enterprises or [w.enterprise.id]))


def add(w: World, what: OfflineServiceEntry, now: datetime | None = None) -> OfflineService:
    """Add for the world's platform."""
    return offline_services.add(w.session, w.platform.id, what, w.owner, now or w.now)


def test_one_service_may_reach_several_enterprises(db: Database, now: datetime) -> None:
    """All of them are kept; the same words for other enterprises are another service."""
    with db.transaction() as session:
        w = world(session, now)
        second = builders.enterprise(session)
        row = add(w, entry(w, w.enterprise.id, second.id))
        assert offline_services.enterprises(session, row.id) == {w.enterprise.id, second.id}
        assert add(w, entry(w, second.id, w.enterprise.id)) is row
        assert add(w, entry(w, second.id)).id != row.id


def test_changing_only_the_enterprises_is_a_change(db: Database, now: datetime) -> None:
    """It raises the version and names the platform-year; an old version is refused."""
    with db.transaction() as session:
        w = world(session, now)
        second = builders.enterprise(session)
        row = add(w, entry(w))
        session.execute(sa.delete(Change))
        for _ in range(2):
            offline_services.correct(session, row.id, entry(w, second.id), 1, w.owner, now)
        assert offline_services.enterprises(session, row.id) == {second.id}
        assert row.version == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 1
        with pytest.raises(Refused, match="edited_by_other"):
            offline_services.correct(session, row.id, entry(w), 1, w.owner, now)
        assert offline_services.enterprises(session, row.id) == {second.id}


def test_what_is_entered_after_thirty_days_is_backfilled(db: Database, now: datetime) -> None:
    """The thirtieth day is still in time; the days are a setting; a correction is judged by the day of entry."""
    with db.transaction() as session:
        w = world(session, now)
        today = now.date()
        in_time = add(w, replace(entry(w), served_on=today - timedelta(days=30)))
        late = add(w, replace(entry(w), served_on=today - timedelta(days=31)))
        assert (in_time.is_backfilled, late.is_backfilled) == (False, True)
        strict = offline_services.add(session, w.platform.id, entry(w), w.owner, now, backfill_days=2)
        assert strict.is_backfilled
        after = now + timedelta(days=20)
        moved = replace(entry(w), served_on=today - timedelta(days=29))
        assert not offline_services.correct(session, late.id, moved, 1, w.owner, after).is_backfilled


def test_the_year_is_the_services_own(db: Database, now: datetime) -> None:
    """A service of last December entered in January belongs to last year."""
    with db.transaction() as session:
        w = world(session, now)
        january = datetime(2027, 1, 5, 10, 0, tzinfo=builders.BEIJING)
        assert add(w, replace(entry(w), served_on=date(2026, 12, 30)), january).year == 2026


def test_a_service_names_real_enterprises_a_day_that_came_and_its_content(db: Database, now: datetime) -> None:
    """Anything else is refused by name."""
    with db.transaction() as session:
        w = world(session, now)
        for wrong, code in (
            (replace(entry(w), enterprise_ids=frozenset()), "served_enterprise_needed"),
            (entry(w, 4711), "unknown_enterprise"),
            (replace(entry(w), content=" "), "text_needed"),
            (replace(entry(w), served_on=now.date() + timedelta(days=1)), "day_in_future"),
        ):
            with pytest.raises(Refused, match=code):
                add(w, wrong)
