"""``wxsvc worker`` as processes of their own: what dies, what goes away, and that scores are fresh all the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import requests
import sqlalchemy as sa
from celery import Celery

from models.errand import ParametricCode
from tests import builders
from tests.real import OwnRedis, free_port, own_redis
from tests.wxsvc.worker.halls import Hall
from wxsvc.db import Database
from wxsvc.worker.threads import THREAD_DIED

pytestmark = pytest.mark.waits

NOBODY = "redis://127.0.0.1:9/0"

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(emptied_postgres: Database, tmp_path: Path) -> Iterator[Start]:
    """Start ``wxsvc worker`` with a broker and options, and wait until it is ready."""
    running: list[subprocess.Popen[bytes]] = []

    def run(broker_url: str, *options: str) -> subprocess.Popen[bytes]:
        given = {"BROKER_URL": broker_url, "DATA_DIR": str(tmp_path)}
        given["DATABASE_URL"] = emptied_postgres.url.render_as_string(hide_password=False)
        log = tmp_path / f"worker-{len(running)}.log"
        with log.open("w") as told:
            process = subprocess.Popen(
                [sys.executable, "-c", "from wxsvc.cli import main; main()", "worker", *options],
                env=os.environ | {f"WXSVC_{name}": value for name, value in given.items()},
                stdout=told,
                stderr=told,
                start_new_session=True,
            )
        running.append(process)
        _until(lambda: "ready" in log.read_text() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text()
        return process

    yield run
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture
def broker() -> Iterator[OwnRedis]:
    """A real Redis that may be stopped."""
    with own_redis() as server:
        yield server


def _until(is_so: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)


def _ended(process: subprocess.Popen[bytes], within: float = 20) -> int:
    process.terminate()
    return process.wait(within)


def test_scores_are_fresh_whatever_dies_and_while_the_broker_is_away(
    start: Start, broker: OwnRedis, emptied_postgres: Database
) -> None:
    """One process with everything: no child to be killed unseen, no broker needed to fold, jobs once it is back."""
    worker, hall = start(broker.url, "--beat"), Hall(emptied_postgres)
    hall.soon_visible(1)
    for child in _children(worker):
        os.kill(child, signal.SIGKILL)
    hall.soon_visible(1)
    broker.stop()
    hall.soon_visible(1)
    time.sleep(3)  # long enough for every loop to have met the silence
    hall.soon_visible(1)
    broker.start()
    activity_id = _activity(emptied_postgres)
    _until(lambda: _is_code_asked_for(emptied_postgres, activity_id), 40)
    assert _ended(worker) == 0


def test_a_worker_begins_without_a_banner(start: Start, broker: OwnRedis, tmp_path: Path) -> None:
    """Its lines are JSON, whoever collects them; Celery's own list of queues and tasks would come before."""
    worker = start(broker.url, "--beat")
    assert _ended(worker) == 0
    said = (tmp_path / "worker-0.log").read_text()
    assert not {"[config]", "[queues]", "[tasks]"} & set(said.split())


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def _activity(db: Database) -> int:
    """One more activity: a job of the broker's asks for its code within seconds."""
    now = datetime.now(UTC)
    with db.transaction() as session:
        platform = builders.platform(session)
        ends = now + timedelta(hours=1)
        return builders.activity(session, platform, scene="2", starts_at=now, ends_at=ends).id


def _is_code_asked_for(db: Database, activity_id: int) -> bool:
    query = sa.select(ParametricCode.id).where(ParametricCode.activity_id == activity_id)
    with db.read() as session:
        return session.scalar(query) is not None


def test_a_folding_worker_needs_no_broker(start: Start, emptied_postgres: Database) -> None:
    """As compose starts it; a second one beside it does no harm, and the first may die."""
    options = ("--queue", "folding", "--concurrency", "1")
    first, second = start(NOBODY, *options), start(NOBODY, *options)
    hall = Hall(emptied_postgres)
    hall.soon_visible(1)
    first.kill()
    hall.soon_visible(1)
    assert _ended(second) == 0


def test_a_folding_worker_tells_prometheus_what_it_did(start: Start, emptied_postgres: Database) -> None:
    """What no web process knows: how many platform-years were counted."""
    port = free_port()
    options = ("--queue", "folding", "--metrics-port", str(port))
    worker, hall = start(NOBODY, *options), Hall(emptied_postgres)
    hall.soon_visible(1)

    def folds() -> float:
        told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        return float(re.search(r"^wxsvc_fold_seconds_count (\S+)$", told, re.MULTILINE)[1])  # type: ignore[index]

    _until(lambda: folds() >= 1, 10)
    assert _ended(worker) == 0


def test_a_wake_up_of_an_older_program_is_neither_needed_nor_in_the_way(
    start: Start, broker: OwnRedis, emptied_postgres: Database
) -> None:
    """Its expiry went by the sender's clock, here one that was slow."""
    with Celery(broker=broker.url, set_as_current=False) as older:
        for queue in ("folding", "work"):
            older.send_task("wxsvc.fold", queue=queue, expires=datetime(2026, 1, 1, tzinfo=UTC))
    worker, hall = start(broker.url), Hall(emptied_postgres)
    hall.soon_visible(1)
    assert _ended(worker) == 0


def test_the_database_may_go_away_and_come_back(start: Start, emptied_postgres: Database) -> None:
    """Every connection of the worker is cut, again and again."""
    worker, hall = start(NOBODY, "--queue", "folding"), Hall(emptied_postgres)
    hall.soon_visible(1)
    url = emptied_postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    for _ in range(3):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(cut)
        time.sleep(0.3)
    emptied_postgres.dispose()  # our own connections were cut as well
    hall.soon_visible(4)
    assert _ended(worker) == 0


@pytest.mark.parametrize("fails", ["raise SystemExit(0)", "raise RuntimeError('broken')", "return"])
def test_a_thread_that_ends_unasked_ends_the_process(fails: str) -> None:
    """With a status that makes a supervisor start it again, while the other thread would have gone on for ever."""
    program = f"""
import threading
from wxsvc.worker.threads import Threads
def dies(ended):
    {fails}
threads = Threads(lives=lambda ended: ended.wait(), dies=dies)
threads.start()
threading.Event().wait(30)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == THREAD_DIED, ended.stderr
    assert "a thread has ended" in ended.stderr + ended.stdout
