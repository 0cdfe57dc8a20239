"""Two machines (network namespaces): the cable to the second web and to folding is drawn while a hall scans."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.faults.hall import Hall
from tests.faults.installation import Installation
from tests.faults.parts import Cluster, Part
from tests.real import folder_for_servers, missing
from tests.served import HOST, WXSVC, answers, caddy
from tests.timing import until
from wxsvc.settings import Development

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

HERE, THERE = "10.231.77.1", "10.231.77.2"
AS_IN_EARNEST = {
    "WXSVC_WECHAT": "real",
    "WXSVC_WECHAT_APP_ID": Development.APP_ID,
    "WXSVC_WECHAT_APP_SECRET": Development.APP_SECRET,
    "WXSVC_WECHAT_TOKEN": Development.TOKEN,
    "WXSVC_WECHAT_AES_KEY": Development.AES_KEY,
    "WXSVC_PUBLIC_URL": f"http://{HOST}",
    "WXSVC_SECRET_KEY": "k" * 40,
}
"""With the simulator the product does not listen for another machine."""
AWAY = 8.0
"""Seconds without the cable."""


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        missing(f"this machine makes no second one: ip {' '.join(words)}: {done.stderr.strip()}")


@pytest.fixture
def other_machine() -> Iterator[str]:
    """A network of its own, joined to ours by one cable; the name of our end of the cable."""
    if os.getuid() != 0:
        missing("only root may make a second machine")
    name = f"wxt{os.getpid()}"
    ours, theirs = f"{name}a", f"{name}b"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _ip("addr", "add", f"{HERE}/30", "dev", ours)
        _ip("link", "set", ours, "up")
        for words in (
            ("addr", "add", f"{THERE}/30", "dev", theirs),
            ("link", "set", theirs, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", name, *words)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def test_the_cable_between_them_is_drawn(template: Cluster, other_machine: str) -> None:
    """The web beside the database takes all scans; the other one is asked again once it is reached."""
    with folder_for_servers() as folder:
        cluster = Cluster(folder, host=f"{HERE},{HOST}")
        cluster.copy(template)
        cluster.let_in(f"{HERE}/30")
        made = Installation(folder, cluster, **AS_IN_EARNEST)
        far = made.environment | {"WXSVC_DATABASE_URL": cluster.url.replace(HOST, HERE)}
        there = ["ip", "netns", "exec", other_machine, str(WXSVC)]
        door = f"{THERE}:8000"
        web = Part(
            "web-there",
            [*there, "web", "--host", THERE, "--port", "8000", "--workers", "1", "--threads", "4"],
            folder,
            far,
            lambda: answers(f"http://{door}/healthz"),
        )
        folding = Part("folding-there", [*there, "worker", "--queue", "folding"], folder, far, lambda: web.is_running)
        parts = [cluster, made.web, web, folding]
        try:
            for part in parts:
                part.start()
            with caddy(folder, made.port(made.web), door) as port:
                made.hall = Hall(HOST, port)
                with made.hall.scanning() as told:
                    time.sleep(2)
                    _ip("link", "set", f"{other_machine}a", "down")
                    time.sleep(AWAY)
                    _ip("link", "set", f"{other_machine}a", "up")
                    until(lambda: answers(f"http://{door}/healthz"), 60, "the other machine is not reached")
                    time.sleep(2)
                assert told.unanswered == []
                made.all_is_counted()
        finally:
            for part in reversed(parts):
                part.close()
