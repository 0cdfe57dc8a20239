"""Menus are checked before they are sent, and sent only when they differ."""

from typing import Any

import pytest

from wxsvc.wechat import menus
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.menus import BadMenus, Menus

GET, CREATE = "/cgi-bin/menu/get", "/cgi-bin/menu/create"
ADD, REMOVE = "/cgi-bin/menu/addconditional", "/cgi-bin/menu/delconditional"

SCAN = {"name": "扫码签到", "type": "scancode_waitmsg", "key": "check_in"}
TODAY = {"name": "今天", "type": "view", "url": "https://wx.example.cn/today"}
MINE = {"name": "我的", "sub_button": [{"name": "我的签到", "type": "click", "key": "mine"}]}
DEFAULT = {"button": [SCAN, MINE]}
STAFF = {"button": [TODAY], "matchrule": {"tag_id": "100"}}
WANTED = Menus(DEFAULT, (STAFF,))


def link(host: str) -> dict[str, str]:
    return {"name": "a", "type": "view", "url": f"https://{host}/"}


def as_the_account_says(menu: dict[str, Any], menu_id: int) -> dict[str, Any]:
    """The account adds ids and empty lists."""
    return {
        "button": [{"sub_button": [], **button} for button in menu["button"]],
        "menuid": menu_id,
        **({"matchrule": {"group_id": int(menu["matchrule"]["tag_id"])}} if "matchrule" in menu else {}),
    }


def test_good_menus_have_no_problems() -> None:
    assert menus.problems_of(WANTED) == []


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        ({"button": []}, "0 buttons"),
        ({"button": [SCAN] * 4}, "4 buttons"),
        ({"button": [{"name": "a", "sub_button": [SCAN] * 6}]}, "6 buttons below"),
        ({"button": [{**SCAN, "name": "名" * 6}]}, "the name has 18 bytes, 1 to 16"),
        ({"button": [{**SCAN, "name": ""}]}, "the name has 0 bytes"),
        ({"button": [{"name": "a", "sub_button": [{**SCAN, "name": "名" * 21}]}]}, "63 bytes, 1 to 60"),
        ({"button": [{**SCAN, "key": "k" * 129}]}, "the key has 129 bytes"),
        ({"button": [{**TODAY, "url": "https://a/" + "x" * 1020}]}, "the url has 1030 bytes"),
        ({"button": [{**TODAY, "url": "javascript:alert(1)"}]}, "not an address on the web"),
        ({"button": [{"name": "a", "type": "click"}]}, "click needs key"),
        ({"button": [{"name": "a", "type": "dance"}]}, "unknown type dance"),
        ({"button": [{**SCAN, "sub_button": [SCAN]}]}, "no type of its own"),
        ({"button": [{"name": "a", "sub_button": [{**SCAN, "sub_button": [SCAN]}]}]}, "no third level"),
    ],
)
def test_what_wechat_would_refuse_is_named(wechat: Any, gateway: Gateway, menu: dict[str, Any], words: str) -> None:
    with pytest.raises(BadMenus, match=words):
        menus.push(gateway, Menus(menu))
    assert wechat.asked == []


def test_conditional_menus_have_rules_of_their_own() -> None:
    assert menus.problems_of(Menus(None, (STAFF,)))
    assert menus.problems_of(Menus(DEFAULT, ({"button": [SCAN]},)))
    hosts = [{**STAFF, "button": [link(f"{host}.cn")]} for host in "abcd"]
    assert menus.problems_of(Menus(DEFAULT, tuple(hosts[:3]))) == []
    assert menus.problems_of(Menus(DEFAULT, tuple(hosts))) == ["the conditional menus lead to 4 hosts, at most 3"]


def test_the_same_menus_are_not_sent(wechat: Any, gateway: Gateway) -> None:
    wechat.on(GET, {"menu": as_the_account_says(DEFAULT, 1), "conditionalmenu": [as_the_account_says(STAFF, 2)]})
    assert menus.difference(menus.fetch(gateway), WANTED) == []
    assert menus.push(gateway, WANTED) == []
    assert {asked.path for asked in wechat.asked} == {GET, "/cgi-bin/stable_token"}


def test_an_account_without_menus_gets_them(wechat: Any, gateway: Gateway) -> None:
    wechat.on(GET, {"errcode": 46003, "errmsg": "menu no exist"})
    changes = menus.push(gateway, WANTED)
    assert "+  扫码签到 scancode_waitmsg check_in" in changes
    assert wechat.calls(CREATE)[0].json == DEFAULT
    assert wechat.calls(ADD)[0].json == STAFF
    assert "扫码签到".encode() in wechat.calls(CREATE)[0].body
    assert not wechat.calls(REMOVE)


def test_new_conditional_menus_come_before_the_old_ones_go(wechat: Any, gateway: Gateway) -> None:
    old = as_the_account_says({**STAFF, "button": [{**TODAY, "name": "昨天"}]}, 7)
    wechat.on(GET, {"menu": as_the_account_says(DEFAULT, 1), "conditionalmenu": [old]})
    menus.push(gateway, WANTED)
    sent = [(asked.path, asked.json) for asked in wechat.asked if asked.path in (CREATE, ADD, REMOVE)]
    assert sent == [(ADD, STAFF), (REMOVE, {"menuid": "7"})]


def test_what_one_person_sees(wechat: Any, gateway: Gateway) -> None:
    wechat.on("/cgi-bin/menu/trymatch", as_the_account_says(STAFF, 2))
    assert menus.labels(menus.seen_by(gateway, "oA")) == ["今天 view https://wx.example.cn/today"]
    assert wechat.calls("/cgi-bin/menu/trymatch")[0].json == {"user_id": "oA"}
