"""Everything that a script may do to the account, done by hand from the page of phones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Response

from tests.wxsvc.simulator.product import Product
from wxsvc.simulator import Simulator, xmltext
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.shown_phone import ShownPhone

JSON = {"Accept": "application/json"}

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Simulator:
    return make(mode="plain", aes_key="")


@pytest.fixture
def shown(sim: Simulator) -> ShownPhone:
    return sim.show_phone("企业", "oEnterprise00000000000001", "李经理")


@pytest.fixture
def do(sim: Simulator, shown: ShownPhone) -> Do:
    """Send a form of the page."""

    def send(path: str, /, **form: str) -> dict[str, Any]:
        answer = requests.post(f"{sim.base_url}{path}", data=form, headers=JSON, timeout=10)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    return send


def status(sim: Simulator) -> str:
    """The line that says how the account stands."""
    html: str = requests.get(f"{sim.base_url}/state", timeout=10).json()["workbench"]["html"]
    return html


def token_error(sim: Simulator) -> int:
    body = {"grant_type": "client_credential", "appid": sim.account.tokens.app_id}
    body["secret"] = sim.account.tokens.app_secret
    answer = requests.post(f"{sim.base_url}/cgi-bin/stable_token", json=body, timeout=10).json()
    return int(answer.get("errcode", 0))


def test_the_list_of_addresses_and_the_secret(sim: Simulator, do: Do) -> None:
    do("/console/security", whitelist="203.0.113.7, 203.0.113.8")
    assert token_error(sim) == 40164
    assert "仅限 203.0.113.7、203.0.113.8" in status(sim)
    do("/console/security", whitelist="", frozen="on")
    assert token_error(sim) == 40243
    assert "AppSecret已冻结" in status(sim)
    do("/console/security", whitelist="127.0.0.1")
    assert token_error(sim) == 0


def test_what_is_left_of_a_limit(sim: Simulator, do: Do, api: Callable[..., Any]) -> None:
    assert api("getcallbackip")["ip_list"]
    do("/console/limit", path="/cgi-bin/getcallbackip", left="1")
    assert api("getcallbackip")["ip_list"]
    assert api("getcallbackip")["errcode"] == 45009
    do("/console/limit", path="/cgi-bin/getcallbackip", left="1")
    assert api("getcallbackip")["ip_list"]


def test_the_callback_s_check(sim: Simulator, do: Do, product: Product) -> None:
    product.handler = lambda request: Response(request.args.get("echostr", ""))
    assert "回调地址" not in status(sim)
    do("/console/verify")
    assert "回调地址验证通过" in status(sim)
    sim.pushes.callback_url = "http://127.0.0.1:9/wechat"
    do("/console/verify")
    assert "回调地址验证未通过" in status(sim)


def test_a_template_and_who_refuses_its_messages(sim: Simulator, do: Do, shown: ShownPhone, product: Product) -> None:
    assert do("/console/template", id="TPL", title="审核结果", content="{{thing1.DATA}}")["ok"]
    assert sim.account.notices.template("TPL").keys == ["thing1"]
    do("/phones/1/habits", notices="refuse", consent="allow")
    assert shown.phone.person.refuses_notices
    do("/phones/1/habits", template="TPL", answer="accept")
    event = xmltext.read(product.bodies[-1])
    assert event["Event"] == "subscribe_msg_popup_event"
    assert sim.account.subscriptions._consents == {(shown.phone.openid, "TPL"): 1}
    for number in range(25):
        last = do("/console/template", id=f"T{number}", title="t", content="c")
    assert last["ok"] is False
    with pytest.raises(Refusal):
        sim.account.notices.template("T24")


def test_what_a_person_says_to_a_page(sim: Simulator, do: Do, shown: ShownPhone) -> None:
    """Shown on the phone, and what every page that asks is answered from then on."""
    for wish in ("snapshot", "refuse", "allow"):
        do("/phones/1/habits", consent=wish, notices="accept")
        assert shown.phone.web.consent == wish
        html = requests.get(f"{sim.base_url}/state", timeout=10).json()["habits-1"]["html"]
        assert f'<option value="{wish}" selected>' in html


def test_revoking_is_an_event_without_a_reply(sim: Simulator, do: Do, shown: ShownPhone, product: Product) -> None:
    do("/phones/1/revoke")
    event = xmltext.read(product.bodies[-1])
    assert (event["Event"], event["OpenID"]) == ("user_authorization_revoke", shown.phone.openid)
    assert shown.phone.chat == []
    shown.phone.revoke("user_info_modified")
    assert xmltext.read(product.bodies[-1])["Event"] == "user_info_modified"


def test_copies_markfail_and_tampering(sim: Simulator, do: Do, product: Product) -> None:
    do("/workbench/push", what="duplicate", value="3")
    before = len(product.bodies)
    do("/phones/1/send", text="x")
    assert len(product.bodies) == before + 3
    do("/workbench/push", what="mark")
    assert sim.pushes.is_marked
    assert "MarkFail" in status(sim)
    do("/phones/1/send", text="y")
    assert sim.pushes.log[-1].problem == "markfail"
    do("/workbench/push", what="unmark")
    assert not sim.pushes.is_marked
    do("/workbench/push", what="tamper", value="no such kind")
    do("/phones/1/send", text="z")
    assert len(sim.pushes.log[-1].attempts) == 1
    do("/workbench/push", what="hold")
    do("/phones/1/send", text="a")
    do("/phones/1/send", text="b")
    before = len(product.bodies)
    do("/workbench/push", what="release", value="reversed", copies="2")
    assert len(product.bodies) == before + 4


def test_how_long_a_phone_keeps_its_menu(sim: Simulator, do: Do, shown: ShownPhone) -> None:
    do("/console/menus", seconds="300")
    assert shown.phone.menu_cache == 300
