"""评定表: filled from Excel, judged cell by cell, proposed as a batch, confirmed by another person."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from models.notice import Notice
from models.person import Person
from models.platform import Platform
from models.recognition import Ruling, RulingBatch
from models.terms import Role
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.documents import ruling_sheets
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated

SHEET = "/v/rulings/sheet?year=2026"
WHY = {"reason": "年度综合评定", "without_basis": "按平时掌握"}
HEAD = "平台编号\t平台名称\t平台网站日常更新维护\t协同\n"


def cell(platform_id: int, code: str) -> str:
    return f"p-{platform_id}-{code}"


def in_force(rows: Any) -> dict[tuple[int, str], Decimal | None]:
    with rows() as session:
        return {(row.platform_id, row.indicator): row.points for row in session.scalars(sa.select(Ruling))}


def colleague(rows: Any, role: Role = Role.PROVINCE) -> str:
    with rows() as session:
        return str(session.get_one(Person, builders.staff(session, role=role).person_id).openid)


def send(phone: Any, deed: str, page: Any = None, path: str = SHEET, **typed: Any) -> Any:
    """Send the sheet as the page shows it (as ``page`` showed it)."""
    shown = page or phone.get(path)
    versions = re.findall(r'name="seen" value="([^"]*)"', shown.text)[0]
    sent = phone.client.post(
        path,
        data={"csrf_token": csrf_token(shown), "seen": versions, "deed": deed, **typed},
        headers={"User-Agent": phone.agent},
    )
    return phone._follow(sent)


def confirm(phone: Any, page: Any, batch: int = 1) -> Any:
    mark = re.findall(r'name="seen" value="([^"]*)"', page.text)
    return phone.post(f"/v/ruling-batches/{batch}/confirm", SHEET, seen=mark[0] if mark else "")


def test_a_batch_is_proposed_by_one_and_confirmed_by_another(rows: Any, phone: Any, world: World) -> None:
    """Old beside new, the differences first; nothing counts before; one notice per platform; twice is once."""
    own, other = world.platform_id, world.other_platform_id
    official, second = phone(world.province), phone(colleague(rows))
    with rows() as session:
        by = builders.staff(session, role=Role.PROVINCE)
        stated = Stated("按平时掌握")
        rulings.rule_on(session, own, 2026, "coordination", Decimal(15), "初评", by, builders.NOW, stated=stated)
    typed = {cell(own, "coordination"): "8.5", cell(other, "coordination"): "12", cell(other, "website"): "４.5分"}
    page = send(official, "propose", **typed, **WHY)
    assert "已提出3项评定，须由另一位同事确认" in seen(page)
    assert in_force(rows) == {(own, "coordination"): 15, (other, "coordination"): None, (other, "website"): None}
    assert "须由另一位同事确认" in seen(official.get("/v/ruling-batches/1"))
    assert "由您提出" in seen(confirm(official, second.get("/v/ruling-batches/1")))
    shown = second.get("/v/ruling-batches/1")
    text = re.sub(r"\s+", "", seen(shown))
    assert "确认后3项生效，其中1项改变已评定的得分" in text
    assert text.index("158.5－6.5") < text.index("待评定12—")
    for _ in range(2):
        assert "已生效" in seen(confirm(second, shown))
    assert in_force(rows) == {
        (own, "coordination"): Decimal("8.5"),
        (other, "coordination"): 12,
        (other, "website"): Decimal("4.5"),
    }
    with rows() as session:
        told = [notice for notice in session.scalars(sa.select(Notice)) if notice.facts["deed"] == "batch"]
        assert sorted((notice.platform_id, len(notice.facts["lines"])) for notice in told) == [(own, 1), (other, 2)]
        assert all(row.ruled_with != row.ruled_by for row in session.scalars(sa.select(Ruling)))
    inbox = seen(phone(world.other_staff).get("/p/notices"))
    assert "4.5分" in inbox
    assert "理由：年度综合评定" in inbox


def test_a_platform_is_known_by_its_place_alone(rows: Any, phone: Any, world: World) -> None:
    """A province's own table says 长沙市 and 长沙县, and leaves out what all names end in."""
    with rows() as session:
        county = builders.platform(
            session, code="430121", name="长沙县窗口平台", region_code="430121", kind="county"
        ).id
    official = phone(world.province)
    page = send(official, "fill", pasted="平台名称\t网站维护\n长沙市\t4.5\n长沙县 \t3\n长沙\t2\n株洲市窗口\t1\n")
    text = seen(page)
    assert "第4行：没有编号或名称为“长沙”的平台" in text
    for platform_id, value in ((world.platform_id, "4.5"), (county, "3"), (world.other_platform_id, "1")):
        assert f'name="{cell(platform_id, "website")}" value="{value}"' in page.text
    with rows() as session:  # of its own name nothing is left
        builders.platform(session, code="430122", name="窗口平台", region_code="430122", kind="county")
    assert "没有编号或名称为“”的平台" in seen(send(official, "fill", pasted="平台名称\t网站维护\n\t4.5\n"))


