"""附件2 on the phone: the checklist of the own kind, what each missing item costs, papers for the whole year."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import BonusClaim, Evidence
from models.platform import Platform, PlatformYear
from models.recognition import OnlineService, Ruling, ServiceItem
from models.stored_file import StoredFile
from models.terms import Channel, Stage
from scoring.terms import BonusKind, EvidenceItem, PlatformKind
from tests import builders, paper_files
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, fold, seen
from tests.wxsvc.pages.world import World

PATH = "/p/evidence"


def send(staff: Any, path: str = PATH, **sent: Any) -> Any:
    data = {"csrf_token": csrf_token(staff.get(PATH)), "year": "2026", **sent}
    answer = staff.client.post(path, data=data, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT})
    return staff.get(answer.headers["Location"].partition("#")[0]) if answer.status_code == 303 else answer


def standing(rows: Any) -> list[Evidence]:
    with rows() as session:
        query = sa.select(Evidence).where(Evidence.withdrawn_at.is_(None)).order_by(Evidence.id)
        return list(session.scalars(query))


def section(page: Any, item: EvidenceItem) -> str:
    """What a reader sees of one item."""
    begins = page.text.index(f'id="{item.value}"')
    part = page.text[begins : page.text.index("</section>", begins)]
    return seen(type("Part", (), {"text": part})())


def test_the_checklist_is_that_of_the_own_kind_and_says_what_is_missing(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.get(PATH)
    assert "有10分暂不能计入" in section(page, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
    assert "已提供1件" in section(page, EvidenceItem.HONOUR_PAPERS)
    assert EvidenceItem.RESEARCH_REPORT.value not in page.text
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = PlatformKind.CLUSTER
    page = staff.get(PATH)
    assert "分暂不能计入" in section(page, EvidenceItem.RESEARCH_REPORT)
    assert "不影响得分" in section(page, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)


def test_a_paper_for_the_year_is_put_under_its_item_and_taken_back(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    item = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    for _ in range(2):
        page = send(staff, item=item.value, paper=[(BytesIO(paper_files.pdf()), "截图汇总.pdf")])
    assert "佐证材料已保存" in seen(page)
    assert "已提供1件" in section(page, item)
    assert "全年通用" in section(page, item)
    page = send(staff, item=item.value, link="https://example.cn/shots")
    assert "已提供2件" in section(page, item)
    for paper in standing(rows):
        page = send(staff, f"{PATH}/{paper.id}/withdraw")
        assert "佐证材料已撤回" in seen(page)
    assert standing(rows) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "请上传材料或填写链接"),
        ({"link": "截图"}, "请填写完整的网址"),
        ({"link": "https://example.cn/" + "a" * 1000}, "控制在1000字以内"),
        ({"paper": [(BytesIO(b"MZ program"), "截图.png")]}, "这是程序文件"),
        ({"paper": [(BytesIO(b"\x89PNG\r\n\x1a\n broken"), "截图.png")]}, "文件已损坏"),
    ],
)
def test_what_is_wrong_is_said_under_its_item(
    rows: Any, phone: Any, world: World, sent: dict[str, Any], said: str
) -> None:
    item = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    page = send(phone(world.staff), item=item.value, **sent)
    assert page.status_code == 422
    assert said in section(page, item)
    assert len(standing(rows)) == 1
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    "sent", [{"item": "research_report"}, {"item": "nothing"}, {"item": "honour_papers", "year": "1990"}]
)
def test_what_the_annex_does_not_ask_is_not_there(rows: Any, phone: Any, world: World, sent: dict[str, str]) -> None:
    page = send(phone(world.staff), paper=[(BytesIO(paper_files.pdf()), "报告.pdf")], **sent)
    assert page.status_code == 404
    assert len(standing(rows)) == 1


def test_claims_without_their_own_proof_are_what_an_item_costs(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        session.add(
            BonusClaim(
                platform_id=world.platform_id,
                year=2026,
                kind=BonusKind.HONOUR,
                title="省级示范平台",
                issuer="省工信厅",
                awarded_on=builders.NOW.date(),
                submitted_at=builders.NOW,
                created_at=builders.NOW,
            )
        )
    part = section(phone(world.staff).get(PATH), EvidenceItem.HONOUR_PAPERS)
    assert "仍有申报缺佐证" in part
    assert "分暂不能计入" in part
    assert "在每项加分申报中上传" in part


def test_a_line_ruled_at_zero_loses_nothing_by_a_missing_paper(rows: Any, phone: Any, world: World) -> None:
    staff, item = phone(world.staff), EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    assert "“在线服务”有10分暂不能计入" in section(staff.get(PATH), item)
    with rows() as session:
        ruled = {"points": 0, "reason": "功能不全", "ruled_at": builders.NOW}
        session.add(Ruling(platform_id=world.platform_id, year=2026, indicator="online_service", **ruled))
    part = section(staff.get(PATH), item)
    assert "未提供。按要求须提供，不影响得分。" in part
    assert "有相关申报时须提供" not in part


def test_the_platform_says_whether_it_earns_on_the_market(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    item = EvidenceItem.FINANCIAL_STATEMENT
    assert "没有市场化服务业务收入，不用提供" in section(staff.get(PATH), item)
    for _ in range(2):
        page = send(staff, f"{PATH}/income", has_income="1")
    assert "有市场化服务业务收入。" in section(page, item)
    assert "按要求须提供，不影响得分" in section(page, item)
    with rows() as session:
        assert session.get_one(PlatformYear, (world.platform_id, 2026)).has_market_income
    send(staff, f"{PATH}/income")
    with rows() as session:
        assert not session.get_one(PlatformYear, (world.platform_id, 2026)).has_market_income


def test_another_platforms_paper_is_not_there(rows: Any, phone: Any, world: World) -> None:
    other = phone(world.other_staff)
    assert send(other, f"{PATH}/{world.evidence_id}/withdraw").status_code == 404
    assert len(standing(rows)) == 1


def test_a_sealed_year_is_only_looked_at(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    staff = phone(world.staff)
    page = staff.get(PATH)
    assert "已锁定，材料只能查看" in seen(page)
    assert 'type="file"' not in page.text
    refused = send(phone(world.staff), item="online_service_screenshots", link="https://example.cn")
    assert refused.status_code in (400, 422)


def test_a_year_without_rules_is_told_so(phone: Any, world: World) -> None:
    assert "2010年度没有评价办法" in seen(phone(world.staff).get(f"{PATH}?year=2010"))


@pytest.mark.parametrize(
    ("copied_as", "is_scan", "said"),
    [
        ("scan", True, "原件扫描件"),
        ("photo", False, "原件照片"),
        ("", None, "无原件或未注明"),
        ("print", None, "无原件或未注明"),
    ],
)
def test_how_a_paper_was_copied_is_asked_and_shown(
    rows: Any, phone: Any, world: World, copied_as: str, is_scan: bool | None, said: str
) -> None:
    """附件有原件的，要用扫描件，不用打印件: asked where papers are uploaded, kept, and shown to whoever reviews."""
    staff = phone(world.staff)
    item = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    assert "有原件的，请用扫描件或原件照片，不用打印件" in section(staff.get(PATH), item)
    page = send(staff, item=item.value, copied_as=copied_as, paper=[(BytesIO(paper_files.pdf()), "截图汇总.pdf")])
    assert said in section(page, item)
    assert standing(rows)[-1].is_scan is is_scan
    ruling = seen(phone(world.reviewer).get(f"/v/rulings/{world.platform_code}/online_service?year=2026"))
    assert said in ruling[ruling.index("截图汇总.pdf") :]


def test_a_papers_cost_is_said_before_it_is_taken_back(rows: Any, phone: Any, world: World) -> None:
    """Line and points; without a word nothing happens, with it the points wait, and the province is told."""
    with rows() as session:
        given = {"platform_id": world.platform_id, "year": 2026}
        item = ServiceItem(year=2026, name="政策咨询", created_at=builders.NOW)
        session.add(item)
        session.flush()
        offered = {"service_item_id": item.id, "channel": Channel.WEBSITE, "address": "https://example.cn/policy"}
        service = OnlineService(stage=Stage.APPROVED, created_at=builders.NOW, **offered, **given)
        ruled = {"points": 10, "reason": "均可办理", "ruled_at": builders.NOW}
        session.add_all([service, Ruling(indicator="online_service", **ruled, **given)])
        session.flush()
        paper = builders.proof(session, service, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        where = f"{PATH}/{paper.id}/withdraw"
    staff = phone(world.staff)
    asked = send(staff, where)
    assert asked.status_code == 422
    assert "10分暂不计" in seen(asked)
    assert "省枢纽平台和省工信厅会收到通知" in seen(asked)
    assert len(standing(rows)) == 2
    fold(rows)
    assert "省工信厅评定10，满分10" in seen(staff.get("/p/score?year=2026"))
    assert "佐证材料已撤回" in seen(send(staff, where, agreed="1"))
    fold(rows)
    assert "缺佐证，暂不计；省工信厅评定的10分" in seen(staff.get("/p/score?year=2026"))
    for clerk in (world.reviewer, world.province):
        inbox = phone(clerk).get("/v/notices")
        assert "长沙市窗口平台撤回了佐证材料" in seen(inbox)
        assert f"/v/annex/{world.platform_code}?year=2026" in inbox.text
