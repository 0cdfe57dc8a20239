"""wechatpy, which knows the real WeChat, accepts what the simulator says."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from wechatpy import WeChatClient, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.oauth import WeChatOAuth
from wechatpy.replies import create_reply
from werkzeug.wrappers import Request, Response

from tests.wxsvc.simulator.product import AES_KEY, APP_ID, PNG, SECRET, TOKEN, Product
from wxsvc.simulator import Simulator


@pytest.fixture
def client(sim: Simulator) -> WeChatClient:
    class Client(WeChatClient):
        API_BASE_URL = f"{sim.base_url}/cgi-bin/"

    return Client(APP_ID, SECRET, access_token=sim.account.tokens.stable().text, auto_retry=False)


def test_people_and_tags(sim: Simulator, client: WeChatClient) -> None:
    openid = sim.phone("a", follows=True).openid
    client.user.update_remark(openid, "张三")
    tag = client.tag.create("平台人员")["id"]
    client.tag.tag_user(tag, openid)
    assert client.user.get(openid)["remark"] == "张三"
    assert client.user.get_batch([openid])[0]["tagid_list"] == [tag]
    assert list(client.user.iter_followers()) == [openid]
    assert client.tag.get_user_tag(openid) == [tag]
    assert client.tag.get_tag_users(tag)["data"]["openid"] == [openid]
    client.tag.update(tag, "省级人员")
    assert client.tag.get() == [{"id": tag, "name": "省级人员", "count": 1}]
    client.tag.untag_user(tag, openid)
    client.tag.delete(tag)
    assert client.user.get(openid)["tagid_list"] == []


def test_menus(sim: Simulator, client: WeChatClient) -> None:
    assert client.menu.get() is None
    menu = {"button": [{"type": "click", "name": "扫码签到", "key": "scan"}]}
    client.menu.create(menu)
    tag = client.tag.create("省级")["id"]
    found = client.menu.add_conditional({**menu, "matchrule": {"tag_id": tag}})
    assert client.menu.get()["conditionalmenu"][0]["menuid"] == int(found["menuid"])
    assert client.menu.try_match(sim.phone("a", follows=True).openid)["button"] == menu["button"]
    assert client.menu.get_menu_info()["selfmenu_info"]["button"] == menu["button"]
    client.menu.del_conditional(found["menuid"])
    assert "conditionalmenu" not in client.menu.get()
    client.menu.delete()
    assert client.menu.get_menu_info()["is_menu_open"] == 0


def test_codes_media_and_tickets(sim: Simulator, client: WeChatClient) -> None:
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "甲"}}, "expire_seconds": 60}
    code = client.qrcode.create(scene)
    assert code["expire_seconds"] == 60
    assert code["url"].startswith("http://weixin.qq.com/q/")
    medium = client.media.upload("image", io.BytesIO(PNG))
    assert client.media.download(medium["media_id"]).content == PNG
    assert client.jsapi.get_jsapi_ticket() == client.jsapi.get_ticket()["ticket"]


def test_messages(sim: Simulator, client: WeChatClient) -> None:
    phone = sim.phone("a", follows=True)
    phone.send("hello")
    client.message.send_text(phone.openid, "你好")
    sim.add_template("T", "通知", "{{thing1.DATA}}")
    assert client.message.send_template(phone.openid, "T", {"thing1": {"value": "通过"}})["msgid"]
    assert client.template.get_all_private_template()["template_list"][0]["template_id"] == "T"
    assert [line.text for line in phone.chat] == ["hello", "你好", "通过"]


def test_web_authorisation(sim: Simulator, product: Product) -> None:
    class OAuth(WeChatOAuth):
        API_BASE_URL = f"{sim.base_url}/"
        OAUTH_BASE_URL = f"{sim.base_url}/connect/"

    oauth = OAuth(APP_ID, SECRET, f"{product.url}/back", "snsapi_userinfo", "state1")
    phone = sim.phone("张三")
    page = phone.open(oauth.authorize_url)
    code = product.requests[-1].args["code"]
    assert page.status_code == 200
    assert oauth.fetch_access_token(code)["openid"] == phone.openid
    assert oauth.get_user_info()["nickname"] == "张三"
    assert oauth.check_access_token() is True
    assert oauth.refresh_access_token(oauth.refresh_token)["openid"] == phone.openid


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_pushes_in_every_mode(make: Callable[..., Simulator], product: Product, mode: str) -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    seen: list[Any] = []

    def answer(request: Request) -> Response:
        args, body = request.args, request.get_data()
        if mode != "plain":
            body = crypto.decrypt_message(body, args["msg_signature"], args["timestamp"], args["nonce"])
        message = parse_message(body)
        seen.append(message)
        reply = create_reply(f"got {message.type}", message).render()
        return Response(reply if mode == "plain" else crypto.encrypt_message(reply, args["nonce"], args["timestamp"]))

    product.handler = answer
    sim = make(mode=mode)
    phone = sim.phone("a")
    code = sim.add_code("甲", "12")
    assert code is not None
    for act in (
        lambda: phone.scan("12"),
        lambda: phone.scan(code.url),
        lambda: phone.send("]]> {{ & <script>"),
        lambda: phone.send_photo(PNG),
        lambda: phone.scan_with_menu("12345", "scan"),
        lambda: phone.event("CLICK", EventKey="mine"),
        lambda: phone.event("location_select", EventKey="k", SendLocationInfo={"Location_X": "1"}),
    ):
        reply = act()
        assert reply is not None
        assert reply.text.startswith("got ")
    kinds = [type(message).__name__ for message in seen]
    assert kinds[:4] == ["SubscribeScanEvent", "ScanEvent", "TextMessage", "ImageMessage"]
    assert kinds[4:6] == ["ScanCodeWaitMsgEvent", "ClickEvent"]
    assert (seen[0].scene_id, seen[1].scene_id) == ("12", "12")
    assert seen[2].content == "]]> {{ & <script>"
    assert seen[4].scan_result == "12345"
    assert ("ToUserName" in seen[0]._data, b"<FromUserName>" in product.bodies[0]) == (True, mode != "safe")
