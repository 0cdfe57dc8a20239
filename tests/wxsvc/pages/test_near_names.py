"""首次登记: a name that is nearly right is asked about with 是不是; one that looks like none, once more."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc import wording

FIRM = "长沙天健食品有限公司"


@pytest.fixture
def known(rows: Any) -> str:
    with rows() as session:
        for name in ("长沙天健医药有限公司", "长沙食品机械厂", "株洲天健食品有限公司", FIRM):
            builders.enterprise(session, name=name)
    return FIRM


@pytest.mark.parametrize(
    "typed",
    [
        "长沙市天健食品",
        "天健食品有限责任",
        "湖南省长沙市天健食品有限公",
        "长沙天建食品",
        "长沙天健食品贸易",
        "长沙天健食口有限公司",
    ],
)
def test_a_name_that_is_nearly_right_is_offered(typed: str, phone: Any, known: str) -> None:
    """是不是：长沙天健食品有限公司？ Nothing is chosen beforehand, and 登记新企业 is one tap away."""
    page = phone("o-bob").get("/enrol", query_string={"q": typed})
    assert (page.status_code, "是不是" in seen(page), known in seen(page)) == (200, True, True)
    assert "checked" not in page.text
    assert "以上都不是，登记新企业" in seen(page)


@pytest.mark.parametrize("typed", ["湘潭某厂", "长沙新厂", "衡阳铸造有限公司"])
def test_a_name_that_is_like_none_is_new(typed: str, phone: Any, known: str) -> None:
    """Only the place, or the legal form, is common."""
    page = seen(phone("o-bob").get("/enrol", query_string={"q": typed}))
    assert "还没有这家企业的记录" in page
    assert "是不是" not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("天", "请至少输入企业名称中的两个字"),
        ("430102", "只有6位数字"),
        ("４３０１０２", "只有6位数字"),
        ("(12)", "只有2位数字"),
    ],
)
def test_what_finds_nothing_gets_a_true_sentence(typed: str, sentence: str, phone: Any, known: str) -> None:
    """One character or a few digits do not say that the company is unknown."""
    page = seen(phone("o-bob").get("/enrol", query_string={"q": typed}))
    assert sentence in page
    assert "还没有这家企业的记录" not in page


def test_a_name_that_looks_like_none_is_asked_about_once(rows: Any, phone: Any, world: World) -> None:
    """At enrolment, at the door and beside a record: refused once with a sentence, taken when it is sent again."""
    asked = "不像企业、单位或店铺的名称"
    bob, staff = phone("o-bob"), phone(world.staff)
    consent = wording.sentence("pages", "consent_version")
    where = "/enrol?q=甲乙丙"
    form = {"whom": "new", "name": "甲乙丙", "uscc": builders.uscc(880_001), "consent": consent}
    page = bob.post(where, **form)
    assert (page.status_code, asked in seen(page)) == (422, True)
    assert 'name="sure" value="甲乙丙"' in page.text
    page = seen(bob.post(where, **form | {"uscc": builders.uscc(880_001)[:-1] + "I"}))  # asked beside other mistakes
    assert (asked in page, "统一社会信用代码校验未通过" in page) == (True, True)
    assert bob.post(where, **form, sure="甲乙").status_code == 422  # another name than the one that was asked about
    assert bob.post(where, **form, sure="甲乙丙").status_code == 200
    door = f"/p/activity/{world.activity_code}"
    walk_in = {"q": "李四", "name": "李四", "uscc": builders.uscc(880_002), "licence_number": ""}
    page = staff.post(f"{door}/enter", page=door, **walk_in)
    assert (page.status_code, asked in seen(page)) == (422, True)
    assert "已登记" in seen(staff.post(f"{door}/enter", page=door, **walk_in, sure="李四"))
    served = {"served_on": "2026-11-20", "content": "检测", "new_name": "12 34", "new_licence": ""}
    page = staff.post("/p/offline-services/new", **served, new_uscc=builders.uscc(880_003))
    assert asked in seen(page)
    with rows() as session:
        assert set(session.scalars(sa.select(Enterprise.name))) >= {"甲乙丙", "李四"}


def test_staff_too_are_asked_about_a_name_that_is_known_by_another_number(rows: Any, phone: Any, world: World) -> None:
    """At the door and beside a record: an older licence of a firm that has its code registered."""
    staff, number = phone(world.staff), "430000000054321"
    asked = f"已登记过同名企业“{world.enterprise_name}”"
    door = f"/p/activity/{world.activity_code}"
    walk_in = {"q": number, "name": world.enterprise_name, "uscc": "", "licence_number": number}
    page = staff.post(f"{door}/enter", page=door, **walk_in)
    assert (page.status_code, asked in seen(page)) == (422, True)
    served = {"served_on": "2026-11-20", "content": "检测", "new_name": world.enterprise_name, "new_licence": number}
    assert asked in seen(staff.post("/p/offline-services/new", **served, new_uscc=""))
    assert "已登记" in seen(staff.post(f"{door}/enter", page=door, **walk_in, sure=world.enterprise_name))


@pytest.mark.parametrize(
    "name",
    [
        "长沙天健食品有限公司",
        "岳麓区老王面馆",
        "湖南省工业和信息化厅",
        "长沙市雨花区茶社",
        "ABC Co., Ltd",
        "浏阳市手工业联合会",
    ],
)
def test_a_usual_name_is_not_asked_about(name: str, phone: Any) -> None:
    """Companies, bodies and shops, in Chinese or Latin letters."""
    consent = wording.sentence("pages", "consent_version")
    page = phone("o-bob").post("/enrol?q=x", whom="new", name=name, uscc=builders.uscc(880_009), consent=consent)
    assert page.status_code == 200


def test_staff_are_offered_near_names_beside_a_record(phone: Any, world: World, known: str) -> None:
    """The button and the list that follows what is typed; nothing is ticked beforehand, and a wrong code finds none."""
    staff = phone(world.staff)
    told = staff.get("/p/enterprises.json", query_string={"q": "长沙市天健食品"}).json
    assert (told[0]["name"], told[0]["alike"]) == (known, True)
    assert not any(each["alike"] for each in staff.get("/p/enterprises.json", query_string={"q": known}).json)
    assert staff.get("/p/enterprises.json", query_string={"q": builders.uscc(880_777)}).json == []
    page = staff.post(
        "/p/offline-services/new", q="长沙市天健食品", deed="find", served_on="2026-11-20", content="检测"
    )
    assert ("是不是" in seen(page), known in seen(page)) == (True, True)
    assert 'name="enterprise" value' in page.text
    assert " checked" not in page.text.split('class="found"')[1].split("</fieldset>")[0]
