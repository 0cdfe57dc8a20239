"""Tokens: two kinds, their overlap, the secret, the whitelist and the daily quota."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.wxsvc.simulator.product import APP_ID, SECRET
from wxsvc.simulator import Simulator

GOOD = {"appid": APP_ID, "secret": SECRET, "grant_type": "client_credential"}


def plain(sim: Simulator, **changes: str) -> Any:
    return requests.get(f"{sim.base_url}/cgi-bin/token", params={**GOOD, **changes}, timeout=10).json()


def stable(sim: Simulator, **changes: Any) -> Any:
    return requests.post(f"{sim.base_url}/cgi-bin/stable_token", json={**GOOD, **changes}, timeout=10).json()


def code_of(sim: Simulator, token: str) -> int:
    args = {"access_token": token}
    return int(requests.get(f"{sim.base_url}/cgi-bin/tags/get", params=args, timeout=10).json().get("errcode", 0))


def test_a_new_plain_token_leaves_the_old_one_five_minutes(sim: Simulator) -> None:
    sim.clock.stop()
    first, second = plain(sim)["access_token"], plain(sim)["access_token"]
    assert first != second
    assert (code_of(sim, first), code_of(sim, second)) == (0, 0)
    sim.clock.advance(300)
    assert (code_of(sim, first), code_of(sim, second)) == (40001, 0)
    sim.clock.advance(6900)
    assert code_of(sim, second) == 42001


def test_the_stable_token_stays_until_its_last_five_minutes(sim: Simulator) -> None:
    sim.clock.stop()
    first = stable(sim)
    assert first["expires_in"] == 7200
    sim.clock.advance(6000)
    again = stable(sim)
    assert again == {"access_token": first["access_token"], "expires_in": 1200}
    sim.clock.advance(900)
    second = stable(sim)["access_token"]
    assert second != first["access_token"]
    assert (code_of(sim, first["access_token"]), code_of(sim, second)) == (0, 0)
    sim.clock.advance(300)
    assert (code_of(sim, first["access_token"]), code_of(sim, second)) == (42001, 0)


def test_forcing_kills_the_old_token_and_is_limited(sim: Simulator) -> None:
    sim.clock.stop()
    first = stable(sim)["access_token"]
    second = stable(sim, force_refresh=True)["access_token"]
    assert (code_of(sim, first), code_of(sim, second)) == (40001, 0)
    assert stable(sim, force_refresh=True)["access_token"] == second, "30 seconds apart"
    for _ in range(19):
        sim.clock.advance(30)
        stable(sim, force_refresh=True)
    sim.clock.advance(30)
    last = stable(sim)["access_token"]
    assert stable(sim, force_refresh=True)["access_token"] == last, "20 a day"


def test_the_two_kinds_know_nothing_of_each_other(sim: Simulator) -> None:
    one, other = plain(sim)["access_token"], stable(sim)["access_token"]
    plain(sim)
    stable(sim, force_refresh=True)
    assert code_of(sim, one) == 0
    assert code_of(sim, other) == 40001


@pytest.mark.parametrize("fetch", [plain, stable])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wx1", "grant_type": ""}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "x"}, 40125),
        ({"grant_type": "x"}, 40002),
    ],
)
def test_wrong_credentials(sim: Simulator, fetch: Callable[..., Any], changes: dict[str, str], code: int) -> None:
    assert fetch(sim, **changes)["errcode"] == code


def test_an_address_that_is_not_listed(sim: Simulator) -> None:
    sim.account.tokens.whitelist = {"203.0.113.7"}
    answer = plain(sim)
    assert answer["errcode"] == 40164
    assert answer["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")
    sim.account.tokens.whitelist.add("127.0.0.1")
    assert "access_token" in plain(sim)


def test_a_frozen_secret(sim: Simulator) -> None:
    sim.account.tokens.secret_frozen = True
    assert stable(sim)["errcode"] == 40243


def test_tokens_die_or_expire_on_demand(sim: Simulator) -> None:
    token = stable(sim)["access_token"]
    sim.account.tokens.expire_all()
    assert code_of(sim, token) == 42001
    token = stable(sim)["access_token"]
    sim.account.tokens.kill_all()
    assert code_of(sim, token) == 40001
    assert code_of(sim, "") == 41001


def test_the_daily_quota_and_its_clearing(sim: Simulator, api: Callable[..., Any]) -> None:
    sim.account.quotas.day["/cgi-bin/token"] = 2
    assert [plain(sim).get("errcode", 0) for _ in range(3)] == [0, 0, 45009]
    quota = api("openapi/quota/get", {"cgi_path": "/cgi-bin/token"})["quota"]
    assert quota == {"daily_limit": 2, "used": 2, "remain": 0}
    body = {"appid": APP_ID, "appsecret": SECRET}
    cleared = [
        requests.post(f"{sim.base_url}/cgi-bin/clear_quota/v2", json=body, timeout=10).json()["errcode"]
        for _ in range(11)
    ]
    assert cleared == [0] * 10 + [48006]
    assert "access_token" in plain(sim)
    sim.clock.advance(86400)
    assert sim.account.quotas.used("/cgi-bin/token") == 0


def test_the_minute_limit(sim: Simulator) -> None:
    sim.clock.stop()
    sim.account.quotas.minute["/cgi-bin/stable_token"] = 1
    assert [stable(sim).get("errcode", 0) for _ in range(2)] == [0, 45011]
    sim.clock.advance(60)
    assert "access_token" in stable(sim)


def test_a_test_account_has_less(make: Callable[..., Simulator]) -> None:
    assert make(kind="test").account.quotas.day["/cgi-bin/token"] == 200


def test_a_rid_is_explained_for_seven_days(sim: Simulator, api: Callable[..., Any]) -> None:
    rid = plain(sim, secret="x")["errmsg"].rpartition("rid: ")[2]
    request = api("openapi/rid/get", {"rid": rid})["request"]
    assert request["request_url"].endswith("/cgi-bin/token")
    assert "40125" in request["response_body"]
    assert api("openapi/rid/get", {"rid": "x"})["errcode"] == 76001
    sim.clock.advance(8 * 86400)
    assert api("openapi/rid/get", {"rid": rid})["errcode"] == 76003
