"""A house whose WeChat is a simulator: fixtures for the jobs that call it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import NOW
from tests.clock import SettableClock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Development, Settings
from wxsvc.simulator import Credentials, Simulator


@pytest.fixture
def clock() -> SettableClock:
    """10:00 on the day of the builders' activity."""
    turned = SettableClock()
    turned.set(NOW)
    return turned


@pytest.fixture
def sim(clock: SettableClock) -> Iterator[Simulator]:
    """A simulator at which nobody follows yet; its pushes go nowhere."""
    credentials = Credentials(Development.APP_ID, Development.APP_SECRET, Development.TOKEN, mode="plain")
    made = Simulator("http://127.0.0.1:9/wechat", credentials, seed="1", now=lambda: clock.now().timestamp())
    with made as simulator:
        yield simulator


@pytest.fixture
def house(sim: Simulator, db: Database, clock: SettableClock, tmp_path: Path) -> Iterator[House]:
    """The parts of a worker, on both databases in turn."""
    made = House(settings_for(sim, tmp_path), db, clock)
    yield made
    made.gateway.close()


def settings_for(sim: Simulator, folder: Path) -> Settings:
    """Settings that lead to this simulator."""
    url = sim.base_url
    return Settings(
        data_dir=folder, wechat_api_base_url=url, wechat_open_base_url=url, wechat_mp_base_url=url, public_url=url
    )
