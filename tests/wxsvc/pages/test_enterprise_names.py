"""企业名称 on the provincial pages: name and region found, corrected with a reason, and asked about once more."""

from __future__ import annotations

from typing import Any

from models.enterprise import Enterprise
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World


def test_a_name_is_found_and_corrected(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        row = builders.enterprise(session, name="长沙旧名机械有限公司")
        at = f"/v/enterprises/{row.id}"
    province = phone(world.province)
    assert at in province.get("/v/enterprises?q=旧名").text
    assert "没有查到“没有这家”" in seen(province.get("/v/enterprises?q=没有这家"))
    for general in ("有限公司", "旧"):
        page = seen(province.get(f"/v/enterprises?q={general}"))
        assert ("请至少输入企业名称中的两个字" in page, "没有查到" in page) == (True, False)
        assert "请至少输入企业名称中的两个字" in seen(province.get(f"/v/merges?kept_q={general}"))
    with rows() as session:
        for number in range(60):
            builders.enterprise(session, name=f"衡阳铸造{number:02}厂")
    first = province.get("/v/enterprises?q=衡阳铸造")
    assert ("共60家" in seen(first), first.text.count("<b>衡阳铸造")) == (True, 50)
    assert province.get("/v/enterprises?q=衡阳铸造&page=2").text.count("<b>衡阳铸造") == 10
    page = province.get(at)
    assert "长沙旧名机械有限公司" in seen(page)
    answer = province.post(at, name="长沙新名机械有限公司", reason="")
    assert answer.status_code == 422
    assert "长沙新名机械有限公司" in answer.text
    answer = province.post(at, name="没有", reason="登记有误")
    assert (answer.status_code, "不像企业" in seen(answer)) == (422, True)
    answer = province.post(at, name="长沙新名机械有限公司", reason="登记有误")
    assert "名称已更正" in seen(answer)
    assert "长沙旧名机械有限公司（至" in seen(answer)
    with rows() as session:
        assert session.get_one(Enterprise, row.id).name == "长沙新名机械有限公司"


def test_a_form_that_a_colleague_overtook_says_what_stands(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        row = builders.enterprise(session, name="长沙旧名机械有限公司")
        at = f"/v/enterprises/{row.id}"
    province = phone(world.province)
    mark = province.get(at).text.split('name="seen" value="')[1].split('"')[0]
    province.post(at, name="长沙新名机械有限公司", reason="登记有误", seen=mark)
    answer = province.post(at, name="长沙别名机械有限公司", reason="登记有误", seen=mark)
    assert answer.status_code == 409
    assert "长沙新名机械有限公司" in seen(answer)
    assert "长沙别名机械有限公司" in answer.text


def test_a_region_is_corrected_though_nothing_waits_for_review(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        row = builders.enterprise(session, region_code="430102")
        at = f"/v/enterprises/{row.id}"
    province = phone(world.province)
    mark = province.get(at).text.split('/region">')[1].split('name="seen" value="')[1].split('"')[0]
    answer = province.post(f"{at}/region", at, region="430103", region_reason="", seen=mark)
    assert (answer.status_code, "请写明理由" in seen(answer)) == (422, True)
    answer = province.post(f"{at}/region", at, region="43010", region_reason="营业执照所载", seen=mark)
    assert answer.status_code == 422
    answer = province.post(f"{at}/region", at, region="430103", region_reason="营业执照所载", seen=mark)
    assert "登记所在地已更正" in seen(answer)
    assert "天心区" in seen(answer)
    with rows() as session:
        assert session.get_one(Enterprise, row.id).region_code == "430103"
    answer = province.post(f"{at}/region", at, region="430104", region_reason="住所登记有误", seen=mark)
    assert answer.status_code == 409
    assert "目前保存的是“长沙市天心区”" in seen(answer)
    assert row.name in seen(answer)
