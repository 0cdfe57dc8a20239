"""首次登记: four fields and six taps at the most; what a code says is not asked; a wrong code is told at once."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.person import Contact, Person
from tests import builders
from tests.wxsvc.pages.web import ON_A_DESK, PretendedWeChat, csrf_token, seen
from wxsvc import wording

CONSENT = wording.sentence("pages", "consent_version")
ENROL = "/enrol?activity=A-1"


@pytest.fixture
def event(rows: Any) -> int:
    """One open activity, A-1."""
    with rows() as session:
        return int(builders.activity(session, builders.platform(session), code="A-1").id)


class Visitor:
    """Somebody who fills in what stands open on the page, and counts it."""

    def __init__(self, phone: Any) -> None:
        self.phone, self.taps, self.fields = phone, 0, set[str]()
        self.page = phone.get("/c/A-1")

    def tap(self, page: Any) -> None:
        """One tap on a link or a button has led to this page."""
        self.taps += 1
        self.page = page

    def fill(self, *names: str) -> None:
        """Each field is on the page, outside of what is folded away; touching it is a tap."""
        open_part = re.sub(r"<details>.*?</details>", "", self.page.text, flags=re.DOTALL)
        for name in names:
            assert f'name="{name}"' in open_part, name
            self.fields.add(name)
            self.taps += 1


def test_the_button_says_what_it_does(event: int, rows: Any, phone: Any) -> None:
    """登记并签到 for whom a scan waits, or whose attendance counts then; a link passed on leads to the same form."""
    with rows() as session:
        known = builders.enterprise(session, name="湘潭乙科技有限公司").id
    bob, ann = phone("o-bob"), phone("o-ann")
    assert ">登记</button>" in bob.get(f"{ENROL}&q=乙科").text
    door = bob.post(ENROL, page=f"{ENROL}&q=乙科", whom=known, consent=CONSENT, q="乙科")
    assert ">签到</button>" in door.text
    with rows() as session:
        assert session.scalars(sa.select(CheckIn)).all() == []
    ann.post("/c/A-1")
    assert ">登记并签到</button>" in ann.get(f"{ENROL}&q=乙科").text
    assert "未完成的扫码（1）" in seen(ann.get("/me"))
    assert ">登记</button>" in ann.get("/enrol?activity=A-2&q=乙科").text
    ann.post(ENROL, page=ENROL, none="1", consent=CONSENT)
    assert ">登记并签到</button>" in ann.get(f"{ENROL}&add=1&q=乙科").text
    ann.post(f"{ENROL}&add=1", page=f"{ENROL}&add=1&q=乙科", whom=known, q="乙科")
    assert "未完成的扫码" not in seen(ann.get("/me"))  # it became a check-in, which is told instead


def test_a_first_visitor_by_a_known_name(event: int, rows: Any, phone: Any) -> None:
    with rows() as session:
        known = builders.enterprise(session, name="湘潭乙科技有限公司").id
    visitor = Visitor(phone("o-bob"))
    visitor.tap(visitor.phone.post("/c/A-1"))
    visitor.fill("q")
    visitor.tap(visitor.phone.get(f"{ENROL}&q=乙科"))
    assert re.search(r"checked>\s*<span>湘潭乙科技有限公司", visitor.page.text)
    visitor.fill("consent")
    visitor.tap(visitor.phone.post(f"{ENROL}&q=乙科", whom=known, consent=CONSENT, q="乙科"))
    assert "签到成功" in seen(visitor.page)
    assert (len(visitor.fields), visitor.taps) == (2, 5)


def test_a_first_visitor_by_a_new_code(event: int, rows: Any, phone: Any) -> None:
    """The code says the county; the company's name is all there is to type."""
    code = builders.uscc(start="91430181")
    visitor = Visitor(phone("o-bob"))
    visitor.tap(visitor.phone.post("/c/A-1"))
    visitor.fill("q")
    path = f"{ENROL}&q={code}"
    visitor.tap(visitor.phone.get(path))
    assert '<option value="430181" selected>长沙市浏阳市' in visitor.page.text
    visitor.fill("name", "consent")
    shown = set(re.findall(r'<(?:input|select)(?=[^>]*name="(\w+)")(?![^>]*type="hidden")', visitor.page.text))
    folded = {"contact_name", "phone"}
    assert shown - folded == {"q", "name", "region", "consent"}
    typed = {"whom": "new", "uscc": code, "name": "浏阳河畔食品有限公司", "region": "430181", "q": code}
    visitor.tap(visitor.phone.post(path, consent=CONSENT, **typed))
    assert "签到成功" in seen(visitor.page)
    assert len(visitor.fields) <= 4
    assert visitor.taps <= 6
    with rows() as session:
        made = session.scalars(sa.select(Enterprise)).one()
        assert (made.uscc, made.region_code) == (code, "430181")


