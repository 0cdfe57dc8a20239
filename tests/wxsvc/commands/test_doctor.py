"""``wxsvc doctor`` as an operator types it: a healthy installation, and each thing that can be wrong with one."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import waitress
from click.testing import CliRunner

from models.errand import Heartbeat
from models.work_list import Change
from tests import builders
from tests.databases import put_sqlite
from wxsvc.app import create_app
from wxsvc.cli import main
from wxsvc.clock import SystemClock, beijing_day
from wxsvc.db import Database
from wxsvc.demo.folder import put_notice
from wxsvc.settings import Development, Settings
from wxsvc.simulator import Credentials, Simulator
from wxsvc.worker.timetable import TIMETABLE


@dataclass
class Installation:
    """A product that answers, a simulator, and the folder between them."""

    folder: Path
    simulator: Simulator
    settings: Settings

    def doctor(self) -> tuple[int, dict[str, dict[str, str]]]:
        """The exit status, and every finding by name."""
        told = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False)
        found = json.loads(told.output)
        assert found["is_well"] is (told.exit_code == 0)
        return told.exit_code, {each["name"]: each for each in found["findings"]}

    def beat(self) -> None:
        """As if the worker had just done all its jobs."""
        database = Database(self.settings.database_url)
        database.prepare()
        with database.transaction() as session:
            for entry in TIMETABLE:
                session.merge(Heartbeat(name=entry.name, beat_at=SystemClock().now(), problem=None))
        database.dispose()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """The embedded profile as ``wxsvc serve`` and ``wxsvc simulator`` make it; the worker's beats are written down."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(16)
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    credentials = Credentials(Development.APP_ID, Development.APP_SECRET, Development.TOKEN, Development.AES_KEY)
    simulator = Simulator(f"{url}/wechat", credentials).start()
    given = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": url, "LOG_LEVEL": "ERROR"}
    given |= {f"WECHAT_{name}_BASE_URL": simulator.base_url for name in ("API", "OPEN", "MP")}
    for name, value in given.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    settings = Settings()
    settings.make_folders()
    put_sqlite(tmp_path / "wxsvc.db")
    database = Database(settings.database_url)
    server = waitress.create_server(create_app(settings, database=database), sockets=[door])
    thread = threading.Thread(target=server.run)
    thread.start()
    made = Installation(tmp_path, simulator, settings)
    made.beat()
    yield made
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    thread.join()
    simulator.stop()
    database.dispose()


