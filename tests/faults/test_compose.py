"""What ``docker/compose.yaml`` starts: the story is played against it, it is backed up, a restart refuses nobody."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.certificates import self_signed
from tests.faults.clocks import Turned
from tests.faults.engine import DOCKER, GATEWAY, Engine, restart_steps
from tests.real import folder_for_servers, free_port
from tests.timing import until
from wxsvc.clock import Clock, SystemClock
from wxsvc.demo.product import TEMPLATE, Product
from wxsvc.demo.seeding import Seeding, people
from wxsvc.demo.story import run_story
from wxsvc.demo.story_run import StoryClock
from wxsvc.demo.tables import table
from wxsvc.message_templates import PURPOSES
from wxsvc.settings import Settings
from wxsvc.simulator import Credentials, Simulator

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

DOMAIN: Final = "wx.example.cn"
PLATFORMS: Final = 2
ACCOUNT: Final = Credentials(
    app_id="wx00aa11bb22cc33dd",
    app_secret="0123456789abcdef0123456789abcdef",
    token="composedtoken",
    aes_key="0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz",
    account_name=table("province")["account"],
)
BLANKS: Final = {
    "POSTGRES_PASSWORD": "letters123",
    "WXSVC_WECHAT_APP_ID": ACCOUNT.app_id,
    "WXSVC_WECHAT_APP_SECRET": ACCOUNT.app_secret,
    "WXSVC_WECHAT_TOKEN": ACCOUNT.token,
    "WXSVC_WECHAT_AES_KEY": ACCOUNT.aes_key,
    "WXSVC_SECRET_KEY": "k" * 48,
}
"""What ``env.example`` leaves to the operator."""


class TurnedClock(StoryClock):
    """The story's clock, which the containers have too."""

    def __init__(self, turned: Turned) -> None:
        super().__init__()
        self._turned = turned
        self._turn()

    def advance(self, by: timedelta) -> None:
        super().advance(by)
        self._turn()

    def _turn(self) -> None:
        self._turned.set(round((self.now() - datetime.now(UTC)).total_seconds()))


def _filled_in(docker: Path, wechat: str, files: tuple[str, ...]) -> None:
    """As ``docs/operator.md`` says: the blanks of ``.env``, or secrets as files, and a certificate of one's own."""
    blanks = dict(BLANKS)
    for name in files:
        value = blanks.pop(f"WXSVC_{name.upper()}")
        (docker / "secrets" / name).write_text(value + "\n")
    text = (docker / "env.example").read_text()
    for name, value in blanks.items():
        text, count = re.subn(rf"^{name}=$", f"{name}={value}", text, flags=re.MULTILINE)
        assert count == 1, name
    more = {f"WXSVC_WECHAT_{host}_BASE_URL": wechat for host in ("API", "OPEN", "MP")}
    more |= {f"WXSVC_TEMPLATE_{purpose.upper()}": TEMPLATE for purpose in PURPOSES if purpose != "need"}
    more["WXSVC_SUBSCRIBE_NEED"] = TEMPLATE  # so that pages show the button
    (docker / ".env").write_text(text + "".join(f"{name}={value}\n" for name, value in more.items()))
    self_signed(docker / "site", DOMAIN)
    (docker / "site" / "own.caddy").write_text("tls /etc/caddy/site/fullchain.pem /etc/caddy/site/key.pem\n")


@contextmanager
def _composed(
    monkeypatch: pytest.MonkeyPatch,
    clock: Callable[[Turned], Clock],
    *more: str,
    secrets: tuple[str, ...] = (),
) -> Iterator[tuple[Engine, Simulator]]:
    """Compose's containers, all of them up and well, and the WeChat that they and we reach; all have this clock."""
    with folder_for_servers() as folder:
        docker = folder / "docker"
        shutil.copytree(DOCKER, docker)
        turned = Turned(folder)
        ours = clock(turned)
        monkeypatch.setattr("wxsvc.simulator.listener.HOST", GATEWAY)
        wechat = Simulator(f"https://{DOMAIN}/wechat", ACCOUNT, now=lambda: ours.now().timestamp())
        port = free_port()
        _filled_in(docker, f"http://{GATEWAY}:{port}", secrets)
        authorities = docker / "site" / "fullchain.pem"
        engine = Engine(docker, ("compose.yaml", *more), authorities, turned.environment)
        try:
            engine.open()
            wechat.start(port)
            template = table("province")["template"]
            wechat.add_template(TEMPLATE, template["title"], template["content"])
            _reach(monkeypatch, engine.addresses["proxy"], authorities)
            engine.up()
            engine.well()
            yield engine, wechat
        except Exception as error:
            for container in engine.containers.values():
                error.add_note(f"{container.name}: {container.told()[-1500:]}")
            raise
        finally:
            wechat.stop()
            engine.close()


