"""Redis is killed, full, frozen, emptied while a hall scans: scans and scores need it not; jobs go on afterwards."""

from __future__ import annotations

import time

import pytest
import redis

from tests.faults.clocks import Turned
from tests.faults.installation import Installation
from tests.faults.parts import PATIENCE
from tests.timing import until
from wxsvc.worker.celery import SENT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def _jobs_go_on(installation: Installation) -> None:
    """A job of the broker beats again: it went from the beat by way of Redis to a worker."""
    names = (
        "select count(*) from heartbeats where name not in ('fold', 'started') and beat_at > now() - interval '15 s'"
    )
    until(lambda: bool(installation.postgres.ask(names)[0][0]), PATIENCE, "no job runs")


def test_it_is_killed_and_comes_back_empty(installation: Installation) -> None:
    with installation.hall.scanning() as told:
        installation.redis.kill()
        time.sleep(5)
        installation.redis.start()
        time.sleep(1)
    assert told.refused == []
    _jobs_go_on(installation)


def test_it_is_full(installation: Installation) -> None:
    """It answers and takes nothing (``noeviction``): worker and beat end, and are started again once there is room."""
    with redis.Redis.from_url(installation.redis.url) as client, installation.hall.scanning() as told:
        client.config_set("maxmemory", "1")
        until(lambda: not installation.worker.is_running, PATIENCE, "the worker does not notice")
        assert "消息队列可以连接，但无法写入" in installation.run("doctor", expected=1)
        client.config_set("maxmemory", "0")
        installation.start()
        _jobs_go_on(installation)
    assert told.refused == []
    assert told.late == 0


def test_it_is_frozen(installation: Installation) -> None:
    """It takes connections and never answers: nothing of the web waits for it."""
    with installation.hall.scanning() as told:
        installation.redis.freeze()
        time.sleep(12)
        installation.redis.thaw()
    assert told.refused == []
    _jobs_go_on(installation)


def test_it_is_emptied(installation: Installation) -> None:
    with installation.hall.scanning() as told:
        for _ in range(5):
            installation.redis.empty()
            time.sleep(1)
    assert told.refused == []
    _jobs_go_on(installation)


def test_it_is_away_for_hours(installation: Installation) -> None:
    """Five hours by the beat's clocks: each job is sent once when Redis is back, not once for each time it was due."""
    folder = installation.folder / "hours"
    folder.mkdir()
    clock = Turned(folder)
    installation.beat.end()
    installation.worker.end()
    installation.redis.kill()
    beat = installation.another(installation.beat, **clock.environment)
    try:
        with installation.hall.scanning(10) as told:
            beat.begin()
            until(lambda: "jobs wait for the broker" in beat.told(), PATIENCE, "the beat does not run")
            for hour in range(1, 6):
                clock.set(hour * 3600, steady=hour * 3600)
                time.sleep(1.5)
            installation.redis.start()
            until(lambda: installation.redis.waiting() > 0, PATIENCE, "nothing is sent")
            time.sleep(3)
            assert installation.redis.waiting() <= 2 * len(SENT)
            installation.worker.start()
            until(lambda: installation.redis.waiting() == 0, PATIENCE, "the jobs are not done")
    finally:
        beat.close()
    assert told.refused == []
