"""代表资格: who only says that they stand for a company sees nothing from before; who confirms them, who reports."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.notice import Notice
from models.person import Contact, Person, Standing
from models.record import Need
from models.terms import StandingProof
from tests import builders, paper_files
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World, picture
from wxsvc import wording

NEW = "o-newcomer"


@pytest.fixture
def title(rows: Any, world: World) -> str:
    """The visitor's check-in was yesterday; how its activity is called."""
    with rows() as session:
        session.get_one(CheckIn, world.check_in_id).checked_in_at = builders.NOW - timedelta(days=1)
        return str(session.get_one(Activity, world.activity_id).title)


def enrol(phone: Any, whom: int | str, openid: str = NEW, **typed: str) -> Any:
    consent = wording.sentence("pages", "consent_version")
    somebody = phone(openid)
    told = somebody.post("/enrol?q=长沙", whom=str(whom), consent=consent, **typed)
    if told.status_code == 422 and "consent" in told.text:  # enrolled before: adds one more
        told = somebody.post("/enrol?add=1&q=长沙", whom=str(whom), **typed)
    return told


def newcomer(rows: Any, openid: str = NEW) -> int:
    with rows() as session:
        return int(session.scalars(sa.select(Person.id).where(Person.openid == openid)).one())


def standing(rows: Any) -> Standing:
    with rows() as session:
        found: Standing = session.scalars(sa.select(Standing).join(Person, Person.id == Standing.person_id)).one()
        return found


def scan(rows: Any, world: World) -> int:
    """The newcomer's own scan, at the other activity."""
    who_id = newcomer(rows)
    with rows() as session:
        at, of = session.get_one(Activity, world.activity_id), session.get_one(Enterprise, world.enterprise_id)
        session.get_one(CheckIn, world.check_in_id).undone_at = builders.NOW
        session.flush()
        who = session.get_one(Person, who_id)
        return int(builders.check_in(session, at, of, who, checked_in_at=builders.NOW).id)


def disputes(rows: Any) -> int:
    with rows() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Dispute)))


def test_a_newcomer_sees_nothing_from_before_and_may_not_object(
    rows: Any, phone: Any, world: World, title: str
) -> None:
    """Enrolling asks for no proof; what hangs on the word waits for somebody who confirms it."""
    assert title in seen(phone(world.visitor).get("/mine"))
    assert enrol(phone, world.enterprise_id).status_code == 200
    new = phone(NEW)
    assert "代表身份待核实" in seen(new.get("/enterprises"))
    for page in ("/mine", "/disputes?year=2026"):
        assert title not in seen(new.get(page)), page
    where = f"/disputes/check_in/{world.check_in_id}?enterprise={world.enterprise_id}"
    page = new.get(where)
    assert (title in seen(page), "代表该企业的身份尚待核实" in seen(page)) == (False, True)
    token = csrf_token(new.get("/enterprises"))
    assert new.post_raw(where, csrf_token=token, more="我们没有来过").status_code >= 400
    assert disputes(rows) == 0
    assert phone(world.visitor).post(where, more="我们没有来过").status_code == 200
    assert disputes(rows) == 1


def test_a_contact_from_before_hears_and_vouches(rows: Any, phone: Any, world: World, title: str) -> None:
    enrol(phone, world.enterprise_id)
    old, new = phone(world.visitor), phone(NEW)
    assert "有人登记代表长沙第" in seen(old.get("/notices"))
    where = f"/enterprises/{world.enterprise_id}/contact"
    assert "有人登记代表贵单位" in seen(old.get("/enterprises"))
    token = csrf_token(new.get("/enterprises"))
    new.post_raw(where, csrf_token=token, deed="vouch", person=newcomer(rows))  # nobody vouches for themselves
    assert standing(rows).confirmed_at is None
    told = old.post(where, page="/enterprises", deed="vouch", person=newcomer(rows))
    assert "已确认是贵单位的人" in seen(told)
    assert (standing(rows).proof, title in seen(new.get("/mine"))) == (StandingProof.CONTACT, True)
    assert "有人登记代表贵单位" not in seen(old.get("/enterprises"))


def test_a_report_suspends_until_the_province_has_looked(rows: Any, phone: Any, world: World, title: str) -> None:
    """One tap; the scan counts on, everything else stops, coming again changes nothing, and staff decide."""
    enrol(phone, world.enterprise_id)
    old, new, province = phone(world.visitor), phone(NEW), phone(world.province)
    own = scan(rows, world)
    where = f"/enterprises/{world.enterprise_id}/contact"
    told = old.post(where, page="/enterprises", deed="report", person=newcomer(rows))
    assert "对方的代表身份已暂停" in seen(told)
    assert "代表身份已暂停" in seen(new.get("/enterprises"))
    with rows() as session:
        assert session.get_one(CheckIn, own).is_live
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice).where(Notice.person_id.is_(None))) == 1
    new.post(f"/enterprises/{world.enterprise_id}/leave", page="/enterprises")
    enrol(phone, world.enterprise_id)
    assert standing(rows).suspended_at is not None
    staff = phone(world.staff)
    at_door = f"/p/activity/{world.activity_code}/check-in/{own}"
    assert "反映不认识签到人" in seen(staff.get(at_door))
    assert "代表身份已暂停" in seen(staff.post(at_door, deed="standing"))
    assert "联系人反映不认识" in seen(province.get("/v/standings"))
    decide = f"/v/standings/{newcomer(rows)}/{world.enterprise_id}"
    province.post(decide, page="/v/standings", deed="refuse")
    who_id = newcomer(rows)
    with rows() as session:
        assert session.get(Contact, (who_id, world.enterprise_id)) is None
        assert session.get_one(CheckIn, own).is_live
    enrol(phone, world.enterprise_id)
    province.post(decide, page="/v/standings", deed="confirm")
    assert (standing(rows).suspended_at, title in seen(new.get("/mine"))) == (None, True)


