"""运行状态: what an operator reads when something is wrong, while WeChat is down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.errand import Heartbeat, ParametricCode, PersonTag
from models.notice import Delivery, Notice
from models.terms import NoticePurpose
from models.work_list import Change
from tests import builders
from tests.wxsvc.pages.web import seen
from wxsvc.worker.timetable import TIMETABLE

REFUSED = (
    "Misconfigured: /cgi-bin/stable_token answers 40164: invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, "
    "not in whitelist rid: 6aac0063-7ed08fb9-1250f724"
)


@pytest.fixture
def status(world, phone):
    """The page as the province reads it."""
    official = phone(world.province)
    official.get("/v/scores")  # signed in before anything breaks
    return lambda: seen(official.get("/v/status"))


@pytest.fixture
def beats(rows):
    """Let every job have run just now; ``problem`` is what one of them met."""

    def beat(**problems: str) -> None:
        with rows() as session:
            for entry in TIMETABLE:
                session.merge(Heartbeat(name=entry.name, beat_at=builders.NOW, problem=problems.get(entry.name)))

    return beat


def test_reviewers_and_the_province_reach_it_from_every_page(world, phone) -> None:
    for who in (world.reviewer, world.province):
        assert 'href="/v/status"' in phone(who).get("/v/scores").text
        assert phone(who).get("/v/status").status_code == 200


def test_a_silent_worker_is_said_so(status) -> None:
    page = status()
    assert "后台进程没有运行" in page
    assert "请启动 wxsvc serve" in page
    assert "从未运行" in page


def test_all_well(status, beats) -> None:
    beats()
    page = status()
    assert "均正常" in page or "放假安排尚未载入" in page
    assert "正常，2026年11月23日 10:00检查" in page
    assert "未按时运行" not in page


def test_wechats_refusal_is_explained_while_it_lasts(status, beats, wechat) -> None:
    wechat.is_down = True
    beats(wechat=REFUSED)
    page = status()
    assert "本机出口地址 203.0.113.9 不在 IP 白名单中" in page
    assert "“IP白名单”中加入 203.0.113.9" in page


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("Unreachable: /cgi-bin/getcallbackip: no connection", "无法连接微信服务器"),
        ("Paused: calls to WeChat pause for 60 s more: /x answers 40243: frozen", "AppSecret 已被冻结"),
        ("QuotaSpent: /cgi-bin/qrcode/create answers 45009: reach max api daily quota limit", "今天的调用次数已用完"),
        ("NotUnderstood: /x: HTTP 502, text/html, 173 bytes", "收到的不是微信的应答"),
        ("Misconfigured: /cgi-bin/stable_token answers 40001: invalid credential", "微信账号的配置不正确（40001）"),
        ("ValueError: broken", "ValueError: broken"),
    ],
)
def test_every_noted_problem_has_words(status, beats, problem: str, words: str) -> None:
    beats(wechat=problem)
    assert words in status()


def test_what_waits_is_counted_with_its_problem(status, beats, rows, world) -> None:
    beats()
    with rows() as session:
        session.add(Change(platform_id=world.platform_id, year=2026, made_at=builders.NOW - timedelta(minutes=5)))
        code = ParametricCode(activity_id=world.activity_id, asked_at=builders.NOW, tries=3, problem=REFUSED)
        away = PersonTag(person_id=1, problem="NotFollowing: no tag without following", tries=1)
        notice = Notice(
            purpose=NoticePurpose.REVIEW, key="k", facts={}, made_at=builders.NOW, platform_id=world.platform_id
        )
        session.add_all([code, away, notice])
        session.flush()
        session.add(Delivery(notice_id=notice.id, person_id=1, client_msg_id="m", problem=REFUSED, tries=1))
    page = status()
    assert "最早2026年11月23日 09:55" in page
    assert "二维码：1项未成功" in page
    assert "通知：" in page
    assert "有1位工作人员没有关注公众号" in page
    assert page.count("203.0.113.9 不在 IP 白名单中") == 2


def test_a_failing_job_says_why(status, beats) -> None:
    beats(recount_all="ValueError: broken")
    page = status()
    assert "每日重算得分最近一次运行出错：ValueError: broken" in page
    assert "出错" in page
