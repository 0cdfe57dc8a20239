"""Faults that are asked for strike the right calls, the right number of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from wxsvc.simulator import Simulator

Api = Callable[..., Any]


def test_an_error_once(sim: Simulator, api: Api) -> None:
    sim.faults.add("/cgi-bin/tags/")
    answer = api("tags/get")
    assert answer["errcode"] == -1
    assert answer["errmsg"].startswith("system error rid: ")
    assert api("tags/get") == {"tags": []}


def test_an_error_for_ever_until_cleared(sim: Simulator, api: Api) -> None:
    sim.faults.add("/cgi-bin/tags/get", code=40001, times=None)
    assert {api("tags/get")["errcode"] for _ in range(5)} == {40001}
    assert sim.gate.count("/cgi-bin/tags/get") == 5
    assert api("user/get")["total"] == 0, "other calls work"
    sim.faults.clear()
    assert api("tags/get") == {"tags": []}


def test_a_gateway_s_page(sim: Simulator) -> None:
    sim.faults.add("/cgi-bin/", "html")
    answer = requests.get(f"{sim.base_url}/cgi-bin/tags/get", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_slowness(sim: Simulator) -> None:
    sim.faults.add("/cgi-bin/", "slow", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sim.base_url}/cgi-bin/tags/get", timeout=0.2)


def test_a_reset_does_nothing_and_a_lost_answer_did_it(sim: Simulator, api: Api) -> None:
    for kind, tags in (("reset", 0), ("lost", 1)):
        sim.faults.add("/cgi-bin/tags/create", kind)
        with pytest.raises(requests.ConnectionError):
            api("tags/create", {"tag": {"name": "x"}})
        assert len(api("tags/get")["tags"]) == tags, kind


def test_an_unknown_kind_is_refused(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        sim.faults.add("/", "nonsense")


def test_faults_from_another_process(sim: Simulator, api: Api) -> None:
    form: dict[str, Any] = {"path": "/cgi-bin/tags/", "kind": "error", "code": 45009, "times": 0}
    accept = {"Accept": "application/json"}
    requests.post(f"{sim.base_url}/workbench/fault", data=form, headers=accept, timeout=10)
    assert [api("tags/get")["errcode"] for _ in range(2)] == [45009, 45009]
    requests.post(f"{sim.base_url}/workbench/clear", headers=accept, timeout=10)
    assert api("tags/get") == {"tags": []}
    assert requests.get(f"{sim.base_url}/workbench/calls", timeout=10).json() == {"/cgi-bin/tags/get": 3}
    token = sim.account.tokens.stable().text
    requests.post(f"{sim.base_url}/workbench/tokens", data={"what": "kill"}, timeout=10)
    answer = requests.get(f"{sim.base_url}/cgi-bin/tags/get", params={"access_token": token}, timeout=10)
    assert answer.json()["errcode"] == 40001
