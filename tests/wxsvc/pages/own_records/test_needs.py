"""需求与诉求 on the phone: entered, matched and closed with a result; what enterprises raise is taken up."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from models.person import Person
from models.platform import Platform
from models.record import Need
from models.terms import NeedKind, NeedState, Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons
from wxsvc.services.records import raised_needs
from wxsvc.services.records.raised_needs import RaisedNeed

PATH = "/p/needs"
NEW = f"{PATH}/new"


def typed(world: World, **fields: Any) -> dict[str, Any]:
    """A whole form; the region is the enterprise's."""
    return {
        "kind": "matching",
        "enterprise": world.enterprise_id,
        "title": "寻找检测机构",
        "content": "需要材料检测服务",
        "day": "2026-11-20",
    } | fields


def needs(rows: Any) -> list[Need]:
    with rows() as session:
        return list(session.scalars(sa.select(Need).order_by(Need.id)))


def raised(rows: Any, world: World, text: str = "想找懂注塑的数字化服务商。预算六十万。") -> str:
    """The address of a need that the visitor raised for the enterprise."""
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        asked = RaisedNeed(NeedKind.MATCHING, world.enterprise_id, "430102", text, world.platform_id)
        row = raised_needs.raise_need(session, asked, Actor(person.id), builders.NOW)
        return f"{PATH}/raised/{row.id}"