def test_a_healthy_installation_is_well(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    CliRunner().invoke(main, ["menu", "--push"], catch_exceptions=False)
    installed.simulator.add_template("TPL", "审核结果", "{{thing1.DATA}}")
    monkeypatch.setenv("WXSVC_TEMPLATE_REVIEW", "TPL thing1=what")
    notice, year = put_notice(installed.folder), beijing_day(SystemClock().now()).year + 1
    loaded = CliRunner().invoke(main, ["workdays", str(year), "--load", str(notice)], catch_exceptions=False)
    assert loaded.exit_code == 0, loaded.output  # in December a healthy installation has it
    told = CliRunner().invoke(main, ["doctor"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert told.output.endswith("检查完毕，一切正常。\n")
    lines = told.output.splitlines()
    assert all(line.startswith(("✓", "·")) for line in lines[:-1])
    code, found = installed.doctor()
    assert code == 0
    assert set(found) == {
        "settings", "connections", "clock", "wechat_clock", "database", "schema", "writing", "sealed", "officials",
        "key", "files", "broker", "folding", "worker", "calendar", "retention", "backup", "webhooks", "log",
        "callback", "encryption", "domain", "token", "network", "menus", "templates", "subscriptions", "quotas",
    }  # fmt: skip


def no_menus(_: Installation) -> None:
    """Nobody has pushed the menus yet."""


def other_menus(at: Installation) -> None:
    CliRunner().invoke(main, ["menu", "--push"], catch_exceptions=False)
    at.simulator.account.menus.default.buttons[0]["name"] = "签到"  # type: ignore[union-attr]


def foreign_address(at: Installation) -> None:
    at.simulator.account.tokens.whitelist = set()


def frozen_secret(at: Installation) -> None:
    at.simulator.account.tokens.secret_frozen = True


def no_simulator(at: Installation) -> None:
    at.simulator.stop()


def spent_quota(at: Installation) -> None:
    path = "/cgi-bin/message/template/send"
    at.simulator.account.quotas.day[path] = 1
    at.simulator.account.quotas.spend(path)


def silent_worker(at: Installation) -> None:
    database = Database(at.settings.database_url)
    with database.transaction() as session:
        session.query(Heartbeat).delete()
    database.dispose()


def late_scores(at: Installation) -> None:
    """A change that nobody counts, while the last heartbeats are still fresh."""
    database = Database(at.settings.database_url)
    with database.transaction() as session:
        platform = builders.platform(session)
        made_at = SystemClock().now() - timedelta(seconds=30)
        session.add(Change(platform_id=platform.id, year=2026, made_at=made_at))
    database.dispose()


def no_folder(at: Installation) -> None:
    at.settings.files_dir.rmdir()
    at.settings.files_dir.touch()  # a file in its place


@pytest.mark.parametrize(
    ("breaks", "name", "what", "mend"),
    [
        (no_menus, "menus", "没有标签“平台工作人员”“省级工作人员”", "wxsvc menu --push"),
        (other_menus, "menus", "与菜单文件不一致", "wxsvc menu"),
        (foreign_address, "token", "本机出口地址 127.0.0.1 不在 IP 白名单中", "“IP白名单”中加入 127.0.0.1"),
        (frozen_secret, "token", "AppSecret 已被冻结", "解冻"),
        (no_simulator, "token", "微信模拟器没有运行", "wxsvc simulator"),
        (spent_quota, "quotas", "模板消息今日的调用次数已用完", "次日零时"),
        (silent_worker, "worker", "后台进程没有运行", "wxsvc serve"),
        (late_scores, "folding", "尚未计入得分", "wxsvc serve"),
        (no_folder, "files", "无法写入", "WXSVC_FILES_DIR"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_how_to_mend_it(
    installed: Installation, breaks: Callable[[Installation], None], name: str, what: str, mend: str
) -> None:
    breaks(installed)
    code, found = installed.doctor()
    assert code == 1
    assert found[name]["state"] == "bad"
    assert what in found[name]["what"]
    assert mend in found[name]["mend"]


@pytest.mark.parametrize(
    ("variable", "value", "name", "what"),
    [
        ("WXSVC_WECHAT_TOKKEN", "x", "settings", "WXSVC_WECHAT_TOKKEN"),
        ("WXSVC_WECHAT_TOKEN", "anothertoken", "callback", "不认可本机的签名"),
        ("WXSVC_PUBLIC_URL", "http://127.0.0.1:9", "callback", "无法访问"),
        ("WXSVC_TEMPLATE_FILING", "TPL", "templates", "WXSVC_TEMPLATE_FILING不是本公众号的模板"),
        ("WXSVC_BROKER_URL", "redis://:secret@127.0.0.1:9/0", "broker", "消息队列无法连接"),
        ("WXSVC_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/none", "database", "数据库没有应答"),
        ("WXSVC_WECHAT_API_BASE_URL", "http://example.cn", "settings", "WXSVC_WECHAT_API_BASE_URL"),
        ("WXSVC_PUBLIC_URL", "https://wx.example.cn", "settings", "set WXSVC_WECHAT=real"),
    ],
)
def test_a_wrong_setting_is_found(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, what: str
) -> None:
    monkeypatch.setenv(variable, value)
    code, found = installed.doctor()
    assert code == 1
    assert (found[name]["state"], what in found[name]["what"]) == ("bad", True), found[name]
    assert "secret" not in json.dumps(found)


def test_a_template_with_other_keys_is_found_before_anything_is_sent(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.simulator.add_template("TPL", "审核结果", "{{thing4.DATA}}{{time7.DATA}}")
    monkeypatch.setenv("WXSVC_TEMPLATE_REVIEW", "TPL")
    found = installed.doctor()[1]["templates"]
    assert found["state"] == "bad"
    assert "WXSVC_TEMPLATE_REVIEW的关键词与模板不一致，模板的关键词是thing4、time7。" in found["what"]
    assert "thing4=what time7=what" in found["mend"]


@pytest.mark.parametrize(
    ("setting", "is_long", "what", "mend"),
    [
        ("OTHER", False, "WXSVC_SUBSCRIBE_NEED不是本公众号的订阅通知模板", "核对模板 ID"),
        ("SUB thing1=what", False, "关键词与模板不一致，模板的关键词是thing4、time7", "thing4=what time7=what"),
        ("SUB thing4=what time7=when", True, "的模板是长期订阅", "加上 long"),
        ("SUB long thing4=what time7=when", False, "的模板是一次性订阅", "去掉 long"),
        ("SUB long thing4=what time7=when", True, "1个模板均可用", ""),
    ],
)
def test_a_template_of_subscriptions_is_compared_with_the_accounts(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, setting: str, is_long: bool, what: str, mend: str
) -> None:
    installed.simulator.add_template("SUB", "需求办理", "{{thing4.DATA}}{{time7.DATA}}")
    installed.simulator.account.subscriptions.long = {"SUB"} if is_long else set()
    monkeypatch.setenv("WXSVC_SUBSCRIBE_NEED", setting)
    found = installed.doctor()[1]["subscriptions"]
    assert found["state"] == ("bad" if mend else "good")
    assert what in found["what"]
    assert mend in (found["mend"] or "")


@pytest.mark.parametrize(("seconds", "told"), [(400, "快"), (-400, "慢")])
def test_a_clock_that_differs_from_wechats_is_told(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, seconds: int, told: str
) -> None:
    """The machine's clock is off, and so every scan is refused: the doctor names the clock, also without a token."""
    true = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda self: true(self) + timedelta(seconds=seconds))
    installed.simulator.account.tokens.secret_frozen = True
    found = installed.doctor()[1]["wechat_clock"]
    assert found["state"] == "bad"
    assert f"本机时钟{told}" in found["what"]
    assert "时间同步" in found["mend"]


def test_somebody_elses_page_is_not_our_callback(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_PUBLIC_URL", installed.simulator.base_url)
    assert "不是本系统给出的" in installed.doctor()[1]["callback"]["what"]


def test_what_rests_on_something_broken_is_said_to_be_unasked(installed: Installation) -> None:
    installed.simulator.account.tokens.whitelist = set()
    _, found = installed.doctor()
    for name in ("network", "menus", "templates", "quotas"):
        assert found[name]["what"] == "未检查，请先处理“接口凭证”。"
        assert found[name]["state"] == "note"


def test_a_real_account_must_prove_its_domain(settings_of: Callable[..., Any]) -> None:
    from wxsvc.checks import account

    assert account.domain(settings_of()).state == "note"
    proven = settings_of(wechat_verify_file="MP_verify_abc123.txt")
    assert "无法访问" in account.domain(proven).what
    assert "不能作为网页授权域名" in account.domain(settings_of(public_url="https://203.0.113.7")).what


@pytest.mark.parametrize(("mode", "first"), [("plain", "WXSVC_WECHAT_AES_KEY"), ("compatible", "公众平台")])
def test_safe_mode_is_advised(settings_of: Callable[..., Any], mode: str, first: str) -> None:
    from wxsvc.checks import account

    found = account.encryption(settings_of(wechat_mode=mode, wechat_aes_key=Development.AES_KEY))
    assert found.state == "note"
    assert {"plain": "明文模式", "compatible": "兼容模式"}[mode] in found.what
    steps = [first, "改为安全模式", "设为 safe"]
    assert sorted(steps, key=found.mend.index) == steps
    assert account.encryption(settings_of(wechat_aes_key=Development.AES_KEY)).state == "good"


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a real account whose host does not exist."""

    def made(**given: Any) -> Settings:
        usual = {
            "data_dir": tmp_path,
            "wechat": "real",
            "wechat_app_id": "wxabcdefabcdefabcd",
            "wechat_app_secret": "f" * 32,
            "wechat_token": "token",
            "secret_key": "s" * 40,
            "public_url": "https://wx.invalid",
        }
        return Settings(**usual | given)

    return made