def test_the_consent_is_not_ticked_and_says_what_it_must(event: int, phone: Any) -> None:
    """Who, what, why, how long, with whom, which rights, whom to ask, and the way round."""
    page = phone("o-bob").get(f"{ENROL}&q=没有这家")
    box = re.search(r"<input[^>]*name=\"consent\"[^>]*>", page.text)
    assert box is not None
    assert "checked" not in box[0]
    for said in (
        "谁在处理",
        "处理什么",
        "为什么",
        "保存多久",
        "提供给谁",
        "您的权利",
        "撤回同意",
        "不同意",
        "现场工作人员",
    ):
        assert said in seen(page), said


def test_a_mistyped_code_is_told_at_once_with_the_likely_one(event: int, phone: Any) -> None:
    code = builders.uscc(start="91430100")
    wrong = code.replace("0", "O", 1)
    bob = phone("o-bob")
    page = bob.get(f"{ENROL}&q={wrong}")
    assert page.status_code == 422
    assert "校验未通过，请对照营业执照核对；字母不含I、O、S、V、Z" in seen(page)
    assert f"是否为{code}" in seen(page)
    assert urlencode({"q": code}) in page.text
    assert 'name="whom"' not in page.text  # the box alone: nothing else is asked before it is right
    assert "营业执照上没有18位代码" in seen(page)
    assert 'name="licence_number"' in bob.get(f"{ENROL}&new=1").text
    twice = bob.get(f"{ENROL}&q={wrong.replace('1', 'I', 1)}")
    assert "校验未通过" in seen(twice)
    assert "是否为" not in seen(twice)


@pytest.mark.parametrize("length", [14, 16, 17, 19])
def test_a_code_of_another_length_is_told_at_once(event: int, phone: Any, length: int) -> None:
    page = phone("o-bob").get(f"{ENROL}&q={'914301001234567890123'[:length]}")
    assert page.status_code == 422
    assert f"您输入了{length}位" in seen(page)


def test_a_code_typed_beside_a_name_can_still_be_changed(event: int, phone: Any) -> None:
    """Only a code that was looked for in the box is settled; consent was forgotten here."""
    code = builders.uscc(start="91430100")
    typed = {"whom": "new", "uscc": code, "name": "湘潭丙科技有限公司"}
    bob, field = phone("o-bob"), r'<input id="uscc" name="uscc" type="text"'
    named = bob.post(f"{ENROL}&q=湘潭丙科技", q="湘潭丙科技", **typed)
    assert "勾选同意" in seen(named)
    assert re.search(field, named.text)
    by_code = bob.post(f"{ENROL}&q={code}", q=code, **typed)
    assert not re.search(field, by_code.text)


def test_an_older_licence_is_pending_until_staff_confirm_it(event: int, rows: Any, phone: Any) -> None:
    bob = phone("o-bob")
    bob.post("/c/A-1")
    number = "430000000012345"
    page = bob.get(f"{ENROL}&q={number}")
    assert page.status_code == 200
    assert f'value="{number}"' in page.text
    typed = {"whom": "new", "licence_number": number, "name": "湘潭老字号酱园", "q": number}
    told = bob.post(f"{ENROL}&q={number}", consent=CONSENT, **typed)
    assert "凭营业执照补填统一社会信用代码，核实后计入" in seen(told)
    with rows() as session:
        assert not session.scalars(sa.select(Enterprise)).one().is_counted
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1


