"""How often somebody unknown may have us ask WeChat, and how often anybody may try links and codes."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.wxsvc.pages.web import IN_WECHAT, ON_A_DESK, Phone, PretendedWeChat
from tests.wxsvc.pages.world import World
from wxsvc.pages import limits
from wxsvc.wechat import drawing


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app with its limits, which the other tests do without. Codes are not drawn: who sees them is counted."""
    monkeypatch.setattr(drawing, "svg", lambda _text: b"")
    was_enabled = limits.limiter.enabled
    limits.limiter.reset()
    limits.limiter.enabled = True
    app.config["RATELIMIT_ENABLED"] = True
    yield app
    limits.limiter.reset()
    limits.limiter.enabled = was_enabled


def test_three_hundred_strangers_make_thirty_calls_to_wechat(
    limited: Flask, wechat: PretendedWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = wechat._answer
    monkeypatch.setattr(wechat, "_answer", lambda request: asked.append(request.path) or answer(request))

    def visit(code: str) -> int:
        browser, headers = limited.test_client(), {"User-Agent": IN_WECHAT}
        away = browser.get("/enter?next=/mine", headers=headers).headers["Location"]
        state = away.partition("state=")[2].partition("&")[0].partition("#")[0]
        return browser.get(f"/enter/back?code={code}&state={state}", headers=headers).status_code

    statuses = [visit("invented") for _ in range(300)]
    assert len(asked) == 30
    assert statuses.count(429) == 270


def test_a_line_of_ipv6_is_one_visitor_whatever_addresses_it_takes(limited: Flask) -> None:
    """Each has 2^64 of them; the next line is another visitor."""
    headers = {"User-Agent": ON_A_DESK}
    most = int(limits.DESKS.split()[0])

    def status(address: str) -> int:
        there = {"REMOTE_ADDR": address}
        return limited.test_client().get("/enter/desk", headers=headers, environ_base=there).status_code

    assert {status(f"2001:db8:1:1::{each:x}") for each in range(most)} == {200}
    assert status("2001:db8:1:1:ffff:ffff:ffff:ffff") == 429
    assert status("2001:db8:1:2::1") == 200


def test_a_hall_behind_one_address_comes_in(limited: Flask, wechat: PretendedWeChat) -> None:
    """Good codes count for nothing."""
    for number in range(100):
        assert Phone(limited, f"o-hall-{number}").get("/mine").status_code == 200


@pytest.mark.parametrize("path", ["/rejoin/{}", "/join/{}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_tries_links_all_day(limited: Flask, world: World, method: str, path: str) -> None:
    limited.config["WTF_CSRF_ENABLED"] = False
    somebody = Phone(limited, world.visitor)
    somebody.get("/mine")
    most = int(limits.LINKS.split()[0])
    headers = {"User-Agent": IN_WECHAT}
    data = {"name": "王敏"} if method == "POST" else None
    statuses = [
        somebody.client.open(path.format(f"guess{each}"), method=method, data=data, headers=headers).status_code
        for each in range(most + 3)
    ]
    assert statuses[-3:] == [429] * 3
    assert 429 not in statuses[:most]


def test_a_desk_is_shown_as_often_as_an_office_needs(limited: Flask) -> None:
    headers = {"User-Agent": ON_A_DESK}
    statuses = [limited.test_client().get("/enter/desk", headers=headers).status_code for _ in range(62)]
    assert (set(statuses[:60]), statuses[60:]) == ({200}, [429, 429])
