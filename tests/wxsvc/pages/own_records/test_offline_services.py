"""线下服务 on the phone: entered for one or more enterprises, corrected, sent back and mended, withdrawn, restored."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise, Institution
from models.person import StaffRole
from models.platform import Platform
from models.record import OfflineService, OfflineServiceEnterprise
from models.terms import Role, Stage, Subject
from tests import builders
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews

PATH = "/p/offline-services"
NEW = f"{PATH}/new"


def typed(world: World, **fields: Any) -> dict[str, Any]:
    """A whole form."""
    return {"day": "2026-11-20", "content": "上门诊断", "enterprise": world.enterprise_id, "institution": ""} | fields


def records(rows: Any) -> list[OfflineService]:
    with rows() as session:
        return list(session.scalars(sa.select(OfflineService).order_by(OfflineService.id)))


def only(rows: Any) -> OfflineService:
    (row,) = records(rows)
    return row


def added(rows: Any, phone: Any, world: World, **fields: Any) -> tuple[Any, str]:
    """The owner's phone, and the address of a record that was just entered."""
    staff = phone(world.staff)
    assert staff.post(NEW, **typed(world, **fields)).status_code == 200
    return staff, f"{PATH}/{only(rows).id}"


def judged(rows: Any, verdict: Any, *more: Any) -> None:
    """A reviewer's word on the one record."""
    with rows() as session:
        reviewer = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.REVIEWER)).one()
        row = session.scalars(sa.select(OfflineService)).one()
        by = Actor(reviewer.person_id, Role.REVIEWER)
        verdict(session, Subject.OFFLINE_SERVICE, row.id, *more, by, builders.NOW)


