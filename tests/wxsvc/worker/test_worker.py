"""The worker: a scan is soon visible, deadlines are found, reminders come once, embedded and against a real Redis."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.errand import Heartbeat
from models.notice import Notice
from models.scorecard import Change, Scorecard
from models.terms import Door, Subject, VisitResult
from scoring.terms import PlatformKind
from tests import builders
from tests.timing import in_time, until
from tests.wxsvc.services.record_cases import ADD, world
from wxsvc.clock import SystemClock
from wxsvc.db import Database
from wxsvc.services.counting import deadlines, tallies
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.records import online_services, visits
from wxsvc.settings import Settings
from wxsvc.worker import jobs
from wxsvc.worker.celery import make_celery, schedule
from wxsvc.worker.embedded import Embedded
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import FOLDING, TIMETABLE
from wxsvc.worker.workshop import Workshop

pytestmark = pytest.mark.both_databases

SCANNERS = ("o-one", "o-two", "o-three", "o-four", "o-five", "o-six")


def running_hall(db: Database) -> int:
    """An activity that is open now, with some people to scan; returns its platform's id."""
    now = datetime.now(UTC)
    with db.transaction() as session:
        platform = builders.platform(session)
        builders.activity(
            session, platform, scene="1", starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=5)
        )
        for openid in SCANNERS:
            builders.contact(session, builders.person(session, openid=openid), builders.enterprise(session))
        return platform.id


def soon_visible(db: Database, platform_id: int, within: float) -> None:
    """Scan, then look until the pending figure shows it.

    The scan that is measured comes when another one has just become visible, so right after a fold: it waits for the
    whole pause between two folds.
    """
    scanners = iter(SCANNERS)
    counts = count(1)

    def scan() -> float:
        now, expected = datetime.now(UTC), next(counts)
        with db.check_in_connection() as connection:
            found = check_in(connection, Scan(next(scanners), "1", Door.CODE, now, now))
        assert found.kind is OutcomeKind.CHECKED_IN
        return until(lambda: _pending(db, platform_id) == expected, 20, f"scan {expected} was never visible")

    def measure() -> float:
        scan()
        return scan()

    in_time(measure, within, most=len(SCANNERS) // 2)


def _pending(db: Database, platform_id: int) -> int | None:
    with db.reading() as session:
        return session.scalar(sa.select(Scorecard.pending_participations).where(Scorecard.platform_id == platform_id))


def test_a_scan_is_soon_visible_embedded(db: Database, tmp_path: Path) -> None:
    """The folding thread of the one process shows a scan in the pending figures within 2 s."""
    platform_id = running_hall(db)
    worker = Embedded(Workshop(Settings(data_dir=tmp_path), db, SystemClock()))
    worker.start()
    try:
        soon_visible(db, platform_id, 2)
    finally:
        worker.stop()


@pytest.fixture
def worker_process(emptied_postgres: Database, redis_url: str, tmp_path: Path) -> Iterator[Database]:
    """``wxsvc worker --beat`` as a process of its own, against Redis and PostgreSQL."""
    environment = os.environ | {
        "WXSVC_DATABASE_URL": emptied_postgres.url.render_as_string(hide_password=False),
        "WXSVC_BROKER_URL": redis_url,
        "WXSVC_DATA_DIR": str(tmp_path),
    }
    log = (tmp_path / "worker.log").open("w")
    command = [sys.executable, "-c", "from wxsvc.cli import main; main()", "worker", "--beat"]
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until(
            lambda: _has_folded(emptied_postgres, process, tmp_path / "worker.log"), 60, "the timetable never started"
        )
        yield emptied_postgres
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
        log.close()


def _has_folded(db: Database, process: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether a wake-up of the timetable has come through Redis to the worker."""
    assert process.poll() is None, log.read_text()
    with db.reading() as session:
        return session.get(Heartbeat, "fold") is not None


def test_a_scan_is_soon_visible_in_production(worker_process: Database) -> None:
    """Beat, Redis and the worker's processes show a scan on PostgreSQL within 1 s."""
    soon_visible(worker_process, running_hall(worker_process), 1)


def test_a_passed_deadline_is_found_whenever_one_looks(db: Database, now: datetime) -> None:
    """A card older than a due day that is over goes on the work list, once; a fresh one does not."""
    with db.transaction() as session:
        platform = builders.platform(session)
        tallies.fold(session, platform.id, 2026, now)
        assert deadlines.touch_passed(session, now) == 0
        after_the_third = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)  # 00:30 on the 4th in Beijing
        assert deadlines.touch_passed(session, after_the_third) == 1
        before = session.get_one(Scorecard, (platform.id, 2026)).tally["missed_filings"]
        tallies.fold(session, platform.id, 2026, after_the_third)
        session.expire_all()
        assert session.get_one(Scorecard, (platform.id, 2026)).tally["missed_filings"] == before + 1
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
    """Nothing is scheduled that nobody does; wake-ups go to their own queue and expire."""
    app = make_celery(Workshop(Settings(data_dir=tmp_path), db, SystemClock()))
    for is_embedded in (False, True):
        for entry in schedule(is_embedded=is_embedded).values():
            assert entry["task"] in app.tasks
    wake = schedule(is_embedded=False)["fold"]["options"]
    assert wake["queue"] == FOLDING
    assert wake["expires"] <= 1
    assert "fold" not in schedule(is_embedded=True)


def test_the_readme_tells_the_whole_timetable() -> None:
    readme = (Path(__file__).parents[3] / "wxsvc/worker/README.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == {entry.name for entry in TIMETABLE}


def test_listed_online_services_are_visited_and_one_that_fails_is_left(db: Database, tmp_path: Path) -> None:
    """What was seen is kept, here a refused private address."""
    now = datetime.now(UTC)
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        online_services.correct(session, row.id, "http://127.0.0.1:9/", row.version, w.owner, now)
        row_id = row.id
    assert jobs.visit_all(Workshop(Settings(data_dir=tmp_path), db, SystemClock())) == 1
    with db.reading() as session:
        assert visits.latest(session, [row_id])[row_id].result is VisitResult.ADDRESS_REFUSED


def test_a_job_that_fails_is_noted_and_heals(db: Database, tmp_path: Path) -> None:
    """The heartbeat says what went wrong, at once, and at once that it is well again; nothing is raised."""
    beats = Heartbeats(Workshop(Settings(data_dir=tmp_path), db, SystemClock()))

    def fails(_shop: Workshop) -> None:
        raise ValueError("the disk is full\nsecond line")

    def problem() -> str | None:
        with db.reading() as session:
            return session.get_one(Heartbeat, "fold").problem

    assert beats.run("fold", fails) is False
    assert problem() == "ValueError: the disk is full"
    assert beats.run("fold", lambda _shop: None) is True
    assert problem() is None