def test_bad_cells_are_named_and_the_rest_stays(rows: Any, phone: Any, world: World) -> None:
    """An unknown platform, a row twice, above full, off the grid, no number: each named; nothing is written."""
    with rows() as session:
        third = builders.platform(session, code="430300", name="湘潭市窗口平台", region_code="430300").id
        builders.platform(session, code="430400", name="衡阳市窗口平台", region_code="430400")
    pasted = HEAD + (
        "430100\t\t4.5\t12.345\n" "999999\t某平台\t4\t3\n" "\t株洲市窗口平台\t5.5\t20\n" "430100\t\t3\t\n"
        "430300\t\t四分\t16.1\n"
    )  # fmt: skip
    official = phone(world.province)
    page = send(official, "fill", pasted=pasted, **{cell(third, "website"): "3"})
    text = seen(page)
    assert page.status_code == 422
    assert "第2行，长沙市窗口平台“与工信部门、其他涉企部门、省枢纽平台的协同”" in text.replace(
        "省平台的", "省枢纽平台的"
    )
    assert "分值应在0至20分之间，并为0.1分的整数倍" in text
    assert "第3行：没有编号或名称为“999999”的平台" in text
    assert "分值应在0至5分之间，并为0.5分的整数倍" in text
    assert "第5行，长沙市窗口平台：与第2行是同一家平台" in text
    assert "“四分”不是分数" in text
    for name, value in ((cell(world.platform_id, "website"), "4.5"), (cell(third, "coordination"), "16.1")):
        assert f'name="{name}" value="{value}"' in page.text
    assert "999999\t某平台" in page.text  # what was pasted is still there
    assert in_force(rows) == {}
    typed = {cell(world.platform_id, "website"): "4.5", cell(third, "coordination"): "20.5"}
    page = send(official, "propose", **typed, **WHY)
    assert "湘潭市窗口平台" in seen(page)
    assert f'name="{cell(world.platform_id, "website")}" value="4.5"' in page.text
    assert "年度综合评定</textarea>" in page.text
    assert in_force(rows) == {}
    page = send(official, "propose", **{cell(world.platform_id, "website"): "4.5"}, reason="")
    assert "请写明理由" in seen(page)
    with rows() as session:
        assert session.scalars(sa.select(RulingBatch)).all() == []


def test_what_rests_on_nothing_is_named_at_its_cell(rows: Any, phone: Any, world: World) -> None:
    """No inspection and no reason for it; an approved opinion without the annex's paper: all refused together."""
    official = phone(world.province)
    typed = {cell(world.platform_id, "website"): "4", cell(world.platform_id, "online_service"): "10"}
    text = seen(send(official, "propose", **typed, reason="年度综合评定"))
    assert "尚无可作依据的网站检查" in text
    assert "缺少佐证材料" in text
    assert in_force(rows) == {}


def test_a_stale_sheet_is_refused_with_both_values(rows: Any, phone: Any, world: World) -> None:
    """15 is not lost to 8: the cell says what stands and what was typed, and sending it again is a decision."""
    official, other = phone(world.province), phone(colleague(rows))
    stale = official.get(SHEET)
    bench = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    said = {"deed": "rule", "points": "15", "reason": "响应及时", "without_basis": "按平时掌握", "version": "0"}
    other.post(bench, **said)
    name = cell(world.platform_id, "coordination")
    page = send(official, "propose", stale, **{name: "8"}, **WHY)
    assert page.status_code == 422
    assert "评定为15分。您填写的是8分" in seen(page)
    assert f'name="{name}" value="8"' in page.text
    assert in_force(rows) == {(world.platform_id, "coordination"): 15}
    assert "已提出1项" in seen(send(official, "propose", page, **{name: "8"}, **WHY))
    assert in_force(rows) == {(world.platform_id, "coordination"): 15}


def test_two_people_on_one_batch(rows: Any, phone: Any, world: World) -> None:
    """What a colleague ruled meanwhile drops out of it, and a page that did not show that confirms nothing."""
    official, other = phone(world.province), phone(colleague(rows))
    own, name = world.platform_id, "coordination"
    send(official, "propose", **{cell(own, name): "8", cell(world.other_platform_id, name): "9"}, **WHY)
    stale = other.get("/v/ruling-batches/1")
    bench = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    version = re.findall(r'name="version" value="(\d+)"', other.get(bench).text)[0]
    said = {"deed": "rule", "points": "11", "reason": "核实", "without_basis": "按平时掌握", "version": version}
    assert "评定已生效" in other.post(bench, **said).text
    refused = confirm(other, stale)
    assert "其他同事刚刚办理过" in seen(refused)
    assert "另有1项已由他人另行办理" in seen(refused)
    assert in_force(rows) == {(own, name): 11, (world.other_platform_id, name): None}
    assert "已生效" in seen(confirm(other, refused))
    assert in_force(rows) == {(own, name): 11, (world.other_platform_id, name): 9}