def test_a_service_for_several_enterprises_is_entered_and_shown(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        second = builders.enterprise(session, name="长沙第二家有限公司").id
    staff = phone(world.staff)
    page = staff.post(NEW, **typed(world, enterprise=[world.enterprise_id, second], institution="某咨询公司"))
    row = only(rows)
    assert page.request.path == f"{PATH}/{row.id}"
    text = seen(page)
    assert "已提交审核" in text
    assert "待审核，通过后计入线下服务2家次" in text
    assert "长沙第二家有限公司" in text
    assert "某咨询公司" in text
    assert (row.stage, row.served_on, row.year) == (Stage.SUBMITTED, date(2026, 11, 20), 2026)
    listed = seen(staff.get(PATH))
    assert "等2家" in listed
    assert "待审核 1" in listed


def test_the_same_form_twice_is_one_record(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for _ in range(2):
        assert staff.post(NEW, **typed(world, institution="某咨询公司")).request.path.startswith(PATH)
    assert len(records(rows)) == 1
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Institution)) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"content": " "}, "content", "请填写此项"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-13-01"}, "day", "格式不对"),
        ({"day": "2026-11-24"}, "day", "日期不能晚于今天"),
        ({"day": "0206-11-20"}, "day", "格式不对"),
        ({"day": "2006-11-20"}, "day", "2006年没有评价办法，请核对日期中的年份"),
        ({"enterprise": ""}, "enterprise", "请选择企业"),
        ({"enterprise": "999999"}, "enterprise", "未找到所选企业"),
        ({"enterprise": "", "q": "长沙"}, "enterprise", "请在查到的企业中选择"),
        ({"content": "长" * 2001}, "content", "控制在2000字以内"),
        ({"institution": "长" * 201}, "institution", "控制在200字以内"),
        ({"new_name": "新来的有限公司", "new_uscc": "91350100M000100Y44"}, "new_uscc", "校验未通过"),
        ({"new_uscc": "91350100M000100Y43"}, "new_name", "请填写企业名称"),
        ({"enterprise": "", "new_name": "新来的有限公司", "new_uscc": "91350100M000100Y44"}, "new_uscc", "校验未通过"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, wrong: dict[str, Any], field: str, said: str
) -> None:
    page = phone(world.staff).post(NEW, **typed(world, institution="某咨询公司") | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert page.text.count('-wrong"') == page.text.count(f'"{field}-wrong"')  # and nothing else is said to be
    assert records(rows) == []
    with rows() as session:  # nothing of a refused form is kept, the institution's name neither
        assert session.scalars(sa.select(Institution)).all() == []
    if "content" not in wrong:
        assert "上门诊断</textarea>" in page.text


def test_an_enterprise_is_found_without_a_script(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        wanted = builders.enterprise(session, name="湘江精密机械有限公司").id
    staff = phone(world.staff)
    page = staff.post(NEW, **typed(world, q="湘江", deed="find"))
    assert page.status_code == 200
    assert f'name="enterprise" value="{wanted}"' in page.text
    assert f'name="enterprise" value="{world.enterprise_id}" checked' in page.text
    assert "上门诊断</textarea>" in page.text
    assert "没有查到“无此企业”" in seen(staff.post(NEW, **typed(world, enterprise="", q="无此企业", deed="find")))
    assert records(rows) == []


def test_the_list_follows_what_is_typed(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    (found,) = staff.get("/p/enterprises.json?q=" + world.enterprise_name[:4]).json
    assert (found["id"], found["name"]) == (world.enterprise_id, world.enterprise_name)
    assert staff.get("/p/enterprises.json?q=x").json == []


def test_a_whole_code_needs_no_tick_and_an_unknown_enterprise_is_described_once(
    rows: Any, phone: Any, world: World
) -> None:
    staff = phone(world.staff)
    with rows() as session:
        code = session.get_one(Enterprise, world.enterprise_id).uscc
    staff.post(NEW, **typed(world, enterprise="", q=code))
    new = {"enterprise": "", "new_name": "新来的有限公司", "new_uscc": "91350100M000100Y43", "content": "送政策"}
    for _ in range(2):
        staff.post(NEW, **typed(world, **new))
    with rows() as session:
        served = session.execute(
            sa.select(OfflineService.content, Enterprise.name)
            .join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
            .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
            .order_by(OfflineService.id)
        ).all()
    assert [tuple(row) for row in served] == [("上门诊断", world.enterprise_name), ("送政策", "新来的有限公司")]


def test_a_service_entered_late_is_flagged(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world, day="2026-10-23")
    assert only(rows).is_backfilled
    assert "（补录）" in seen(staff.get(path))
    assert "补录" in seen(staff.get(PATH))
    assert "满30天后才录入的" in seen(staff.get(NEW))


def test_two_people_editing_one_record_lose_nothing(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world)
    assert "修改已保存" in staff.post(f"{path}/edit", **typed(world, content="同事的版本", version=1)).text
    overtaken = staff.post(f"{path}/edit", **typed(world, content="我的版本", version=1))
    assert overtaken.status_code == 409
    assert "其他同事或您本人在别处修改" in seen(overtaken)
    assert "同事的版本" in seen(overtaken)
    assert "我的版本</textarea>" in overtaken.text
    assert only(rows).content == "同事的版本"
    assert 'name="version" value="2"' in overtaken.text
    assert "修改已保存" in staff.post(f"{path}/edit", **typed(world, content="我的版本", version=2)).text
    assert "修改已保存" in staff.post(f"{path}/edit", **typed(world, content="我的版本", version=2)).text  # sent twice
    assert (only(rows).content, only(rows).version) == ("我的版本", 3)


def test_what_was_sent_back_says_why_and_is_mended_in_one_go(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world)
    judged(rows, reviews.send_back, "内容过于笼统，请写明服务事项与结果")
    for page in (staff.get(path), staff.get(PATH), staff.get(f"{path}/edit")):
        assert "退回原因：内容过于笼统" in seen(page)
    assert "修改后重新提交，审核通过即计入线下服务1家次" in seen(staff.get(path))
    version = only(rows).version
    mended = staff.post(f"{path}/edit", **typed(world, content="诊断两条产线，出具建议书", version=version))
    assert "已修改并重新提交审核" in seen(mended)
    assert "审核记录" in seen(mended)
    assert only(rows).stage is Stage.SUBMITTED
    judged(rows, reviews.approve)
    page = seen(staff.get(path))
    assert "已计入线下服务1家次" in page
    assert "修改" not in page.replace("审核记录", "")
    refused = staff.post(f"{path}/edit", page=NEW, **typed(world, content="又改", version=only(rows).version))
    assert "已审核通过，不能再修改" in seen(refused)


def test_what_was_sent_back_may_be_submitted_again_as_it_is(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world)
    judged(rows, reviews.send_back, "请补充")
    for _ in range(2):
        assert "已重新提交审核" in seen(staff.post(f"{path}/resubmit", page=path))
    assert only(rows).stage is Stage.SUBMITTED


def test_a_record_is_withdrawn_with_a_reason_and_restored(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world)
    refused = staff.post(f"{path}/withdraw", page=path, reason=" ")
    assert refused.status_code == 422
    assert "请填写原因" in seen(refused)
    for _ in range(2):
        withdrawn = staff.post(f"{path}/withdraw", page=path, reason="重复录入")
        assert "已撤回" in seen(withdrawn)
    assert "作废原因：重复录入" in seen(withdrawn)
    assert only(rows).stage is Stage.VOID
    assert "已重新提交审核" in seen(staff.post(f"{path}/resubmit", page=path))
    assert only(rows).stage is Stage.SUBMITTED


def test_enterprises_that_do_not_count_are_said_to(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        old = builders.enterprise(session, name="老执照加工厂", uscc=None, licence_number="430100000012345").id
    staff, path = added(rows, phone, world, enterprise=old)
    assert "不计入：所填企业目前都不计家次" in seen(staff.get(path))
    assert "（不计入）" in seen(staff.get(path))


def test_the_next_one_is_copied_from_the_last(rows: Any, phone: Any, world: World) -> None:
    staff, _ = added(rows, phone, world, institution="某咨询公司")
    page = staff.get(f"{NEW}?copy={only(rows).id}")
    assert "上门诊断</textarea>" in page.text
    assert 'value="2026-11-23"' in page.text
    assert f'value="{world.enterprise_id}" checked' in page.text
    assert '<option value="某咨询公司">' in page.text


def test_another_platforms_record_is_not_there(rows: Any, phone: Any, world: World) -> None:
    _, path = added(rows, phone, world)
    other = phone(world.other_staff)
    token = csrf_token(other.get(NEW))
    assert other.get(f"{NEW}?copy={only(rows).id}").status_code == 404
    for tail in ("", "/edit"):
        assert other.get(path + tail).status_code == 404
    for tail in ("/edit", "/withdraw", "/resubmit", "/papers"):
        sent = typed(world, csrf_token=token, version=1, reason="试试")
        assert other.post_raw(path + tail, **sent).status_code == 404
    assert (only(rows).version, only(rows).stage) == (1, Stage.SUBMITTED)


def test_a_sealed_year_takes_nothing_more(rows: Any, phone: Any, world: World) -> None:
    staff, path = added(rows, phone, world)
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    page = seen(staff.get(path))
    assert "2026年度已锁定" in page
    assert "撤回这条记录" not in page
    refused = staff.post(NEW, **typed(world, content="另一次"))
    assert refused.status_code == 409
    assert "2026年度已锁定，不能再修改" in seen(refused)


def test_a_service_whose_day_counts_in_the_next_year_goes_on_beside_the_sealed_one(
    rows: Any, phone: Any, world: World
) -> None:
    """Entered and corrected while the calendar year of its day is sealed; then the page names the year that has it."""
    with rows() as session:
        following = years.platform_year(session, world.platform_id, 2027)
        following.assessed_from, following.assessed_until = date(2026, 11, 1), date(2027, 10, 31)
        following.period_reason = "会议决定"
        builders.seal(session, session.get_one(Platform, world.platform_id))
    staff, path = added(rows, phone, world)
    page = seen(staff.get(path))
    assert "已锁定" not in page
    assert "撤回这条记录" in page
    assert "待审核，通过后计" in seen(staff.get("/p/offline-services?year=2026"))
    mended = typed(world, content="上门辅导", version=1)
    assert "上门辅导" in seen(staff.post(path + "/edit", page=path + "/edit", **mended))
    assert only(rows).version == 2
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id), 2027)
    assert "2027年度已锁定，记录只能查看" in seen(staff.get(path))
    assert "2027年度已锁定，不能再修改" in seen(staff.post(NEW, **typed(world, content="另一次")))


def test_a_service_needs_no_paper(rows: Any, phone: Any, world: World) -> None:
    """It may have some (``test_record_papers``), and counts without."""
    staff, path = added(rows, phone, world)
    assert "缺佐证" not in seen(staff.get(path))
    judged(rows, reviews.approve)
    assert "已计入线下服务1家次" in seen(staff.get(path))
