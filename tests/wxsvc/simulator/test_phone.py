"""A phone in a script: what a person does arrives as the push that WeChat would send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.wxsvc.simulator.product import PNG, Product
from wxsvc.simulator import Simulator, texts, xmltext
from wxsvc.simulator.phone import NoSuchButton, NotFollowing, UnknownCode

Api = Callable[..., Any]


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Simulator:
    return make(mode="plain", aes_key="")


def last(product: Product) -> dict[str, Any]:
    return xmltext.read(product.bodies[-1])


def test_following_and_leaving(sim: Simulator, product: Product) -> None:
    phone = sim.phone("张三")
    phone.follow()
    assert (last(product)["Event"], last(product)["EventKey"]) == ("subscribe", "")
    phone.follow()
    assert len(product.bodies) == 1, "a follower cannot follow again"
    phone.unfollow()
    assert last(product)["Event"] == "unsubscribe"
    with pytest.raises(NotFollowing):
        phone.send("x")


def test_an_openid_belongs_to_a_name_under_one_appid(make: Callable[..., Simulator], sim: Simulator) -> None:
    assert sim.phone("张三") is sim.phone("张三") is sim.phone(sim.phone("张三").openid)
    assert len(sim.phone("张三").openid) == 28
    assert make(app_id="wx9").phone("张三").openid != sim.phone("张三").openid
    assert sim.phone("oGiven00000000000000000001").openid == "oGiven00000000000000000001"


def test_a_code_is_scanned_by_ticket_url_label_or_scene(sim: Simulator, product: Product, api: Api) -> None:
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "甲-1"}}, "expire_seconds": 600}
    code = api("qrcode/create", scene)
    stranger, follower = sim.phone("a"), sim.phone("b", follows=True)
    stranger.scan(code["url"])
    assert last(product)["EventKey"] == "qrscene_甲-1"
    assert api("user/info", openid=stranger.openid)["qr_scene_str"] == "甲-1"
    sim.add_code("对接会", "甲-1")
    for what in (code["ticket"], code["url"], "甲-1", "对接会"):
        follower.scan(what)
        assert (last(product)["Event"], last(product)["EventKey"]) == ("SCAN", "甲-1")
        assert last(product)["Ticket"] == code["ticket"]
    sim.clock.advance(600)
    reply = follower.scan(code["ticket"])
    assert reply is not None
    assert reply.text == texts.CODE_EXPIRED
    with pytest.raises(UnknownCode):
        follower.scan("nothing")


def test_a_web_address_opens_instead(sim: Simulator, product: Product) -> None:
    phone = sim.phone("a")
    assert phone.scan(f"{product.url}/c/1") is None
    assert phone.page is not None
    assert product.requests[-1].path == "/c/1"
    assert "MicroMessenger" in product.requests[-1].headers["User-Agent"]


@pytest.fixture
def menus(api: Api, product: Product) -> int:
    """A default menu, and one for a tag; its id is returned."""
    keyed = [
        {"type": kind, "name": name, "key": key}
        for kind, name, key in (
            ("scancode_waitmsg", "扫码", "scan"),
            ("scancode_push", "扫网页", "push"),
            ("pic_photo_or_album", "照片", "photo"),
            ("location_select", "位置", "place"),
            ("click", "我的", "mine"),
        )
    ]
    more = [{"type": "view", "name": "活动", "url": f"{product.url}/events"}]
    api("menu/create", {"button": [{"name": "一", "sub_button": keyed}, *more]})
    tag = api("tags/create", {"tag": {"name": "省级"}})["tag"]["id"]
    other = [{"type": "click", "name": "得分总览", "key": "scores"}]
    api("menu/addconditional", {"button": other, "matchrule": {"tag_id": tag}})
    return int(tag)


def test_tapping(sim: Simulator, product: Product, menus: int) -> None:
    phone = sim.phone("a", follows=True)
    phone.tap("mine")
    assert (last(product)["Event"], last(product)["EventKey"]) == ("CLICK", "mine")
    phone.tap("活动")
    assert phone.page is not None
    assert phone.page.url == f"{product.url}/events"
    view = xmltext.read(product.bodies[-2])
    assert (view["Event"], view["EventKey"]) == ("VIEW", f"{product.url}/events")
    phone.tap("place")
    assert last(product)["SendLocationInfo"]["Poiname"] == ""
    phone.tap("photo", photo=PNG)
    event, image = (xmltext.read(body) for body in product.bodies[-2:])
    assert (event["SendPicsInfo"]["Count"], image["MsgType"]) == ("1", "image")
    assert sim.account.media.find(image["MediaId"]).file.content == PNG
    phone.tap("scan", scanned="12345")
    assert last(product)["ScanCodeInfo"] == {"ScanType": "qrcode", "ScanResult": "12345"}
    for which in ("scores", "nothing"):
        with pytest.raises(NoSuchButton):
            phone.tap(which)


def test_scanning_through_the_menu(sim: Simulator, product: Product, menus: int) -> None:
    phone = sim.phone("a", follows=True)
    code = sim.add_code("对接会", "7")
    assert code is not None
    phone.scan_with_menu("对接会")
    assert last(product)["ScanCodeInfo"]["ScanResult"] == code.url
    phone.scan_with_menu(f"{product.url}/c/7", "push")
    assert product.requests[-1].path == "/c/7"
    phone.scan_with_menu(code.url, "push")
    assert last(product)["Event"] == "SCAN"


def test_the_tag_added_last_decides_the_menu(sim: Simulator, api: Api, menus: int) -> None:
    phone = sim.phone("a", follows=True)

    def first() -> str:
        menu = phone.menu()
        assert menu is not None
        assert api("menu/trymatch", {"user_id": phone.openid})["button"] == menu.buttons
        return str(menu.buttons[0]["name"])

    def tag(number: int, path: str = "batchtagging") -> None:
        api(f"tags/members/{path}", {"tagid": number, "openid_list": [phone.openid]})

    assert first() == "一"
    tag(menus)
    assert first() == "得分总览"
    other = api("tags/create", {"tag": {"name": "其他"}})["tag"]["id"]
    tag(other)
    assert first() == "一", "the newer tag has no menu of its own"
    tag(other, "batchuntagging")
    assert first() == "得分总览"
    again = [{"type": "click", "name": "新菜单", "key": "new"}]
    api("menu/addconditional", {"button": again, "matchrule": {"tag_id": menus}})
    assert first() == "新菜单", "the newest fitting menu"
    api("menu/addconditional", {"button": again, "matchrule": {"client_platform_type": 1}})
    phone.person.platform = 1
    phone.person.tags.clear()
    assert first() == "新菜单"


def test_a_phone_keeps_its_menu_for_five_minutes(make: Callable[..., Simulator]) -> None:
    sim = make(menu_cache=300.0)
    phone = sim.phone("a", follows=True)
    assert phone.menu() is None
    sim.account.menus.default = menu = type("Later", (), {})()
    assert phone.menu() is None
    sim.clock.advance(300)
    assert phone.menu() is menu


def test_cookies_and_forms_belong_to_the_phone(sim: Simulator, product: Product) -> None:
    def answer(request: Request) -> Response:
        if request.path == "/wechat":
            return Response("success")
        if request.method == "POST":
            return Response(status=303, headers={"Location": "/done"})
        response = Response(request.cookies.get("who", "nobody"))
        if "as" in request.args:
            response.set_cookie("who", request.args["as"], secure=True)
        return response

    product.handler = answer
    one, other = sim.phone("a"), sim.phone("b")
    one.open(f"{product.url}/?as=1")
    assert one.open(f"{product.url}/").text == "1"
    assert other.open(f"{product.url}/").text == "nobody"
    page = one.submit(f"{product.url}/form", {"x": "1"})
    assert (page.url, page.text) == (f"{product.url}/done", "1")
    posted = product.requests[-2]
    assert (posted.headers["Origin"], posted.headers["Referer"]) == (product.url, f"{product.url}/")
