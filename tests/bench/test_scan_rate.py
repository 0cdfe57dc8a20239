"""One scan, no further tap: how long the reply takes at a hundred scans a second, served as ``wxsvc serve`` serves."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

import pytest
import requests

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.person import Person
from tests import builders
from tests.bench.figures import Figures
from tests.journeys.province import RUNNING, Province, running
from wxsvc.settings import Development
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.wrapping import Wrapping

RATE, SECONDS, HANDS = 100, 10, 24


@pytest.mark.bench
def test_a_hundred_scans_a_second(tmp_path: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    """Every scan is a returning visitor's first at this activity; each reply is opened and read."""
    with running(tmp_path) as province:
        visitors = _returning(province, RATE * SECONDS)
        scene = province.scene(RUNNING)
        waits = _scans(province, visitors, scene)
        with province.product.database.read() as session:
            counted = session.query(CheckIn).count()
    waits.sort()
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99)]
    with capsys.disabled():
        what = f"{len(waits):,} scans at {RATE} per second, embedded: wait for the reply"
        figures.tell(what, f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    assert counted == len(visitors)


def _returning(province: Province, number: int) -> list[str]:
    with province.product.database.transaction() as session:
        people = [Person(openid=f"oBench-{n:020}", created_at=builders.NOW) for n in range(number)]
        companies = [builders.enterprise(session, name=f"第{n}号制造有限公司") for n in range(number)]
        session.add_all(people)
        session.flush()
        for person, company in zip(people, companies, strict=True):
            builders.contact(session, person, session.get_one(Enterprise, company.id))
        return [str(person.openid) for person in people]


def _scans(province: Province, visitors: list[str], scene: str) -> list[float]:
    """An open loop: each scan has its instant, whether or not the one before was answered."""
    credentials = Credentials(
        app_id=Development.APP_ID,
        app_secret=Development.APP_SECRET,
        token=Development.TOKEN,
        aes_key=Development.AES_KEY,
        mode="safe",
        account_id=Development.ACCOUNT,
    )
    wrapping, waits, begin = Wrapping(credentials, Serial("bench")), [], time.perf_counter() + 0.5
    lock = threading.Lock()

    def hand(number: int) -> None:
        with requests.Session() as session:
            for n in range(number, len(visitors), HANDS):
                now = int(province.clock.now().timestamp())
                with lock:
                    parcel = wrapping.wrap(
                        {
                            "ToUserName": Development.ACCOUNT,
                            "FromUserName": visitors[n],
                            "CreateTime": str(now),
                            "MsgType": "event",
                            "Event": "SCAN",
                            "EventKey": scene,
                            "Ticket": "t",
                        },
                        now,
                    )
                due = begin + n / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                answer = session.post(f"{province.product.url}/wechat", params=parcel.query, data=parcel.body)
                waited = time.perf_counter() - due
                reply = wrapping.unwrap(answer.content, visitors[n])
                assert reply is not None
                assert "签到成功" in reply.text
                with lock:
                    waits.append(waited)

    hands = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    for thread in hands:
        thread.start()
    for thread in hands:
        thread.join()
    assert len(waits) == len(visitors)
    return waits
