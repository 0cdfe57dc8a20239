"""提需求与诉求: one box, two buttons; what is known is not asked; what became of it stands on the next page."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from models.person import Person
from models.platform import Platform
from models.record import Need
from models.terms import NeedKind, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.records import needs, raised_needs

TEXT = "设备更新贷款办不下来，希望协调。"


@pytest.mark.parametrize("number", ["430102199003078910", "430102 19900307 891０"])
def test_an_identity_number_is_not_kept(number: str, rows: Any, world: World, phone: Any) -> None:
    """个人信息处理告知 says that none is collected: what was typed is there again without it."""
    visitor = phone(world.visitor)
    with rows() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Need))
    sent = visitor.post("/needs/new", kind="matching", text=f"请联系我，身份证{number}，找检测机构")
    about = f"/disputes/check_in/{world.check_in_id}?enterprise={world.enterprise_id}"
    receipt = f"/receipt/{world.check_in_id}"
    for page in (
        sent,
        visitor.post(about, reason="当天我单位无人参加", more=number),
        visitor.post(f"{receipt}/rate", page=receipt, grade="satisfied", words=number),
    ):
        assert "内容中有居民身份证号，没有保存" in seen(page)
        assert number not in page.text
    assert "请联系我，身份证，找检测机构" in sent.text
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == before


def test_one_box_and_one_of_two_buttons(rows: Any, world: World, phone: Any) -> None:
    """Whom it is for and who takes it is known; the platform's number is on the next page."""
    visitor = phone(world.visitor)
    page = visitor.get("/needs/new")
    assert "由长沙市窗口平台受理" in seen(page)
    assert 'name="region"' not in page.text
    told = visitor.post("/needs/new", text=TEXT, kind="appeal")
    assert "已提交给长沙市窗口平台" in seen(told)
    assert "待受理" in seen(told)
    assert 'href="tel:0731-88668866"' in told.text
    with rows() as session:
        row = session.scalars(sa.select(Need)).one()
        assert (row.kind, row.content, row.stage) == (NeedKind.APPEAL, TEXT, Stage.DRAFT)


