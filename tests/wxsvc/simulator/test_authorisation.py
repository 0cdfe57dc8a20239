"""Web authorisation and the JS-SDK: who opened a page, and whether a page may scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from tests.wxsvc.simulator.product import APP_ID, SECRET, Product
from wxsvc.simulator import Simulator
from wxsvc.simulator.authorisation import BadRequest
from wxsvc.simulator.crypto import sign_page


def address(sim: Simulator, back: str, **changes: str) -> str:
    usual = {"appid": APP_ID, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": "s1"}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**usual, **changes}.items() if value)
    return f"{sim.base_url}/connect/oauth2/authorize?{query}#wechat_redirect"


def exchange(sim: Simulator, code: str, **changes: str) -> Any:
    usual = {"appid": APP_ID, "secret": SECRET, "code": code, "grant_type": "authorization_code"}
    return requests.get(f"{sim.base_url}/sns/oauth2/access_token", params={**usual, **changes}, timeout=10).json()


@pytest.fixture
def visit(sim: Simulator, product: Product) -> Callable[..., dict[str, str]]:
    """Send a phone through authorisation; return the query with which it came back."""

    def go(who: str = "a", consent: str = "allow", **changes: str) -> dict[str, str]:
        phone = sim.phone(who)
        phone.web.consent = consent
        phone.open(address(sim, f"{product.url}/back?x=1", **changes))
        return dict(product.requests[-1].args)

    return go


def test_a_code_tells_the_openid_once(sim: Simulator, visit: Callable[..., dict[str, str]]) -> None:
    back = visit()
    assert (back["state"], back["x"]) == ("s1", "1")
    answer = exchange(sim, back["code"])
    assert answer["openid"] == sim.phone("a").openid
    assert (answer["scope"], answer["expires_in"]) == ("snsapi_base", 7200)
    used = exchange(sim, back["code"])
    assert used["errcode"] == 40163
    assert used["errmsg"].startswith("code been used, rid: ")


def test_codes_that_do_not_pass(sim: Simulator, visit: Callable[..., dict[str, str]]) -> None:
    code = visit()["code"]
    assert exchange(sim, "wrong")["errcode"] == 40029
    assert exchange(sim, "")["errcode"] == 41008
    assert exchange(sim, code, secret="x")["errcode"] == 40125
    assert exchange(sim, code, appid="x")["errmsg"].startswith("invalid appid, rid: ")
    assert exchange(sim, code, grant_type="x")["errcode"] == 40002
    sim.clock.advance(300)
    assert exchange(sim, code)["errcode"] == 42003


def test_a_refusal_brings_no_code(sim: Simulator, visit: Callable[..., dict[str, str]]) -> None:
    assert visit(consent="refuse", scope="snsapi_userinfo") == {"x": "1", "state": "s1"}
    assert "code" in visit(consent="refuse"), "nobody is asked about the openid alone"


def test_a_snapshot_is_somebody_else(sim: Simulator, visit: Callable[..., dict[str, str]]) -> None:
    answer = exchange(sim, visit(consent="snapshot", scope="snsapi_userinfo")["code"])
    assert answer["is_snapshotuser"] == 1
    assert answer["openid"] != sim.phone("a").openid


def test_sns_tokens(sim: Simulator, visit: Callable[..., dict[str, str]]) -> None:
    base = exchange(sim, visit()["code"])
    full = exchange(sim, visit(scope="snsapi_userinfo")["code"])

    def ask(path: str, **args: str) -> Any:
        return requests.get(f"{sim.base_url}/sns/{path}", params=args, timeout=10).json()

    who = {"openid": full["openid"]}
    assert ask("userinfo", access_token=full["access_token"], **who)["nickname"] == "a"
    assert ask("userinfo", access_token=base["access_token"], **who)["errcode"] == 48001
    assert ask("auth", access_token="x", **who)["errcode"] == 40001
    assert ask("auth", access_token=full["access_token"], openid="x")["errcode"] == 40003
    renew = {"appid": APP_ID, "grant_type": "refresh_token", "refresh_token": full["refresh_token"]}
    assert ask("oauth2/refresh_token", **renew)["openid"] == full["openid"]
    assert ask("oauth2/refresh_token", **renew)["errcode"] == 40030, "it rotates"
    sim.clock.advance(7200)
    assert ask("auth", access_token=full["access_token"], **who)["errcode"] == 42001


@pytest.mark.parametrize(
    "changes",
    [
        {"appid": "wx1"},
        {"redirect_uri": "weixin://x"},
        {"response_type": "token"},
        {"scope": "snsapi_login"},
        {"state": "has-a-dash"},
        {"state": "s" * 129},
    ],
)
def test_wrong_addresses_show_wechat_s_error(sim: Simulator, product: Product, changes: dict[str, str]) -> None:
    url = address(sim, product.url, **changes)
    with pytest.raises(BadRequest):
        sim.phone("a").open(url)
    assert "无法完成授权" in requests.get(url, timeout=10).text


def test_the_domain_must_be_the_registered_one(sim: Simulator, product: Product) -> None:
    sim.account.authorisation.domain = "example.com"
    with pytest.raises(BadRequest, match="10003"):
        sim.phone("a").open(address(sim, product.url))
    sim.account.authorisation.domain = urlsplit(product.url).netloc
    assert sim.phone("a").open(address(sim, product.url)).status_code == 200


def test_the_real_host_is_answered_too(sim: Simulator, product: Product) -> None:
    url = address(sim, product.url).replace(sim.base_url, "https://open.weixin.qq.com")
    sim.phone("a").open(url)
    assert "code" in product.requests[-1].args


def test_another_browser_is_asked_who_it_is(sim: Simulator, product: Product) -> None:
    shown = sim.show_phone("企业", "oEnterprise0000000000000001", "李经理")
    url = address(sim, product.url)
    assert "请在微信客户端打开链接" in requests.get(url, timeout=10).text
    known = requests.get(
        url, headers={"X-Simulator-OpenID": shown.phone.openid}, allow_redirects=False, timeout=10
    ).headers["Location"]
    (code,) = parse_qs(urlsplit(known).query)["code"]
    assert exchange(sim, code)["openid"] == shown.phone.openid


def _check(sim: Simulator, base: str, ticket: str, url: str, **changes: str) -> str:
    signed = {"nonceStr": "n", "timestamp": "1", "url": url, "appId": APP_ID}
    signed["signature"] = sign_page(ticket, "n", "1", changes.pop("signed_url", url))
    answer = requests.post(f"{base}/__wechat__/check", json={**signed, **changes}, timeout=10)
    return str(answer.json()["errMsg"])


def test_the_sdk_stub_checks_the_signature(sim: Simulator, product: Product) -> None:
    ticket = sim.account.tickets.get()[0]
    assert _check(sim, sim.base_url, ticket, f"{product.url}/scan?a=1") == "config:ok"
    assert _check(sim, sim.base_url, ticket, f"{product.url}/scan", appId="x") == "config:invalid appid"
    other = {"signed_url": f"{product.url}/other"}
    assert _check(sim, sim.base_url, ticket, f"{product.url}/scan", **other) == "config:invalid signature"
    sim.clock.advance(7200)
    assert _check(sim, sim.base_url, ticket, f"{product.url}/scan") == "config:invalid signature"


def test_a_page_behind_a_phone_s_port_signs_either_address(sim: Simulator, product: Product) -> None:
    shown = sim.show_phone("企业", "oEnterprise0000000000000001", "李经理")
    ticket = sim.account.tickets.get()[0]
    seen, signed = f"{shown.proxy.url}/scan", f"{product.url}/scan"
    assert _check(sim, shown.proxy.url, ticket, seen, signed_url=signed) == "config:ok"
    assert _check(sim, shown.proxy.url, ticket, seen) == "config:ok"


def test_the_sdk_stub_scans_and_uploads(sim: Simulator) -> None:
    shown = sim.show_phone("企业", "oEnterprise0000000000000001", "李经理")
    sim.will_scan(shown.phone.openid, "12345")

    def ask(question: str, **values: str) -> Any:
        return requests.post(f"{shown.proxy.url}/__wechat__/{question}", json=values, timeout=10).json()

    assert ask("scan")["result"] == "12345"
    assert ask("scan")["result"] is None
    media_id = ask("upload", data="data:image/png;base64,iVBORw0KGgo=")["serverId"]
    assert sim.account.media.find(media_id).file.content == b"\x89PNG\r\n\x1a\n"
    assert "wx.scanQRCode" not in requests.get(f"{sim.base_url}/jweixin.js", timeout=10).text
    script = requests.get(f"{shown.proxy.url}/static/vendor/jweixin-1.6.0.js", timeout=10).text
    assert f'"{shown.proxy.url}/__wechat__/"' in script
