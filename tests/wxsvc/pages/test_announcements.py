"""公告: written by the province, seen on 今天 until somebody there has read it, with its file, and withdrawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from models.announcement import Announcement
from tests import builders
from tests.wxsvc.pages.web import Phone, seen
from tests.wxsvc.pages.world import World, picture

WRITTEN = {"title": "关于报送年度总结的通知", "content": "请于12月15日前报送。\n联系人见附件。", "to": "all"}


@pytest.fixture
def desk(phone: Callable[..., Phone], world: World) -> Phone:
    return phone(world.province)


def published(desk: Phone, **typed: Any) -> Any:
    key = re.search(r'name="key" value="([0-9a-f]{32})"', desk.get("/v/announcements/new").text)
    assert key is not None
    return desk.post("/v/announcements/new", **{"key": key[1], **WRITTEN, **typed})


def test_it_is_seen_until_it_is_read(desk: Phone, phone: Callable[..., Phone], world: World) -> None:
    shown = seen(published(desk, paper=(picture(), "附件.jpg")))
    assert "公告已发布" in shown
    assert "0 / 2家已阅" in shown
    worker, other = phone(world.staff), phone(world.other_staff)
    today = worker.get("/p/today")
    assert WRITTEN["title"] in seen(today)
    assert "省级发布公告《关于报送年度总结的通知》" in seen(worker.get("/p/notices"))
    page = worker.get("/p/announcements/1")
    assert "请于12月15日前报送。" in seen(page)
    assert worker.get("/p/announcements/1/paper").mimetype == "image/jpeg"
    assert WRITTEN["title"] in seen(worker.get("/p/today"))  # looking is not reading
    assert "已确认已阅" in seen(worker.post("/p/announcements/1/read", "/p/announcements/1"))
    assert WRITTEN["title"] not in seen(worker.get("/p/today"))
    assert WRITTEN["title"] in seen(other.get("/p/today"))
    assert "1 / 2家已阅" in seen(desk.get("/v/announcements/1"))
    assert "待阅1家" in seen(desk.get("/v/announcements"))
    assert desk.get("/v/announcements/1/paper").status_code == 200


def test_platforms_at_which_nobody_works_are_named(desk: Phone, rows: Any, world: World) -> None:
    """Nobody there reads it: somebody has to call."""
    with rows() as session:
        builders.platform(session, code="430300", name="湘潭市窗口平台", region_code="430300")
    page = seen(published(desk))
    assert ("0 / 3家已阅" in page, page.count("没有工作人员")) == (True, 1)


def test_only_those_it_was_addressed_to_see_it(desk: Phone, phone: Callable[..., Phone], world: World) -> None:
    got = published(desk, to="chosen")
    assert got.status_code == 422
    assert "请至少选择一个平台" in seen(got)
    assert WRITTEN["title"] in got.text
    assert "0 / 1家已阅" in seen(published(desk, to="chosen", platforms=str(world.platform_id)))
    other = phone(world.other_staff)
    assert WRITTEN["title"] not in seen(other.get("/p/today"))
    for page in ("/p/announcements/1", "/p/announcements/1/paper"):
        assert other.get(page).status_code == 404


def test_a_form_sent_twice_is_one_announcement(desk: Phone, rows: Any) -> None:
    for _ in range(2):
        desk.post("/v/announcements/new", key="a" * 32, **WRITTEN)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count(Announcement.id))) == 1


def test_what_is_missing_is_said_and_nothing_typed_is_lost(desk: Phone) -> None:
    got = published(desk, content="")
    assert got.status_code == 422
    assert WRITTEN["title"] in got.text
    assert "没有可以发送的平台" in seen(published(desk, to="cluster"))
    got = published(desk, paper=(picture(), "附件.jpg"), title="标" * 101)
    assert "所选的文件没有保存，提交前请重新选择" in seen(got)


def test_it_is_withdrawn_with_a_reason(desk: Phone, phone: Callable[..., Phone], world: World) -> None:
    published(desk)
    assert "请写明理由" in seen(desk.post("/v/announcements/1", reason=""))
    assert "公告已撤回" in seen(desk.post("/v/announcements/1", reason="日期有误"))
    worker = phone(world.staff)
    assert WRITTEN["title"] not in seen(worker.get("/p/today"))
    assert "原因：日期有误" in seen(worker.get("/p/announcements/1"))
    assert "已撤回。原因：日期有误" in seen(worker.get("/p/notices"))
    assert "已撤回" in seen(worker.get("/p/announcements"))


def test_the_reviewer_reads(phone: Callable[..., Phone], world: World, desk: Phone) -> None:
    published(desk)
    reviewer = phone(world.reviewer)
    assert "撤回公告" not in seen(reviewer.get("/v/announcements/1"))
    assert "公告由省工信厅发布" in seen(reviewer.get("/v/announcements/new"))
    assert desk.get("/v/announcements/99").status_code == 404
    for older in ("x", "9" * 30, "-1"):
        assert desk.get(f"/v/announcements?older={older}").status_code == 200
