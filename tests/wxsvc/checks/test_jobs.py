"""The worker's jobs: fresh, overdue, failing, never run."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery.schedules import crontab
from sqlalchemy.orm import Session

from models.errand import Heartbeat
from tests.builders import BEIJING, NOW
from tests.clock import SettableClock
from wxsvc import wording
from wxsvc.checks import jobs
from wxsvc.checks.finding import FindingState
from wxsvc.checks.jobs import Beat, Pulse
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Settings
from wxsvc.worker.heartbeats import STARTED, Heartbeats
from wxsvc.worker.timetable import TIMETABLE, Job, due_after

QUICK = Job("person_tags", lambda _: None, 10)
NIGHTLY = Job("recount_all", lambda _: None, crontab(hour="2", minute="30"))
OFFICE_HOURS = Job("remind", lambda _: None, crontab(hour="9-17", minute="0"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00").replace(tzinfo=BEIJING)


def beat(session: Session, entry: Job, beat_at: datetime, problem: str | None = None) -> None:
    session.add(Heartbeat(name=entry.name, beat_at=beat_at, problem=problem))
    session.flush()


@pytest.mark.parametrize(
    ("when", "instant", "due"),
    [
        (10, "23T10:00", "23T10:00"),
        (crontab(minute="*/10"), "23T10:00", "23T10:10"),
        (crontab(minute="*/10"), "23T10:09", "23T10:10"),
        (crontab(hour="2", minute="30"), "23T02:30", "24T02:30"),
        (crontab(hour="2", minute="30"), "23T02:29", "23T02:30"),
        (crontab(hour="9-17", minute="0"), "23T17:00", "24T09:00"),
        (crontab(hour="9", minute="0", day_of_week="1"), "23T10:00", "30T09:00"),
    ],
)
def test_when_a_job_is_due_again(when: float | crontab, instant: str, due: str) -> None:
    expected = at(due) + timedelta(seconds=10) if when == 10 else at(due)
    assert due_after(when, at(instant)) == expected


@pytest.mark.parametrize(
    ("entry", "beat_at", "now", "pulse"),
    [
        (QUICK, "23T10:00", "23T10:02", Pulse.FRESH),
        (QUICK, "23T10:00", "23T10:03", Pulse.OVERDUE),
        (NIGHTLY, "22T02:30", "23T03:29", Pulse.FRESH),
        (NIGHTLY, "22T02:30", "23T03:31", Pulse.OVERDUE),
        (OFFICE_HOURS, "22T17:00", "23T08:59", Pulse.FRESH),
        (OFFICE_HOURS, "22T17:00", "23T10:30", Pulse.OVERDUE),
    ],
)
def test_overdue_is_measured_by_the_jobs_own_period(
    db: Database, entry: Job, beat_at: str, now: str, pulse: Pulse
) -> None:
    with db.transaction() as session:
        beat(session, entry, at(beat_at))
        assert jobs.beats(session, at(now), [entry]) == [Beat(entry.name, pulse, at(beat_at), None)]


def test_a_job_that_never_ran_is_late_from_the_workers_start_on(db: Database) -> None:
    with db.transaction() as session:
        assert pulses(session, NOW) == [Pulse.NEVER, Pulse.NEVER]
        session.add(Heartbeat(name=STARTED, beat_at=NOW))
        session.flush()
        assert pulses(session, NOW + timedelta(minutes=2)) == [Pulse.WAITING, Pulse.WAITING]
        assert pulses(session, NOW + timedelta(minutes=3)) == [Pulse.NEVER, Pulse.WAITING]
        assert pulses(session, NOW + timedelta(hours=18)) == [Pulse.NEVER, Pulse.NEVER]


def pulses(session: Session, now: datetime) -> list[Pulse]:
    return [each.pulse for each in jobs.beats(session, now, [QUICK, NIGHTLY])]


def test_the_worker_notes_when_it_began(db: Database, tmp_path: Path) -> None:
    clock = SettableClock()
    clock.set(NOW)
    beats = Heartbeats(House(Settings(data_dir=tmp_path), db, clock))
    beats.run("fold", lambda _: None)
    clock.advance(minutes=5)
    beats.run("person_tags", lambda _: None)
    with db.read() as session:
        assert session.get_one(Heartbeat, STARTED).beat_at == NOW
        assert session.get_one(Heartbeat, "person_tags").beat_at == clock.now()


def test_the_finding_names_what_is_overdue_or_failing(db: Database) -> None:
    with db.transaction() as session:
        silent = jobs.worker(jobs.beats(session, NOW), is_embedded=True)
        assert (silent.state, "wxsvc serve" in silent.mend) == (FindingState.BAD, True)
        assert "--beat" in jobs.worker([], is_embedded=False).mend
        for entry in TIMETABLE:
            beat(session, entry, NOW)
        assert jobs.worker(jobs.beats(session, NOW), is_embedded=True).state is FindingState.GOOD
        later = NOW + timedelta(minutes=5)
        for row in session.query(Heartbeat).where(Heartbeat.name != "person_tags"):
            row.beat_at = later
        session.flush()
        assert "更新人员标签未按时运行" in jobs.worker(jobs.beats(session, later), is_embedded=True).what
        row = session.get_one(Heartbeat, "person_tags")
        row.beat_at, row.problem = later, "ValueError: broken"
        failing = jobs.worker(jobs.beats(session, later), is_embedded=True)
        assert "更新人员标签最近一次运行出错：ValueError: broken" in failing.what
        assert "后台进程的日志" in failing.mend
        row.problem = "Misconfigured: /cgi-bin/stable_token answers 40164: invalid ip 203.0.113.9, not in whitelist"
        failing = jobs.worker(jobs.beats(session, later), is_embedded=True)
        assert "更新人员标签最近一次运行出错：本机出口地址 203.0.113.9 不在 IP 白名单中" in failing.what
        assert "加入 203.0.113.9" in failing.mend
        row.problem = "Unreachable: /cgi-bin/stable_token: no connection"
        simulated = jobs.worker(jobs.beats(session, later), is_embedded=True, is_simulated=True)
        assert "wxsvc simulator" in simulated.mend


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.name)
def test_every_job_has_a_name_that_an_operator_reads(entry: Job) -> None:
    assert wording.word(entry.name, "job")
