"""An activity's page as enterprises see it: what staff wrote, its calendar file, the card of a shared link."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from icalendar import Calendar
from PIL import Image

from models.activity import Activity
from models.terms import Stage
from tests import builders
from tests.wxsvc.pages.web import ON_A_DESK, seen
from wxsvc.documents import activity_pictures

CONTENT = "上午：政策解读\n下午：一对一问诊，请带上营业执照复印件；" + "会后安排参观智能工厂，" * 12


@pytest.fixture
def code(rows: Any) -> str:
    """An activity with everything that staff may write."""
    with rows() as session:
        made = builders.activity(session, builders.platform(session), code="OPEN", content=CONTENT)
        return made.code


def test_the_page_shows_what_staff_wrote_a_map_a_calendar_and_a_way_back(phone: Any, code: str) -> None:
    page = phone("o-1").get(f"/c/{code}")
    text = seen(page)
    for said in ("一对一问诊", "主办：长沙市窗口平台", "长沙市岳麓区麓谷大道668号", "加入日历", "查看地图", "近期活动"):
        assert said in text, said
    assert "https://apis.map.qq.com/uri/v1/search?keyword=%E9%95%BF%E6%B2%99" in page.text
    assert f'href="/a/{code}/calendar.ics"' in page.text
    assert 'href="/activities"' in page.text


def test_an_online_activity_has_its_link_and_no_map(rows: Any, phone: Any) -> None:
    with rows() as session:
        link = "https://meeting.example.cn/1"
        code = builders.activity(session, builders.platform(session), place=None, meeting_link=link).code
    page = phone("o-1").get(f"/c/{code}")
    assert link in page.text
    assert "查看地图" not in page.text
    assert link not in phone(None, ON_A_DESK).get(f"/a/{code}").text  # who is nobody gets no way into the meeting


def test_the_calendar_file_is_one_that_calendars_take_again(rows: Any, phone: Any, code: str) -> None:
    """RFC 5545: lines end in CRLF and are folded by octets, times are UTC, the UID stays and SEQUENCE grows."""
    nobody = phone(None, ON_A_DESK)
    first = nobody.get(f"/a/{code}/calendar.ics")
    assert first.mimetype == "text/calendar"
    lines = first.data.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    (event,) = Calendar.from_ical(first.data).walk("VEVENT")
    assert (event["SUMMARY"], event["LOCATION"]) == ("中小企业数字化转型对接会", "长沙市岳麓区麓谷大道668号")
    assert str(event["DESCRIPTION"]).startswith(CONTENT)
    assert b"DTSTART:20261123T010000Z" in lines
    assert b"DTEND:20261123T090000Z" in lines
    assert b"UID:OPEN@wx.example.cn" in lines
    with rows() as session:
        row = session.query(Activity).filter_by(code=code).one()
        row.starts_at, row.version, number = row.starts_at + timedelta(hours=1), row.version + 1, row.version
    later = nobody.get(f"/a/{code}/calendar.ics").data.split(b"\r\n")
    assert b"UID:OPEN@wx.example.cn" in later
    assert b"DTSTART:20261123T020000Z" in later
    assert f"SEQUENCE:{number}".encode() in lines
    assert f"SEQUENCE:{number + 1}".encode() in later


def test_a_cancelled_activity_is_taken_out_of_the_calendar(rows: Any, phone: Any) -> None:
    with rows() as session:
        code = builders.activity(session, builders.platform(session), stage=Stage.VOID).code
    assert b"STATUS:CANCELLED" in phone(None).get(f"/a/{code}/calendar.ics").data
    assert "已取消" in seen(phone(None, ON_A_DESK).get(f"/a/{code}"))


@pytest.mark.usefixtures("chinese_font")
def test_a_shared_link_has_a_card_outside_wechat_and_leads_on_inside(phone: Any, code: str) -> None:
    page = phone(None, ON_A_DESK).get(f"/a/{code}")
    assert page.status_code == 200
    tags = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page.text))
    assert tags["title"] == "中小企业数字化转型对接会"
    assert "2026年11月23日" in tags["description"]
    assert tags["url"] == f"https://wx.example.cn/a/{code}"
    assert tags["image"] == f"https://wx.example.cn/a/{code}/picture.png"
    with Image.open(BytesIO(phone(None).get(f"/a/{code}/picture.png").data)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (600, 600))
    assert phone("o-1").get(f"/a/{code}").request.path == f"/c/{code}"


def test_without_a_chinese_font_the_card_has_no_picture(phone: Any, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity_pictures, "_font_file", lambda: None)
    activity_pictures._font.cache_clear()
    activity_pictures.card.cache_clear()
    assert "og:image" not in phone(None, ON_A_DESK).get(f"/a/{code}").text
    assert phone(None).get(f"/a/{code}/picture.png").status_code == 404


@pytest.mark.usefixtures("chinese_font")
def test_wechat_gets_the_card_and_the_signature_of_the_very_page(
    app: Any, phone: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[str] = []

    def page_config(_: Any, url: str) -> dict[str, str]:
        signed.append(url)
        return {"appId": "wx"}

    monkeypatch.setattr("wxsvc.wechat.jssdk.page_config", page_config)
    visitor = phone("o-1")
    answer = json.loads(visitor.get(f"/c/{code}/share.json?page=/c/{code}%3Fx%3D1").data)
    assert signed == [f"https://wx.example.cn/c/{code}?x=1"]
    assert answer["card"] == {
        "title": "中小企业数字化转型对接会",
        "desc": "2026年11月23日 09:00\n长沙市岳麓区麓谷大道668号",
        "link": f"https://wx.example.cn/a/{code}",
        "imgUrl": f"https://wx.example.cn/a/{code}/picture.png",
    }
    assert visitor.get(f"/c/{code}/share.json?page=/mine").status_code == 404


def test_enrolment_names_the_activity_that_it_came_from(phone: Any, code: str) -> None:
    newcomer = phone("o-new")
    assert "“中小企业数字化转型对接会”" in seen(newcomer.get(f"/enrol?activity={code}&ahead=1"))
    assert "您正在为" not in seen(newcomer.get("/enrol"))


def test_coming_activities_stand_in_pages_with_what_runs_now_first(rows: Any, phone: Any) -> None:
    with rows() as session:
        own, day = builders.platform(session), timedelta(days=1)
        for number in range(1, 12):
            at = {"starts_at": builders.STARTS_AT + number * day, "ends_at": builders.ENDS_AT + number * day}
            builders.activity(session, own, title=f"第{number}场", **at)
        far = builders.platform(session, region_code="430300", name="湘潭市窗口平台")
        builders.activity(session, far, title="正在举办")
        company, who = builders.enterprise(session), builders.person(session)
        builders.contact(session, who, company)
        openid = who.openid
    visitor = phone(openid)
    first, second = (re.findall(r"<b>(.*?)</b>", visitor.get(f"/activities?page={n}").text) for n in (1, 2))
    assert first == ["正在举办", *(f"第{number}场" for number in range(1, 10))]
    assert second == ["第10场", "第11场"]
    assert re.findall(r"<b>(.*?)</b>", visitor.get("/activities?page=99").text) == second


def test_a_hall_behind_one_address_opens_a_shared_link(app: Any, phone: Any, code: str) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    for _ in range(40):
        nobody = app.test_client()
        assert nobody.get(f"/a/{code}").status_code == 200
        assert nobody.get(f"/a/{code}/calendar.ics").status_code == 200
