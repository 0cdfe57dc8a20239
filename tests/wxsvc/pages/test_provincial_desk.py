"""What the province sets and looks at: assignments, the list of online services, inspections of sites."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment
from models.platform import Platform
from models.recognition import ServiceItem, SiteInspection
from models.terms import Role
from tests import builders
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.records import assignments


def test_the_province_assigns_and_sees_who_answered(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    done = official.post(
        "/v/assignments", kind="conference", title="全省服务大会", content="组织企业参会", due_on="2026-12-10"
    )
    assert "已布置给全部平台" in seen(done)
    assert ">2家<" in done.text, "who has not answered"
    with rows() as session:
        row = session.scalars(sa.select(Assignment)).one()
        by = Actor(None, Role.PLATFORM, world.platform_id)
        assignments.respond(session, world.platform_id, row.id, "已组织12家企业", by, builders.NOW)
    page = official.get("/v/assignments").text
    assert re.search(r'data-label="已响应">1家<.*data-label="未响应">1家<', page, re.DOTALL)
    assert "长沙市窗口平台" in page
    gone = official.post(f"/v/assignments/{row.id}/withdraw", "/v/assignments")
    assert "还没有布置重点工作" in seen(gone)


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_kept(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.province).post("/v/assignments", kind="", title="", content="内容保留")
    assert page.status_code == 422
    assert "请选择一项" in page.text
    assert "内容保留" in page.text
    with rows() as session:
        assert session.scalars(sa.select(Assignment)).all() == []


def test_the_list_of_online_services_grows_and_shrinks(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    assert "已加入清单" in seen(official.post("/v/service-items", name="政策查询", description="可在线查询惠企政策"))
    assert "政策查询" in seen(official.post("/v/service-items", name="政策查询", description="可在线查询惠企政策"))
    with rows() as session:
        item = session.scalars(sa.select(ServiceItem)).one()
    assert "还没有内容" in seen(official.post(f"/v/service-items/{item.id}/withdraw", "/v/service-items"))


def test_a_site_is_inspected_and_the_ruling_shows_it(rows: Any, phone: Any, world: World) -> None:
    reviewer = phone(world.reviewer)
    assert "未检查" in seen(reviewer.get("/v/inspections"))
    path = f"/v/inspections/{world.platform_code}"
    wrong = reviewer.post(path, inspected_on="2026-11-20", findings="更新及时", proposed_points="4.7")
    assert wrong.status_code == 422
    assert "更新及时" in wrong.text
    kept = reviewer.post(
        path, inspected_on="2026-11-20", newest_update_on="2026-11-19", findings="更新及时", proposed_points="4.5"
    )
    assert "已登记本次检查" in seen(kept)
    with rows() as session:
        assert session.scalars(sa.select(SiteInspection)).one().findings == "更新及时"
    assert "11月20日（周五）检查，建议4.5分" in seen(reviewer.get(f"/v/rulings/{world.platform_code}/website"))
    assert reviewer.get("/v/inspections/nowhere").status_code == 404


def test_an_inspection_is_put_right_and_not_over_a_colleague(rows: Any, phone: Any, world: World) -> None:
    """The form begins with what was written; sent from an older page it says what stands by now."""
    reviewer, at = phone(world.reviewer), f"/v/inspections/{world.platform_code}"
    reviewer.post(at, inspected_on="2026-11-20", findings="更新及时", proposed_points="4.5")
    with rows() as session:
        one = f"{at}/{session.scalars(sa.select(SiteInspection)).one().id}"
    page = reviewer.get(one)
    assert f'href="{one}"' in reviewer.get(at).text
    assert ('value="2026-11-20"' in page.text, 'value="4.5"' in page.text, "更新及时" in page.text) == (True,) * 3
    mark = mark_of(page)
    wrong = reviewer.post(one, inspected_on="2026-11-20", findings="", seen=mark)
    assert wrong.status_code == 422
    kept = reviewer.post(one, inspected_on="2026-11-19", findings="两处链接打不开", proposed_points="4", seen=mark)
    assert "检查记录已更正" in seen(kept)
    overtaken = reviewer.post(one, inspected_on="2026-11-20", findings="栏目已恢复", seen=mark)
    assert overtaken.status_code == 409
    assert ("两处链接打不开" in seen(overtaken), "栏目已恢复" in overtaken.text) == (True, True)
    with rows() as session:
        row = session.scalars(sa.select(SiteInspection)).one()
        assert (row.inspected_on.day, row.findings, row.proposed_points) == (19, "两处链接打不开", 4)
        other = builders.platform(session, code="430999")
    assert reviewer.get(f"/v/inspections/{other.code}/{row.id}").status_code == 404
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    assert (f'href="{one}"' in reviewer.get(at).text, "只能查看" in seen(reviewer.get(one))) == (False, True)
    late = reviewer.post(one, at, inspected_on="2026-11-20", findings="又有更新", seen=mark)
    assert (late.status_code, "2026年度已锁定" in seen(late), "又有更新" in late.text) == (409, True, True)


def test_an_assignment_is_put_right_and_not_over_a_colleague(rows: Any, phone: Any, world: World) -> None:
    official, typed = phone(world.province), {"kind": "conference", "content": "组织企业参会"}
    official.post("/v/assignments", title="全省服务大会", due_on="2026-12-10", **typed)
    with rows() as session:
        at = f"/v/assignments/{session.scalars(sa.select(Assignment)).one().id}"
    assert f'href="{at}"' in official.get("/v/assignments").text
    page = official.get(at)
    assert ('value="2026-12-10"' in page.text, 'value="全省服务大会"' in page.text) == (True, True)
    mark = mark_of(page)
    assert official.post(at, title="", seen=mark, **typed).status_code == 422
    assert "已更正" in seen(official.post(at, title="全省中小企业服务大会", due_on="2026-12-18", seen=mark, **typed))
    overtaken = official.post(at, title="服务大会", seen=mark, **typed)
    assert overtaken.status_code == 409
    assert ("全省中小企业服务大会" in seen(overtaken), 'value="服务大会"' in overtaken.text) == (True, True)
    with rows() as session:
        row = session.scalars(sa.select(Assignment)).one()
        assert (row.title, row.due_on and row.due_on.day, row.year) == ("全省中小企业服务大会", 18, 2026)
    official.post(f"{at}/withdraw", "/v/assignments")
    assert "不能更正" in seen(official.get(at))


def mark_of(page: Any) -> str:
    """The mark that a form of the page carries."""
    found = re.search(r'name="seen" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


def test_the_list_of_services_is_carried_into_the_next_year(rows: Any, phone: Any, world: World) -> None:
    """With one tap while the new list is empty; twice, and by a colleague's older page, is once."""
    official, where = phone(world.province), "/v/service-items?year=2026"
    with rows() as session:
        for name, withdrawn_at in (("政策查询", None), ("法律咨询", None), ("停办的", builders.NOW)):
            kept = {"description": f"{name}说明", "created_at": builders.NOW, "withdrawn_at": withdrawn_at}
            session.add(ServiceItem(year=2025, name=name, **kept))
    page = seen(official.get(where))
    assert ("2025年度的清单有2项：政策查询、法律咨询" in page, "停办的" in page) == (True, False)
    assert "已沿用2025年度的清单，加入2项" in seen(official.post(where, deed="carry"))
    assert "加入0项" in seen(official.post(where, deed="carry"))
    with rows() as session:
        found = session.scalars(sa.select(ServiceItem).where(ServiceItem.year == 2026).order_by(ServiceItem.id)).all()
        assert [(each.name, each.description) for each in found] == [
            ("政策查询", "政策查询说明"),
            ("法律咨询", "法律咨询说明"),
        ]
    assert "沿用" not in seen(official.get(where))
    next_list = "/v/service-items?year=2027"
    assert ["沿用" in seen(phone(who).get(next_list)) for who in (world.province, world.reviewer)] == [True, False]


@pytest.mark.parametrize("path", ["/v/assignments", "/v/service-items"])
def test_the_hub_reads_what_the_province_sets(rows: Any, phone: Any, world: World, path: str) -> None:
    reviewer = phone(world.reviewer)
    page = reviewer.get(path)
    assert page.status_code == 200
    assert "<form" not in page.text
    typed = {"kind": "other", "title": "t", "content": "c", "name": "n"}
    assert reviewer.post_raw(path, csrf_token=csrf(reviewer), **typed).status_code == 403
    with rows() as session:
        assert session.scalars(sa.select(Assignment)).all() == []
        assert session.scalars(sa.select(ServiceItem)).all() == []


def csrf(reviewer: Any) -> str:
    """A token from a page that has a form."""
    return csrf_token(reviewer.get("/v/inspections/430100"))


def test_everything_else_is_found_on_one_page(phone: Any, world: World) -> None:
    page = phone(world.reviewer).get("/v/more").text
    for path in ("/v/inspections", "/v/assignments", "/v/service-items", "/v/people"):
        assert f'href="{path}"' in page
