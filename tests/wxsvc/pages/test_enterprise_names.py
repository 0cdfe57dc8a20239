"""企业名称 on the provincial pages: found, corrected with a reason, and asked about once more."""

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
    assert "没有查到" in seen(province.get("/v/enterprises?q=没有这家"))
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
