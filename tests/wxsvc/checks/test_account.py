"""What WeChat says of our account (公众号), answer by answer, and what the operator reads of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wxsvc.checks import account
from wxsvc.settings import Settings
from wxsvc.wechat import diagnosis
from wxsvc.wechat.diagnosis import Heard, Reached
from wxsvc.wechat.gateway import Gateway

PROOF = "MP_verify_abc123.txt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"wechat_app_id": "wxabcdefabcdefabcd", "wechat_app_secret": "f" * 32, "wechat_token": "token"}
    mine = {"secret_key": "s" * 40, "public_url": "https://wx.example.cn", "wechat_verify_file": PROOF}
    return Settings(data_dir=tmp_path, wechat="real", **given, **mine)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What WeChat and our own address answer: set it by the question's name."""
    told: dict[str, Any] = {}
    for name in ("check_callback", "quota", "ask_page", "ask_own_callback"):
        monkeypatch.setattr(diagnosis, name, lambda *_, name=name: told[name])
    return told


def pings(*losses: str) -> dict[str, Any]:
    return {"dns": [{"ip": "203.0.113.7"}], "ping": [{"ip": "203.0.113.7", "package_loss": loss} for loss in losses]}


@pytest.mark.parametrize(
    ("seen", "state", "what", "mend"),
    [
        (pings("0%", "100%"), "good", "正常", ""),
        (pings("100%", "100%"), "note", "未收到回应", "无需处理"),
        ({"dns": [{"ip": "203.0.113.7"}]}, "good", "正常", ""),
        ({"dns": [], "ping": []}, "bad", "无法解析域名 wx.example.cn", "WXSVC_PUBLIC_URL 的域名解析"),
    ],
)
def test_wechats_own_look_at_our_address(
    settings: Settings, answers: dict[str, Any], seen: dict[str, Any], state: str, what: str, mend: str
) -> None:
    answers["check_callback"] = seen
    found = account.network(Gateway.__new__(Gateway), settings)
    assert (found.state, what in found.what, mend in found.mend) == (state, True, True), found


@pytest.mark.parametrize(
    ("heard", "what", "mend"),
    [
        (Heard(Reached.YES, 200), "正常", ""),
        (Heard(Reached.REFUSED, 403), "不认可本机的签名", "WXSVC_WECHAT_TOKEN"),
        (Heard(Reached.NOBODY_BEHIND, 502), "由代理应答（HTTP 502）", "网页进程是否运行"),
        (Heard(Reached.OTHER, 404), "的应答（HTTP 404）不是本系统给出的", "代理是否把 /wechat 转到本系统"),
        (Heard(Reached.OTHER), "的应答不是本系统给出的", "WXSVC_PUBLIC_URL"),
        (Heard(Reached.NO_NAME), "无法解析域名 wx.example.cn", "域名解析"),
        (Heard(Reached.UNTRUSTED, problem="certificate has expired"), "（certificate has expired）", "中间证书"),
        (Heard(Reached.NO), "无法访问 https://wx.example.cn/wechat", "防火墙"),
    ],
)
def test_why_our_own_address_does_not_answer(
    settings: Settings, answers: dict[str, Any], heard: Heard, what: str, mend: str
) -> None:
    answers["ask_own_callback"] = heard
    found = account.own_callback(settings, datetime(2026, 12, 1, tzinfo=UTC))
    assert (found.state == "good", what in found.what, mend in found.mend) == (
        heard.reached is Reached.YES,
        True,
        True,
    ), found


@pytest.mark.parametrize(
    ("left", "state", "what"),
    [(100, "good", "正常"), (99, "note", "接口凭证、模板消息、二维码"), (0, "bad", "今日的调用次数已用完")],
)
def test_less_than_a_tenth_of_a_days_calls_is_told(
    settings: Settings, answers: dict[str, Any], left: int, state: str, what: str
) -> None:
    answers["quota"] = diagnosis.Quota(1000, 1000 - left, left)
    found = account.quotas(Gateway.__new__(Gateway), settings)
    assert (found.state, what in found.what) == (state, True), found


@pytest.mark.parametrize(("there", "state"), [("abc123", "good"), ("another", "bad"), (None, "bad")])
def test_the_domain_is_proven_by_the_file_that_wechat_reads(
    settings: Settings, answers: dict[str, Any], there: str | None, state: str
) -> None:
    answers["ask_page"] = there
    found = account.domain(settings)
    assert found.state == state
    assert ("wx.example.cn" if state == "good" else f"https://wx.example.cn/{PROOF}") in found.what


def test_a_former_token_or_key_that_is_still_taken_is_told(settings: Settings) -> None:
    assert account.former(settings) is None
    found = account.former(settings.model_copy(update={"wechat_old_token": "former-token"}))
    assert found is not None
    assert (found.state, "WXSVC_WECHAT_OLD_TOKEN 仍有值" in found.what, "former-token" in found.what) == (
        "note",
        True,
        False,
    )
