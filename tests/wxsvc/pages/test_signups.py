"""报名 on the phone: one tap, the waiting list, cancelling; the form's limit; the door's list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn
from models.person import Person
from models.platform import Platform
from models.signup import Signup
from models.terms import Door
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services.activity import signups

CONSENT = "2026-12"
TOMORROW = builders.NOW + timedelta(days=1)


@pytest.fixture
def coming(rows: Any, world: World) -> str:
    """Tomorrow's activity of the own platform, with one place."""
    with rows() as session:
        own = session.get_one(Activity, world.activity_id).platform_id
        at = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(hours=3), "title": "上市融资路演"}
        platform = session.get_one(Platform, own)
        return builders.activity(session, platform, code="SOON", takes_signups=True, signup_limit=1, **at).code


def visitor(rows: Any) -> tuple[str, str, int]:
    """Somebody else of another company: openid, its name, its id."""
    with rows() as session:
        who, company = builders.person(session), builders.enterprise(session)
        builders.contact(session, who, company)
        return str(who.openid), company.name, company.id


def test_nobody_is_promised_a_reminder_that_does_not_come(
    phone: Any, world: World, coming: str, page_clock: SettableClock
) -> None:
    guest = phone(world.visitor)
    told = seen(guest.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id))
    assert "已报名。活动前一日会提醒您，到场扫码签到才计入参加。" in told
    page_clock.set(TOMORROW - timedelta(hours=8))
    assert "已报名。到场扫码签到才计入参加。" in seen(guest.get(f"/c/{coming}"))


def test_what_was_cancelled_says_so_where_one_is_signed_up(phone: Any, world: World, coming: str) -> None:
    guest, staff, at = phone(world.visitor), phone(world.staff), "/p/activity/SOON"
    guest.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id)
    assert ("已取消" in seen(guest.get("/mine")), "开放签到。" in seen(staff.get(at))) == (False, True)
    staff.post(f"{at}/cancel", page=at, reason="场地原因")
    assert ("已取消" in seen(guest.get("/mine")), "开放签到。" in seen(staff.get(at))) == (True, False)


def test_one_tap_signs_up_the_next_one_waits_and_moves_up(rows: Any, phone: Any, world: World, coming: str) -> None:
    first = phone(world.visitor)
    page = first.get(f"/c/{coming}")
    assert "剩余1个名额" in seen(page)
    told = first.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id)
    assert "报名成功" in seen(told)
    assert f"{world.enterprise_name}已报名" in seen(told)
    openid, name, enterprise_id = visitor(rows)
    second = phone(openid)
    assert "名额已满，可以候补" in seen(second.get(f"/c/{coming}"))
    told = second.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=enterprise_id)
    assert f"{name}已列入候补，排在第一位" in seen(told)
    assert "候补" in seen(second.get("/mine"))
    told = first.post(f"/c/{coming}/signup/cancel", page=f"/c/{coming}", enterprise=world.enterprise_id)
    assert "已取消报名" in seen(told)
    assert f"{name}已报名" in seen(second.get(f"/c/{coming}"))
    assert "已由候补转为报名成功" in seen(second.get("/notices"))
    assert "上市融资路演" in seen(second.get("/mine"))
    assert "活动报名" in seen(second.get("/me"))


@pytest.mark.parametrize(
    ("place", "called"), [(None, "参加时"), ("路演厅", "到场")], ids=["online", "with a place as well"]
)
def test_who_takes_part_online_is_not_asked_to_come(
    rows: Any, phone: Any, world: World, place: str | None, called: str
) -> None:
    """签到, 报名 and the text for chat groups; beside a place the link is told as well, to the platform too."""
    link = "https://meeting.tencent.com/dm/abc"
    with rows() as session:
        own = session.get_one(Activity, world.activity_id).platform_id
        at = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(hours=3), "opens_at": TOMORROW}
        online = {"place": place, "meeting_link": link, **at}
        for code, takes in (("ONLINE", True), ("AHEAD", False)):
            builders.activity(session, session.get_one(Platform, own), code=code, takes_signups=takes, **online)
    visitor, newcomer, staff = phone(world.visitor), phone("o-newcomer"), phone(world.staff)
    pages = [newcomer.get(f"/c/{code}") for code in ("ONLINE", "AHEAD")]
    pages += [visitor.get("/c/AHEAD"), staff.get("/p/activity/ONLINE/codes")]
    pages.append(visitor.post("/c/ONLINE/signup", page="/c/ONLINE", enterprise=world.enterprise_id))
    for page in pages:
        assert (called in seen(page), "到场" in seen(page)) == (True, called == "到场")
    facts = seen(staff.get("/p/activity/ONLINE"))
    assert f"会议链接{link}" in "".join(facts.split())
    assert ("路演厅" in facts) == bool(place)


