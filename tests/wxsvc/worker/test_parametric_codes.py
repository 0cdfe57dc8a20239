"""The worker fetches parametric codes from the simulated WeChat, in good days and in bad ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.errand import ParametricCode
from tests import builders
from tests.clock import SettableClock
from wxsvc.clock import BEIJING
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Development, Settings
from wxsvc.simulator import Credentials, Simulator
from wxsvc.worker.embedded import Embedded
from wxsvc.worker.parametric_codes import AT_ONCE, fetch_codes

CREATE = "/cgi-bin/qrcode/create"


@pytest.fixture
def sim(clock: SettableClock) -> Iterator[Simulator]:
    """A WeChat whose time is the test's."""
    credentials = Credentials(Development.APP_ID, Development.APP_SECRET, Development.TOKEN, Development.AES_KEY)
    made = Simulator("http://127.0.0.1:9/wechat", credentials, seed="1", now=lambda: clock.now().timestamp())
    with made as simulator:
        yield simulator


@pytest.fixture
def house(db: Database, clock: SettableClock, sim: Simulator, tmp_path: Path) -> House:
    """A worker process whose WeChat is the simulator."""
    url = sim.base_url
    bases = {"wechat_api_base_url": url, "wechat_open_base_url": url, "wechat_mp_base_url": url}
    return House(Settings(data_dir=tmp_path, **bases), db, clock)


def publish(db: Database, count: int = 1, **columns: datetime) -> list[Activity]:
    with db.transaction() as session:
        platform = builders.platform(session)
        return [builders.activity(session, platform, **columns) for _ in range(count)]


def rows(db: Database) -> list[ParametricCode]:
    with db.read() as session:
        return list(session.scalars(sa.select(ParametricCode).order_by(ParametricCode.id)))


def test_a_published_activity_gets_a_code_that_can_be_scanned(house: House, sim: Simulator) -> None:
    (activity,) = publish(house.database)
    assert [fetch_codes(house), fetch_codes(house)] == [1, 0]
    (row,) = rows(house.database)
    assert sim.gate.count(CREATE) == 1
    code = sim.account.codes.find(str(row.url))
    assert code is not None
    assert (code.scene, code.ticket) == (activity.scene, row.ticket)
    assert row.expires_at == house.now() + timedelta(days=30)


def test_it_is_renewed_before_its_thirty_days_end(house: House, sim: Simulator, clock: SettableClock) -> None:
    day = builders.STARTS_AT + timedelta(days=50)
    (activity,) = publish(house.database, starts_at=day, ends_at=day + timedelta(hours=4))
    for _ in range(50):
        fetch_codes(house)
        assert any(code.scene == activity.scene for code in sim.account.codes.all()), "one works on every day"
        clock.advance(days=1)
    codes = rows(house.database)
    assert 2 <= len(codes) <= 3
    assert activity.closes_at is not None
    assert codes[-1].expires_at is not None
    assert codes[-1].expires_at > activity.closes_at
    clock.advance(days=60)
    assert fetch_codes(house) == 0, "what is over is not renewed"


@pytest.mark.parametrize("kind", ["error", "html", "reset"])
def test_trouble_is_written_down_and_made_up_for(house: House, sim: Simulator, clock: SettableClock, kind: str) -> None:
    publish(house.database)
    sim.faults.add(CREATE, kind, times=None)
    assert fetch_codes(house) == 0
    (row,) = rows(house.database)
    assert (row.url, row.tries) == (None, 1)
    assert "/cgi-bin/qrcode/create" in str(row.problem)
    assert "access_token" not in str(row.problem)
    asked = sim.gate.count(CREATE)
    assert fetch_codes(house) == 0
    assert sim.gate.count(CREATE) == asked, "it waits"
    sim.faults.clear()
    clock.advance(seconds=30)
    assert fetch_codes(house) == 1
    (row,) = rows(house.database)
    assert row.url is not None
    assert row.problem is None


def test_a_lost_answer_costs_a_second_call_and_nothing_else(house: House, sim: Simulator) -> None:
    publish(house.database)
    sim.faults.add(CREATE, "lost")
    assert fetch_codes(house) == 1
    assert len(rows(house.database)) == 1
    assert len(sim.account.codes.all()) == 2, "the one whose answer got lost is nobody's"


def test_a_spent_quota_waits_for_tomorrow_with_one_call(house: House, sim: Simulator, clock: SettableClock) -> None:
    times = {"starts_at": builders.STARTS_AT + timedelta(days=2), "ends_at": builders.ENDS_AT + timedelta(days=2)}
    publish(house.database, 3, **times)
    sim.account.quotas.day[CREATE] = 1
    assert fetch_codes(house) == 1
    asked = sim.gate.count(CREATE)
    while clock.now().astimezone(BEIJING).day == 23:
        assert fetch_codes(house) == 0
        clock.advance(hours=1)
    assert sim.gate.count(CREATE) == asked, "nobody asks in vain"
    assert {row.problem is None for row in rows(house.database)} == {True, False}
    sim.account.quotas.day[CREATE] = 100
    assert fetch_codes(house) == 2


def test_an_address_that_is_not_listed_pauses_and_is_said(house: House, sim: Simulator, clock: SettableClock) -> None:
    publish(house.database, 3)
    sim.faults.add(CREATE, code=40164, times=None)
    for _ in range(4):
        assert fetch_codes(house) == 0
    assert sim.gate.count(CREATE) == 1
    assert all("40164" in str(row.problem) for row in rows(house.database))
    sim.faults.clear()
    clock.advance(minutes=2)
    assert fetch_codes(house) == 3


def test_two_workers_at_once_fetch_every_code_once(house: House, sim: Simulator, clock: SettableClock) -> None:
    """Two processes wake up for the same work."""
    activities = publish(house.database, 8)
    other = House(house.settings, house.database, clock)
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(fetch_codes, [house, other])) == 8
    assert sim.gate.count(CREATE) == 8
    assert {row.activity_id for row in rows(house.database)} == {activity.id for activity in activities}
    assert len(rows(house.database)) == 8


def test_a_thousand_at_once_are_done_in_portions(house: House) -> None:
    publish(house.database, AT_ONCE + 3)
    assert [fetch_codes(house) for _ in range(3)] == [AT_ONCE, 3, 0]


def test_the_embedded_worker_fetches_by_its_timetable(house: House) -> None:
    """Nobody asks: seconds after an activity is there, so is its code; and another one's is fetched as well."""
    worker = Embedded(house)
    worker.start()
    try:
        for count in (1, 2):
            publish(house.database)
            ends = time.monotonic() + 20
            while len([row for row in rows(house.database) if row.url]) < count:
                assert time.monotonic() < ends, "no code came"
                time.sleep(0.1)
    finally:
        worker.stop()
