"""The gateway against the simulator: both were written from the documentation, apart from each other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.wxsvc.wechat.memory_store import MemoryStore
from wxsvc.simulator import Credentials, Simulator
from wxsvc.wechat import authorisation, codes, errors, jssdk, menus, notices, tags, transport
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.menus import Menus
from wxsvc.wechat.notices import TemplateMessage

APP, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
TOKEN, SEND = "/cgi-bin/stable_token", "/cgi-bin/message/template/send"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator("http://127.0.0.1:9/wechat", Credentials(APP, SECRET, "token", mode="plain"), seed="1") as simulator:
        yield simulator


@pytest.fixture
def real_gateway(sim: Simulator) -> Iterator[Gateway]:
    url = sim.base_url
    gateway = Gateway(
        APP,
        SECRET,
        MemoryStore(),
        lambda: datetime.now(UTC),
        api_base_url=url,
        open_base_url=url,
        mp_base_url=url,
        sleep=lambda _: None,
    )
    yield gateway
    gateway.close()


def test_menus_by_role(sim: Simulator, real_gateway: Gateway) -> None:
    sim.phone("张三", follows=True)
    staff = sim.phone("李四", follows=True)
    tag = tags.ensure(real_gateway, ["platform"])["platform"]
    assert tags.ensure(real_gateway, ["platform"])["platform"] == tag
    openid = staff.openid
    assert tags.add(real_gateway, tag, [openid]) == []
    assert real_gateway.wechatpy.tag.get_user_tag(openid) == [tag]
    wanted = Menus(
        {"button": [{"name": "扫码签到", "type": "scancode_waitmsg", "key": "check_in"}]},
        (
            {
                "button": [{"name": "今天", "type": "view", "url": "https://wx.example.cn/today"}],
                "matchrule": {"tag_id": str(tag)},
            },
        ),
    )
    assert menus.push(real_gateway, wanted)
    assert menus.push(real_gateway, wanted) == []
    assert menus.labels(menus.seen_by(real_gateway, openid)) == ["今天 view https://wx.example.cn/today"]
    assert menus.labels(menus.seen_by(real_gateway, sim.phone("张三").openid))[0].startswith("扫码签到")
    changed = Menus(wanted.default, ({**wanted.conditional[0], "button": wanted.default["button"]},))  # type: ignore[index]
    assert menus.push(real_gateway, changed)
    assert menus.difference(menus.fetch(real_gateway), changed) == []


def test_a_code_is_made(sim: Simulator, real_gateway: Gateway) -> None:
    code = codes.create(real_gateway, "17")
    assert code.url
    assert (code.expires_at - datetime.now(UTC)).days >= 29


def test_a_dead_token_costs_one_more(sim: Simulator, real_gateway: Gateway) -> None:
    tags.ids(real_gateway)
    sim.account.tokens.kill_all()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: tags.ids(real_gateway), range(20)))
    assert sim.gate.count(TOKEN) == 2
    sim.account.tokens.expire_all()
    tags.ids(real_gateway)
    assert sim.gate.count(TOKEN) == 3


def test_an_answer_lost_after_acceptance_sends_one_message(
    sim: Simulator, real_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 1.0)
    openid = sim.phone("张三", follows=True).openid
    sim.add_template("TPL", "审核结果", "{{thing1.DATA}}")
    message = TemplateMessage(openid, "TPL", {"thing1": "已通过"}, "notice-1")
    sim.faults.add(SEND, "lost")
    notices.send(real_gateway, message)
    assert sim.gate.count(SEND) == 2
    sim.faults.add(SEND, "lost")
    with pytest.raises(errors.NoAnswer):
        real_gateway.call("POST", SEND, body={"touser": openid})
    assert sim.gate.count(SEND) == 3
    with pytest.raises(errors.NotFollowing):
        notices.send(real_gateway, TemplateMessage(sim.phone("王五").openid, "TPL", {"thing1": "a"}, "notice-2"))
    sim.settle()


def test_a_frozen_secret_and_a_foreign_address(sim: Simulator, real_gateway: Gateway) -> None:
    sim.account.tokens.whitelist = set()
    with pytest.raises(errors.Misconfigured) as caught:
        tags.ids(real_gateway)
    assert (caught.value.errcode, errors.address_in(caught.value.errmsg)) == (40164, "127.0.0.1")
    with pytest.raises(errors.Paused):
        tags.ids(real_gateway)
    sim.account.tokens.whitelist = None
    sim.account.tokens.secret_frozen = True
    real_gateway.breaker.close()
    real_gateway.token._failure = None
    with pytest.raises(errors.Misconfigured, match="40243"):
        tags.ids(real_gateway)


def test_a_page_is_signed(sim: Simulator, real_gateway: Gateway) -> None:
    assert len(jssdk.page_config(real_gateway, "https://wx.example.cn/")["signature"]) == 40
    with pytest.raises(errors.CodeSpent):
        authorisation.visitor_of(real_gateway, "never-given")