def test_a_batch_is_taken_back_before_it_is_confirmed(rows: Any, phone: Any, world: World) -> None:
    """What was in force stays; what was proposed waits no more; confirmed afterwards it is refused."""
    official, other = phone(world.province), phone(colleague(rows))
    name = cell(world.platform_id, "coordination")
    send(official, "propose", **{name: "8"}, **WHY)
    assert "待确认8" in seen(official.get(SHEET))
    shown = other.get("/v/ruling-batches/1")
    for _ in range(2):
        taken = official.post("/v/ruling-batches/1/withdraw", SHEET)
        assert "已撤回" in seen(taken)
    assert "待确认8" not in seen(official.get(SHEET))
    assert "已撤回，未生效" in seen(confirm(other, shown))
    assert in_force(rows) == {(world.platform_id, "coordination"): None}


def test_what_cannot_be_in_force_any_more_is_named(rows: Any, phone: Any, world: World) -> None:
    """A year that was sealed between proposal and confirmation: its cell says so, and nothing of the batch is ruled."""
    official, other = phone(world.province), phone(colleague(rows))
    own, name = world.platform_id, "coordination"
    send(official, "propose", **{cell(own, name): "8", cell(world.other_platform_id, name): "9"}, **WHY)
    shown = other.get("/v/ruling-batches/1")
    with rows() as session:
        builders.seal(session, session.get_one(Platform, own))
    refused = confirm(other, shown)
    text = seen(refused)
    assert "其中1项现在不能生效，整批都未生效" in text
    assert text.index("长沙市窗口平台") < text.index("锁定")
    assert in_force(rows) == {(own, name): None, (world.other_platform_id, name): None}


def test_the_hub_proposes_opinions_and_websites(rows: Any, phone: Any, world: World) -> None:
    """A batch of the hub: its opinion on a recognition; 协同 is not its own; a platform sees none of it."""
    hub = phone(world.reviewer)
    own = world.platform_id
    refused = send(hub, "propose", **{cell(own, "coordination"): "8"}, **WHY)
    assert "没有权限" in seen(refused)
    typed = {cell(own, "online_service"): "0", cell(own, "website"): "4"}
    assert "已提出2项" in seen(send(hub, "propose", **typed, **WHY))
    fellow = phone(colleague(rows, Role.REVIEWER))
    page = fellow.get("/v/ruling-batches/1")
    assert "请省工信厅同事确认" in seen(page)
    assert "确认2项生效" not in seen(page)
    assert "已生效" in seen(confirm(phone(world.province), phone(world.province).get("/v/ruling-batches/1")))
    assert in_force(rows) == {(own, "online_service"): 0, (own, "website"): 4}
    assert phone(world.staff).get("/v/ruling-batches/1").status_code in (403, 404)


def test_an_upload_fills_the_sheet_and_its_own_download_changes_nothing(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    raw = ruling_sheets.workbook(["协同"], [("430100", "", [Decimal("16.5")])])
    sent = official.answer(
        official.client.post(
            "/v/rulings/sheet/upload?year=2026",
            data={"csrf_token": csrf_token(official.get(SHEET)), "sheet": (BytesIO(raw), "评定.xlsx")},
            headers={"User-Agent": official.agent},
        )
    )
    assert f'name="{cell(world.platform_id, "coordination")}" value="16.5"' in sent.text
    assert "已填入1项" in seen(sent)
    own = official.get("/v/rulings/sheet.xlsx?year=2026")
    assert len(ruling_sheets.read(own.data, {}).lines) == 2
    assert "没有需要提出的改动" in seen(send(official, "propose", **WHY))
    assert "请选择要上传的文件" in seen(
        official.post("/v/rulings/sheet/upload?year=2026", "/v/rulings/sheet?year=2026")
    )


@pytest.mark.parametrize("kind", [None, *PlatformKind])
def test_filters_stand_in_the_address(rows: Any, phone: Any, world: World, kind: PlatformKind | None) -> None:
    """Year, kind, indicator and only awaited; a year without rules is none."""
    official = phone(world.province)
    page = official.get(f"{SHEET}&kind={kind.value if kind else ''}&indicator=website&awaited=1")
    is_there = kind in (None, PlatformKind.PREFECTURE)
    assert ("长沙市窗口平台" in seen(page)) is is_there
    assert cell(world.platform_id, "coordination") not in page.text
    with rows() as session:
        by = builders.staff(session, role=Role.REVIEWER)
        rule = (Decimal(4), "好", by, builders.NOW)
        rulings.rule_on(session, world.platform_id, 2026, "website", *rule, stated=Stated("按平时掌握"))
    page = official.get(f"{SHEET}&indicator=website&awaited=1")
    assert cell(world.platform_id, "website") not in page.text
    assert cell(world.other_platform_id, "website") in page.text
    assert official.get("/v/rulings/sheet?year=2019").status_code == 404


def test_the_only_official_is_told_that_a_second_is_needed(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    page = send(official, "propose", **{cell(world.platform_id, "coordination"): "8"}, **WHY)
    assert "目前没有另一位可以确认的同事" in seen(page)
    colleague(rows)
    assert "目前没有另一位" not in seen(official.get("/v/ruling-batches/1"))
