"""WeChat's interfaces do not answer, or not us: who stands in the hall is counted all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.province import CITY, FAR, OTHER, RUNNING, VISITOR, Province
from wxsvc.simulator import Simulator


def _down(sim: Simulator) -> None:
    sim.faults.add("/", "reset", times=None)


def _answering_pages(sim: Simulator) -> None:
    sim.faults.add("/", "html", times=None)


def _slow(sim: Simulator) -> None:
    sim.faults.add("/", "slow", seconds=9, times=None)


def _spent(sim: Simulator) -> None:
    sim.faults.add("/", "error", code=45009, times=None)


def _frozen(sim: Simulator) -> None:
    sim.account.tokens.kill_all()
    sim.account.tokens.secret_frozen = True
    sim.faults.add("/sns/", "error", code=40243, times=None)


def _unlisted(sim: Simulator) -> None:
    sim.account.tokens.kill_all()
    sim.account.tokens.whitelist = set()
    sim.faults.add("/sns/", "error", code=40164, times=None)


@pytest.mark.parametrize("trouble", [_down, _answering_pages, _slow, _spent, _frozen, _unlisted])
def test_check_ins_go_on_counting(province: Province, trouble: Callable[[Simulator], None]) -> None:
    """By scan in the chat and by the page of whoever is known; a newcomer's page says what to do meanwhile."""
    visitor = province.hand(VISITOR)
    visitor.open("/mine")
    sim = province.product.simulator
    trouble(sim)
    reply = visitor.phone.scan(province.scene(RUNNING))
    assert reply is not None
    assert "签到成功" in reply.text
    visitor.open(f"/c/{FAR}")
    visitor.send()
    assert "签到成功" in visitor.page.text
    assert province.card(CITY).pending_participations == 1
    assert province.card(OTHER).pending_participations == 1
    stranger = province.hand("陈建国")
    stranger.open(f"/c/{RUNNING}")
    assert "微信暂时没有响应" in stranger.page.text
    assert "短码" in stranger.page.text
    first = stranger.phone.scan(province.scene(RUNNING))
    assert first is not None
    assert "登记后自动完成签到" in first.text
    sim.faults.clear()
    sim.account.tokens.secret_frozen, sim.account.tokens.whitelist = False, None
    stranger.open(first.links[0])
    assert "微信暂时没有响应" not in stranger.page.text
