"""平台: the official's list and forms; what was typed comes back with the sentence; the reviewer only reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.platform import Platform
from models.terms import Subject
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.web import Phone, seen
from tests.wxsvc.pages.world import World

NEW = {
    "code": "430302",
    "kind": "county",
    "name": "雨湖区窗口平台",
    "region": "430302",
    "reason": "省厅批复",
}


@pytest.fixture
def desk(phone: Callable[..., Phone], world: World) -> Phone:
    return phone(world.province)


def test_a_platform_is_added_and_listed(desk: Phone, rows: Any) -> None:
    shown = seen(desk.post("/v/platforms/new", **NEW))
    assert "平台已新增" in shown
    assert "湘潭市雨湖区" in shown
    listed = seen(desk.get("/v/platforms?kind=county&city=430300&text=雨湖"))
    assert "共1家" in listed
    assert "雨湖区窗口平台" in listed
    assert "没有符合条件" in seen(desk.get("/v/platforms?kind=cluster"))
    with rows() as session:
        assert session.scalars(sa.select(Platform.kind).where(Platform.code == "430302")).one() is PlatformKind.COUNTY


def test_what_is_wrong_stands_beside_its_field(desk: Phone) -> None:
    got = desk.post("/v/platforms/new", **NEW | {"region": "430300", "website": "例子"})
    assert got.status_code == 422
    assert "以http://或https://开头" in seen(got)
    assert "雨湖区窗口平台" in got.text
    got = desk.post("/v/platforms/new", **NEW | {"region": "430300"})
    assert "请选择县（市、区）或园区" in seen(got)
    got = desk.post("/v/platforms/new", **NEW | {"code": "430100"})
    assert "已用于“长沙市窗口平台”" in seen(got)
    assert "请写明理由" in seen(desk.post("/v/platforms/new", **NEW | {"reason": ""}))


def test_a_park_outside_the_list_is_typed(desk: Phone) -> None:
    shown = desk.post("/v/platforms/new", **NEW | {"code": "430378", "region": "", "park_code": "430378"})
    assert "平台已新增" in seen(shown)
    assert 'value="430378" selected' in shown.text


def test_a_platform_is_renamed_by_the_version_that_was_seen(desk: Phone, world: World, rows: Any) -> None:
    at = f"/v/platforms/{world.platform_code}"
    typed = {"deed": "change", "name": "长沙市中小企业窗口平台", "region": "430100", "reason": "更名", "seen": "0"}
    shown = seen(desk.post(at, **typed))
    assert "曾用名" in shown
    assert "长沙市窗口平台（至" in shown
    got = desk.post(at, **typed | {"name": "又一个名称"})
    assert got.status_code == 409
    assert "已在别处修改过" in seen(got)
    assert "目前保存的是“长沙市中小企业窗口平台”" in seen(got)
    assert 'value="又一个名称"' in got.text
    with rows() as session:
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.subject == Subject.PLATFORM)).one()
        assert (entry.before or {})["name"] == "长沙市窗口平台"


def test_a_closed_platform_lets_its_staff_in_no_more(desk: Phone, phone: Callable[..., Phone], world: World) -> None:
    at, worker = f"/v/platforms/{world.platform_code}", phone(world.staff)
    assert worker.get("/p/today").status_code == 200
    got = desk.post(at, deed="close", closed_on="2099-01-01", reason="撤并", seen="0")
    assert "日期不能晚于今天" in seen(got)
    assert "平台已关停" in seen(desk.post(at, deed="close", closed_on="2026-11-01", reason="撤并", seen="0"))
    assert worker.get("/p/today").status_code == 403
    assert world.platform_code in seen(desk.get("/v/platforms?state=closed"))
    scores = desk.get("/v/scores?year=2026&sort=rank").text
    assert "已关停" in scores
    assert 'data-label="名次">—<' in scores
    assert desk.get("/v/scores/excel?year=2026").status_code == 200
    assert "平台已恢复" in seen(desk.post(at, deed="reopen", reason="恢复", seen="1"))
    assert desk.post(at, deed="else", reason="恢复", seen="2").status_code == 400


def test_the_reviewer_reads(phone: Callable[..., Phone], world: World) -> None:
    reviewer = phone(world.reviewer)
    shown = reviewer.get(f"/v/platforms/{world.platform_code}")
    assert "更名或更正" not in seen(shown)
    assert "新增平台由省工信厅办理" in seen(reviewer.get("/v/platforms/new"))


def test_the_list_comes_page_by_page(desk: Phone, rows: Any) -> None:
    with rows() as session:
        for number in range(60):
            builders.platform(session, code=f"T{number:03}", name=f"测试{number}平台")
    first, second = seen(desk.get("/v/platforms")), seen(desk.get("/v/platforms?page=2"))
    assert "共62家，第1页，共2页" in first
    assert "测试59平台" in second
    assert "测试59平台" not in first
    for query in ("page=99999999999999999999", "page=-1", "text=%00", "kind=%00&city=%00", "state=else"):
        assert desk.get(f"/v/platforms?{query}").status_code == 200


def test_a_colleague_is_transferred_and_told(desk: Phone, phone: Callable[..., Phone], world: World) -> None:
    page = desk.get("/v/people").text
    at = re.findall(r"/v/people/(\d+)\"", page)
    person = next(f"/v/people/{each}" for each in at if "长沙市窗口平台" in seen(desk.get(f"/v/people/{each}")))
    typed = {"role": world.role_id, "platform": world.other_platform_id}
    got = desk.post(f"{person}/transfer", person, **typed, reason="")
    assert got.status_code == 422
    assert "请写明理由" in seen(got)
    assert "请选择" in seen(desk.post(f"{person}/transfer", person, role=world.role_id, platform="", reason="轮岗"))
    shown = seen(desk.post(f"{person}/transfer", person, **typed, reason="轮岗"))
    assert "已通知本人" in shown
    assert "在任" in shown
    worker = phone(world.staff)
    assert "株洲市窗口平台" in seen(worker.get("/p/today"))
    assert "已由长沙市窗口平台调整到株洲市窗口平台" in seen(worker.get("/p/notices"))
    assert desk.get("/v/people/999999").status_code == 404
