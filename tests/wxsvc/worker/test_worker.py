"""The worker: a scan is soon visible, deadlines are found, reminders come once, embedded and against a real Redis."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from models.errand import Heartbeat
from models.notice import Notice
from models.scorecard import ScorecardRow
from models.terms import Subject, VisitResult
from models.work_list import Change
from scoring.terms import PlatformKind
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.services.record_cases import ADD, world
from tests.wxsvc.worker.halls import Hall
from wxsvc.clock import SystemClock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import deadlines, tallies
from wxsvc.services.records import online_services, service_pictures, visits
from wxsvc.services.refusal import Refused
from wxsvc.settings import Settings
from wxsvc.site_visits import Visit
from wxsvc.worker import jobs
from wxsvc.worker.celery import SENT, make_celery
from wxsvc.worker.embedded import Embedded
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import TIMETABLE

pytestmark = pytest.mark.both_databases


def test_a_scan_is_soon_visible_embedded(db: Database, tmp_path: Path) -> None:
    """The folding thread of the one process shows a scan in the pending figures within 2 s."""
    hall = Hall(db)
    worker = Embedded(House(Settings(data_dir=tmp_path), db, SystemClock()))
    worker.start()
    try:
        hall.soon_visible(2)
    finally:
        worker.stop()


def test_a_passed_deadline_is_found_whenever_one_looks(db: Database, now: datetime) -> None:
    """A card older than a due day that is over goes on the work list, once; a fresh one does not."""
    with db.transaction() as session:
        platform = builders.platform(session)
        tallies.fold(session, platform.id, 2026, now)
        assert deadlines.touch_passed(session, now) == 0
        after_the_third = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)  # 00:30 on the 4th in Beijing
        assert deadlines.touch_passed(session, after_the_third) == 1
        assert session.scalars(sa.select(Change.platform_id)).all() == [platform.id]
        before = session.get_one(ScorecardRow, (platform.id, 2026)).tally["missed_filings"]
        tallies.fold(session, platform.id, 2026, after_the_third)
        session.expire_all()
        assert session.get_one(ScorecardRow, (platform.id, 2026)).tally["missed_filings"] == before + 1
        assert deadlines.touch_passed(session, after_the_third) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


def test_a_reminder_comes_once_on_the_last_workday_in_office_hours(db: Database) -> None:
    """2 December reminds of the plan due on the 3rd: not at night, not twice, not on a day off."""
    morning = datetime(2026, 12, 2, 10, 0, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        builders.platform(session, kind=PlatformKind.COUNTY)
        assert deadlines.remind(session, morning.replace(hour=23)) == 0
        assert deadlines.remind(session, morning - timedelta(days=1)) == 0
        assert deadlines.remind(session, datetime(2026, 12, 5, 10, 0, tzinfo=builders.BEIJING)) == 0
        assert deadlines.remind(session, morning) == 1
        assert deadlines.remind(session, morning + timedelta(hours=1)) == 0
        notice = session.scalars(sa.select(Notice)).one()
    assert (notice.facts["obligation"], notice.facts["due_on"]) == ("plan", "2026-12-03")


def test_every_entry_of_the_timetable_has_its_task(db: Database, tmp_path: Path) -> None:
    """Nothing is sent that nobody does; folding needs no message and so no broker."""
    app = make_celery(House(Settings(data_dir=tmp_path), db, SystemClock()))
    assert {entry.name for entry in TIMETABLE} - {entry.name for entry in SENT} == {"fold"}
    for entry in SENT:
        assert f"wxsvc.{entry.name}" in app.tasks


def test_the_readme_tells_the_whole_timetable() -> None:
    readme = (Path(__file__).parents[3] / "wxsvc/worker/README.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == {entry.name for entry in TIMETABLE}


def test_listed_online_services_are_visited_and_one_that_fails_is_left(db: Database, tmp_path: Path) -> None:
    """What was seen is kept, here a refused private address."""
    clock = SettableClock()
    now = clock.now()
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        online_services.correct(session, row.id, "http://127.0.0.1:9/", row.version, w.owner, now)
        row_id = row.id
    assert jobs.visit_all(House(Settings(data_dir=tmp_path), db, clock)) == 1
    with db.read() as session:
        assert visits.latest(session, [row_id])[row_id].result is VisitResult.ADDRESS_REFUSED


def test_a_service_that_changed_is_pictured_once(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up and never drawn, or changed since: drawn; the same again, down, or nothing drawn: left."""
    clock = SettableClock()
    house = House(Settings(data_dir=tmp_path), db, clock)
    shades = iter(["#336677", "#aa0000"])

    def take(_url: str, _program: str) -> bytes | None:
        if (shade := next(shades, None)) is None:
            return None
        drawn = BytesIO()
        Image.new("RGB", (64, 48), shade).save(drawn, "PNG")
        return drawn.getvalue()

    monkeypatch.setattr(jobs.site_pictures, "take", take)
    with db.transaction() as session:
        w = world(session, clock.now())
        row_id = ADD[Subject.ONLINE_SERVICE](w, w.owner).id

    def seen(title: str, result: VisitResult = VisitResult.REACHABLE) -> int:
        with db.transaction() as session:
            visits.record(session, row_id, Visit(result, 200, title), MACHINE, clock.advance(minutes=1))
        return jobs.picture_changed(house)

    monkeypatch.setattr(jobs.site_pictures, "browser", lambda: None)
    assert seen("一") == 0
    monkeypatch.setattr(jobs.site_pictures, "browser", lambda: "/usr/bin/chromium")
    assert [seen("一"), seen("一"), seen("二"), seen("二"), seen("三")] == [1, 0, 1, 0, 0]
    assert seen("四", VisitResult.UNREACHABLE) == 0
    with db.read() as session:
        assert len(service_pictures.of_service(session, row_id)) == 2


def test_a_full_service_makes_room_for_the_workers_newest(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's pictures stay; a person is told that there are too many."""
    monkeypatch.setattr(service_pictures, "MOST", 2)
    now = datetime.now(UTC)
    files = House(Settings(data_dir=tmp_path), db, SystemClock()).files
    with db.transaction() as session:
        w = world(session, now)
        row_id = ADD[Subject.ONLINE_SERVICE](w, w.owner).id
        for number, by in enumerate((w.reviewer, MACHINE, MACHINE, w.reviewer)):
            drawn = BytesIO()
            Image.new("RGB", (64, 48), (number, 0, 0)).save(drawn, "PNG")
            drawn.seek(0)
            args = (session, row_id, files.store_photo(drawn), "x.png", now.date(), by, now)
            if number == 3:
                with pytest.raises(Refused, match="too_many_pictures"):
                    service_pictures.add(*args)
            else:
                service_pictures.add(*args)
        session.flush()
        kept = service_pictures.of_service(session, row_id)
        assert [row.created_by for row in kept] == [None, w.reviewer.person_id]


def test_a_job_that_fails_is_noted_and_heals(db: Database, tmp_path: Path) -> None:
    """The heartbeat says what went wrong, at once, and at once that it is well again; nothing is raised."""
    beats = Heartbeats(House(Settings(data_dir=tmp_path), db, SystemClock()))

    def fails(_house: House) -> None:
        raise ValueError("the disk is full\nsecond line")

    def problem() -> str | None:
        with db.read() as session:
            return session.get_one(Heartbeat, "fold").problem

    assert beats.run("fold", fails) is False
    assert problem() == "ValueError: the disk is full"
    assert beats.run("fold", lambda _house: None) is True
    assert problem() is None
