"""个人信息管理: seen, corrected, taken away, deleted; consent given anew and taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.person import Contact, Person, Standing
from models.stored_file import StoredFile
from models.terms import StandingProof
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World


def test_everything_kept_is_on_one_page_and_the_openid_is_not(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    page = visitor.get("/me")
    assert world.enterprise_name in seen(page)
    assert "中小企业数字化转型对接会" in seen(page)
    assert world.visitor not in page.text


def test_name_and_phone_are_corrected_and_removed(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    page = visitor.post("/me", name="王敏", phone="+86 138-0013-8000")
    assert "个人信息已更新" in seen(page)
    assert 'value="13800138000"' in page.text
    wrong = visitor.post("/me", name="王小敏", phone="12")
    assert wrong.status_code == 422
    assert "手机号应为11位数字" in seen(wrong)
    assert 'value="王小敏"' in wrong.text
    assert 'value="王敏"' in visitor.get("/me").text
    assert 'value="王敏"' not in visitor.post("/me", name="", phone="").text


def test_the_export_has_it_all_in_chinese_as_text_and_as_a_file(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    visitor.post("/me", name="王敏", phone="13800138000")
    file = visitor.get("/me/export.json")
    found = json.loads(file.data)
    assert found["姓名"] == "王敏"
    assert found["是否关注公众号"] == "否"
    assert found["所代表的企业"][0]["企业"] == world.enterprise_name
    assert found["经本人签到的记录"][0]["方式"] == "扫活动码"
    assert world.visitor not in file.text
    assert "attachment" in file.headers["Content-Disposition"]
    assert "王敏" in seen(visitor.get("/me/export"))


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (None, {"代表身份": "已核实", "核实方式": None, "提交待核的信用代码": None}),
        (
            {"offered_uscc": "91430100MA4000001X"},
            {"代表身份": "待核实", "核实方式": None, "提交待核的信用代码": "91430100MA4000001X"},
        ),
        ({"confirmed_at": builders.NOW, "proof": StandingProof.STAFF}, {"代表身份": "已核实", "核实方式": "现场核实"}),
        ({"suspended_at": builders.NOW}, {"代表身份": "已暂停，待核实"}),
    ],
)
def test_what_is_known_of_standing_for_an_enterprise_is_told(
    rows: Any, world: World, phone: Any, known: dict[str, Any] | None, told: dict[str, Any]
) -> None:
    """代表身份 is information about the person: on the page and in the export."""
    if known is not None:
        with rows() as session:
            person_id = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
            place = {"person_id": person_id, "enterprise_id": world.enterprise_id}
            session.add(Standing(**place, begun_at=builders.NOW, **known))
    visitor = phone(world.visitor)
    (found,) = json.loads(visitor.get("/me/export.json").data)["所代表的企业"]
    assert told.items() <= found.items()
    assert f"代表身份{told['代表身份']}" in seen(visitor.get("/me"))


def test_a_licence_that_waits_is_seen_and_told_by_who_sent_it_alone(rows: Any, world: World, phone: Any) -> None:
    """营业执照照片: on the page, in the export, and as the picture itself; nobody else's phone gets it."""
    with rows() as session:
        person_id = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        sha256 = session.scalars(sa.select(StoredFile.sha256)).one()
        sent = {"licence_sha256": sha256, "licence_sent_at": builders.NOW}
        place = {"person_id": person_id, "enterprise_id": world.enterprise_id}
        session.add(Standing(**place, begun_at=builders.NOW, **sent))
    visitor = phone(world.visitor)
    path = f"/me/licences/{world.enterprise_id}"
    assert f'href="{path}"' in visitor.get("/me").text
    told = json.loads(visitor.get("/me/export.json").data)["营业执照照片"]
    assert [(each["企业"], each["时间"]) for each in told] == [(world.enterprise_name, "2026年11月23日 10:00")]
    assert visitor.get(path).mimetype == "image/jpeg"
    assert {phone(other).get(path).status_code for other in (world.stranger, world.staff, world.province)} == {404}


def test_deleting_forgets_the_person_and_signs_out(rows: Any, world: World, phone: Any) -> None:
    """The enterprise's check-in stays; a second tap changes nothing."""
    visitor = phone(world.visitor)
    page = visitor.get("/me/delete")
    assert "企业的签到次数" in seen(page)
    told = visitor.post("/me/delete")
    assert "已退出登录" in seen(told)
    with visitor.client.session_transaction() as session:
        assert "openid" not in session
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Person.openid == world.visitor)) == 0
        assert session.get(CheckIn, world.check_in_id) is not None
    assert visitor.get("/me/delete").status_code == 200
    assert "没有保存您的个人信息" in seen(visitor.get("/me"))


def test_consent_taken_back_leaves_the_account_and_asks_anew(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    assert "已撤回同意" in seen(visitor.post("/me/withdraw", page="/me/delete"))
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 0
    assert "尚未同意" in seen(visitor.get("/me"))
    assert "首次登记" in seen(visitor.get("/enrol"))


def test_a_new_version_of_the_notice_is_agreed_to_by_a_tick(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one().consent_version = "2025-01"
    visitor = phone(world.visitor)
    assert "《个人信息处理告知》已更新" in seen(visitor.get("/me"))
    assert "请先阅读告知并勾选同意" in seen(visitor.post("/me/agree", page="/me"))
    assert "已同意告知" in seen(visitor.post("/me/agree", page="/me", consent="2026-12"))
    assert "已更新" not in seen(visitor.get("/me"))


def test_the_last_official_hands_over_before_leaving(world: World, phone: Any) -> None:
    official = phone(world.province)
    told = official.post("/me/delete")
    assert told.status_code == 409
    assert "最后一位省级管理人员" in seen(told)


def test_somebody_never_met_has_nothing_kept(world: World, phone: Any) -> None:
    stranger = phone(world.stranger)
    for path in ("/me", "/me/export", "/me/delete"):
        assert "没有保存您的个人信息" in seen(stranger.get(path))


def test_a_new_notice_asks_once_where_nothing_waits_for_the_answer(rows: Any, phone: Any, world: World) -> None:
    """Whoever agreed to the former one checks in as before, and is asked until they answer, either way."""
    with rows() as session:
        session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one().consent_version = "2026-11"
    asked, receipt = "《个人信息处理告知》已更新", f"/receipt/{world.check_in_id}"
    visitor = phone(world.visitor)
    assert asked in seen(visitor.get("/mine"))
    assert asked in seen(visitor.get(receipt))
    assert asked not in seen(visitor.get("/activities"))
    told = visitor.post("/me/agree?next=/mine", page="/mine", later="1")
    assert told.request.path == "/mine"
    other_phone = phone(world.visitor)
    for page in ("/mine", receipt):
        assert asked not in seen(visitor.get(page))
        assert asked not in seen(other_phone.get(page)), "the answer is the person's, not the browser's"
    with rows() as session:
        session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one().consent_put_off = "2026-11"
    assert asked in seen(other_phone.get("/mine")), "the answer was to another version"
    agreed = other_phone.post(f"/me/agree?next={receipt}", page=receipt, consent="2026-12")
    assert agreed.request.path == receipt
    assert asked not in seen(agreed)
    assert asked not in seen(phone(world.visitor).get("/mine"))
    elsewhere = other_phone.post("/me/agree?next=https://elsewhere.example/", page=receipt, later="1")
    assert elsewhere.request.path == "/mine"  # where the front page leads a visitor


def test_who_never_agreed_is_asked_when_enrolling_and_not_before(phone: Any) -> None:
    assert "已更新" not in seen(phone("o-nobody-yet").get("/mine"))
