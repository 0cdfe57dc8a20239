"""The gateway's promises: bounds, repeats, types, silence about secrets."""

import json
import logging
import time
from io import BytesIO
from typing import Any

import pytest
import requests

from wxsvc.wechat import errors, transport
from wxsvc.wechat.endpoints import ClosedWay
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.redaction import redact

APP, SECRET = "wx1234567890abcdef", "5ecret0000000000000000000000000x"
TOKEN, MENU = "/cgi-bin/stable_token", "/cgi-bin/menu/get"
SEND, UPLOAD = "/cgi-bin/message/template/send", "/cgi-bin/media/upload"
NOT_LATEST = {"errcode": 40001, "errmsg": "invalid credential rid: 6aac0063-7ed08fb9-1250f724"}
EXPIRED = {"errcode": 42001, "errmsg": "access_token expired"}
BUSY = {"errcode": -1, "errmsg": "system error rid: 60891646-03eed615-7f6889ef"}
OK = {"errcode": 0, "errmsg": "ok"}
HTML = (502, "text/html", b"<html>Bad Gateway</html>")


def test_a_call_carries_the_token_and_plain_utf8(wechat: Any, gateway: Gateway) -> None:
    body = {"名称": "签到\x01✓😀\ud800", "list": ["a\nb", 1, None], "deep": {"x": "\\u0041"}}
    assert gateway.call("POST", "/cgi-bin/x", {"p": "1"}, body) == OK
    asked = wechat.calls("/cgi-bin/x")[0]
    assert asked.query == {"p": "1", "access_token": "TOKEN1"}
    assert asked.json == {"名称": "签到✓😀", "list": ["a\nb", 1, None], "deep": {"x": "\\u0041"}}
    assert "签到✓😀".encode() in asked.body
    assert b"\\u" not in asked.body.replace(b"\\\\u", b"")
    assert wechat.calls(TOKEN)[0].json == {"grant_type": "client_credential", "appid": APP, "secret": SECRET}


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_once_and_the_call_rebuilt(wechat: Any, gateway: Gateway, code: int) -> None:
    gateway.token.get()
    wechat.on(SEND, {"errcode": code, "errmsg": ""}, {**OK, "msgid": 1})
    assert gateway.call("POST", SEND, body={"touser": "oA"})["msgid"] == 1
    first, second = wechat.calls(SEND)
    assert (first.query["access_token"], second.query["access_token"]) == ("TOKEN1", "TOKEN2")
    assert first.body == second.body == b'{"touser":"oA"}'
    assert len(wechat.calls(TOKEN)) == 2
    assert gateway.breaker.cause is None


def test_a_persistent_40001_costs_two_calls_and_one_token_call(wechat: Any, gateway: Gateway, clock: Any) -> None:
    gateway.token.get()
    wechat.on(MENU, NOT_LATEST)
    with pytest.raises(errors.TokenRefused) as caught:
        gateway.call("GET", MENU)
    assert caught.value.errcode == 40001
    assert caught.value.rid == "6aac0063-7ed08fb9-1250f724"
    assert len(wechat.calls(MENU)) == 2
    assert len(wechat.calls(TOKEN)) == 2
    for _ in range(5):
        with pytest.raises(errors.Paused, match="40001"):
            gateway.call("GET", MENU)
    assert len(wechat.asked) == 4
    clock.pass_by(seconds=61)
    with pytest.raises(errors.TokenRefused):
        gateway.call("GET", MENU)
    assert len(wechat.calls(MENU)) == 4
    assert len(wechat.calls(TOKEN)) == 3
    clock.pass_by(seconds=61)
    with pytest.raises(errors.Paused):  # the second pause is longer
        gateway.call("GET", MENU)
    wechat.on(MENU, OK)
    clock.pass_by(seconds=60)
    assert gateway.call("GET", MENU) == OK
    assert gateway.call("GET", MENU) == OK
    assert gateway.breaker.cause is None


def test_a_persistent_40001_on_a_cold_store_costs_no_second_token_call(wechat: Any, gateway: Gateway) -> None:
    """A token that was fetched for this very call is not fetched again: WeChat would hand out the same."""
    wechat.on(MENU, NOT_LATEST)
    with pytest.raises(errors.TokenRefused):
        gateway.call("GET", MENU)
    assert (len(wechat.calls(MENU)), len(wechat.calls(TOKEN))) == (2, 1)
    with pytest.raises(errors.Paused):
        gateway.call("GET", MENU)
    assert len(wechat.asked) == 3


