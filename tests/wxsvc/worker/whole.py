"""The product's web side and its worker around one database, with a simulator that pushes to it: fixtures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from models.person import Person
from models.platform import Platform
from tests import builders
from tests.clock import SettableClock
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.services.actor import Actor
from wxsvc.settings import Development, Settings
from wxsvc.simulator import Credentials, Simulator
from wxsvc.simulator.phone import Phone


@dataclass(frozen=True)
class Whole:
    """What a test holds in hand."""

    sim: Simulator
    house: House
    db: Database
    clock: SettableClock

    def employ(self, session: Session, platform: Platform, name: str) -> tuple[Actor, Phone]:
        """A new member of the platform's staff, who follows the account, and their phone."""
        phone = self.sim.phone(name, follows=True)
        actor = builders.staff(session, platform)
        session.get_one(Person, actor.person_id).openid = phone.openid
        session.flush()
        return actor, phone


@pytest.fixture
def whole(db: Database, tmp_path: Path) -> Iterator[Whole]:
    """Everything joined, 10:00 on the day of the builders' activity; templates are configured for two purposes."""
    clock = SettableClock()
    clock.set(builders.NOW)
    credentials = Credentials(Development.APP_ID, Development.APP_SECRET, Development.TOKEN, Development.AES_KEY)
    made = Simulator("http://127.0.0.1:9/wechat", credentials, seed="1", now=lambda: clock.now().timestamp())
    with made as sim:
        url = sim.base_url
        settings = Settings(
            data_dir=tmp_path / "whole",
            secret_key="k" * 40,
            wechat_api_base_url=url,
            wechat_open_base_url=url,
            wechat_mp_base_url=url,
            template_filing="TPL-filing",
            template_review="TPL-review",
            subscribe_need="TPL-need",
            subscribe_dispute="TPL-long long thing1=what phrase2=result",
        )
        settings.make_folders()
        server = make_server("127.0.0.1", 0, create_app(settings, clock, db), threaded=True)
        sim.pushes.callback_url = f"http://127.0.0.1:{server.server_port}/wechat"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        house = House(settings, db, clock)
        try:
            yield Whole(sim, house, db, clock)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            house.gateway.close()
