"""网页签到 and 首次登记: one button, a repeat that changes nothing, an enrolment that completes the waiting scan."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.person import Person
from models.terms import Door, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from wxsvc.services.door.scans import WEAKER

CONSENT = "2026-12"


@pytest.fixture
def open_activity(rows: Any) -> str:
    """The code of an activity that is being held."""
    with rows() as session:
        return str(builders.activity(session, builders.platform(session), code="OPEN").code)


def contact(rows: Any, **enterprise: Any) -> tuple[str, str]:
    """A person who stands for an enterprise: openid and the enterprise's name."""
    with rows() as session:
        company, who = builders.enterprise(session, **enterprise), builders.person(session)
        builders.contact(session, who, company)
        return str(who.openid), company.name


def check_ins(rows: Any) -> list[CheckIn]:
    with rows() as session:
        return list(session.scalars(sa.select(CheckIn).order_by(CheckIn.id)))


def test_one_button_checks_in_and_a_repeat_is_calm(rows: Any, phone: Any, open_activity: str) -> None:
    openid, company = contact(rows)
    visitor = phone(openid)
    page = visitor.get(f"/c/{open_activity}")
    assert f"您将代表：{company}" in seen(page)
    assert check_ins(rows) == []
    for _ in range(2):
        receipt = visitor.post(f"/c/{open_activity}")
        assert receipt.request.path.startswith("/receipt/")
        assert "签到成功" in receipt.text
        assert company in seen(receipt)
        assert 'href="tel:0731-88668866"' in receipt.text
    (row,) = check_ins(rows)
    assert (row.door, row.evidence_grade, row.checked_in_at) == (Door.PAGE, WEAKER, builders.NOW)


def test_a_first_visitor_enrols_and_is_checked_in_at_the_scans_time(
    rows: Any, phone: Any, open_activity: str, page_clock: Any
) -> None:
    newcomer = phone("o-newcomer")
    asked = newcomer.post(f"/c/{open_activity}")
    assert asked.request.path == "/enrol"
    page_clock.advance(hours=9)  # the window closes while they look for their licence
    code = builders.uscc(4711)
    described = newcomer.get(f"/enrol?activity={open_activity}&q={code}")
    assert f'value="{code}"' in described.text
    receipt = newcomer.post(
        f"/enrol?activity={open_activity}",
        page=f"/enrol?activity={open_activity}&q={code}",
        q=code,
        whom="new",
        uscc=code,
        name="长沙新来制造有限公司",
        region="430102",
        contact_name="王小明",
        consent=CONSENT,
    )
    assert "签到成功" in receipt.text
    (row,) = check_ins(rows)
    assert row.checked_in_at == builders.NOW
    with rows() as session:
        person = session.get_one(Person, row.person_id)
        assert person.consent_version == CONSENT
        assert "王小明" not in str(person.name_sealed)
        assert session.get_one(Enterprise, row.enterprise_id).region_code == "430102"


def test_a_known_company_is_picked_by_two_characters(rows: Any, phone: Any, open_activity: str) -> None:
    with rows() as session:
        company = builders.enterprise(session, name="浏阳烟花有限公司")
        company_id = company.id
    newcomer = phone("o-newcomer")
    newcomer.post(f"/c/{open_activity}")
    page = newcomer.get(f"/enrol?activity={open_activity}&q=浏阳")
    assert "浏阳烟花有限公司" in page.text
    receipt = newcomer.post(
        f"/enrol?activity={open_activity}",
        page=f"/enrol?activity={open_activity}&q=浏阳",
        q="浏阳",
        whom=company_id,
        consent=CONSENT,
    )
    assert "签到成功" in receipt.text