@pytest.mark.parametrize("code", [40013, 40125, 40164, 40243, 40001])
def test_a_wrong_configuration_opens_the_breaker(wechat: Any, gateway: Gateway, code: int) -> None:
    text = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 658cff8e-7783352d-44cb33e5"
    wechat.on(TOKEN, {"errcode": code, "errmsg": text})
    with pytest.raises(errors.Misconfigured) as caught:
        gateway.call("GET", MENU)
    assert caught.value.errcode == code
    assert errors.address_in(caught.value.errmsg) == "203.0.113.7"
    with pytest.raises(errors.Paused, match=str(code)) as paused:
        gateway.call("GET", MENU)
    assert isinstance(paused.value.cause, errors.Misconfigured)
    assert len(wechat.asked) == 1


def test_web_authorisation_does_not_wait_for_the_breaker(wechat: Any, gateway: Gateway) -> None:
    wechat.on(TOKEN, {"errcode": 40164, "errmsg": ""})
    with pytest.raises(errors.Misconfigured):
        gateway.call("GET", MENU)
    wechat.on("/sns/oauth2/access_token", {"openid": "oA"})
    assert gateway.call_as_app("/sns/oauth2/access_token", {"code": "C"}) == {"openid": "oA"}
    assert wechat.asked[-1].query == {"appid": APP, "secret": SECRET, "code": "C"}


@pytest.mark.parametrize("code", [-1, 268487001, 268487002])
def test_busy_is_repeated_only_where_that_is_harmless(
    wechat: Any, gateway: Gateway, waits: list[float], code: int
) -> None:
    busy = {"errcode": code, "errmsg": "system error"}
    wechat.on(MENU, busy, busy, OK)
    assert gateway.call("GET", MENU) == OK
    assert len(waits) == 2
    assert 0.1 <= waits[0] <= 0.2 <= waits[1] <= 0.4
    wechat.on(MENU, busy)
    with pytest.raises(errors.Busy):
        gateway.call("GET", MENU)
    assert len(wechat.calls(MENU)) == 6
    wechat.on(SEND, busy)
    with pytest.raises(errors.Busy):
        gateway.call("POST", SEND, body={})
    assert len(wechat.calls(SEND)) == 1


@pytest.mark.parametrize(
    "wrong", [HTML, "reset", (200, "text/html", b"<html>login</html>"), (200, "application/json", b"[]")]
)
def test_a_lost_or_foreign_answer_is_an_error_and_a_send_is_not_repeated(
    wechat: Any, gateway: Gateway, wrong: Any
) -> None:
    expected = errors.NoAnswer if wrong == "reset" else errors.NotUnderstood
    wechat.on(SEND, wrong)
    with pytest.raises(expected):
        gateway.call("POST", SEND, body={"touser": "oA"})
    assert len(wechat.calls(SEND)) == 1
    wechat.on(MENU, wrong, OK)
    assert gateway.call("GET", MENU) == OK
    assert len(wechat.calls(MENU)) == 2
    wechat.on(MENU, wrong)
    with pytest.raises(expected):
        gateway.call("GET", MENU)
    assert len(wechat.calls(MENU)) == 4
    assert gateway.breaker.cause is None


