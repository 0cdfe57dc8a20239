"""我的企业: changed, added, left; 近期活动 and 联系窗口平台 begin with its region."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from models.enterprise import Enterprise
from models.person import Contact, Person
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World


def second(rows: Any, world: World, **columns: Any) -> tuple[int, str]:
    """Another enterprise of the visitor."""
    with rows() as session:
        made = builders.enterprise(session, **columns)
        who = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        builders.contact(session, who, made, is_current=False)
        return made.id, made.name


def test_one_tap_changes_whom_one_stands_for(rows: Any, world: World, phone: Any) -> None:
    other, name = second(rows, world)
    visitor = phone(world.visitor)
    page = visitor.post(f"/enterprises/{other}/stand", page="/enterprises")
    assert f"已改为代表{name}" in seen(page)
    with rows() as session:
        assert session.scalars(sa.select(Contact.enterprise_id).where(Contact.is_current)).one() == other


def test_leaving_asks_first_and_keeps_the_check_ins(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    assert "确认不再代表" in seen(visitor.get("/enterprises"))
    page = visitor.post(f"/enterprises/{world.enterprise_id}/leave", page="/enterprises")
    assert "您不再代表该企业" in seen(page)
    assert "您目前没有代表的企业" in seen(page)
    mine = visitor.get("/mine")
    assert "还没有签到记录" not in seen(mine)
    assert f'href="/receipt/{world.check_in_id}"' in mine.text
    again = visitor.post(f"/c/{world.activity_code}")
    assert f"您已代表“{world.enterprise_name}”在本场活动签到" in seen(again)
    assert visitor.post(f"/enterprises/{world.enterprise_id}/leave", page="/me").status_code == 200
    assert visitor.get(f"/receipt/{world.check_in_id}").status_code == 200


def test_ones_own_check_in_leads_to_its_receipt_and_a_colleagues_does_not(rows: Any, world: World, phone: Any) -> None:
    """Whoever lost the chat's reply still finds 换一家 and 撤销."""
    with rows() as session:
        colleague = builders.person(session)
        builders.contact(session, colleague, session.get_one(Enterprise, world.enterprise_id))
        other = str(colleague.openid)
    receipt = f'href="/receipt/{world.check_in_id}"'
    assert receipt in phone(world.visitor).get("/mine").text
    page = phone(other).get("/mine")
    assert "中小企业数字化转型对接会" in seen(page)
    assert receipt not in page.text


def test_another_persons_enterprise_is_not_taken(rows: Any, world: World, phone: Any) -> None:
    second(rows, world)
    with rows() as session:
        foreign = builders.enterprise(session).id
    refused = phone(world.visitor).post(f"/enterprises/{foreign}/stand", page="/enterprises")
    assert refused.status_code == 409
    assert "请先添加企业" in seen(refused)


def test_activities_near_come_first_and_lead_to_their_door(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        far = builders.platform(session, region_code="430300", name="湘潭市窗口平台")
        day = timedelta(days=1)
        soon = {"starts_at": builders.NOW - day / 24, "ends_at": builders.NOW + day}
        builders.activity(session, far, title="湘潭的活动", code="A-far", **soon)
    visitor = phone(world.visitor)
    page = visitor.get("/activities")
    text = seen(page)
    assert text.index("中小企业数字化转型对接会") < text.index("湘潭的活动")
    assert f'href="/c/{world.activity_code}"' in page.text
    assert "湘潭的活动" in seen(visitor.get("/activities?q=湘潭"))
    assert "中小企业" not in seen(visitor.get("/activities?q=湘潭"))
    assert "没有找到相关活动" in seen(visitor.get("/activities?q=不存在的地方"))
    assert phone(world.stranger).get("/activities").status_code == 200


def test_the_platform_of_the_region_is_called_in_one_tap(rows: Any, world: World, phone: Any) -> None:
    page = phone(world.visitor).get("/contact")
    assert 'href="tel:0731-88668866"' in page.text
    assert "长沙市窗口平台" in seen(page)
    assert "株洲市窗口平台" not in seen(page)
    other = phone(world.stranger).get("/contact")
    assert "请选择所在市州" in seen(other)
    assert "株洲市窗口平台" in seen(phone(world.stranger).get("/contact?city=430200"))


def test_an_enterprise_without_a_code_is_asked_for_it(rows: Any, world: World, phone: Any) -> None:
    other, _ = second(rows, world, uscc=None, licence_number="430000000012345")
    page = phone(world.visitor).get("/enterprises")
    assert "待核" in seen(page)
    assert f"/mine/{other}/code" in page.text
    with rows() as session:
        assert session.get_one(Enterprise, other).uscc is None


def test_who_has_enterprises_to_choose_from_is_not_told_to_enrol(rows: Any, world: World, phone: Any) -> None:
    for _ in range(2):
        second(rows, world)
    visitor = phone(world.visitor)
    visitor.post(f"/enterprises/{world.enterprise_id}/leave", page="/enterprises")
    page = seen(visitor.get(f"/c/{world.activity_code}"))
    assert "您登记了2家企业，签到时请选择。" in page
    assert "登记后自动完成签到" not in page
    assert "登记后自动完成签到" in seen(phone(world.stranger).get(f"/c/{world.activity_code}"))


def test_whoever_left_all_enterprises_is_asked_to_register_and_not_taken_for_a_first_visit(
    rows: Any, world: World, phone: Any
) -> None:
    """``/choose`` names what is to be done; the chat's reply and the door know nobody as a newcomer."""
    visitor = phone(world.visitor)
    held = seen(visitor.get(f"/choose?receipt={world.check_in_id}"))
    assert "更换签到企业" in held
    assert "请选择这次签到所代表的企业" in held
    visitor.post(f"/enterprises/{world.enterprise_id}/leave", page="/enterprises")
    page = seen(visitor.get(f"/choose?receipt={world.check_in_id}"))
    assert "您目前没有代表的企业，请先登记" in page
    assert "选择" not in page
    assert "另一家" not in page
    assert "首次" not in seen(visitor.get(f"/c/{world.activity_code}"))