def _reach(monkeypatch: pytest.MonkeyPatch, proxy: str, authorities: Path) -> None:
    """Let this process find the domain at the proxy, and believe its certificate."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *more: Any, **others: Any) -> Any:
        return resolve(proxy if host == DOMAIN else host, *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authorities))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authorities))


@contextmanager
def _product(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, wechat: Simulator, clock: StoryClock
) -> Iterator[Product]:
    """The containers' product as the story sees it: its settings, its database, its data."""
    for name, value in engine.environment("web").items():
        if name.startswith("WXSVC_") and not name.startswith("WXSVC_TEST_"):
            monkeypatch.setenv(name, value)
    place = engine.volume("data")
    settings = Settings(
        data_dir=place,
        files_dir=place / "files",
        database_url=engine.environment("web")["WXSVC_DATABASE_URL"].replace(
            "@postgres/", f"@{engine.addresses['postgres']}/"
        ),
    )
    with socket.socket() as door:
        product = Product(settings, clock, door, wechat)
        try:
            yield product
        finally:
            product.database.dispose()


def _seed(product: Product, user: int) -> None:
    """A small province; the photos are the containers' user's."""
    Seeding(product.seeds, people(product.seeds), lambda: None, PLATFORMS).all()
    for path in (product.settings.files_dir, *product.settings.files_dir.rglob("*")):
        os.chown(path, user, user)


class _Strangers:
    """People who follow and scan one after another; ``refused`` are pushes that broke off or found no answer."""

    def __init__(self, wechat: Simulator, code: str) -> None:
        self._wechat, self._code, self._is_over = wechat, code, threading.Event()
        self.scans, self.refused = 0, list[str]()
        self._thread = threading.Thread(target=self._scan)

    def __enter__(self) -> _Strangers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _scan(self) -> None:
        while not self._is_over.wait(0.05):
            phone = self._wechat.phone(f"来宾{self.scans}")
            phone.scan(self._code)
            delivery = phone.last_delivery
            assert delivery is not None
            self.scans += 1
            if delivery.problem or {attempt.outcome for attempt in delivery.attempts} - {"answered", "late"}:
                self.refused.append(f"{delivery.attempts} {delivery.problem}")


def test_the_story_a_restart_and_a_backup_under_compose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From compose's files to the scorecard; ``docker/restart.sh`` while people scan; a backup, and its restore."""
    clocks: list[TurnedClock] = []

    def clock(turned: Turned) -> TurnedClock:
        clocks.append(TurnedClock(turned))
        return clocks[0]

    with _composed(monkeypatch, clock) as (engine, wechat):
        with _product(monkeypatch, engine, wechat, clocks[0]) as product:
            _seed(product, engine.image("web").user)
            said: list[str] = []
            run_story(product, clocks[0], said.append)
            assert len(said) > 40
        with _Strangers(wechat, wechat.account.codes.all()[0].ticket) as strangers:
            until(lambda: strangers.scans > 3, 60, "nobody scans")
            for words in restart_steps(tmp_path):
                if "schema" in words:
                    engine.run("schema")
                for name in engine.containers:
                    if name in words and "--force-recreate" in words:
                        engine.restart(name, waits="--wait" in words)
            before = strangers.scans
            until(lambda: strangers.scans > before + 3, 60, "nobody scans any more")
        assert strangers.refused == []
        _backed_up_and_restored(engine)


def _backed_up_and_restored(engine: Engine) -> None:
    """As ``docs/operator.md`` says, into new volumes; every score still follows from its rows."""
    backups = engine.docker / "backups"
    backups.mkdir(mode=0o700)
    os.chown(backups, engine.image("backup").user, -1)
    tallies = engine.containers["web"].run("wxsvc", "tallies", "--year", str(datetime.now(UTC).year), "--json")
    assert "bytes of database" in engine.run("backup")
    (made,) = backups.iterdir()
    engine.down()
    engine.up("postgres")
    engine.containers["postgres"].ready()
    engine.run("backup", "wxsvc", "restore", f"/backups/{made.name}")
    engine.up()
    engine.well()
    web = engine.containers["web"]
    assert " 0 different" in web.run("wxsvc", "retally", "--check")
    assert web.run("wxsvc", "tallies", "--year", str(datetime.now(UTC).year), "--json") == tallies


def test_doctor_finds_all_well_with_secrets_as_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """``compose.secrets.yaml`` over ``compose.yaml``: address, certificate, proxy, broker, jobs, account."""
    secrets = "secret_key", "wechat_app_secret", "wechat_token", "wechat_aes_key"
    with _composed(monkeypatch, lambda _turned: SystemClock(), "compose.secrets.yaml", secrets=secrets) as (engine, _):
        web = engine.containers["web"]
        web.run("wxsvc", "menu", "--push")

        def wrong() -> list[str]:
            found = json.loads(web.run("wxsvc", "doctor", "--json", expected=None))["findings"]
            # Next year's holidays are wrong to be without in every December, and no part of what was installed here.
            ours = (each for each in found if each["name"] != "calendar")
            return [f"{each['title']}: {each['what']}" for each in ours if each["state"] == "bad"]

        with suppress(AssertionError):
            until(lambda: not wrong(), 120, "jobs begin within some seconds")
        assert wrong() == []