@pytest.mark.parametrize("is_known_by_licence", [False, True])
def test_the_same_name_by_another_number_is_asked_about_once(
    event: int, rows: Any, phone: Any, is_known_by_licence: bool
) -> None:
    """By its code and by an older licence one firm would be counted twice: the page leads to the one that is known."""
    code, number = builders.uscc(), "430000000012345"
    theirs, ours = (number, code) if is_known_by_licence else (code, number)
    of = {False: "uscc", True: "licence_number"}
    with rows() as session:
        known = {"uscc": None, "licence_number": None} | {of[is_known_by_licence]: theirs}
        known_id = builders.enterprise(session, name="湘潭（老字号）酱园厂", **known).id
    bob = phone("o-bob")
    bob.post("/c/A-1")
    typed = {"whom": "new", of[not is_known_by_licence]: ours, "name": "湘潭(老字号) 酱园厂", "q": ours}
    asked = bob.post(f"{ENROL}&q={ours}", consent=CONSENT, **typed)
    assert asked.status_code == 422
    assert f"已登记过同名企业“湘潭（老字号）酱园厂”（{theirs}）" in seen(asked)
    assert f"q={theirs}" in asked.text
    picked = bob.get(f"{ENROL}&q={theirs}")
    assert f'value="{known_id}"' in picked.text
    bob.post(f"{ENROL}&q={ours}", consent=CONSENT, sure=typed["name"], **typed)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Enterprise)) == 2


def test_two_codes_are_two_firms_whatever_they_are_called(event: int, rows: Any, phone: Any) -> None:
    with rows() as session:
        builders.enterprise(session, name="湘潭乙科技有限公司")
    bob, code = phone("o-bob"), builders.uscc()
    typed = {"whom": "new", "uscc": code, "name": "湘潭乙科技有限公司", "q": code}
    assert bob.post(f"{ENROL}&q={code}", consent=CONSENT, **typed).status_code == 200
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Enterprise)) == 2


def test_a_name_that_is_not_ours_leads_to_a_new_one(event: int, rows: Any, phone: Any) -> None:
    with rows() as session:
        builders.enterprise(session, name="湘潭乙科技有限公司")
    bob = phone("o-bob")
    page = bob.get(f"{ENROL}&q=湘潭")
    assert "以上都不是" in seen(page)
    new = bob.get(f"{ENROL}&q=湘潭&new=1")
    assert 'name="uscc"' in new.text
    assert 'type="radio"' not in new.text


def test_second_thoughts_of_somebody_imported_change_the_receipt(event: int, rows: Any, phone: Any) -> None:
    """Known by an import and never asked for consent: 换一家 with a company that is added now."""
    with rows() as session:
        who = builders.person(session, openid="o-ann")
        builders.contact(session, who, builders.enterprise(session))
        other = builders.enterprise(session, name="湘潭乙科技有限公司").id
    ann = phone("o-ann")
    ann.post("/c/A-1")
    with rows() as session:
        first = session.scalars(sa.select(CheckIn)).one().id
    told = ann.post(f"/enrol?receipt={first}&add=1&q=乙科", whom=other, q="乙科", consent=CONSENT)
    assert "湘潭乙科技有限公司" in seen(told)
    assert "签到成功" in seen(told)
    with rows() as session:
        live = session.scalars(sa.select(CheckIn.enterprise_id).where(CheckIn.undone_at.is_(None))).all()
        assert live == [other]


def test_enrolling_twice_is_calm(event: int, rows: Any, phone: Any) -> None:
    """The answer got lost and the form was sent again."""
    with rows() as session:
        known = builders.enterprise(session, name="湘潭乙科技有限公司").id
    bob = phone("o-bob")
    bob.post("/c/A-1")
    typed = {"whom": known, "q": "乙科", "consent": CONSENT, "csrf_token": csrf_token(bob.get(f"{ENROL}&q=乙科"))}
    sent = [bob.post_raw(f"{ENROL}&q=乙科", **typed) for _ in range(2)]
    assert [each.status_code for each in sent] == [303, 303]
    with rows() as session:
        for table in (CheckIn, Contact, Person):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_an_invoice_title_is_offered_where_wechat_does(wechat: PretendedWeChat, phone: Any) -> None:
    """Signed for the very page; without a ticket, on a desk, or for a foreign page there is nothing."""
    bob = phone("o-bob")
    blank = bob.get(ENROL)
    assert 'id="invoice-title" hidden' in blank.text
    assert "invoice_title.js" in blank.text
    for foreign in ("https://evil.example/enrol", "//evil.example/enrol", "/me"):
        assert bob.get("/enrol/title", query_string={"page": foreign}).status_code == 404
    wechat.is_down = True
    assert bob.get("/enrol/title", query_string={"page": ENROL}).status_code == 404
    desk = phone("o-desk")
    desk.get("/mine")
    asked = desk.client.get("/enrol/title", query_string={"page": ENROL}, headers={"User-Agent": ON_A_DESK})
    assert asked.status_code in (403, 404)
