"""The product and the simulated WeChat in this process: two loopback ports, nothing mounted into each other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from jinja2 import Template
from waitress.server import BaseWSGIServer

from wxsvc import waitress_server
from wxsvc.app import create_app
from wxsvc.clock import Clock
from wxsvc.db import Database
from wxsvc.demo.seeding import Seeds
from wxsvc.demo.tables import table
from wxsvc.files import Files
from wxsvc.house import House
from wxsvc.message_templates import PURPOSES
from wxsvc.serving import connections, embedded_worker
from wxsvc.settings import Development, Mode, Settings, WeChat
from wxsvc.simulator import Credentials, Simulator

HOST = "127.0.0.1"
THREADS = 16
TEMPLATE = "demo-notice"
"""The id of the account's one message template, which serves every purpose."""


class PortTaken(Exception):
    """Somebody listens there already."""


class Product:
    """The product with its own data folder and its own WeChat. ``opened`` makes one, ``serving`` lets it answer."""

    def __init__(self, settings: Settings, clock: Clock, door: socket.socket, simulator: Simulator) -> None:
        self.settings, self.clock, self.simulator = settings, clock, simulator
        self.url = settings.public_url
        self._door = door
        settings.make_folders()
        self.database = Database(settings.database_url)
        self.database.prepare()
        house = House(settings, self.database, clock)
        house.settle_key()
        self.seeds = Seeds(
            database=self.database,
            files=Files(settings.files_dir, settings.max_upload_mb * 2**20),
            vault=house.vault,
            clock=clock,
        )

    @contextmanager
    def serving(self) -> Iterator[Flask]:
        """Answer requests, fold and work, for as long as the block lasts."""
        app = create_app(self.settings, self.clock, self.database)
        offering = template_rendered.connected_to(self._offer_desk, app)
        with offering, embedded_worker(self.settings, self.database, self.clock):
            server = waitress_server.make(app, self.settings, THREADS, connections(), self._door)
            thread = threading.Thread(target=server.run, name="product", daemon=True)
            thread.start()
            try:
                yield app
            finally:
                server.task_dispatcher.shutdown()  # before the loop: whoever has answered wakes it once more
                with suppress(OSError):  # the loop woke in this moment for something else: it has closed already
                    server.trigger.pull_trigger(lambda: _close(server))
                thread.join()

    def _offer_desk(self, _app: Flask, template: Template, context: dict[str, Any], **_: object) -> None:
        """A code that a desk shows can be scanned on the page of phones: nobody holds a phone before this desk."""
        if template.name in ("entry/desk.html", "entry/desk_again.html"):
            self.simulator.add_code(table("province")["desk"], context["address"])


@contextmanager
def opened(folder: Path, clock: Clock, port: int = 0, simulator_port: int = 0) -> Iterator[Product]:
    """Take both ports (0: free ones), start the simulator, bring the database up to date. Raises PortTaken."""
    with ExitStack() as closing:
        door = closing.enter_context(_door(port))
        url = f"http://{HOST}:{door.getsockname()[1]}"
        credentials = Credentials(
            app_id=Development.APP_ID,
            app_secret=Development.APP_SECRET,
            token=Development.TOKEN,
            aes_key=Development.AES_KEY,
            account_id=Development.ACCOUNT,
            account_name=table("province")["account"],
        )
        simulator = Simulator(f"{url}/wechat", credentials, now=lambda: clock.now().timestamp())
        try:
            simulator.start(simulator_port)
        except (OSError, SystemExit) as error:
            raise PortTaken(f"port {simulator_port} is taken: give another with --simulator-port") from error
        closing.callback(simulator.stop)
        template = table("province")["template"]
        simulator.add_template(TEMPLATE, template["title"], template["content"])
        product = Product(_settings(folder, url, simulator.base_url), clock, door, simulator)
        closing.callback(product.database.dispose)
        yield product


def _settings(folder: Path, url: str, wechat_url: str) -> Settings:
    """Every setting that matters is given here: real credentials in the environment are never used by a demo."""
    templates: dict[str, Any] = {f"template_{purpose}": TEMPLATE for purpose in PURPOSES if purpose != "need"}
    templates["subscribe_need"] = TEMPLATE  # so that pages show the button
    return Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'wxsvc.db'}",
        broker_url="memory://localhost",
        files_dir=folder / "files",
        public_url=url,
        trusted_proxies=(),
        secret_key=None,
        wechat=WeChat.SIMULATOR,
        wechat_app_id=Development.APP_ID,
        wechat_app_secret=Development.APP_SECRET,
        wechat_token=Development.TOKEN,
        wechat_aes_key=Development.AES_KEY,
        wechat_mode=Mode.SAFE,
        wechat_api_base_url=wechat_url,
        wechat_open_base_url=wechat_url,
        wechat_mp_base_url=wechat_url,
        **templates,
    )


def _door(port: int) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen(128)
    except OSError as error:
        door.close()
        raise PortTaken(f"--port {port}: {error.strerror}; give another") from error
    return door


def _close(server: BaseWSGIServer) -> None:
    """End the server's loop, in the loop's own thread: it runs as long as anything is open."""
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()
