"""Template messages, subscription notices and the windows of customer service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.wxsvc.simulator.product import Product
from wxsvc.simulator import Phone, Simulator, xmltext

Api = Callable[..., Any]
CONTENT = "活动：{{thing1.DATA}}\n时间：{{time2.DATA}}\n编号：{{character_string3.DATA}}"
GOOD = {"thing1": "数字化对接会", "time2": "2026年11月23日 09:00", "character_string3": "A-1"}


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Simulator:
    simulator = make(mode="plain", aes_key="")
    simulator.add_template("T", "审核结果", CONTENT)
    return simulator


@pytest.fixture
def phone(sim: Simulator) -> Phone:
    return sim.phone("a", follows=True)


def message(phone: Phone, values: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    data = {key: {"value": value} for key, value in {**GOOD, **(values or {})}.items()}
    return {"touser": phone.openid, "template_id": "T", "data": data, **more}


def events(product: Product) -> list[dict[str, Any]]:
    return [xmltext.read(body) for body in product.bodies]


def test_an_accepted_message_is_shown_and_reported(sim: Simulator, api: Api, product: Product, phone: Phone) -> None:
    answer = api("message/template/send", message(phone, url="http://127.0.0.1/x"))
    sim.settle()
    (event,) = events(product)
    assert (event["Event"], event["Status"]) == ("TEMPLATESENDJOBFINISH", "success")
    assert event["MsgID"] == str(answer["msgid"])
    line = phone.chat[-1]
    assert (line.title, line.url) == ("审核结果", "http://127.0.0.1/x")
    assert line.text.startswith("活动：数字化对接会\n时间：")


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"thing1": "字" * 21}, "thing1"),
        ({"thing1": "两\n行"}, "thing1"),
        ({"thing1": ""}, "thing1"),
        ({"time2": "tomorrow"}, "time2"),
        ({"character_string3": "中文"}, "character_string3"),
    ],
)
def test_values_that_do_not_fit(api: Api, phone: Phone, values: dict[str, str], key: str) -> None:
    answer = api("message/template/send", message(phone, values))
    assert answer["errcode"] == 47003
    assert f"data.{key}.value" in answer["errmsg"]
    assert phone.chat == []


def test_refusals(sim: Simulator, api: Api, phone: Phone) -> None:
    def send(**changes: Any) -> int:
        return int(api("message/template/send", {**message(phone), **changes})["errcode"])

    assert send(template_id="U") == 40037
    assert send(touser="x") == 40003
    assert send(touser=sim.phone("stranger").openid) == 43004
    assert send(data=None) == 47001
    sim.account.notices.limited.add("T")
    assert send() == 43116


def test_a_client_msg_id_sends_once_in_ten_minutes(sim: Simulator, api: Api, product: Product, phone: Phone) -> None:
    first, second = (api("message/template/send", message(phone, client_msg_id="c1")) for _ in range(2))
    sim.settle()
    assert first == second
    assert (len(product.bodies), len(phone.chat)) == (1, 1)
    sim.clock.advance(600)
    assert api("message/template/send", message(phone, client_msg_id="c1"))["msgid"] != first["msgid"]


def test_an_answer_lost_after_acceptance_and_the_same_id(sim: Simulator, api: Api, phone: Phone) -> None:
    import requests

    sim.faults.add("/cgi-bin/message/template/send", "lost")
    with pytest.raises(requests.ConnectionError):
        api("message/template/send", message(phone, client_msg_id="c1"))
    assert api("message/template/send", message(phone, client_msg_id="c1"))["errcode"] == 0
    assert len(phone.chat) == 1


def test_results_that_are_no_success(sim: Simulator, api: Api, product: Product, phone: Phone) -> None:
    sim.account.notices.system_failures = 1
    api("message/template/send", message(phone))
    phone.person.refuses_notices = True
    api("message/template/send", message(phone))
    sim.settle()
    assert [event["Status"] for event in events(product)] == ["failed: system failed", "failed:user block"]
    assert phone.chat == []


def test_templates_of_the_library(sim: Simulator, api: Api) -> None:
    add = {"template_id_short": "1234", "keyword_name_list": ["活动", "结果"]}
    template = api("template/api_add_template", add)["template_id"]
    assert api("template/api_add_template", {**add, "template_id_short": "TM00001"})["errcode"] == 40247
    assert api("template/api_add_template", {**add, "keyword_name_list": []})["errcode"] == 40246
    assert [row["template_id"] for row in api("template/get_all_private_template")["template_list"]] == ["T", template]
    assert api("template/del_private_template", {"template_id": template})["errcode"] == 0
    assert api("template/del_private_template", {"template_id": template})["errcode"] == 40037


def test_a_subscription_notice_needs_a_consent_each(sim: Simulator, api: Api, product: Product, phone: Phone) -> None:
    assert api("message/subscribe/bizsend", message(phone))["errcode"] == 43101
    phone.answer_subscription("T")
    assert api("message/subscribe/bizsend", message(phone))["errcode"] == 0
    assert api("message/subscribe/bizsend", message(phone))["errcode"] == 43101
    sim.settle()
    popup, sent = events(product)
    assert popup["SubscribeMsgPopupEvent"]["List"]["SubscribeStatusString"] == "accept"
    assert sent["SubscribeMsgSentEvent"]["List"]["ErrorCode"] == "0"


@pytest.fixture
def say(api: Api, phone: Phone) -> Callable[[], int]:
    def send() -> int:
        body = {"touser": phone.openid, "msgtype": "text", "text": {"content": "x"}}
        return int(api("message/custom/send", body)["errcode"])

    return send


def test_five_messages_in_two_days_after_a_message(sim: Simulator, phone: Phone, say: Callable[[], int]) -> None:
    assert say() == 45015
    phone.send("x")
    assert [say() for _ in range(6)] == [0] * 5 + [45047]
    phone.send("y")
    sim.clock.advance(48 * 3600)
    assert say() == 45015


@pytest.mark.parametrize("touch", ["CLICK", "SCAN", "subscribe", "scancode_waitmsg"])
def test_three_messages_in_a_minute_after_a_touch(
    sim: Simulator, phone: Phone, say: Callable[[], int], touch: str
) -> None:
    phone.event(touch, EventKey="k")
    assert [say() for _ in range(4)] == [0] * 3 + [45047]
    phone.event(touch, EventKey="k")
    sim.clock.advance(60)
    assert say() == 45015


def test_windows_do_not_add_up(phone: Phone, say: Callable[[], int]) -> None:
    phone.send("x")
    phone.event("CLICK", EventKey="k")
    assert [say() for _ in range(6)] == [0] * 5 + [45047]


def test_other_events_open_nothing_and_leaving_closes_all(phone: Phone, say: Callable[[], int]) -> None:
    phone.event("VIEW", EventKey="http://x/")
    assert say() == 45015
    phone.send("x")
    phone.unfollow()
    assert say() == 45015


def test_wrong_service_messages(api: Api, phone: Phone) -> None:
    phone.send("x")

    def send(kind: str, content: Any) -> int:
        return int(api("message/custom/send", {"touser": phone.openid, "msgtype": kind, kind: content})["errcode"])

    assert send("wxcard", {"card_id": "x"}) == 40008
    assert send("text", {"content": ""}) == 44004
    assert send("text", {"content": "字" * 683}) == 45002
    assert send("news", {"articles": [{"title": "a"}, {"title": "b"}]}) == 45008
    assert send("news", {"articles": [{"title": "a", "url": "http://a/"}]}) == 0
    assert api("message/custom/typing", {"touser": phone.openid, "command": "Typing"})["errcode"] == 0
    assert api("message/custom/typing", {"touser": phone.openid, "command": "Typing"})["errcode"] == 45081
