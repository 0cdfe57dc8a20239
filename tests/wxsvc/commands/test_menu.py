"""``wxsvc menu`` as an operator types it, against a simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.person import StaffRole
from models.terms import Role
from tests import builders
from tests.clock import SettableClock
from tests.databases import put_sqlite
from tests.wxsvc.worker.at_wechat import clock, settings_for, sim
from wxsvc.chat import answers
from wxsvc.chat import menus as data
from wxsvc.cli import main
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.simulator import Simulator
from wxsvc.wechat import menus
from wxsvc.wechat.menus import Menus
from wxsvc.worker import person_tags

__all__ = ["clock", "sim"]

ADDCONDITIONAL, CREATE = "/cgi-bin/menu/addconditional", "/cgi-bin/menu/create"


@pytest.fixture
def run(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Type a command with this simulator in place of WeChat, on a database without rows."""
    put_sqlite(tmp_path / "wxsvc.db")
    for name in ("API", "OPEN", "MP"):
        monkeypatch.setenv(f"WXSVC_WECHAT_{name}_BASE_URL", sim.base_url)
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WXSVC_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("WXSVC_PUBLIC_URL", "http://127.0.0.1:8000")
    return lambda *typed: CliRunner().invoke(main, ["menu", *typed], catch_exceptions=False)


@pytest.fixture
def house(run: object, sim: Simulator, clock: SettableClock, tmp_path: Path) -> Iterator[House]:
    """The database that the command uses."""
    database = Database(f"sqlite:///{tmp_path / 'wxsvc.db'}")
    yield House(settings_for(sim, tmp_path), database, clock)
    database.dispose()


def test_the_difference_is_shown_pushed_and_gone(run, sim: Simulator) -> None:
    told: Result = run()
    assert told.exit_code == 1
    assert "标签“平台工作人员”在公众号中还没有" in told.output
    assert "+  扫码签到 scancode_waitmsg scan" in told.output
    assert sim.gate.count(CREATE) == 0
    assert "/cgi-bin/tags/create" not in {call.path for call in sim.gate.calls}
    told = run("--push")
    assert told.exit_code == 0, told.output
    assert "菜单已更新" in told.output
    assert (sim.gate.count(CREATE), sim.gate.count(ADDCONDITIONAL)) == (1, 2)
    told = run()
    assert (told.exit_code, told.output) == (0, "公众号的菜单与文件一致。\n")
    told = run("--push")
    assert told.exit_code == 0
    assert (sim.gate.count(CREATE), sim.gate.count(ADDCONDITIONAL)) == (1, 2)


def test_what_somebody_changed_in_the_account_is_named_by_its_tag(run, sim: Simulator) -> None:
    run("--push")
    sim.account.menus.conditional[0].buttons[0]["name"] = "昨天"
    told: Result = run()
    assert told.exit_code == 1
    assert "-  昨天 view http://127.0.0.1:8000/p/today" in told.output
    assert " “平台工作人员”菜单（按标签显示）" in told.output


def test_one_member_of_each_audience_is_asked_for(run, house: House, sim: Simulator) -> None:
    with house.database.transaction() as session:
        platform = builders.platform(session)
        for name, role, at in (("clerk", Role.PLATFORM, platform.id), ("official", Role.PROVINCE, None)):
            who = builders.person(session, openid=sim.phone(name, follows=True).openid)
            session.add(StaffRole(person_id=who.id, role=role, platform_id=at, granted_at=builders.NOW))
        builders.person(
            session, openid=sim.phone("visitor", follows=True).openid, is_following=True, followed_at=builders.NOW
        )
    assert person_tags.follow_roles(house) == 2
    told: Result = run("--push")
    assert told.exit_code == 0, told.output
    assert told.output.count("✓") == 3
    told = run("--try", sim.phone("official").openid)
    assert told.exit_code == 0
    assert told.output.splitlines()[0] == "得分总览 click province_overview"
    (tag_id,) = (number for number, name in sim.account.tags.names().items() if name == "平台工作人员")
    sim.account.people.find(sim.phone("clerk").openid).tags.remove(tag_id)
    told = run("--push")
    assert told.exit_code == 1
    assert "✗ 平台工作人员" in told.output


def test_an_account_without_people_has_nobody_to_ask(run) -> None:
    assert run("--push").output.count("还没有可供核对的成员") == 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("ip", "127.0.0.1 不在 IP 白名单中"),
        ("frozen", "AppSecret 已被冻结"),
        ("away", "微信模拟器没有运行"),
        ("unknown", "没有这位关注者"),
        ("html", "收到的不是微信的应答"),
    ],
)
def test_every_failure_is_one_clear_sentence(run, sim: Simulator, trouble: str, words: str) -> None:
    if trouble == "ip":
        sim.account.tokens.whitelist = set()
    elif trouble == "frozen":
        sim.account.tokens.secret_frozen = True
    elif trouble == "away":
        sim.stop()
    elif trouble == "html":
        sim.faults.add("/cgi-bin/", "html", times=None)
    told: Result = run("--try", "o" + "x" * 27) if trouble == "unknown" else run()
    assert told.exit_code == 2
    assert words in told.output
    assert len(told.output.strip().splitlines()) == 1


def test_what_wechat_would_refuse_is_not_sent(run, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = data.wanted
    monkeypatch.setattr(data, "wanted", lambda address, tags: wanted(f"{address}/{'x' * 1020}", tags))
    for typed in ((), ("--push",)):
        told: Result = run(*typed)
        assert told.exit_code == 2
        assert "bytes, at most 1024" in told.output
    assert sim.gate.calls == []


def test_the_file_itself_keeps_wechats_limits() -> None:
    wanted: Menus = data.wanted("https://wx.example.cn", {tag: 100 + n for n, tag in enumerate(data.tags().values())})
    assert menus.problems_of(wanted) == []
    assert [rule["matchrule"]["tag_id"] for rule in wanted.conditional] == ["100", "101"]


def test_every_entry_leads_somewhere(app) -> None:
    """Its page is in the URL map, its key is answered in the chat."""
    adapter = app.url_map.bind("wx.example.cn")
    for button in buttons():
        if "page" in button:
            assert adapter.test(button["page"], "GET"), button
        if "answer" in button:
            assert button["answer"] in answers.BY_KEY, button


def test_one_tap_reaches_what_each_role_needs_most() -> None:
    """Enterprises the scanner, platform staff today and publishing, the province the scores."""
    first = {
        audience: [button["name"] for button in menu["buttons"] if "buttons" not in button]
        for audience, menu in data._table().items()
    }
    assert first["enterprise"] == ["扫码签到"]
    assert first["platform"] == ["今天", "发布活动"]
    assert first["province"] == ["得分总览"]


def buttons() -> list[dict[str, str]]:
    """Every entry that does something."""
    tops = [button for menu in data._table().values() for button in menu["buttons"]]
    return [button for top in tops for button in top.get("buttons", [top])]


def test_the_enterprises_sample_is_no_member_of_staff(house: House) -> None:
    from wxsvc.services.people import person_tags as rows

    with house.database.transaction() as session:
        builders.staff(session, builders.platform(session))
        session.execute(sa.text("update persons set is_following = 1"))
        assert rows.one_of(session, None) is None
        assert rows.one_of(session, rows.PLATFORM) is None