def test_staff_confirm_at_the_door(rows: Any, phone: Any, world: World, title: str) -> None:
    """Those of the activity's platform, for whoever scanned; a second tap changes nothing."""
    enrol(phone, world.enterprise_id)
    own = scan(rows, world)
    where = f"/p/activity/{world.activity_code}/check-in/{own}"
    assert phone(world.other_staff).get(where).status_code == 404
    staff = phone(world.staff)
    assert "尚未核实" in seen(staff.get(where))
    assert f"已核实{world.enterprise_name}的代表身份" in seen(staff.post(where, deed="standing"))
    staff.post(where, deed="standing")
    assert standing(rows).proof is StandingProof.STAFF
    assert "签到人的代表身份" not in seen(staff.get(where))
    with rows() as session:
        session.get_one(CheckIn, own).undone_at = builders.NOW
        session.flush()
        session.get_one(CheckIn, world.check_in_id).undone_at = None
    assert title in seen(phone(NEW).get("/mine"))


def test_a_licence_is_seen_by_the_province(rows: Any, phone: Any, world: World, title: str) -> None:
    """A picture and nothing else; nobody but the province opens it."""
    enrol(phone, world.enterprise_id)
    new, province = phone(NEW), phone(world.province)
    where = f"/enterprises/{world.enterprise_id}/licence"
    assert phone(world.stranger).get(where).status_code == 404
    assert "请选择营业执照照片" in seen(new.post(where))
    for content, name in ((paper_files.pdf(), "执照.pdf"), (b"hello", "执照.jpg")):
        assert new.post(where, picture=(io.BytesIO(content), name)).status_code == 422
    assert "请等待省枢纽平台核实" in seen(new.post(where, picture=(picture(), "执照.jpg")))
    assert "营业执照已上传" in seen(new.get("/enterprises"))
    shown = f"/v/standings/{newcomer(rows)}/{world.enterprise_id}/licence"
    assert f'src="{shown}?small"' in province.get("/v/standings").text
    assert province.get(shown).mimetype == "image/jpeg"
    for other in (world.staff, world.visitor, NEW):
        assert phone(other).get(shown).status_code in (403, 404)
    province.post(f"/v/standings/{newcomer(rows)}/{world.enterprise_id}", page="/v/standings", deed="confirm")
    assert (standing(rows).proof, title in seen(new.get("/mine"))) == (StandingProof.LICENCE, True)
    assert "没有待核实的代表身份" in seen(province.get("/v/standings"))


def test_a_code_given_by_a_visitor_waits_for_staff(rows: Any, phone: Any, world: World) -> None:
    """It stands beside the check-in, decides nothing, and counts once staff have given it themselves."""
    enrol(phone, "new", name="长沙老执照厂", licence_number="430100000012345")
    who_id = newcomer(rows)
    with rows() as session:
        firm = session.scalars(sa.select(Enterprise).where(Enterprise.licence_number.is_not(None))).one()
        at = session.get_one(Activity, world.activity_id)
        row = builders.check_in(session, at, firm, session.get_one(Person, who_id), checked_in_at=builders.NOW)
        firm_id, own = firm.id, row.id
    code = builders.uscc(890_001)
    told = phone(NEW).post(f"/mine/{firm_id}/code", uscc=code)
    assert "待工作人员对照营业执照核实后生效" in seen(told)
    where = f"/p/activity/{world.activity_code}/check-in/{own}"
    staff = phone(world.staff)
    assert f"签到人填写的代码：{code}（待核）" in seen(staff.get(where))
    with rows() as session:
        found = session.get_one(Enterprise, firm_id)
        assert (found.uscc, found.is_counted) == (None, False)
    staff.post(where, deed="code", uscc=code)
    with rows() as session:
        assert session.get_one(Enterprise, firm_id).uscc == code


def test_one_person_stands_for_five_and_invents_three_a_day(rows: Any, phone: Any, world: World, clock: Any) -> None:
    """Then staff must help; the sentences say so, and what was typed stays."""
    with rows() as session:
        known = [builders.enterprise(session).id for _ in range(4)]
    for number in range(3):
        made = enrol(phone, "new", name=f"长沙第{number}新厂", uscc=builders.uscc(891_000 + number))
        assert made.status_code == 200
    told = enrol(phone, "new", name="长沙第4新厂", uscc=builders.uscc(891_004))
    assert (told.status_code, "今天您已登记3家新企业" in seen(told), "长沙第4新厂" in told.text) == (422, True, True)
    assert enrol(phone, known[0]).status_code == enrol(phone, known[1]).status_code == 200
    assert "最多代表5家企业" in seen(enrol(phone, known[2]))
    who_id = newcomer(rows)
    with rows() as session:
        own = session.scalars(sa.select(Contact).where(Contact.person_id == who_id)).all()
    assert len(own) == 5
    phone(NEW).post(f"/enterprises/{known[0]}/leave", page="/enterprises")
    assert enrol(phone, known[2]).status_code == 200


def test_ten_needs_a_day(rows: Any, phone: Any, world: World) -> None:
    """The eleventh is refused with a sentence; the same text again is none."""
    asked = {"enterprise": str(world.enterprise_id), "region": "430102", "kind": "matching"}
    visitor = phone(world.visitor)
    for number in range(11):
        told = visitor.post("/needs/new", text=f"第{number}件：寻找检测机构", **asked)
    assert "今天您已提交10件需求与诉求" in seen(told)
    visitor.post("/needs/new", text="第3件：寻找检测机构", **asked)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count(sa.distinct(Need.content)))) == 10
