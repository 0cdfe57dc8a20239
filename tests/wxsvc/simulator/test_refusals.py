"""Each refusal that the API models, one line per case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.wxsvc.simulator.product import PNG
from wxsvc.simulator import Simulator

Api = Callable[..., Any]
CLICK = {"type": "click", "name": "一", "key": "k"}
VIEW = {"type": "view", "name": "二", "url": "http://a.example/"}


def under(*children: Any) -> dict[str, Any]:
    return {"name": "组", "sub_button": list(children)}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([{**CLICK, "type": "x"}], 40017),
        ([{**under(CLICK), "type": "click"}], 40017),
        ([{**CLICK, "name": "超过十六个字节"}], 40018),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{**VIEW, "url": "http://a/" + "u" * 1016}], 40020),
        ([under(under(CLICK))], 40022),
        ([under(*[CLICK] * 6)], 40023),
        ([under({**CLICK, "type": "x"})], 40024),
        ([under({**CLICK, "name": "字" * 21})], 40025),
        ([under({**CLICK, "key": ""})], 40026),
        ([under({**VIEW, "url": ""})], 40027),
        ([under({**VIEW, "url": "ftp://a"})], 40054),
        ([{**VIEW, "url": "weixin"}], 40055),
    ],
)
def test_menus(api: Api, buttons: list[Any], code: int) -> None:
    assert api("menu/create", {"button": buttons})["errcode"] == code
    assert api("menu/get")["errcode"] == 46003


def test_a_menu_at_its_limits_passes(api: Api) -> None:
    full = under(*[{**CLICK, "name": "字" * 20, "key": "k" * 128}] * 5)
    assert api("menu/create", {"button": [{**full, "name": "字" * 5 + "a"}] * 3})["errcode"] == 0


def test_bodies(api: Api) -> None:
    escaped = b'{"button":[{"type":"click","name":"\\u626b","key":"k"}]}'
    assert api("menu/create", escaped)["errcode"] == 40033
    assert api("menu/create", b"")["errcode"] == 44002
    assert api("menu/create", b"{")["errcode"] == 47001
    assert api("menu/create", [])["errcode"] == 47001
    assert api("menu/create")["errcode"] == 43002
    assert api("menu/get", {})["errcode"] == 43001
    assert api("no/such/call", {})["errcode"] == 40066


def test_conditional_menus(sim: Simulator, api: Api) -> None:
    rule = {"tag_id": api("tags/create", {"tag": {"name": "省级"}})["tag"]["id"]}

    def add(**body: Any) -> int:
        return int(api("menu/addconditional", {"button": [CLICK], "matchrule": rule, **body}).get("errcode", 0))

    assert add() == 65303
    api("menu/create", {"button": [CLICK]})
    assert add(button=[]) == 65307
    assert add(matchrule={}) == 65304
    assert add(matchrule={"tag_id": 999}) == 45159
    assert add(matchrule={**rule, "sex": 1}) == 65320
    assert add(button=[{**VIEW, "url": f"http://{name}.example/"} for name in "abc"]) == 0
    assert add(button=[{**VIEW, "url": "http://d.example/"}]) == 65316
    sim.account.menus.own_domains = {"d.example"}
    assert add(button=[{**VIEW, "url": "http://d.example/"}]) == 0
    assert api("menu/delconditional", {"menuid": "1"})["errcode"] == 65301
    assert api("menu/trymatch", {"user_id": "nobody"})["errcode"] == 65302


def test_tags(sim: Simulator, api: Api) -> None:
    people = [sim.phone(f"p{n}", follows=True).openid for n in range(51)]

    def create(name: str) -> Any:
        return api("tags/create", {"tag": {"name": name}})

    tags = [create(f"t{n}")["tag"]["id"] for n in range(21)]
    assert create("t1")["errcode"] == 45157
    assert create("字" * 31)["errcode"] == 45158
    assert create("")["errcode"] == 45157

    def tag(number: int, openids: list[str], path: str = "batchtagging") -> int:
        return int(api(f"tags/members/{path}", {"tagid": number, "openid_list": openids})["errcode"])

    assert [tag(number, people[:1]) for number in tags] == [0] * 20 + [45059]
    assert tag(tags[0], people) == 40032
    assert tag(tags[0], []) == 40032
    assert tag(tags[0], ["oNobody0000000000000000000"]) == 40003
    assert tag(1, people[:1]) == 45058
    assert tag(999, people[:1]) == 45159
    assert tag(tags[0], [sim.phone("stranger").openid]) == 50005
    sim.account.people.foreign.add("oElsewhere0000000000000000")
    assert tag(tags[0], ["oElsewhere0000000000000000"]) == 49003
    assert tag(tags[0], people[:1], "batchuntagging") == 0
    assert api("tags/delete", {"tag": {"id": 2}})["errcode"] == 45058
    assert api("tags/update", {"tag": {"id": tags[1], "name": "t2"}})["errcode"] == 45157
    for n in range(21, 100):
        create(f"t{n}")
    assert create("one more")["errcode"] == 45056


def test_people(sim: Simulator, api: Api) -> None:
    follower, stranger = sim.phone("a", follows=True).openid, sim.phone("b").openid
    assert api("user/info", openid=stranger) == {"subscribe": 0, "openid": stranger}
    assert "nickname" not in api("user/info", openid=follower)
    assert api("user/info", openid="x")["errcode"] == 40003
    assert api("user/info")["errcode"] == 41009
    assert api("user/info/batchget", {"user_list": [{"openid": follower}] * 101})["errcode"] == 40032
    assert api("user/info/updateremark", {"openid": follower, "remark": "字" * 10})["errcode"] == 40092
    assert api("user/get", next_openid="x")["errcode"] == 40003


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"action_name": "X"}, 40052),
        ({"action_info": {}}, 40053),
        ({"action_info": {"scene": {"scene_str": "s" * 65}}}, 40053),
        ({"action_info": {"scene": {"scene_str": ""}}}, 40053),
        ({"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 0}}}, 40053),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}, 40053),
        ({"expire_seconds": 0}, 40053),
        ({"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 2**32 - 1}}}, 0),
        ({"action_name": "QR_LIMIT_STR_SCENE"}, 0),
        ({"expire_seconds": 9_999_999}, 0),
    ],
)
def test_codes(api: Api, changes: dict[str, Any], code: int) -> None:
    usual = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}, "expire_seconds": 60}
    answer = api("qrcode/create", {**usual, **changes})
    assert answer.get("errcode", 0) == code
    assert answer.get("expire_seconds", 0) <= 2_592_000


def test_the_picture_of_a_code(sim: Simulator, api: Api) -> None:
    usual = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
    ticket = api("qrcode/create", usual)["ticket"]
    show = f"{sim.base_url}/cgi-bin/showqrcode"
    assert requests.get(show, params={"ticket": ticket}, timeout=10).content.startswith(b"\x89PNG")
    assert requests.get(show, params={"ticket": "x"}, timeout=10).status_code == 404
    sim.clock.advance(60)
    assert requests.get(show, params={"ticket": ticket}, timeout=10).status_code == 404


def test_media(sim: Simulator, api: Api) -> None:
    def upload(kind: str, content: bytes | None, path: str = "upload") -> Any:
        args = {"access_token": sim.account.tokens.stable().text, "type": kind}
        files = {"other" if content is None else "media": ("a.png", content or b"", "image/png")}
        return requests.post(f"{sim.base_url}/cgi-bin/media/{path}", params=args, files=files, timeout=10).json()

    assert upload("x", PNG)["errcode"] == 40004
    assert upload("image", None)["errcode"] == 41005
    assert upload("image", b"")["errcode"] == 44001, "a consumed file object must not pass"
    assert upload("image", b"MZ executable")["errcode"] == 40005
    assert upload("thumb", PNG + bytes(64 * 1024))["errcode"] == 40006
    assert upload("", PNG, "uploadimg")["url"].startswith(sim.base_url)
    media_id = upload("image", PNG)["media_id"]
    args = {"access_token": sim.account.tokens.stable().text, "media_id": media_id}
    found = requests.get(f"{sim.base_url}/cgi-bin/media/get", params=args, timeout=10)
    assert (found.content, found.headers["Content-Type"]) == (PNG, "image/png")
    sim.clock.advance(3 * 86400)
    assert api("media/get", media_id=media_id)["errcode"] == 40007


def test_capabilities_by_kind_of_account(make: Callable[..., Simulator]) -> None:
    sim = make(kind="subscription_verified")
    args = {"access_token": sim.account.tokens.stable().text}
    call = f"{sim.base_url}/cgi-bin/qrcode/create"
    assert requests.post(call, params=args, json={}, timeout=10).json()["errcode"] == 48001
    assert not sim.account.authorisation.allowed


def test_diagnostics(sim: Simulator, api: Api) -> None:
    assert api("getcallbackip") == {"ip_list": ["127.0.0.1"]}
    assert api("callback/check", {"action": "x"})["errcode"] == 40097
    assert api("callback/check", {"action": "all"})["ping"][0]["package_loss"] == "100%"
