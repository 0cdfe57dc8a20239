"""``kill -9`` of every process while a hall scans, a second beat, and all of the product at once."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.faults.hall import HANDS
from tests.faults.installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

LONG = 2.0
"""Seconds of scanning before and after a fault."""


@pytest.mark.faults_in_ci
def test_a_web_worker_is_killed(installation: Installation) -> None:
    """Its pushes that were under way are sent anew to the other web; its parent starts another one by itself."""
    with installation.hall.scanning() as told:
        time.sleep(LONG)
        (child,) = installation.web.children()
        os.kill(child, signal.SIGKILL)
        time.sleep(LONG)
        installation.web.ready()
    assert told.refused == []
    assert installation.web.children() != [child]


@pytest.mark.parametrize("name", ["web", "web2"])
def test_a_whole_web_is_killed(installation: Installation, name: str) -> None:
    """The other one takes all scans; nobody is refused."""
    with installation.hall.scanning() as told:
        time.sleep(LONG)
        installation.part(name).kill()
        time.sleep(LONG)
        installation.part(name).start()
    assert told.refused == []


def test_a_webs_parent_is_killed_and_its_workers_are_not(installation: Installation) -> None:
    """They go on; a new parent may start beside them."""
    web = installation.web
    with installation.hall.scanning() as told:
        left = web.children()
        web.kill_alone()
        time.sleep(LONG)
        web.start()
        for child in left:
            os.kill(child, signal.SIGKILL)
        time.sleep(LONG)
    assert told.refused == []


def test_a_web_is_frozen(installation: Installation) -> None:
    """It takes connections and never answers: the proxy notices and goes to the other; WeChat's next try is counted."""
    with installation.hall.scanning() as told:
        time.sleep(LONG)
        installation.web.freeze()
        time.sleep(6)
        late, before = told.late, len(told.counted)
        time.sleep(4)
        assert told.late <= late + HANDS, "the proxy still asks the frozen one"
        assert len(told.counted) > before + HANDS
        installation.web.thaw()
        time.sleep(LONG)
    assert told.unanswered == []


@pytest.mark.parametrize("name", ["folding", "worker", "beat"])
def test_a_worker_is_killed(installation: Installation, name: str) -> None:
    """Scans do not notice; what it had begun is done by the next one."""
    part = installation.part(name)
    with installation.hall.scanning() as told:
        time.sleep(LONG)
        part.kill()
        time.sleep(LONG)
        part.start()
    assert told.refused == []


def test_folding_is_killed_again_and_again(installation: Installation) -> None:
    """A fold that is cut off leaves its changes on the work list."""
    with installation.hall.scanning():
        for _ in range(3):
            installation.folding.kill()
            installation.folding.start()


def test_two_beats_and_two_foldings_at_once(installation: Installation) -> None:
    """Against the rule of one beat: every job may come twice without harm."""
    others = [installation.another(part) for part in (installation.beat, installation.folding)]
    try:
        for other in others:
            other.start()
        with installation.hall.scanning() as told:
            time.sleep(3 * LONG)
    finally:
        for other in others:
            other.close()
    assert told.refused == []
    assert (
        installation.postgres.ask("select name, problem from heartbeats where name = 'fold' and problem is not null")
        == []
    )


def test_everything_of_ours_is_killed_at_once(installation: Installation) -> None:
    """As when the machine of the product loses its power; the database is on another."""
    ours = installation.parts[2:]
    with installation.hall.scanning() as told:
        time.sleep(LONG)
        for part in ours:
            part.kill()
        time.sleep(1)
        installation.start()
        time.sleep(LONG)
    assert told.counted