def test_who_stands_for_no_company_is_attendance(rows: Any, phone: Any, open_activity: str) -> None:
    newcomer = phone("o-newcomer")
    newcomer.post(f"/c/{open_activity}")
    told = newcomer.post(
        f"/enrol?activity={open_activity}", page=f"/enrol?activity={open_activity}", none="1", consent=CONSENT
    )
    assert "到场已登记" in told.text
    assert check_ins(rows) == []


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"uscc": "91350100M000100Y44", "name": "某公司"}, "uscc", "校验未通过"),
        ({"uscc": "9I350100M000100Y43", "name": "某公司"}, "uscc", "是否为91350100M000100Y43？"),
        ({"uscc": "９１３５０１００M000100Y4", "name": "某公司"}, "uscc", "您输入了17位"),
        ({"uscc": "", "name": "某公司"}, "uscc", "请填写18位统一社会信用代码"),
        ({"uscc": "91350100M000100Y43", "name": ""}, "name", "请填写企业名称"),
        ({"uscc": "91350100M000100Y43", "name": "企" * 201}, "name", "200字以内"),
        ({"uscc": "91350100M000100Y43", "name": "某公司", "phone": "123"}, "phone", "11位"),
        ({"uscc": "91350100M000100Y43", "name": "某公司", "consent": ""}, "consent", "勾选同意"),
        ({"uscc": "91350100M000100Y43", "name": "某公司", "consent": "2019-1"}, "consent", "勾选同意"),
        ({"whom": "", "name": "某公司"}, "enterprise", "选择您代表的企业"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_comes_back(
    rows: Any, phone: Any, open_activity: str, typed: dict[str, str], field: str, said: str
) -> None:
    with rows() as session:
        builders.enterprise(session, name="某某某有限公司")
    newcomer = phone("o-newcomer")
    sent = {"q": "某某某", "whom": "new", "region": "430102", "consent": CONSENT, "contact_name": "王小明"} | typed
    page = newcomer.post("/enrol", page="/enrol?q=x", **sent)
    assert page.status_code == 422
    assert said in seen(page)
    assert 'value="王小明"' in page.text
    if field in ("uscc", "name", "phone"):
        assert re.search(f'aria-describedby="{field}-wrong[ "]', page.text)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_code_with_a_slip_is_noticed_while_searching(phone: Any) -> None:
    page = phone("o-newcomer").get("/enrol?q=9I350100M000100Y43")
    assert "是否为91350100M000100Y43？" in seen(page)


def test_consent_is_never_ticked_beforehand(phone: Any) -> None:
    page = phone("o-newcomer").get("/enrol?q=新")
    box = page.text[page.text.index('name="consent"') :].partition(">")[0]
    assert "checked" not in box
    assert "12个月" in page.text


def test_whoever_is_in_is_led_to_the_receipt(rows: Any, phone: Any, open_activity: str, page_clock: Any) -> None:
    """Also once the door is closed: nobody who was there is told to have themselves entered by staff."""
    openid, _ = contact(rows)
    visitor = phone(openid)
    receipt = visitor.post(f"/c/{open_activity}").request.path
    for days in (0, 3):
        page_clock.advance(days=days)
        page = visitor.get(f"/c/{open_activity}")
        assert ("您已签到" in seen(page), f'href="{receipt}"' in page.text) == (True, True)
        assert ("补登" in page.text, "giant" in page.text) == (False, days == 0)
        page = visitor.get(f"/c/{open_activity}?t=x")  # the code on the screen has changed since
        assert ("您已签到" in seen(page), "二维码已更新" in seen(page), "giant" in page.text) == (True, False, False)
    assert "补登" in seen(phone("o-stranger").get(f"/c/{open_activity}"))


def test_who_undoes_after_the_end_is_not_told_to_scan_again(
    rows: Any, phone: Any, open_activity: str, page_clock: Any
) -> None:
    visitor = phone(contact(rows)[0])
    page_clock.set(builders.ENDS_AT)
    receipt = visitor.post(f"/c/{open_activity}").request.path
    assert "需要时可再扫一次" in seen(visitor.get(receipt))
    page_clock.advance(minutes=1)
    assert "签到已结束，不能再扫码签到" in seen(visitor.get(receipt))
    undone = seen(visitor.post(f"{receipt}/undo", page=receipt))
    assert ("联系平台补登" in undone, "请再扫一次" in undone) == (True, False)


def test_undo_within_ten_minutes_and_not_after(rows: Any, phone: Any, open_activity: str, page_clock: Any) -> None:
    openid, _ = contact(rows)
    visitor = phone(openid)
    receipt = visitor.post(f"/c/{open_activity}").request.path
    assert "已撤销" in seen(visitor.post(f"{receipt}/undo", page=receipt))
    receipt = visitor.post(f"/c/{open_activity}").request.path
    page_clock.advance(minutes=11)
    page = visitor.get(receipt)
    assert "撤销签到" not in page.text
    late = visitor.post(f"{receipt}/undo", page="/roles")
    assert late.status_code in (400, 409)
    assert [row.undone_at is None for row in check_ins(rows)] == [False, True]


def test_another_company_in_place_of_the_wrong_one(rows: Any, phone: Any, open_activity: str) -> None:
    openid, first = contact(rows)
    with rows() as session:
        who = session.scalars(sa.select(Person).where(Person.openid == openid)).one()
        second = builders.enterprise(session, name="第二家有限公司")
        builders.contact(session, who, second, is_current=False)
        second_id = second.id
    visitor = phone(openid)
    receipt = visitor.post(f"/c/{open_activity}").request.path
    number = receipt.rpartition("/")[2]
    page = visitor.get(f"/choose?receipt={number}")
    assert first in page.text
    changed = visitor.post(f"/choose?receipt={number}", enterprise=second_id)
    assert "第二家有限公司" in changed.text
    assert changed.request.path != receipt
    assert [row.undone_at is None for row in check_ins(rows)] == [False, True]


def test_an_older_licence_waits_and_its_code_can_be_given_later(rows: Any, phone: Any, open_activity: str) -> None:
    openid, _ = contact(rows, uscc=None, licence_number="430100000012345")
    visitor = phone(openid)
    assert "补填信用代码" in visitor.post(f"/c/{open_activity}").text
    form = visitor.get("/enrol")
    assert form.request.path.endswith("/code")
    wrong = visitor.post(form.request.path, uscc="91350100M000100Y44")
    assert "校验未通过" in wrong.text
    assert 'value="91350100M000100Y44"' in wrong.text
    assert "信用代码已登记" in visitor.post(form.request.path, uscc="91350100M000100Y43").text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"opens_at": builders.NOW + timedelta(hours=1)}, "开放签到"),
        (
            {"closes_at": builders.NOW - timedelta(minutes=1)},
            "签到已于2026年11月23日 09:59结束（2026年11月23日 08:00开始）",
        ),
        ({"stage": Stage.VOID}, "已取消"),
    ],
)
def test_a_closed_door_says_why(rows: Any, phone: Any, columns: dict[str, Any], said: str) -> None:
    openid, _ = contact(rows)
    with rows() as session:
        code = builders.activity(session, builders.platform(session), **columns).code
    visitor = phone(openid)
    page = visitor.get(f"/c/{code}")
    assert said in seen(page)
    assert "giant" not in page.text
    told = visitor.post(f"/c/{code}", page="/roles")
    assert told.status_code in (200, 400)
    assert check_ins(rows) == []


def test_a_draft_and_an_unknown_code_are_not_there(rows: Any, phone: Any) -> None:
    with rows() as session:
        draft = builders.activity(session, builders.platform(session), stage=Stage.DRAFT).code
    visitor = phone("o-1")
    assert visitor.get(f"/c/{draft}").status_code == 404
    assert visitor.get("/c/unknown").status_code == 404
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RefusedScan)) == 0


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_hostile_name_comes_out_as_it_went_in(rows: Any, phone: Any, open_activity: str, name: str) -> None:
    openid, _ = contact(rows, name=name)
    visitor = phone(openid)
    for page in (visitor.get(f"/c/{open_activity}"), visitor.post(f"/c/{open_activity}"), visitor.get("/mine")):
        assert page.status_code == 200
        assert name in page_text(page)
        assert "<script>alert" not in page.text


def page_text(page: Any) -> str:
    """The page's text, entities resolved after the tags are gone, spaces kept."""
    return seen(page)