def test_a_second_tap_is_calm(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    for _ in range(2):
        assert visitor.post("/needs/new", text=TEXT, kind="matching").status_code == 200
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == 1


def test_what_is_wrong_stands_beside_the_box_and_nothing_is_lost(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    long = visitor.post("/needs/new", text="字" * 2001, kind="appeal")
    assert long.status_code == 422
    assert "请控制在2000字以内" in seen(long)
    assert "字" * 2001 in long.text
    assert "一两句话即可" in seen(visitor.post("/needs/new", text="  ", kind="appeal"))
    assert "请点“提交需求”或“提交诉求”" in seen(visitor.post("/needs/new", text=TEXT))
    wrong = visitor.post("/needs/new", text=TEXT, kind="appeal", phone="123")
    assert "手机号应为11位数字" in seen(wrong)
    assert TEXT in wrong.text


def test_a_region_is_asked_once_where_none_is_known(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        session.get_one(Enterprise, world.enterprise_id).region_code = None
    visitor = phone(world.visitor)
    assert 'name="region"' in visitor.get("/needs/new").text
    assert "请从列表中选择所在地区" in seen(visitor.post("/needs/new", text=TEXT, kind="appeal"))
    wrong = visitor.post("/needs/new", text="字" * 2001, kind="appeal", phone="123")
    for said in ("请控制在2000字以内", "请从列表中选择所在地区", "手机号应为11位数字"):
        assert (wrong.status_code, said in seen(wrong)) == (422, True)
    told = visitor.post("/needs/new", text=TEXT, kind="appeal", region="430202")
    assert "已提交给株洲市窗口平台" in seen(told)
    assert 'name="region"' not in visitor.get("/needs/new").text


def test_a_phone_given_once_is_kept_and_not_asked_again(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    assert 'name="phone"' in visitor.get("/needs/new").text
    visitor.post("/needs/new", text=TEXT, kind="appeal", phone="138 0013 8000")
    assert 'name="phone"' not in visitor.get("/needs/new").text
    assert 'value="13800138000"' in visitor.get("/me").text


def test_the_answer_is_read_by_who_asked(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    visitor.post("/needs/new", text=TEXT, kind="matching")
    with rows() as session:
        colleague = builders.person(session, consent_version="2026-12", consented_at=builders.NOW)
        builders.contact(session, colleague, session.get_one(Enterprise, world.enterprise_id))
        other = str(colleague.openid)
        row = session.scalars(sa.select(Need)).one()
        staff = session.scalars(sa.select(Person).where(Person.openid == world.staff)).one()
        by = Actor(staff.id, builders.Role.PLATFORM, world.platform_id)
        raised_needs.take_up(session, row.id, by, builders.NOW)
    assert "已受理，正在办理" in seen(visitor.get("/needs"))
    with rows() as session:
        needs.match(session, row.id, "已对接长沙银行科技支行", by, builders.NOW)
    assert "已对接长沙银行科技支行" in seen(visitor.get("/needs"))
    page = seen(phone(other).get("/needs"))
    assert "内容只向提出人显示" in page
    assert "银行" not in page
    assert TEXT not in page


def test_somebody_without_an_enterprise_is_led_to_enrol(world: World, phone: Any) -> None:
    page = phone(world.stranger).get("/needs/new")
    assert "登记所在企业后即可提交" in seen(page)
    assert phone(world.visitor).get("/needs/new?enterprise=999").status_code == 404


def test_it_is_heard_in_the_inbox_and_taken_back_after_one_question(rows: Any, world: World, phone: Any) -> None:
    """The platform's inbox leads to the new need; the person who asked takes it back from its card."""
    visitor, staff = phone(world.visitor), phone(world.staff)
    visitor.post("/needs/new", text=TEXT, kind="appeal")
    with rows() as session:
        need_id = session.scalars(sa.select(Need.id)).one()
    told = staff.get("/p/notices")
    assert "请受理并答复" in seen(told)
    assert f"/p/needs/raised/{need_id}" in told.text
    staff.post(f"/p/needs/raised/{need_id}/decline", f"/p/needs/raised/{need_id}", reason="请向银行申请")
    assert "未予受理。答复：请向银行申请" in seen(visitor.get("/notices"))
    visitor.post("/needs/new", text=TEXT, kind="matching")
    with rows() as session:
        need_id = session.scalars(sa.select(Need.id).where(Need.stage == Stage.DRAFT)).one()
    assert "确认撤回" in seen(visitor.get("/needs"))
    assert phone(world.stranger).post(f"/needs/{need_id}/recall", "/enrol").status_code == 404
    done = visitor.post(f"/needs/{need_id}/recall", "/needs")
    assert "已撤回" in seen(done)
    assert "确认撤回" not in seen(done)
    assert "企业撤回" in seen(staff.get(f"/p/needs/{need_id}"))
    assert "恢复并重新提交" not in seen(staff.get(f"/p/needs/{need_id}"))


def test_a_sealed_year_offers_no_answer_and_what_was_typed_before_is_not_lost(
    rows: Any, world: World, phone: Any
) -> None:
    staff = phone(world.staff)
    with rows() as session:
        row = Need(
            platform_id=world.platform_id,
            year=2026,
            kind=NeedKind.APPEAL,
            enterprise_id=world.enterprise_id,
            region_code="430102",
            title="融资",
            content="请帮助融资",
            raised_on=builders.NOW.date(),
            stage=Stage.APPROVED,
            created_at=builders.NOW,
        )
        session.add(row)
        session.flush()
        at = f"/p/needs/{row.id}"
    assert "办理结果" in seen(staff.get(at))
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    late = staff.post(f"{at}/close", "/p/needs/new", result="已电话答复")
    assert (late.status_code, "2026年度已锁定" in seen(late), "已电话答复" in late.text) == (409, True, True)
    page = seen(staff.get(at))
    assert ("记录只能查看" in page, "办理结果" in page) == (True, False)
