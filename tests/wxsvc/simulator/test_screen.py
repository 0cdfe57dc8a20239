"""The page of phones, and the port of its own through which each phone sees the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser
from werkzeug.wrappers import Request, Response

from tests.wxsvc.simulator.product import APP_ID, PNG, SECRET, Product
from wxsvc.simulator import Simulator, xmltext
from wxsvc.simulator.shown_phone import ShownPhone

JSON = {"Accept": "application/json"}


class Shop:
    """A product with a login, a form behind an Origin check, absolute links and a header against frames."""

    def __init__(self, product: Product) -> None:
        self.url, self.sim = product.url, None
        product.handler = self.answer

    def answer(self, request: Request) -> Response:
        if request.path == "/wechat":
            push = xmltext.read(request.get_data())
            head = {"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": 1}
            text = f'<b>&</b> <a href="{self.url}/page?a=%2F1">here</a>'
            return Response(xmltext.write({**head, "MsgType": "text", "Content": text}))
        if request.path == "/back":
            args = {"appid": APP_ID, "secret": SECRET, "code": request.args["code"]}
            answer = requests.get(
                f"{self.sim.base_url}/sns/oauth2/access_token",
                params={**args, "grant_type": "authorization_code"},
                timeout=10,
            )
            response = Response(status=302, headers={"Location": f"{self.url}/page"})
            response.set_cookie("who", answer.json()["openid"], httponly=True)
            return response
        if "who" not in request.cookies:
            back = quote(f"{self.url}/back", safe="")
            scope = request.args.get("scope", "snsapi_base")
            query = f"appid={APP_ID}&redirect_uri={back}&response_type=code&scope={scope}&state=s"
            return Response(
                status=303,
                headers={"Location": f"{self.sim.base_url}/connect/oauth2/authorize?{query}#wechat_redirect"},
            )
        if request.method == "POST" and request.headers.get("Origin") != self.url:
            return Response("CSRF", 403)
        html = (
            f'<!doctype html><p id="who">{request.cookies["who"]}</p><p id="seen">{request.method} {request.full_path} '
            f'{request.form.get("x", "")}</p><p id="text">{self.url}/c</p><a href="{self.url}/next">next</a>'
            f'<form method="post" action="{self.url}/page"><input name="x" value="{self.url}">'
            "<button>go</button></form>"
        )
        policy = f"default-src 'self' {self.url}; frame-ancestors 'none'; form-action 'self'"
        headers = {"X-Frame-Options": "DENY", "Content-Security-Policy": policy}
        return Response(html, mimetype="text/html", headers=headers)


@pytest.fixture
def sim(make: Callable[..., Simulator], product: Product) -> Simulator:
    house = Shop(product)
    simulator = make(mode="plain", aes_key="")
    house.sim = simulator
    for title, openid, name in (
        ("企业", "oEnterprise0000000000000001", "李经理"),
        ("平台工作人员", "oStaff000000000000000000001", "王晓"),
        ("省级工作人员", "oProvince00000000000000001", "陈处"),
    ):
        simulator.show_phone(title, openid, name)
    return simulator


@pytest.fixture
def shown(sim: Simulator) -> ShownPhone:
    return sim.shown_phones[0]


def act(sim: Simulator, path: str, files: Any = None, **form: str) -> Any:
    return requests.post(f"{sim.base_url}/phones/{path}", data=form, files=files, headers=JSON, timeout=10).json()


def part(sim: Simulator, name: str) -> str:
    return str(requests.get(f"{sim.base_url}/state", timeout=10).json()[name]["html"])


def test_three_phones_stand_side_by_side(sim: Simulator) -> None:
    page = requests.get(sim.base_url, timeout=10).text
    assert [page.count(f'id="phone-{n}"') for n in "1234"] == [1, 1, 1, 0]
    assert "省级工作人员" in page


def test_actions_show_in_the_chat_escaped(sim: Simulator, product: Product) -> None:
    act(sim, "1/send", text="<script>alert(1)</script>")
    chat = part(sim, "chat-1")
    assert "&lt;script&gt;" in chat
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in chat
    assert f'href="/phones/1/open?url={quote(product.url + "/page?a=%2F1", safe="/")}"' in chat
    act(sim, "1/photo", files={"photo": ("a.png", PNG, "image/png")})
    picture = sim.shown_phones[0].phone.chat[-2].picture
    assert requests.get(sim.base_url + picture, timeout=10).content == PNG
    act(sim, "1/unfollow")
    assert act(sim, "1/send", text="x")["problem"] == "NotFollowing"
    act(sim, "1/follow")
    assert sim.shown_phones[0].phone.person.follows


def test_what_has_not_changed_is_left_out(sim: Simulator) -> None:
    news = requests.get(f"{sim.base_url}/state", timeout=10).json()
    digests = {name: part["digest"] for name, part in news.items()}
    assert requests.get(f"{sim.base_url}/state", params=digests, timeout=10).json() == {}
    act(sim, "2/send", text="x")
    changed = requests.get(f"{sim.base_url}/state", params=digests, timeout=10).json()
    assert set(changed) == {"chat-2", "workbench"}


def test_scanning_by_hand(sim: Simulator, product: Product) -> None:
    sim.add_code("对接会", "1")
    sim.add_code("网页", f"{product.url}/page")
    assert "对接会" in part(sim, "codes")
    assert "网页" in part(sim, "codes")
    act(sim, "1/scan", what="1")
    assert xmltext.read(product.bodies[-1])["EventKey"] == "1"
    act(sim, "1/scan", what="printed-long-ago")
    assert xmltext.read(product.bodies[-1])["EventKey"] == "printed-long-ago"
    opened = act(sim, "1/scan", what=f"{product.url}/page")["open"]
    assert "李经理" not in requests.get(sim.base_url + opened, timeout=10).text
    assert "oEnterprise" in requests.get(sim.base_url + opened, timeout=10).text


def test_the_code_that_was_offered_last_stands_first(sim: Simulator) -> None:
    for label, scene in (("甲", "1"), ("乙", "2"), ("甲", "1")):
        sim.add_code(label, scene)
    codes = part(sim, "codes")
    assert 0 < codes.index("甲") < codes.index("乙")


def test_codes_that_nobody_named_are_folded_away_behind_those_with_a_name(sim: Simulator) -> None:
    sim.add_code("", "7")
    assert "其他二维码" not in part(sim, "codes"), "there are no others"
    sim.add_code("对接会", "1")
    named, _, others = part(sim, "codes").partition("其他二维码（1个）")
    assert "对接会" in named
    assert "场景值 7" not in named
    assert "场景值 7" in others


def test_each_person_sees_their_own_menu(sim: Simulator, product: Product) -> None:
    assert "尚未设置菜单" in part(sim, "foot-1")
    from wxsvc.simulator.menus import Menu

    view = {"type": "view", "name": "活动", "url": f"{product.url}/page"}
    buttons = [{"type": "scancode_waitmsg", "name": "扫码签到", "key": "scan"}, {"name": "更多", "sub_button": [view]}]
    sim.account.menus.default = Menu(1, buttons)
    sim.account.menus.conditional = [Menu(2, [{"type": "click", "name": "得分总览", "key": "s"}], {"tag_id": 100})]
    sim.shown_phones[2].phone.person.tags.append(100)
    assert ("扫码签到" in part(sim, "foot-1"), "得分总览" in part(sim, "foot-1")) == (True, False)
    assert ("扫码签到" in part(sim, "foot-3"), "得分总览" in part(sim, "foot-3")) == (False, True)
    act(sim, "1/scan", what="12345", which="scan")
    assert xmltext.read(product.bodies[-1])["ScanCodeInfo"]["ScanResult"] == "12345"
    opened = act(sim, "1/tap", which=f"{product.url}/page")["open"]
    assert xmltext.read(product.bodies[-1])["Event"] == "VIEW"
    assert requests.get(sim.base_url + opened, allow_redirects=False, timeout=10).headers["Location"].endswith("/page")
    act(sim, "3/tap", which="s")
    assert xmltext.read(product.bodies[-1])["Event"] == "CLICK"
    assert act(sim, "1/tap", which="s")["problem"] == "NoSuchButton"


def test_each_phone_has_its_own_login_in_one_browser(sim: Simulator) -> None:
    with requests.Session() as browser:
        for shown in sim.shown_phones:
            page = browser.get(f"{shown.proxy.url}/page?a=%2F1", timeout=10)
            assert f'<p id="who">{shown.phone.openid}</p>' in page.text
            assert page.url.startswith(shown.proxy.url)
        assert not browser.cookies
    assert sim.shown_phones[0].phone.open(f"{sim.shown_phones[0].proxy._home}/page").history == [], (
        "a script shares the login"
    )


def test_a_page_behind_the_port_is_whole(shown: ShownPhone, product: Product) -> None:
    with requests.Session() as browser:
        browser.get(f"{shown.proxy.url}/page", timeout=10)
        page = browser.get(f"{shown.proxy.url}/page?a=%2F1&b=%E5%AD%97", timeout=10)
        assert "GET /page?a=%2F1&amp;b=" in page.text or "GET /page?a=" in page.text
        assert product.requests[-1].environ["REQUEST_URI"] == "/page?a=%2F1&b=%E5%AD%97"
        assert f'href="{shown.proxy.url}/next"' in page.text
        assert f'action="{shown.proxy.url}/page"' in page.text
        assert f'value="{product.url}"' in page.text, "what is sent back stays"
        assert f">{product.url}/c<" in page.text, "what is read stays"
        assert "X-Frame-Options" not in page.headers
        assert page.headers["Content-Security-Policy"] == f"default-src 'self' {shown.proxy.url}; form-action 'self'"
        headers = {"Origin": shown.proxy.url, "Referer": f"{shown.proxy.url}/page"}
        sent = browser.post(f"{shown.proxy.url}/page", data={"x": "字"}, headers=headers, timeout=10)
        assert "POST /page? 字" in sent.text
        assert product.requests[-1].headers["Referer"] == f"{product.url}/page"
        assert product.requests[-1].headers["Host"] == product.url.removeprefix("http://")


def test_more_than_the_openid_is_asked_for(shown: ShownPhone) -> None:
    page = requests.get(f"{shown.proxy.url}/page?scope=snsapi_userinfo", timeout=10)
    assert "申请获取以下信息" in page.text
    allowed = requests.get(f"{page.url}&decision=allow", timeout=10)
    assert shown.phone.openid in allowed.text


def test_other_sites_stay_outside_and_a_silent_product_says_so(sim: Simulator, make: Callable[..., Simulator]) -> None:
    outside = requests.get(f"{sim.base_url}/phones/1/open", params={"url": "javascript:alert(1)"}, timeout=10)
    assert "这是外部网页" in outside.text
    nobody = make(callback_url="http://127.0.0.1:9/wechat").show_phone("企业", "oSomebody0000000000000001", "某")
    assert requests.get(nobody.proxy.url, timeout=10).status_code == 502


def test_the_workbench(sim: Simulator) -> None:
    before = sim.clock.now()
    requests.post(f"{sim.base_url}/workbench/clock", data={"seconds": "3600"}, headers=JSON, timeout=10)
    assert sim.clock.now() >= before + 3600
    for what, value in (("duplicate", ""), ("hold", ""), ("release", "reversed"), ("tamper", "signature")):
        form = {"what": what, "value": value}
        answer = requests.post(f"{sim.base_url}/workbench/push", data=form, headers=JSON, timeout=10)
        assert answer.json() == {"ok": True}
    assert "最近的推送" in part(sim, "workbench")


@pytest.mark.parametrize("width", [1280, 375])
def test_in_a_real_browser(sim: Simulator, browser: Browser, width: int) -> None:
    sim.add_code("对接会", "1")
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(sim.base_url)
        phone = page.locator("#phone-1")
        phone.locator(".bar [data-scan]").first.click()
        phone.locator("button.code", has_text="对接会").click()
        phone.locator(".bubble a", has_text="here").click()
        frame = page.frame_locator('iframe[name="web-1"]')
        frame.locator("#who", has_text="oEnterprise").wait_for()
        frame.locator("button").click()
        frame.locator("#seen", has_text="POST").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints == []
