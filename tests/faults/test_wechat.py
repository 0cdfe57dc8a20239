"""WeChat's interfaces are away, or take connections and never answer, while it goes on pushing scans."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.faults.installation import Installation
from tests.faults.parts import Part
from tests.served import HOST, WXSVC, answers

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PHONES = 16
"""Phones that open a page, twice as many as the two webs have threads for pages."""


@pytest.fixture
def wechat(installation: Installation) -> Iterator[Part]:
    """The simulated WeChat, as a process."""
    url = f"http://{HOST}:{installation.wechat_port}"
    command = [str(WXSVC), "simulator", "--port", str(installation.wechat_port)]
    part = Part("wechat", command, installation.folder, installation.environment, lambda: answers(url))
    part.start()
    yield part
    part.close()


def test_it_is_away(installation: Installation, wechat: Part) -> None:
    """Jobs fail and come back; scans do not notice."""
    with installation.hall.scanning() as told:
        wechat.kill()
        time.sleep(6)
        wechat.start()
        time.sleep(1)
    assert told.refused == []


@pytest.mark.faults_in_ci
def test_it_hangs(installation: Installation, wechat: Part) -> None:
    """Visitors who open a page wait for it in vain, more than there are threads; no scan waits for them."""
    wechat.freeze()
    phones = [threading.Thread(target=_opens_a_page, args=(installation, n)) for n in range(PHONES)]
    with installation.hall.scanning() as told:
        for phone in phones:
            phone.start()
        time.sleep(8)
    wechat.thaw()
    for phone in phones:
        phone.join()
    assert told.refused == []
    assert told.late == 0
    assert len(told.counted) > 20


def _opens_a_page(installation: Installation, number: int) -> None:
    """As far as the question to WeChat, who that is."""
    door = f"http://{HOST}:{installation.port(installation.web)}"
    browser = requests.Session()
    browser.headers.update({"User-Agent": "MicroMessenger/8.0.50", "X-Forwarded-For": f"198.51.100.{number}"})
    offered = browser.get(f"{door}/enter?next=/roles", allow_redirects=False, timeout=60).headers["Location"]
    asked = parse_qs(urlsplit(offered).query)
    answer = {"code": "any", "state": asked["state"][0]}
    browser.get(f"{door}{urlsplit(asked['redirect_uri'][0]).path}", params=answer, allow_redirects=False, timeout=60)
