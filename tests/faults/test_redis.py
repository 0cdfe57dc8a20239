"""Redis is killed, frozen and emptied while a hall scans: scans and scores need it not; jobs go on once it is back."""

from __future__ import annotations

import time

import pytest

from tests.faults.installation import Installation
from tests.timing import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

BEATS = "select max(beat_at)::text from heartbeats where name = '{name}'"


def _jobs_go_on(installation: Installation) -> None:
    """A job of the broker beats again: it went from the beat by way of Redis to a worker."""
    names = (
        "select count(*) from heartbeats where name not in ('fold', 'started') and beat_at > now() - interval '{s} s'"
    )
    until(lambda: bool(installation.postgres.ask(names.format(s=15))[0][0]), 90, "no job runs")


@pytest.mark.faults_in_ci
def test_it_is_killed_and_comes_back_empty(installation: Installation) -> None:
    with installation.hall.scanning() as told:
        installation.redis.kill()
        time.sleep(5)
        installation.redis.start()
        time.sleep(1)
    assert told.refused == []
    _jobs_go_on(installation)


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
