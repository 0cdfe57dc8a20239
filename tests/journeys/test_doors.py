"""Every door of one hall, phone in hand: WeChat's code, the menu's scanner, the screen, a link from a chat group."""

from __future__ import annotations

import re
from base64 import b64decode

import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.errand import ParametricCode
from models.terms import Door, Refusal
from tests.journeys.province import COMING, FAR, RUNNING, VISITOR, Province
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.services.door import screen_codes

CONSENT = "2026-12"


def code_of(province: Province, activity_code: str) -> str:
    """What WeChat's own code of an activity says, once the worker has fetched it."""

    def found() -> str | None:
        with province.product.database.read() as session:
            return session.scalar(
                sa.select(ParametricCode.url)
                .join(Activity, Activity.id == ParametricCode.activity_id)
                .where(Activity.code == activity_code, ParametricCode.url.is_not(None))
            )

    province.until(lambda: found() is not None, "no parametric code came")
    return str(found())


def on_the_screen(province: Province, activity_code: str = RUNNING) -> str:
    """The address in the code that the hall sees now."""
    secrets = province.product.settings.token_key
    token = screen_codes.token(secrets, activity_code, province.clock.now())
    return f"{province.product.url}/c/{activity_code}?t={token}"


def enrolled(hand: PhoneBrowser, company: str) -> None:
    """Fill the enrolment in that is open, as somebody of a known company."""
    hand.send(q=company[:4])
    with_choice = next(form for form in hand.page.forms if "whom" in form.names)
    hand.send(whom=with_choice.offered["whom"][0], consent=CONSENT)


def doors(province: Province) -> list[tuple[str, Door, int]]:
    """Who is in, by which door, and what it is worth."""
    with province.product.database.read() as session:
        query = sa.select(Enterprise.name, CheckIn.door, CheckIn.evidence_grade).join(CheckIn)
        return [(name, door, grade) for name, door, grade in session.execute(query.order_by(CheckIn.id))]


def test_wechats_code_works_in_both_scanners_and_for_who_does_not_follow_yet(province: Province) -> None:
    url = code_of(province, RUNNING)
    stranger = province.hand("陈建国").phone
    reply = stranger.scan(url)
    assert stranger.person.follows
    assert reply is not None
    assert "登记后自动完成签到" in reply.text
    visitor = province.hand(VISITOR).phone
    visitor.follow()
    reply = visitor.scan_with_menu(url)
    assert reply is not None
    assert "签到成功" in reply.text
    ((_, door, grade),) = doors(province)
    assert (door, grade) == (Door.MENU, 1)
    province.clock.advance(seconds=5)
    again = visitor.scan(url)
    assert again is not None
    assert "无需重复操作" in again.text


def test_the_hall_scans_the_screen_and_a_first_visitor_keeps_what_the_scan_was_worth(province: Province) -> None:
    clerk = province.hand("clerk")
    page = clerk.open(f"/p/activity/{RUNNING}/screen")
    assert "已签到企业 0 家" in page.text
    visitor, newcomer = province.hand(VISITOR), province.hand("陈建国")
    assert visitor.phone.scan(on_the_screen(province)) is None, "a page opens, nobody follows"
    visitor.open(on_the_screen(province))
    visitor.send()
    assert "签到成功" in visitor.page.text
    newcomer.open(on_the_screen(province))
    newcomer.send()
    province.clock.advance(minutes=12)  # looking for the licence
    enrolled(newcomer, "湘潭莲城软件有限公司")
    assert "签到成功" in newcomer.page.text
    assert [(door, grade) for _, door, grade in doors(province)] == [(Door.SCREEN, 1)] * 2
    assert not newcomer.phone.person.follows
    seen = clerk.open(f"/p/activity/{RUNNING}/screen").text
    assert "已签到企业 2 家" in seen
    assert "湘潭莲***有限公司" in seen
    assert "湘潭莲城软件" not in seen


def test_a_photo_of_the_screen_is_worth_nothing_a_minute_later(province: Province) -> None:
    shown = on_the_screen(province)
    province.clock.advance(minutes=2)
    visitor = province.hand(VISITOR)
    assert "二维码已更新，请扫描屏幕上的最新二维码。" in visitor.open(shown).text
    assert visitor.page.forms == []
    visitor.phone.follow()
    reply = visitor.phone.scan_with_menu(shown)
    assert reply is not None
    assert reply.text == "二维码已更新，请扫描屏幕上的最新二维码。"
    assert doors(province) == []
    with province.product.database.read() as session:
        assert session.scalars(sa.select(RefusedScan.refusal)).all() == [Refusal.CODE_EXPIRED]
    reply = visitor.phone.scan_with_menu(on_the_screen(province))
    assert reply is not None
    assert "签到成功" in reply.text


def test_whoever_enrols_ahead_needs_one_scan_at_the_door(province: Province) -> None:
    clerk = province.hand("clerk")
    shared = clerk.open(f"/p/activity/{COMING}/codes").text
    link = re.search(r"http://\S+/c/\S+", shared)
    assert link is not None
    newcomer = province.hand("陈建国")
    page = newcomer.open(link[0])
    assert "开放签到" in page.text
    newcomer.follow("提前登记，到场一扫即签")
    enrolled(newcomer, "长沙麓山智能装备有限公司")
    assert "已登记企业：长沙麓山智能装备有限公司" in newcomer.page.text
    assert doors(province) == []
    province.clock.advance(hours=23)
    reply = newcomer.phone.scan(code_of(province, COMING))
    assert reply is not None
    assert "签到成功。长沙麓山智能装备有限公司" in reply.text


def test_the_poster_and_the_pictures_are_the_own_platforms(province: Province) -> None:
    code_of(province, RUNNING)
    clerk = province.hand("clerk")
    clerk.open(f"/p/activity/{RUNNING}")
    clerk.follow("二维码与分享")
    assert "微信活动码" in clerk.page.text
    png = clerk.phone.open(clerk.page.link("下载图片"))
    assert png.content.startswith(b"\x89PNG")
    clerk.follow("打印海报")
    assert "不关注也可签到" in clerk.page.text
    shown = clerk.phone.open(f"{province.product.url}/p/activity/{RUNNING}/screen/code.json").json()
    assert b64decode(shown["picture"].partition(",")[2]).startswith(b"<?xml")
    assert clerk.open(f"/p/activity/{FAR}/poster").status == 404
