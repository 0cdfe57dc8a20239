"""PostgreSQL is restarted, loses a process, and is away, while a hall scans."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.faults.installation import Installation
from tests.faults.parts import Cluster
from tests.timing import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(Cluster.FAST, id="fast"),
        pytest.param(Cluster.AT_ONCE, id="at once", marks=pytest.mark.faults_in_ci),
    ],
)
def test_it_is_restarted(installation: Installation, how: signal.Signals) -> None:
    """Pushes wait for it; what was acknowledged before is there afterwards."""
    with installation.hall.scanning() as told:
        time.sleep(2)
        installation.postgres.end(how)
        installation.postgres.start()
        before = len(told.counted)
        until(lambda: len(told.counted) > before + 20, 60, "nobody is counted after the restart")
    assert told.unanswered == []


def test_one_of_its_processes_is_killed(installation: Installation) -> None:
    """It ends all connections then, and recovers from its log by itself."""
    with installation.hall.scanning() as told:
        time.sleep(2)
        backend = installation.postgres.ask(
            "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1"
        )
        os.kill(int(str(backend[0][0])), signal.SIGKILL)
        time.sleep(1)
        installation.postgres.ready()
        before = len(told.counted)
        until(lambda: len(told.counted) > before + 20, 60, "nobody is counted after the recovery")


def test_it_is_away_for_a_while(installation: Installation) -> None:
    """Nobody is told that they are counted; the webs say that they are not fit, and go on by themselves afterwards."""
    with installation.hall.scanning() as told:
        time.sleep(2)
        installation.postgres.end(Cluster.FAST)
        left = len(told.counted)
        time.sleep(4)
        assert len(told.counted) <= left + 8, "one for each hand may have been under way"
        assert installation.ready(installation.web)["status"] == "not ready"
        installation.postgres.start()
        before = len(told.counted)
        until(lambda: len(told.counted) > before + 20, 60, "nobody is counted after the return")
    until(lambda: installation.ready(installation.web)["status"] == "ready", 30, "the web is not fit again")
