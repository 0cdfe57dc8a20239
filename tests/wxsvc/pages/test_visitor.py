"""网页签到 from the first visit to second thoughts: looking changes nothing, the button checks in, names stay names."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import Attendance, CheckIn, RefusedScan
from models.person import Contact, Person
from tests import builders
from tests.wxsvc.pages.web import seen
from wxsvc import wording

CONSENT = wording.sentence("pages", "consent_version")


@pytest.fixture
def event(rows: Any) -> Any:
    """One open activity, A-1, of one platform."""
    with rows() as session:
        return builders.activity(session, builders.platform(session), code="A-1").id


def company(rows: Any, openid: str = "o-ann", name: str = "长沙甲制造有限公司", *, is_current: bool = True) -> int:
    """An enterprise for which this openid stands."""
    with rows() as session:
        who = session.scalar(sa.select(Person).where(Person.openid == openid))
        who = who or builders.person(session, openid=openid, consent_version=CONSENT, consented_at=builders.NOW)
        made = builders.enterprise(session, name=name)
        builders.contact(session, who, made, is_current=is_current)
        return int(made.id)


def check_ins(rows: Any) -> list[CheckIn]:
    """Every check-in there is."""
    with rows() as session:
        return list(session.scalars(sa.select(CheckIn).order_by(CheckIn.id)))


def test_looking_at_the_door_changes_nothing(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    ann = phone("o-ann")
    for _ in range(2):
        door = ann.get("/c/A-1")
        assert door.status_code == 200
        assert "您将代表：长沙甲制造有限公司" in seen(door)
    assert check_ins(rows) == []
    with rows() as session:
        assert session.scalars(sa.select(RefusedScan)).all() == []


def test_the_button_checks_in_once_and_shows_the_receipt(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    ann = phone("o-ann")
    for _ in range(2):
        receipt = ann.post("/c/A-1")
        assert receipt.status_code == 200
        assert "签到成功" in receipt.text
        assert "长沙甲制造有限公司" in receipt.text
    assert [row.activity_id for row in check_ins(rows)] == [event]


def test_a_forged_button_does_nothing(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    ann = phone("o-ann")
    ann.get("/c/A-1")
    assert ann.post_raw("/c/A-1").status_code == 400
    assert check_ins(rows) == []


def test_the_first_visit_enrols_and_then_finds_itself_checked_in(event: int, rows: Any, phone: Any) -> None:
    with rows() as session:
        known = builders.enterprise(session, name="湘潭乙科技有限公司").id
    bob = phone("o-bob")
    asked = bob.post("/c/A-1")
    assert "首次登记" in asked.text
    enrol = "/enrol?activity=A-1"
    assert "湘潭乙科技有限公司" in bob.get(enrol + "&q=湘潭").text
    receipt = bob.post(enrol, whom=str(known), q="湘潭", consent=CONSENT)
    assert "签到成功" in receipt.text
    assert [row.enterprise_id for row in check_ins(rows)] == [known]


def test_without_consent_nothing_is_kept_but_what_was_typed(event: int, rows: Any, phone: Any) -> None:
    with rows() as session:
        known = builders.enterprise(session, name="湘潭乙科技有限公司").id
    bob = phone("o-bob")
    page = bob.post("/enrol?activity=A-1", whom=str(known), q="湘潭", phone="13800000000")
    assert page.status_code == 422
    assert "13800000000" in page.text
    with rows() as session:
        assert session.scalars(sa.select(Contact)).all() == []


def test_a_new_company_with_a_wrong_code_hears_what_is_wrong(event: int, phone: Any) -> None:
    code = builders.uscc()
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    typed = {"whom": "new", "uscc": wrong, "name": "株洲丙有限公司", "region": "430102", "consent": CONSENT}
    page = phone("o-bob").post("/enrol?activity=A-1", q=wrong, **typed)
    assert page.status_code == 422
    assert 'id="uscc-wrong"' in page.text
    assert wrong in page.text


def test_who_stands_for_no_enterprise_has_attended(event: int, rows: Any, phone: Any) -> None:
    bob = phone("o-bob")
    bob.post("/c/A-1")
    page = bob.post("/enrol?activity=A-1", none="1", consent=CONSENT)
    assert "您的到场已登记" in page.text
    assert check_ins(rows) == []


def test_who_stands_for_no_enterprise_may_change_that(event: int, rows: Any, phone: Any) -> None:
    """A later scan leads to the enrolment; the attendance becomes the check-in, and nothing is left of it."""
    company_id = company(rows)
    bob = phone("o-bob")
    bob.post("/c/A-1")
    bob.post("/enrol?activity=A-1", none="1", consent=CONSENT)
    again = bob.post("/c/A-1")
    assert 'href="/enrol?activity=A-1&amp;add=1"' in again.text
    done = bob.post("/enrol?activity=A-1&add=1", page="/enrol?add=1&q=长沙", q="长沙", whom=str(company_id))
    assert "签到成功" in done.text
    assert len(check_ins(rows)) == 1
    with rows() as session:
        assert session.scalars(sa.select(Attendance)).all() == []


def test_the_old_link_shows_the_receipt_once_enrolled(event: int, rows: Any, phone: Any) -> None:
    """登记并签到 stays in the chat; undoing asks once."""
    company_id = company(rows)
    bob = phone("o-bob")
    bob.post("/c/A-1")
    bob.post("/enrol?activity=A-1", page="/enrol?q=长沙", q="长沙", whom=str(company_id), consent=CONSENT)
    again = bob.get("/enrol?activity=A-1")
    assert "签到成功" in again.text
    undo = again.text.partition("撤销签到</summary>")[2]
    assert "确认撤销" in undo
    assert again.text.count("/undo") == 1
    assert "您代表哪家企业" in bob.get("/enrol?activity=A-1&add=1").text


def test_a_code_of_no_activity_or_of_a_draft_leads_nowhere(rows: Any, phone: Any) -> None:
    with rows() as session:
        builders.activity(session, builders.platform(session), code="A-draft", stage="draft")
    for code in ("A-none", "A-draft"):
        page = phone("o-ann").get(f"/c/{code}")
        assert page.status_code == 404
        assert wording.sentence("refusals", "no_such_activity") in page.text
        assert "没有找到页面" not in page.text
        assert 'href="/code"' in page.text


def test_the_button_of_a_wrong_code_says_what_to_do(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    page = phone("o-ann").post("/c/A-none", page="/c/A-1")
    assert "未找到活动" in page.text
    assert "请核对短码，或请现场工作人员协助" in page.text
    assert 'href="/code"' in page.text
    assert check_ins(rows) == []


@pytest.mark.parametrize(("moved", "sentence"), [(timedelta(hours=-4), "08:00开放签到"), (timedelta(hours=9), "补登")])
def test_outside_the_window_the_door_says_when(
    event: int, rows: Any, phone: Any, page_clock: Any, moved: timedelta, sentence: str
) -> None:
    company(rows)
    page_clock.set(builders.NOW + moved)
    door = phone("o-ann").get("/c/A-1")
    assert sentence in seen(door)
    assert "<button" not in door.text


def test_undoing_within_ten_minutes_frees_the_place(event: int, rows: Any, phone: Any, page_clock: Any) -> None:
    company(rows)
    ann = phone("o-ann")
    ann.post("/c/A-1")
    (row,) = check_ins(rows)
    page_clock.set(builders.NOW + timedelta(minutes=9))
    page = ann.post(f"/receipt/{row.id}/undo", page=f"/receipt/{row.id}")
    assert "已撤销本次签到" in page.text
    assert check_ins(rows)[0].undone_at is not None


def test_after_ten_minutes_the_receipt_offers_nothing(event: int, rows: Any, phone: Any, page_clock: Any) -> None:
    company(rows)
    ann = phone("o-ann")
    ann.post("/c/A-1")
    (row,) = check_ins(rows)
    page_clock.set(builders.NOW + timedelta(minutes=11))
    assert "撤销签到" not in ann.get(f"/receipt/{row.id}").text
    ann.post(f"/receipt/{row.id}/undo", page="/c/A-1")
    assert check_ins(rows)[0].undone_at is None


def test_another_company_in_place_of_the_receipts(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    other = company(rows, name="长沙乙制造有限公司", is_current=False)
    ann = phone("o-ann")
    ann.post("/c/A-1")
    (row,) = check_ins(rows)
    page = ann.post(f"/choose?receipt={row.id}", enterprise=str(other))
    assert "签到成功" in page.text
    assert [each.enterprise_id for each in check_ins(rows) if each.undone_at is None] == [other]


def test_a_receipt_is_nobody_elses(event: int, rows: Any, phone: Any) -> None:
    company(rows)
    phone("o-ann").post("/c/A-1")
    (row,) = check_ins(rows)
    eve = phone("o-eve")
    assert eve.get(f"/receipt/{row.id}").status_code == 404
    assert eve.post(f"/receipt/{row.id}/undo", page="/c/A-1").status_code == 404
    assert check_ins(rows)[0].undone_at is None


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_name_comes_out_as_it_went_in(event: int, rows: Any, phone: Any, name: str) -> None:
    company(rows, name=name)
    ann = phone("o-ann")
    for page in (ann.get("/c/A-1"), ann.post("/c/A-1"), ann.get("/mine"), ann.get("/choose")):
        assert page.status_code == 200
        assert escape(name) in page.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
        assert "<script>alert" not in page.text
