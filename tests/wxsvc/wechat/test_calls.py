"""The calls behind the gateway: web authorisation, codes, media, tags, notices, JS-SDK, diagnosis."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image

from wxsvc.wechat import authorisation, codes, diagnosis, drawing, errors, jssdk, media, notices, tags
from wxsvc.wechat.authorisation import AuthorisedUser
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.notices import BadValues, Fate, TemplateMessage

VECTORS = json.loads((Path(__file__).parents[1] / "chat" / "wechat_vectors.json").read_text("utf-8"))
SNS, SEND = "/sns/oauth2/access_token", "/cgi-bin/message/template/send"
TAG = "/cgi-bin/tags/members/batchtagging"


def test_the_address_of_the_authorisation(wechat: Any, gateway: Gateway) -> None:
    state = authorisation.new_state()
    assert state.isalnum()
    url = urlsplit(authorisation.authorize_url(gateway, "https://wx.example.cn/in?a=1&b=签", state))
    assert f"{url.scheme}://{url.netloc}{url.path}" == wechat.url + "/connect/oauth2/authorize"
    assert parse_qsl(url.query) == [
        ("appid", gateway.app_id),
        ("redirect_uri", "https://wx.example.cn/in?a=1&b=签"),
        ("response_type", "code"),
        ("scope", "snsapi_base"),
        ("state", state),
    ]
    assert url.fragment == "wechat_redirect"
    for bad in ("", "a-b", "a&b=c", "x" * 129, "签"):
        with pytest.raises(ValueError, match="state"):
            authorisation.authorize_url(gateway, "https://wx.example.cn/in", bad)


def test_a_code_becomes_a_visitor(wechat: Any, gateway: Gateway) -> None:
    wechat.on(SNS, {"openid": "oA", "access_token": "x"})
    assert authorisation.visitor_of(gateway, "CODE") == AuthorisedUser("oA", False)
    assert wechat.calls(SNS)[0].query["grant_type"] == "authorization_code"
    wechat.on(SNS, VECTORS["observed_api_errors"]["oauth_token_success_examples"][0]["body"])
    assert authorisation.visitor_of(gateway, "CODE").is_snapshot
    for code in (40163, 40029):
        wechat.on(SNS, {"errcode": code, "errmsg": "code been used, hints: [ req_id: plAv90053th21 ]"})
        with pytest.raises(errors.CodeSpent):
            authorisation.visitor_of(gateway, "CODE")
    wechat.on(SNS, "reset")
    asked = len(wechat.asked)
    with pytest.raises(errors.NoAnswer):
        authorisation.visitor_of(gateway, "CODE")
    assert len(wechat.asked) == asked + 1
    with pytest.raises(errors.CodeSpent):
        authorisation.visitor_of(gateway, "not a code")
    assert len(wechat.asked) == asked + 1
    wechat.on(SNS, {})
    with pytest.raises(errors.NotUnderstood):
        authorisation.visitor_of(gateway, "CODE")


def test_the_official_signature_of_a_page(gateway: Gateway) -> None:
    vector = VECTORS["jssdk_signatures"][0]
    signed = jssdk.sign(gateway, vector["noncestr"], vector["jsapi_ticket"], int(vector["timestamp"]), vector["url"])
    assert signed == vector["signature"]


def test_a_page_is_signed_without_its_fragment(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/ticket/getticket", {"ticket": "T", "expires_in": 7200})
    config = jssdk.page_config(gateway, "https://wx.example.cn/p?a=1#top")
    expected = jssdk.sign(gateway, config["nonceStr"], "T", config["timestamp"], "https://wx.example.cn/p?a=1")
    assert config["signature"] == expected


def test_an_address_that_ends_in_a_question_mark_is_signed_with_it(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/ticket/getticket", {"ticket": "T", "expires_in": 7200})
    config = jssdk.page_config(gateway, "https://wx.example.cn/p?#top")
    expected = jssdk.sign(gateway, config["nonceStr"], "T", config["timestamp"], "https://wx.example.cn/p?")
    assert config["signature"] == expected


def test_a_parametric_code(wechat: Any, gateway: Gateway, clock: Any) -> None:
    wechat.on("/cgi-bin/qrcode/create", {"ticket": "gQ+/=", "expire_seconds": 60, "url": "http://weixin.qq.com/q/x"})
    code = codes.create(gateway, "17")
    assert wechat.calls("/cgi-bin/qrcode/create")[0].json == {
        "expire_seconds": 2592000,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "17"}},
    }
    assert code.expires_at == clock.now() + timedelta(seconds=60)
    for bad in ("", "x" * 65, "a b", "签"):
        with pytest.raises(ValueError, match="scene"):
            codes.create(gateway, bad)
    wechat.on("/cgi-bin/qrcode/create", {})
    with pytest.raises(errors.NotUnderstood):
        codes.create(gateway, "17")


def test_codes_are_drawn() -> None:
    """Both drawings have the same modules, the SVG as pieces of rows."""
    side = 25 + 2 * 4
    svg = ET.fromstring(drawing.svg("http://weixin.qq.com/q/x"))  # noqa: S314
    assert svg.tag.endswith("svg")
    assert svg.get("viewBox") == f"0 0 {side} {side}"
    pieces = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", str(svg[0].get("d")))
    dark = {(int(x) + step, int(y)) for x, y, width in pieces for step in range(int(width))}
    with Image.open(BytesIO(drawing.png("http://weixin.qq.com/q/x", 4))) as png:
        assert png.format == "PNG"
        assert png.width == png.height == side * 4
        assert dark == {(x, y) for x in range(side) for y in range(side) if not png.getpixel((4 * x, 4 * y))}


def test_a_medium_is_fetched(wechat: Any, gateway: Gateway) -> None:
    path = "/cgi-bin/media/get"
    wechat.on(path, {"errcode": 42001, "errmsg": ""}, (200, "image/jpeg", b"\xff\xd8picture"))
    assert media.download(gateway, "M") == media.MediaFile(b"\xff\xd8picture", "image/jpeg")
    assert wechat.calls(path)[1].query == {"media_id": "M", "access_token": "TOKEN2"}
    wechat.on(path, {"errcode": 40007, "errmsg": "invalid media_id"})
    with pytest.raises(errors.MediaGone):
        media.download(gateway, "M")
    gone = json.dumps({"errcode": 40007, "errmsg": ""}).encode()
    wechat.on(path, (200, "image/jpeg", gone))  # whatever it calls itself
    with pytest.raises(errors.MediaGone):
        media.download(gateway, "M")
    for answer in ((200, "text/html", b"<html>"), {"video_url": "http://x/"}, (200, "image/png", b"")):
        wechat.on(path, answer)
        with pytest.raises(errors.NotUnderstood):
            media.download(gateway, "M")
    wechat.on(path, (200, "image/png", b"x" * 1001))
    with pytest.raises(errors.NotUnderstood, match="1000"):
        media.download(gateway, "M", 1000)


@pytest.mark.parametrize("said", ["text/plain", "application/json", "text/html", "application/octet-stream", ""])
def test_a_medium_is_told_by_its_bytes(said: str, wechat: Any, gateway: Gateway) -> None:
    """Whatever it is called, a picture is one; an error is JSON wherever it stands, and a page is no medium."""
    path = "/cgi-bin/media/get"
    wechat.on(path, (200, said, b"\xff\xd8\xffpicture"))
    assert media.download(gateway, "M").content == b"\xff\xd8\xffpicture"
    gone = json.dumps({"errcode": 40007, "errmsg": "invalid media_id"}).encode()
    for refusal in (gone, b"\xef\xbb\xbf" + gone, b"\r\n " + gone):
        wechat.on(path, (200, said, refusal))
        with pytest.raises(errors.MediaGone):
            media.download(gateway, "M")
    for other in (b"<html>", b"\n<!DOCTYPE html>", b"[]", b'{"video_url": "http://x/"}'):
        wechat.on(path, (200, said, other))
        with pytest.raises(errors.NotUnderstood):
            media.download(gateway, "M")


def test_a_medium_is_stored(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/media/upload", {"media_id": "M", "type": "image"})
    assert media.upload(gateway, "image", "a.png", b"PNG", "image/png") == "M"
    asked = wechat.calls("/cgi-bin/media/upload")[0]
    assert asked.query["type"] == "image"
    assert b'name="media"; filename="a.png"' in asked.body


def test_tags_are_made_once(wechat: Any, gateway: Gateway) -> None:
    get, create = "/cgi-bin/tags/get", "/cgi-bin/tags/create"
    one, both = [{"id": 100, "name": "a"}], [{"id": 100, "name": "a"}, {"id": 101, "name": "b"}]
    wechat.on(get, {"tags": one}, {"tags": both})
    wechat.on(create, {"errcode": 45157, "errmsg": "another process was quicker"})
    assert tags.ensure(gateway, ["a", "b"]) == {"a": 100, "b": 101}
    assert tags.ensure(gateway, ["a", "b"]) == {"a": 100, "b": 101}
    assert [asked.json for asked in wechat.calls(create)] == [{"tag": {"name": "b"}}]


def test_fifty_at_a_time_and_only_the_failed_again(wechat: Any, gateway: Gateway) -> None:
    openids = [f"o{number}" for number in range(120)]

    def answer(asked: Any) -> dict[str, Any]:
        given = asked.json["openid_list"]
        if "o7" in given:
            return {"errcode": 45171, "errmsg": "partly", "fail_openid_list": [o for o in given if o in ("o7", "o8")]}
        if "o60" in given:
            return {"errcode": 49003, "errmsg": "not of this appid"}
        return {"errcode": 0}

    wechat.on(TAG, answer)
    assert tags.add(gateway, 100, openids) == ["o7", "o60"]
    sizes = [len(asked.json["openid_list"]) for asked in wechat.calls(TAG)]
    assert sizes == [50, 1, 1, 50, *[1] * 50, 20]
    assert wechat.calls(TAG)[0].json["tagid"] == 100
    assert tags.remove(gateway, 100, ["oA"]) == []


GOOD = {"thing1": "审核结果：已通过", "time2": "2026年11月23日 09:00", "phrase3": "已通过", "character_string4": "A-1"}


def message(**values: str) -> TemplateMessage:
    return TemplateMessage("oA", "TPL", values or GOOD, "notice-1", "https://wx.example.cn/n/1")


def test_a_template_message(wechat: Any, gateway: Gateway) -> None:
    wechat.on(SEND, {"errcode": 0, "msgid": 3877891264361037825})
    assert notices.send(gateway, message()) == "3877891264361037825"
    assert wechat.calls(SEND)[0].json == {
        "touser": "oA",
        "template_id": "TPL",
        "url": "https://wx.example.cn/n/1",
        "data": {key: {"value": value} for key, value in GOOD.items()},
        "client_msg_id": "notice-1",
    }


def test_a_send_whose_answer_got_lost_is_repeated_with_the_same_id(wechat: Any, gateway: Gateway) -> None:
    wechat.on(SEND, "reset", {"errcode": 0, "msgid": 1})
    assert notices.send(gateway, message()) == "1"
    first, second = wechat.calls(SEND)
    assert first.body == second.body
    assert first.json["client_msg_id"] == "notice-1"


def test_an_answer_once_lost_stays_lost_whatever_the_repeats_say(wechat: Any, gateway: Gateway) -> None:
    wechat.on(SEND, "reset", {"errcode": -1}, {"errcode": -1})
    with pytest.raises(errors.NoAnswer) as caught:
        notices.send(gateway, message())
    assert notices.may_have_arrived(caught.value)
    assert not notices.may_have_arrived(errors.NoAnswer("/cgi-bin/stable_token: connection lost"))
    assert not notices.may_have_arrived(errors.Unreachable(f"{SEND}: no connection"))
    assert not notices.may_have_arrived(errors.NotUnderstood(f"{SEND}: HTTP 502"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing1", "长" * 21),
        ("thing1", "a\nb"),
        ("thing1", " "),
        ("phrase3", "六个汉字太长"),
        ("phrase3", "ok"),
        ("character_string4", "签"),
        ("number5", "1a"),
        ("Thing", "a"),
        ("1", "a"),
    ],
)
def test_values_are_checked_before_sending(wechat: Any, gateway: Gateway, key: str, value: str) -> None:
    with pytest.raises(BadValues, match=key) as caught:
        notices.send(gateway, message(**{key: value}))
    assert wechat.asked == []
    assert notices.fate_of(caught.value) is Fate.MEND


def test_a_long_text_is_shortened() -> None:
    assert notices.shortened("长" * 30) == "长" * 19 + "…"
    assert notices.shortened(" a\n b ") == "a b"


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (43004, Fate.NOT_FOLLOWING),
        (43101, Fate.DECLINED),
        (45009, Fate.TOMORROW),
        (45011, Fate.LATER),
        (-1, Fate.LATER),
        (40164, Fate.LATER),
        (40001, Fate.LATER),
        (47003, Fate.MEND),
        (40037, Fate.MEND),
        (43116, Fate.MEND),
        (48001, Fate.MEND),
        (99999, Fate.MEND),
    ],
)
def test_each_refusal_has_its_fate(wechat: Any, gateway: Gateway, code: int, fate: Fate) -> None:
    wechat.on(SEND, {"errcode": code, "errmsg": ""})
    with pytest.raises(errors.ApiError) as caught:
        notices.send(gateway, message())
    assert notices.fate_of(caught.value) is fate
    explained = diagnosis.explain(caught.value)
    assert explained.what
    assert explained.mend


@pytest.mark.parametrize(
    ("status", "arrived"),
    [
        ("success", True),
        ("failed:user block", False),
        ("failed: system failed", False),
        (" Success ", True),
        ("?", None),
    ],
)
def test_the_result_of_a_message(status: str, arrived: bool | None) -> None:
    assert notices.delivered(status) is arrived


def test_failures_are_explained_to_an_operator() -> None:
    refusal = errors.api_error(
        {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not"}, "/x"
    )
    assert isinstance(refusal, errors.Misconfigured)
    assert "203.0.113.7" in diagnosis.explain(errors.Paused(refusal, 5)).mend
    for failure in (errors.Unreachable("x"), errors.NoAnswer("x"), errors.NotUnderstood("x"), errors.WeChatError("x")):
        assert diagnosis.explain(failure).what
        assert notices.fate_of(failure) in (Fate.LATER, Fate.MEND)
    for code in (-1, 40001, 40013, 40125, 40243, 45009, 45011, 48001, 89503, 12345):
        found = errors.api_error({"errcode": code, "errmsg": ""}, "/x")
        assert found is not None
        assert "{" not in diagnosis.explain(found).what + diagnosis.explain(found).mend


def test_questions_about_the_account(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/openapi/quota/get", {"errcode": 0, "quota": {"daily_limit": 10, "used": 3, "remain": 7}})
    assert diagnosis.quota(gateway, SEND) == diagnosis.Quota(10, 3, 7)
    listed = [{"template_id": "T", "title": "审核", "content": "事项：{{thing1.DATA}}\n时间：{{ time12.DATA }}"}]
    wechat.on("/cgi-bin/template/get_all_private_template", {"template_list": listed})
    assert diagnosis.template_keys(gateway) == {"T": {"thing1", "time12"}}
    wechat.on("/cgi-bin/callback/check", {"dns": [], "ping": []})
    assert diagnosis.check_callback(gateway) == {"dns": [], "ping": []}
    diagnosis.check_token(gateway)
    assert wechat.calls("/cgi-bin/getcallbackip")