def test_who_is_not_enrolled_enrols_and_is_signed_up(phone: Any, world: World, coming: str) -> None:
    newcomer = phone("o-new")
    page = newcomer.get(f"/c/{coming}")
    assert "登记企业后报名" in page.text
    at = f"/enrol?activity={coming}&ahead=signup"
    assert at.replace("&", "&amp;") in page.text
    found = newcomer.get(f"{at}&q={world.enterprise_name}")
    assert "登记并报名" in found.text
    told = newcomer.post(at, page=f"{at}&q={world.enterprise_name}", whom=world.enterprise_id, consent=CONSENT)
    assert told.request.path == f"/c/{coming}"
    assert "报名成功" in seen(told)
    assert f"{world.enterprise_name}已报名" in seen(told)


def test_who_enrols_too_late_is_told_so_and_stays_enrolled(
    phone: Any, world: World, coming: str, page_clock: Any
) -> None:
    newcomer, at = phone("o-late"), f"/enrol?activity={coming}&ahead=signup"
    newcomer.get(at)
    page_clock.set(TOMORROW)
    told = newcomer.post(at, page=f"{at}&q={world.enterprise_name}", whom=world.enterprise_id, consent=CONSENT)
    assert "现在不接受报名" in seen(told)
    assert f"您将代表：{world.enterprise_name}" in seen(told)


def test_whoever_leaves_the_company_leaves_its_place(rows: Any, phone: Any, world: World, coming: str) -> None:
    """The next one moves up; the place that a colleague took, and the list of an activity that is over, stay."""
    first, (openid, name, enterprise_id) = phone(world.visitor), visitor(rows)
    assert "还未开始的活动随之取消报名" in seen(first.get("/enterprises"))
    first.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id)
    second = phone(openid)
    second.post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=enterprise_id)
    with rows() as session:
        own = session.get_one(Activity, world.activity_id).platform_id
        over = {"starts_at": builders.NOW - timedelta(hours=3), "ends_at": builders.NOW - timedelta(hours=1)}
        later = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(hours=1)}
        made = [builders.activity(session, session.get_one(Platform, own), **at) for at in (over, later)]
        me, colleague = (
            session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one(),
            builders.person(session),
        )
        for activity, who in zip(made, (me, colleague), strict=True):
            taken = {"activity_id": activity.id, "enterprise_id": world.enterprise_id, "person_id": who.id}
            session.add(Signup(**taken, signed_up_at=builders.NOW, is_waiting=False))
        kept = {activity.id for activity in made}
    first.post(f"/enterprises/{world.enterprise_id}/leave", page="/enterprises")
    with rows() as session:
        left = sa.select(Signup.activity_id).where(Signup.enterprise_id == world.enterprise_id)
        assert set(session.scalars(left)) == kept
        signups.follow_up(session, builders.NOW)
    assert f"{name}已报名" in seen(second.get(f"/c/{coming}"))


def test_who_chooses_an_enterprise_is_signed_up(rows: Any, phone: Any, world: World, coming: str) -> None:
    with rows() as session:
        who = builders.person(session)
        for _ in range(2):
            company = builders.enterprise(session)
            builders.contact(session, who, company, is_current=False)
        openid, enterprise_id, name = who.openid, company.id, company.name
    chooser = phone(openid)
    at = f"/choose?activity={coming}&ahead=signup"
    assert at.replace("&", "&amp;") in chooser.get(f"/c/{coming}").text
    assert f"{name}已报名" in seen(chooser.post(at, page=at, enterprise=enterprise_id))


def test_signing_up_agrees_to_the_notice_that_its_form_names(rows: Any, phone: Any, world: World, coming: str) -> None:
    with rows() as session:
        session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one().consent_version = "2026-11"
    visitor = phone(world.visitor)
    page = visitor.get(f"/c/{coming}")
    assert "报名另记报名的企业、报名人和时间" in seen(page)
    form = {"enterprise": world.enterprise_id, "consent": CONSENT}
    assert "报名成功" in seen(visitor.post(f"/c/{coming}/signup", page=f"/c/{coming}", **form))
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        assert person.consent_version == CONSENT
    assert "已更新" not in seen(visitor.get("/mine"))


