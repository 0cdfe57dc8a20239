"""查找与筛选 of long lists: kept in the address, page by page, opened at what was found; an empty one says so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World


@pytest.fixture
def many(rows: Any, world: World) -> None:
    """A hundred and twenty activities of a year, thirty check-ins at today's, thirty colleagues."""
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        today = session.get_one(Activity, world.activity_id)
        for number in range(120):
            begins = builders.STARTS_AT - timedelta(days=11 * min(number, 29) + 1)
            stage = Stage.APPROVED if number % 2 else Stage.SUBMITTED
            columns = {"starts_at": begins, "ends_at": begins + timedelta(hours=1), "stage": stage}
            builders.activity(session, own, title=f"第{number:02}场沙龙", place=f"第{number:02}会堂", **columns)
        for number in range(30):
            firm = builders.enterprise(session, name=f"第{number:02}号<b>机械</b>有限公司")
            builders.check_in(session, today, firm)
            builders.staff(session, own)


@pytest.mark.usefixtures("many")
def test_activities_are_found_by_title_place_state_and_month(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.get("/p/activities")
    assert page.text.count("场沙龙</b>") == 49  # beside today's
    assert "第1页，共3页" in seen(page)
    assert 'action="/p/activities#found"' in page.text
    assert 'id="found"' in page.text
    found = staff.get("/p/activities?text=第07")
    assert "第07场沙龙" in seen(found)
    assert "共1场。清除条件" in seen(found)
    assert 'value="第07"' in found.text
    assert "第12场沙龙" in seen(staff.get("/p/activities?text=第12会堂"))
    assert "第08场沙龙" not in seen(staff.get("/p/activities?stage=approved"))
    month = staff.get("/p/activities?month=2026-10&stage=submitted")
    assert "第04场沙龙" in seen(month)
    assert "第05场沙龙" not in seen(month)
    narrowed = staff.get("/p/activities?stage=approved&page=2")
    (back,) = re.findall(r'href="([^"]+)#found">上一页', narrowed.text)
    assert back == "/p/activities?stage=approved&amp;page=1"
    nothing = staff.get("/p/activities?text=没有这样的")
    assert "没有符合条件的活动。清除条件，查看全部" in seen(nothing)
    assert '<a class="link" href="/p/activities">' in nothing.text


@pytest.mark.parametrize("query", ["page=99999999999999999999", "page=-1&text=%00", "month=2026-13", "stage=draft"])
def test_an_odd_address_shows_the_list(phone: Any, world: World, query: str) -> None:
    page = phone(world.staff).get(f"/p/activities?{query}")
    assert page.status_code == 200
    assert "没有符合条件" not in seen(page)


@pytest.mark.usefixtures("many")
def test_the_list_at_the_door_is_paged_searched_and_polled_alike(phone: Any, world: World) -> None:
    staff, path = phone(world.staff), f"/p/activity/{world.activity_code}"
    page = staff.get(path)
    assert page.text.count('class="between"') == 8
    assert "第1页，共4页" in seen(page)
    found = staff.get(f"{path}?who=17号")
    assert "第17号<b>机械</b>有限公司" in seen(found).replace("&lt;", "<")
    assert found.text.count('class="between"') == 1
    (source,) = re.findall(r'id="live" data-source="([^"]+)"', found.text)
    piece = staff.get(source.replace("&amp;", "&"))
    assert piece.text.count('class="between"') == 1
    assert "没有符合条件的企业" in seen(staff.get(f"{path}?who=没有这家"))
    voided = staff.get(f"{path}?state=voided")
    assert "没有符合条件的企业" in seen(voided)
    assert staff.get(f"{path}?state=nothing&page=x").text.count('class="between"') == 8


@pytest.mark.usefixtures("many")
def test_walk_ins_are_found_under_the_box_with_a_script_and_without(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        firm = builders.enterprise(session, name="未带手机有限公司").id
    staff, path = phone(world.staff), f"/p/activity/{world.activity_code}"
    page = staff.get(f"{path}?q=未带")
    assert f'action="{path}#walk-in"' in page.text
    box, found = page.text.index('name="q"'), page.text.index(f'value="{firm}"')
    assert box < page.text.index('id="found"') < found < page.text.index('id="names"')
    piece = staff.get(f"{path}/found?q=未带")
    assert f'value="{firm}"' in piece.text
    assert "<html" not in piece.text
    here = staff.get(f"{path}/found?q=第17号")
    assert "已签到，无需登记" in seen(here)
    assert "没有查到“没有这家公司”，登记新企业" in seen(staff.get(f"{path}/found?q=没有这家公司"))
    assert "请至少输入企业名称中的两个字" in seen(staff.get(f"{path}/found?q=湘"))
    assert seen(staff.get(f"{path}/found?q=")).strip() == ""
    assert phone(world.other_staff).get(f"{path}/found?q=未带").status_code == 404


def test_what_was_described_at_the_door_is_still_there_when_it_is_refused(phone: Any, world: World) -> None:
    staff, path = phone(world.staff), f"/p/activity/{world.activity_code}"
    page = staff.post(f"{path}/enter", page=path, q="写错的", uscc="91350100M000100Y44", name="写错的有限公司")
    assert page.status_code == 422
    for typed in ("写错的", "91350100M000100Y44", "写错的有限公司"):
        assert f'value="{typed}"' in page.text


@pytest.mark.usefixtures("many")
def test_colleagues_are_found_by_name_platform_and_role(rows: Any, app: Any, phone: Any, world: World) -> None:
    with rows() as session:
        elsewhere = session.get_one(Platform, world.other_platform_id)
        for _ in range(20):
            builders.staff(session, elsewhere)
    official = phone(world.province)
    page = official.get("/v/people")
    assert "第1页，共2页" in seen(page)
    assert page.text.count("<details>") == 50  # as many as other lists at a desk
    assert official.get("/v/people?page=9").text.count("<details>") == 4
    held = official.get("/v/people?held=reviewer")
    assert "共1人次。清除条件" in seen(held)
    assert "长沙市窗口平台" not in seen(held).partition("共1人次")[2]
    there = official.get("/v/people?text=株洲")
    assert "共21人次" in seen(there)
    assert 'value="株洲"' in there.text
    assert "共31人次" in seen(official.get("/v/people?text=430100"))
    assert "没有符合条件的人员。清除条件，查看全部" in seen(official.get("/v/people?text=没有此人"))
    assert official.get("/v/people?held=%00&page=-9").status_code == 200