def test_a_slow_answer_ends_in_time_and_a_send_is_repeated_only_with_an_id(
    wechat: Any, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    wechat.on(SEND, 4.0, OK)
    start = time.monotonic()
    with pytest.raises(errors.NoAnswer):
        gateway.call("POST", SEND, body={"touser": "oA"})
    assert time.monotonic() - start < 2
    assert len(wechat.calls(SEND)) == 1
    wechat.on(SEND, 0.6, OK)
    assert gateway.call("POST", SEND, body={"touser": "oA", "client_msg_id": "1"}, repeatable=True) == OK
    assert len(wechat.calls(SEND)) == 3
    wechat.on(TOKEN, 0.6)
    gateway.token._current = None
    gateway.token._store._kept.clear()  # type: ignore[attr-defined]
    with pytest.raises(errors.NoAnswer):  # the token call has the same time limit as any other
        gateway.call("GET", MENU)
    assert len(wechat.calls(TOKEN)) == 3


def test_an_answer_that_trickles_ends_as_well(wechat: Any, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WHOLE_SECONDS", -1.0)
    with pytest.raises(errors.NoAnswer):
        gateway.call("POST", "/cgi-bin/x", body={})


def test_an_endless_answer_is_cut_off(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/x", (200, "application/json", b" " * (transport.MAX_JSON + 1)))
    with pytest.raises(errors.NotUnderstood, match="longer"):
        gateway.call("POST", "/cgi-bin/x", body={})


def test_a_redirect_is_not_followed(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/x", (302, "text/html", b""))
    with pytest.raises(errors.NotUnderstood, match="302"):
        gateway.call("POST", "/cgi-bin/x", body={})


def test_nobody_listens(gateway: Gateway, waits: list[float]) -> None:
    gateway.api_base_url = "http://127.0.0.1:1"
    with pytest.raises(errors.Unreachable) as caught:
        gateway.call("GET", MENU)
    assert len(waits) == 2
    assert caught.value.__context__ is None


def test_wechatpy_works_behind_the_gateway(wechat: Any, gateway: Gateway) -> None:
    wechat.on(MENU, {"errcode": 46003, "errmsg": "menu no exist"})
    with pytest.raises(errors.NoMenu):
        gateway.wechatpy.menu.get()
    wechat.on("/cgi-bin/user/info", {"subscribe": 1, "openid": "oA"})
    assert gateway.wechatpy.user.get("oA")["subscribe"] == 1
    wechat.on("/cgi-bin/tags/get", {"nothing": 1})
    with pytest.raises(errors.NotUnderstood):
        gateway.wechatpy.tag.get()
    with pytest.raises(ClosedWay):
        gateway.wechatpy.wifi.list_shops()
    with pytest.raises(AttributeError):
        _ = gateway.wechatpy.access_token
    with pytest.raises(ClosedWay):
        gateway.wechatpy.jsapi.get_jsapi_ticket()


@pytest.mark.parametrize("first", [EXPIRED, BUSY, HTML])
def test_an_upload_is_repeated_with_its_whole_body(wechat: Any, gateway: Gateway, first: Any) -> None:
    wechat.on(UPLOAD, first, {"media_id": "M"})
    content = bytes(range(256)) * 40
    assert gateway.wechatpy.media.upload("image", BytesIO(content)) == {"media_id": "M"}
    bodies = [asked.body for asked in wechat.calls(UPLOAD)]
    assert len(bodies) == 2
    assert all(content in body for body in bodies)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (43004, errors.NotFollowing),
        (43101, errors.Declined),
        (45009, errors.QuotaSpent),
        (45011, errors.TooOften),
        (47003, errors.BadTemplate),
        (48001, errors.NotPermitted),
        (40163, errors.CodeSpent),
        (40029, errors.CodeSpent),
        (40007, errors.MediaGone),
        (99999, errors.ApiError),
    ],
)
def test_errors_have_types(wechat: Any, gateway: Gateway, code: int, kind: type[errors.ApiError]) -> None:
    wechat.on("/cgi-bin/x", {"errcode": code, "errmsg": "no rid: 6aac005a-01bfdbee-79769285"})
    with pytest.raises(kind) as caught:
        gateway.call("POST", "/cgi-bin/x", body={})
    assert type(caught.value) is kind
    assert (caught.value.errcode, caught.value.rid) == (code, "6aac005a-01bfdbee-79769285")
    assert caught.value.endpoint == "/cgi-bin/x"


def test_an_errcode_that_is_no_number(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/x", {"errcode": "forty"}, {"errcode": "0", "a": 1})
    with pytest.raises(errors.ApiError):
        gateway.call("POST", "/cgi-bin/x", body={})
    assert gateway.call("POST", "/cgi-bin/x", body={})["a"] == 1


def test_no_secret_reaches_a_log(wechat: Any, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")  # another test may have asked it to be quiet
    wechat.on(MENU, HTML)
    wechat.on("/sns/oauth2/access_token", "reset")
    for call in (
        lambda: gateway.call("GET", MENU),
        lambda: gateway.call_as_app("/sns/oauth2/access_token", {"code": "CODE"}),
    ):
        with pytest.raises(errors.WeChatError) as caught:
            call()
        assert SECRET not in repr(caught.value)
    gateway.api_base_url = "http://127.0.0.1:1"
    with pytest.raises(errors.WeChatError):
        gateway.call("GET", MENU)
    assert "access_token=…" in caplog.text
    for secret in (SECRET, "TOKEN1", "CODE"):
        assert secret not in caplog.text


def test_redaction() -> None:
    dump = json.dumps({"access_token": "a b", "secret": "s"})
    assert redact(dump) == '{"access_token": "… b", "secret": "…"}'
    assert redact("GET /x?access_token=A&code=B#c errcode=40001") == "GET /x?access_token=…&code=… errcode=40001"


def test_a_session_goes_to_this_machine_without_a_proxy() -> None:
    with (
        transport.new_session("http://127.0.0.1:8001") as here,
        transport.new_session("https://api.weixin.qq.com") as there,
    ):
        assert isinstance(here, requests.Session)
        assert not here.trust_env
        assert there.trust_env
