"""The web is restarted, as for a new release, while a hall scans: nobody is refused."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.faults.engine import restart_steps
from tests.faults.hall import Told
from tests.faults.installation import Installation
from tests.faults.parts import Part
from tests.served import HOST, nginx
from tests.timing import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.faults_in_ci
def test_a_deploy_refuses_nobody(installation: Installation, tmp_path: Path) -> None:
    """The steps of ``docker/restart.sh``, done to processes in place of containers."""
    restarted = []
    with installation.hall.scanning() as told:
        for words in restart_steps(tmp_path):
            parts = [part for part in installation.parts if part.name in words]
            time.sleep(1 if parts else 0)
            for part in parts:
                assert part.end() == 0, part.told()
                part.begin()
            if "--wait" in words:
                for part in parts:
                    part.ready()
            restarted += parts
        time.sleep(1)
    assert told.refused == []
    assert len(told.counted) > 50
    assert restarted == installation.parts[2:]


@pytest.mark.faults_in_ci
@pytest.mark.parametrize("ended", [Part.end, Part.kill])
def test_a_web_ends_behind_nginx(installation: Installation, tmp_path: Path, ended: Callable[[Part], object]) -> None:
    """Our ``nginx.conf`` goes to the other one as well, whether a web is told to end or killed."""
    webs = installation.web, installation.web2
    with nginx(tmp_path, *map(installation.port, webs)) as port, installation.hall.scanning(door=(HOST, port)) as told:
        for web in webs:
            time.sleep(1)
            ended(web)
            time.sleep(1)
            web.start()
        time.sleep(1)
    assert told.refused == []
    assert len(told.counted) > 50


def test_what_is_under_way_is_answered_before_the_end(installation: Installation) -> None:
    """A scan waits for its row when the web is told to end: it has its answer, and the web ends by itself."""
    told: list[Told] = []
    door = HOST, installation.port(installation.web)
    scanning = threading.Thread(target=lambda: told.append(installation.hall.scan(door)))
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    with psycopg.connect(installation.postgres.url) as holder:
        holder.execute("lock table check_ins in share mode")
        scanning.start()
        until(lambda: installation.postgres.ask(waiting) != [(0,)], 30, "no scan waits")
        installation.web.send(signal.SIGTERM)
        time.sleep(1)
        holder.rollback()
    scanning.join()
    assert installation.web.gone() == 0, installation.web.told()
    assert told[0].refused == []
    assert len(told[0].counted) == 1