def test_another_companys_signing_up_is_refused(rows: Any, phone: Any, world: World, coming: str) -> None:
    _, _, other_id = visitor(rows)
    told = phone(world.visitor).post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=other_id)
    assert told.status_code == 409 or told.status_code == 400
    assert "没有登记为该企业的联系人" in seen(told)
    with rows() as session:
        assert session.query(Signup).all() == []


def test_once_the_check_in_is_open_it_takes_the_place(phone: Any, world: World, coming: str, page_clock: Any) -> None:
    page_clock.set(TOMORROW)
    page = phone(world.visitor).get(f"/c/{coming}")
    assert "signup" not in page.text
    assert "giant" in page.text


def test_the_doors_list_tells_who_has_come_and_one_tap_checks_in(
    rows: Any, phone: Any, world: World, coming: str, page_clock: Any
) -> None:
    phone(world.visitor).post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id)
    openid, name, enterprise_id = visitor(rows)
    phone(openid).post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=enterprise_id)
    clerk = phone(world.staff)
    page = seen(clerk.get(f"/p/activity/{coming}"))
    assert "已报名1家（名额1家），候补1家。" in page.replace("\n", "").replace(" ", "")
    assert "enterprise" not in clerk.get(f"/p/activity/{coming}").text.partition("signups")[2].partition("names")[0]
    page_clock.set(TOMORROW)
    etag = clerk.get(f"/p/activity/{coming}/arrivals").headers["ETag"]
    told = clerk.post(f"/p/activity/{coming}/enter", page=f"/p/activity/{coming}", enterprise=world.enterprise_id)
    text = seen(told).replace("\n", "").replace(" ", "")
    assert "其中已签到1家" in text
    assert name in text
    piece = clerk.get(f"/p/activity/{coming}/arrivals")
    assert piece.headers["ETag"] != etag
    assert "其中已签到1家" in seen(piece)
    with rows() as session:
        row = session.query(CheckIn).filter_by(enterprise_id=world.enterprise_id, door=Door.STAFF).one()
        assert row.activity_id == session.query(Activity).filter_by(code=coming).one().id


def test_the_list_is_drawn_anew_when_somebody_signs_up(rows: Any, phone: Any, world: World, coming: str) -> None:
    clerk = phone(world.staff)
    before = clerk.get(f"/p/activity/{coming}/arrivals").headers["ETag"]
    phone(world.visitor).post(f"/c/{coming}/signup", page=f"/c/{coming}", enterprise=world.enterprise_id)
    assert clerk.get(f"/p/activity/{coming}/arrivals").headers["ETag"] != before


@pytest.mark.parametrize(("typed", "said"), [("0", "名额请填1至9999的整数"), ("很多", "格式不对"), ("30", "")])
def test_the_form_has_the_limit(rows: Any, phone: Any, world: World, coming: str, typed: str, said: str) -> None:
    clerk, path = phone(world.staff), f"/p/activity/{coming}/edit"
    form = clerk.get(path)
    assert 'name="takes_signups" value="1" checked' in form.text
    sent = {
        "title": "上市融资路演",
        "category": "digital",
        "form": "onsite",
        "part": "host",
        "starts_at": TOMORROW.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (TOMORROW + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
        "opens": "60",
        "closes": "0",
        "place": "麓谷大道668号",
        "version": "1",
        "takes_signups": "1",
        "signup_limit": typed,
    }
    told = clerk.post(path, **sent)
    if said:
        assert said in seen(told)
        assert f'value="{typed}"' in told.text
        return
    with rows() as session:
        row = session.query(Activity).filter_by(code=coming).one()
        assert (row.takes_signups, row.signup_limit) == (True, 30)
    del sent["takes_signups"]
    clerk.post(path, **sent | {"version": str(row.version)})
    with rows() as session:
        row = session.query(Activity).filter_by(code=coming).one()
        assert (row.takes_signups, row.signup_limit) == (False, None)


def test_who_stands_for_several_and_has_not_chosen_chooses_first(rows: Any, phone: Any, coming: str) -> None:
    with rows() as session:
        who = builders.person(session)
        for _ in range(2):
            builders.contact(session, who, builders.enterprise(session), is_current=False)
        openid = str(who.openid)
    page = phone(openid).get(f"/c/{coming}")
    assert "选择企业后报名" in page.text
    assert f"/choose?activity={coming}" in page.text