def test_a_need_is_entered_with_the_enterprises_region(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for _ in range(2):
        page = staff.post(NEW, **typed(world))
    (row,) = needs(rows)
    assert (row.region_code, row.kind, row.state, row.stage) == (
        "430102",
        NeedKind.MATCHING,
        NeedState.OPEN,
        Stage.SUBMITTED,
    )
    assert "待审核，通过后计入需求、诉求1条" in seen(page)
    assert "待对接" in seen(staff.get(PATH))


def test_a_region_is_asked_where_nobody_knows_it(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        new = builders.enterprise(session, name="没有地区的有限公司", region_code=None).id
    staff = phone(world.staff)
    page = staff.post(NEW, **typed(world, enterprise=new))
    assert page.status_code == 422
    assert "请选择企业所在地" in page.text[page.text.index('id="region-wrong"') :]
    staff.post(NEW, **typed(world, enterprise=new, region="430104"))
    with rows() as session:  # asked once
        assert session.get_one(Enterprise, new).region_code == "430104"
    assert needs(rows)[0].region_code == "430104"
    edit = staff.get(f"{PATH}/{needs(rows)[0].id}/edit").text
    assert "selected" not in edit[edit.index('id="region"') :]


def test_a_county_platform_is_not_asked_for_the_region(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        own.kind, own.region_code = PlatformKind.COUNTY, "430121"
        new = builders.enterprise(session, region_code=None).id
    phone(world.staff).post(NEW, **typed(world, enterprise=new))
    assert [row.region_code for row in needs(rows)] == ["430121"]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"kind": ""}, "kind", "请选择一项"),
        ({"kind": "wish"}, "kind", "格式不对"),
        ({"title": " "}, "title", "请填写此项"),
        ({"title": "长" * 101}, "title", "控制在100字以内"),
        ({"content": ""}, "content", "请填写此项"),
        ({"content": "长" * 2001}, "content", "控制在2000字以内"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-12-01"}, "day", "日期不能晚于今天"),
        ({"enterprise": ""}, "enterprise", "请选择企业"),
        ({"enterprise": "99999"}, "enterprise", "未找到所选企业"),
        ({"region": "abc"}, "region", "请选择一项"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, wrong: dict[str, Any], field: str, said: str
) -> None:
    page = phone(world.staff).post(NEW, **typed(world) | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert needs(rows) == []


def test_a_need_is_matched_then_closed_each_with_its_result(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(world))
    path = f"{PATH}/{needs(rows)[0].id}"
    assert "登记对接" in seen(staff.get(path))
    assert "办理结果" not in seen(staff.get(path))
    empty = staff.post(f"{path}/match", page=path, result=" ")
    assert (empty.status_code, needs(rows)[0].state) == (422, NeedState.OPEN)
    early = staff.post(f"{path}/close", page=path, result="已签约")
    assert "请先登记对接情况" in early.text[early.text.index('id="result-wrong"') :]
    for _ in range(2):
        assert "已登记对接情况" in seen(staff.post(f"{path}/match", page=path, result="与省检测院对接"))
    assert needs(rows)[0].state is NeedState.MATCHED
    page = staff.post(f"{path}/close", page=path, result="已签服务协议")
    assert "已办结" in seen(page)
    assert "结果已签服务协议" in seen(page)
    assert needs(rows)[0].state is NeedState.CLOSED
    late = staff.post(f"{path}/match", page=NEW, result="又一家")
    assert "已办结，不能再变更" in seen(late)


def test_an_appeal_is_answered_at_once(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(world, kind="appeal"))
    path = f"{PATH}/{needs(rows)[0].id}"
    assert "已办结" in seen(staff.post(f"{path}/close", page=path, result="已协调答复"))
    assert staff.post(f"{path}/burn", page=path, result="x").status_code == 404


def test_what_an_enterprise_raised_waits_at_the_top_and_is_taken_up(rows: Any, phone: Any, world: World) -> None:
    path = raised(rows, world)
    staff = phone(world.staff)
    assert "企业提出，待受理（1）" in seen(staff.get(PATH))
    page = staff.get(path)
    assert "想找懂注塑的数字化服务商。预算六十万。" in seen(page)
    assert staff.get(path.replace("/raised", "")).status_code == 404  # nobody's record yet
    empty = staff.post(f"{path}/take-up", page=path, title=" ")
    assert (empty.status_code, needs(rows)[0].stage) == (422, Stage.DRAFT)
    for _ in range(2):
        taken = staff.post(f"{path}/take-up", page=PATH + "/new", title="寻找注塑数字化服务商")
        assert "已受理，并提交审核" in seen(taken)
    (row,) = needs(rows)
    assert (row.stage, row.title) == (Stage.SUBMITTED, "寻找注塑数字化服务商")
    assert staff.get(path).request.path == f"{PATH}/{row.id}"
    assert "企业会看到这里写的结果" not in seen(staff.get(f"{PATH}/{row.id}"))  # matched first
    assert "待受理" not in seen(staff.get(PATH))


def test_what_cannot_be_helped_is_declined_with_a_reason(rows: Any, phone: Any, world: World) -> None:
    path = raised(rows, world)
    staff = phone(world.staff)
    empty = staff.post(f"{path}/decline", page=path, reason="")
    assert "请填写原因" in empty.text[empty.text.index('id="reason-wrong"') :]
    for _ in range(2):
        assert "已答复企业" in seen(staff.post(f"{path}/decline", page=NEW, reason="请向县市场监管局反映"))
    assert [(row.stage, row.return_reason) for row in needs(rows)] == [(Stage.VOID, "请向县市场监管局反映")]
    assert "请向县市场监管局反映" in seen(phone(world.visitor).get("/needs"))


def test_the_enterprises_contact_is_called_with_one_tap(rows: Any, app: Any, phone: Any, world: World) -> None:
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        persons.keep_name(person, "张三", app.extensions["wxsvc"].vault)
        persons.keep_phone(person, "13800001111", app.extensions["wxsvc"].vault)
    path = raised(rows, world)
    page = phone(world.staff).get(path)
    assert 'href="tel:13800001111"' in page.text
    assert "张三" in page.text


def test_another_platforms_raised_need_is_not_there(rows: Any, phone: Any, world: World) -> None:
    path = raised(rows, world)
    other = phone(world.other_staff)
    token = csrf_token(other.get(NEW))
    assert other.get(path).status_code == 404
    for tail in ("take-up", "decline"):
        assert other.post_raw(f"{path}/{tail}", csrf_token=token, title="x", reason="x").status_code == 404
    assert needs(rows)[0].stage is Stage.DRAFT
