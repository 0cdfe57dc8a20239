"""评定认定 on the desk: as far as each role may, two persons where two are asked, on what is really there."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment, Evidence, Response
from models.person import Person, StaffRole
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.record import Post
from models.terms import AssignmentKind, Channel, FusionKind, PostKind, Role, Stage, Subject
from scoring.terms import EvidenceItem, IndicatorCode, PlatformKind
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc import wording
from wxsvc.services.judging import rulings as judging
from wxsvc.services.judging.stated_reasons import Stated

STATED = {"without_basis": "平台已书面说明，经现场核实", "against_opinion": "已到现场复核"}
"""What is said apart where nothing is recorded that a ruling rests on."""


def rulings(rows: Any) -> dict[IndicatorCode, tuple[Decimal | None, Decimal | None]]:
    with rows() as session:
        return {row.indicator: (row.opinion_points, row.points) for row in session.scalars(sa.select(Ruling))}


def shown_version(page: Any) -> str:
    """The version that a form of the page carries."""
    return re.findall(r'name="version" value="(\d+)"', page.text)[0]


def say(phone: Any, path: str, **typed: Any) -> Any:
    """Send the form as the page shows it now."""
    return phone.post(path, version=shown_version(phone.get(path)), **STATED | typed)


def test_the_hub_rules_the_website_in_halves(rows: Any, phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    path = f"/v/rulings/{world.platform_code}/website?year=2026"
    assert "以0.5分为单位" in hub.get(path).text
    assert "分值应在0至5分之间" in seen(say(hub, path, deed="rule", points="4.3", reason="更新及时"))
    assert "请填写分数" in seen(say(hub, path, deed="rule", points="四分", reason="更新及时"))
    empty = say(hub, path, deed="rule", points="4.5", reason="")
    assert "请写明理由" in seen(empty)
    assert 'value="4.5"' in empty.text
    assert "评定已生效" in say(hub, path, deed="rule", points="4.5", reason="更新及时").text
    assert rulings(rows) == {IndicatorCode.WEBSITE: (None, Decimal("4.5"))}
    assert "4.5分" in hub.get("/v/rulings").text
    assert "评定已撤回" in say(hub, path, deed="withdraw", reason="平台申诉").text


def test_the_hub_gives_an_opinion_and_the_province_confirms(rows: Any, phone: Any, world: World) -> None:
    hub, province = phone(world.reviewer), phone(world.province)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    assert "须先由省枢纽平台提出意见" in province.get(path).text
    assert "意见已提交" in say(hub, path, deed="opinion", points="10", reason="均可办理").text
    assert "意见10分，待确认" in seen(hub.get("/v/rulings"))
    refused = say(hub, path, deed="rule", points="10", reason="均可办理")
    assert "没有权限" in seen(refused)
    unproved = say(province, path, deed="rule", points="10", reason="同意")
    assert "缺少佐证材料" in seen(unproved)
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (Decimal(10), None)}


@pytest.mark.parametrize("deed", ["opinion", "rule"])
def test_an_officials_own_word_waits_for_another_official(rows: Any, phone: Any, world: World, deed: str) -> None:
    """The page says whose word it is and who must still confirm; the same person cannot, a colleague can."""
    with rows() as session:
        colleague = session.get_one(Person, builders.staff(session, role=Role.PROVINCE).person_id).openid
    official, other = phone(world.province), phone(colleague)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    assert "须由另一位省工信厅同事确认" in seen(say(official, path, deed=deed, points="0", reason="无法办理"))
    page = seen(official.get(path))
    assert "省工信厅意见 0分" in page
    assert "省枢纽平台意见 " not in page
    assert "确认省工信厅意见" not in page
    assert "省工信厅意见0分，待确认" in seen(official.get("/v/rulings"))
    say(official, path, deed="rule", points="0", reason="仍无法办理")
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (None, None)}
    assert "确认省工信厅意见" in seen(other.get(path))
    assert "评定已生效" in say(other, path, deed="rule", points="0", reason="仍无法办理").text
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (None, Decimal(0))}


def test_one_person_in_both_roles_is_one_person(rows: Any, phone: Any, world: World) -> None:
    """Who advised as the hub is refused as the province."""
    with rows() as session:
        advised = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.REVIEWER)).one()
        person_id = advised.person_id
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    say(phone(world.reviewer), path, deed="opinion", points="0", reason="无法办理")
    with rows() as session:
        session.get_one(StaffRole, advised.id).ended_at = builders.NOW
        session.add(StaffRole(person_id=person_id, role=Role.PROVINCE, granted_at=builders.NOW))
    both = phone(world.reviewer)
    page = both.get(path)
    assert "省枢纽平台意见" in page.text
    assert "须由另一位同事确认" in seen(page)
    assert "该意见由您本人提出" in seen(say(both, path, deed="rule", points="0", reason="同意"))
    assert "评定已生效" in say(phone(world.province), path, deed="rule", points="0", reason="同意").text


@pytest.mark.parametrize("version", [{}, {"version": "0"}, {"version": "1"}])
def test_a_stale_tab_is_shown_both_values(rows: Any, phone: Any, world: World, version: dict[str, str]) -> None:
    """Nothing is overwritten, what was typed is still there, and sending it again is a decision."""
    official = phone(world.province)
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    say(official, path, deed="rule", points="12", reason="初评")
    say(official, path, deed="rule", points="15", reason="响应及时")
    stale = official.post(path, deed="rule", points="8", reason="迟报两次", **STATED | version)
    assert stale.status_code == 409
    text = seen(stale)
    assert "2026年11月23日 10:00评定为15分" in text
    assert "您填写的是8分" in text
    assert "迟报两次</textarea>" in stale.text
    assert 'value="8"' in stale.text
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(15))}
    again = official.post(
        path, deed="rule", points="15", reason="响应及时", **STATED | version
    )  # what stands already: no decision is lost
    assert "评定已生效" in again.text
    official.post(path, deed="rule", points="8", reason="迟报两次", version=shown_version(stale), **STATED)
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(8))}


def test_another_mistake_does_not_make_a_stale_form_fresh(rows: Any, phone: Any, world: World) -> None:
    """The form keeps what it saw until the page has said what is new."""
    official = phone(world.province)
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    say(official, path, deed="rule", points="15", reason="响应及时")
    wrong = official.post(path, deed="rule", points="8", reason="", version="0")
    assert shown_version(wrong) == "0"


def test_coordination_is_the_provinces_alone(rows: Any, phone: Any, world: World) -> None:
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    assert "<form" not in phone(world.reviewer).get(path).text
    done = say(phone(world.province), path, deed="rule", points="18", reason="响应及时")
    assert "评定已生效" in done.text
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(18))}


@pytest.mark.parametrize("stage", list(Stage))
def test_what_a_ruling_rests_on_says_how_far_it_is(rows: Any, phone: Any, world: World, stage: Stage) -> None:
    """Withdrawn and voided rows, and those of another year, are no basis; others show their stage: on both pages."""
    day = date(2026, 11, 3)
    with rows() as session:
        cluster = builders.platform(session, code="JQ01", name="某产业集群", kind=PlatformKind.CLUSTER)
        paper = session.scalars(sa.select(Evidence)).one().sha256
        for year, called in ((2026, "本年"), (2025, "上年")):
            given = {"year": year, "created_at": builders.NOW}
            assignment = Assignment(kind=AssignmentKind.CASES, title=f"{called}案例征集", content="x", **given)
            item = ServiceItem(name=f"{called}政策匹配", **given)
            session.add_all([assignment, item])
            session.flush()
            reviewed = given | {"stage": stage}
            offered = {"channel": Channel.WEBSITE, "address": f"https://{year}.example"}
            fusion = PlatformFusion(
                platform_id=cluster.id,
                kind=FusionKind.BUILT,
                name=f"{called}融合平台",
                provider="乙",
                started_on=day,
                effect="好",
                **reviewed,
            )
            shared = {"platform_id": world.platform_id}
            session.add_all(
                [
                    Response(
                        assignment_id=assignment.id, content=f"{called}已征集", responded_on=day, **shared, **reviewed
                    ),
                    OnlineService(service_item_id=item.id, **offered, **shared, **reviewed),
                    SiteInspection(inspected_on=date(year, 11, 3), findings=f"{called}检查", **shared, **given),
                    Post(
                        kind=PostKind.NEWS,
                        title="甲",
                        link=f"https://{year}.example/1",
                        posted_on=day,
                        **shared,
                        **given,
                    ),
                    Post(
                        kind=PostKind.NEWS,
                        title="乙",
                        link=f"https://{year}.example/2",
                        posted_on=day,
                        withdrawn_at=builders.NOW,
                        **shared,
                        **given,
                    ),
                    fusion,
                ]
            )
            session.flush()
            proof = {"platform_id": cluster.id, "year": year, "item": EvidenceItem.PLATFORM_FUSION_PAPERS}
            session.add(
                Evidence(
                    title=f"{called}融合佐证",
                    sha256=paper,
                    subject=Subject.PLATFORM_FUSION,
                    subject_id=fusion.id,
                    created_at=builders.NOW,
                    **proof,
                )
            )
    fold(rows)
    official = phone(world.province)
    is_basis = stage is not Stage.VOID
    for line, told in (
        ("coordination", "已征集"),
        ("platform_fusion", "融合平台"),
        ("online_service", "政策匹配"),
        ("website", "检查"),
    ):
        code = "JQ01" if line == "platform_fusion" else world.platform_code
        for page in (f"/v/rulings/{code}/{line}?year=2026", f"/v/score/{code}/{line}?year=2026"):
            text = seen(official.get(page))
            assert "上年" not in text, page
            assert (f"本年{told}" in text) is (is_basis or line == "website"), page
            assert "已响应" not in text
            assert ("未响应" in text) is (line == "coordination" and not is_basis), page
            if line == "website":
                assert "信息发布1条" in text
            elif is_basis:
                assert ("未提交" if stage is Stage.PUBLISHED else wording.word(stage)) in text, page
    ruled = seen(official.get("/v/rulings/JQ01/platform_fusion?year=2026"))
    assert ("本年融合佐证" in ruled) is is_basis
    if not is_basis:
        with rows() as session:
            colleague = builders.staff(session, role=Role.REVIEWER)
            cluster_id = session.scalars(sa.select(Platform.id).where(Platform.code == "JQ01")).one()
            place = (session, cluster_id, 2026, IndicatorCode.PLATFORM_FUSION)
            judging.give_opinion(*place, Decimal(10), "资料齐全", colleague, builders.NOW, stated=Stated(**STATED))
        refused = say(official, "/v/rulings/JQ01/platform_fusion?year=2026", deed="rule", points="10", reason="同意")
        assert "缺少佐证材料" in seen(refused)


@pytest.mark.parametrize(
    "path", ["/v/rulings/430100/platform_fusion", "/v/rulings/430100/brand", "/v/rulings/x/website"]
)
def test_what_is_not_ruled_here_is_404(phone: Any, world: World, path: str) -> None:
    assert phone(world.province).get(path).status_code == 404
