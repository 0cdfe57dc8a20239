"""The inbox page, and what pages say of pictures that came by chat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.errand import ChatPicture
from models.notice import NoticeRead
from models.person import Person
from models.terms import NoticePurpose, Role, Subject
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc import wording
from wxsvc.services import notices
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.reviewables import MODELS

DISPUTE = {
    "deed": "raised",
    "subject": "check_in",
    "title": "对接会",
    "day": "2026-11-23",
    "enterprise": "麓谷精工有限公司",
    "platform": "长沙市窗口平台",
}
FACTS: dict[NoticePurpose, dict[str, Any]] = {
    NoticePurpose.FILING: {
        "obligation": "plan",
        "period": "2026-12",
        "due_on": "2026-12-03",
        "reason": "12月3日（周四）",
    },
    NoticePurpose.UNFINISHED: {
        "code": "CODE",
        "title": "对接会",
        "ended_at": "2026-11-23T17:00:00+08:00",
        "enterprises": 62,
        "lacks": ["photos", "summary"],
        "is_submitted": False,
    },
    NoticePurpose.RULING: {
        "deed": "given",
        "year": 2026,
        "indicator": "website",
        "name": "平台网站",
        "points": "4.5",
        "full": "5",
        "reason": "更新及时",
    },
    NoticePurpose.SEALED: {"year": 2026},
    NoticePurpose.DISPUTE: DISPUTE,
}


def tell_all(session: Session, world: World) -> None:
    """One notice of every purpose to the platform, a dispute to everybody whom it concerns."""
    for purpose, facts in FACTS.items():
        given = facts | {"code": world.activity_code} if "code" in facts else facts
        notices.tell(session, purpose, f"{purpose}:platform", given, builders.NOW, platform_id=world.platform_id)
    notices.tell(session, NoticePurpose.DISPUTE, "dispute:province", DISPUTE, builders.NOW)
    visitor = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
    decided = DISPUTE | {"deed": "decided", "is_upheld": True}
    notices.tell(session, NoticePurpose.DISPUTE, "dispute:person", decided, builders.NOW, person_id=visitor)


def test_everything_told_stands_in_the_inbox_until_it_is_read(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        tell_all(session, world)
    clerk = phone(world.staff)
    assert "通知（5条未读）" in seen(clerk.get("/p/today"))
    page = clerk.get("/p/notices")
    text = seen(page)
    assert "5条未读" in text
    assert "62家企业已签到。还缺1张照片、活动总结，补齐后即可提交审核。" in text
    assert "评定为4.5分（满分5分）" in text
    assert "活动计划表尚未登记报送。期限：12月3日（周四）。" in text
    assert "5条未读" in seen(clerk.get("/p/notices")), "looking marks nothing as read"
    done = clerk.post("/p/notices/read", page="/p/notices")
    assert "已全部标为已读" in seen(done)
    assert "未读" not in seen(clerk.get("/p/notices"))
    assert "条未读" not in seen(clerk.get("/p/today"))
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(NoticeRead)) == 5


def test_each_audience_reads_its_own(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        tell_all(session, world)
    assert "还没有通知" in seen(phone(world.other_staff).get("/p/notices"))
    for official in (world.reviewer, world.province):
        assert "请核实后作出处理" in seen(phone(official).get("/v/notices"))
    own = seen(phone(world.visitor).get("/notices"))
    assert "贵单位提出的异议成立" in own
    assert own.count("企业异议") == 1
    assert "还没有通知" in seen(phone(world.stranger).get("/notices"))


@pytest.mark.parametrize(
    ("who", "inbox"), [("staff", "/p/notices"), ("province", "/v/notices"), ("visitor", "/notices")]
)
def test_every_notice_leads_to_a_page_that_opens(rows: Any, world: World, phone: Any, who: str, inbox: str) -> None:
    with rows() as session:
        tell_all(session, world)
    reader = phone(getattr(world, who))
    links = [part.partition('"')[0] for part in reader.get(inbox).text.split('<a class="link" href="')[1:]]
    assert links
    for link in links:
        assert reader.get(link.replace("&amp;", "&")).status_code == 200, link


def test_a_verdict_leads_to_its_record(app: Flask, rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        reviewer = Actor(None, Role.REVIEWER)
        reviews.void(session, Subject.ACTIVITY, world.activity_id, "不实", reviewer, builders.NOW)
    page = phone(world.staff).get("/p/notices")
    assert f"/p/activity/{world.activity_code}/wrap-up" in page.text
    for subject in MODELS:
        code = "plan/2026-12" if subject is Subject.FILING else "A-1"
        facts = {"verdict": "approved", "count": 1, "id": 1, "code": code, "subject": subject.value}
        facts |= {"subjects": [[subject.value, 1]], "title": None, "day_on": None, "reason": None}
        told = wording.notice(NoticePurpose.REVIEW, facts, builders.NOW, "platform")
        endpoint, _ = app.url_map.bind("").match(told.page)
        assert endpoint.endswith((".record", "wrap_up.page", "filings.show")), endpoint


def test_pages_say_what_became_of_pictures_from_the_chat(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        own = session.scalars(sa.select(Person.id).where(Person.openid == world.staff)).one()

        def picture(key: str, **columns: Any) -> None:
            moment = {"sent_at": builders.NOW, "received_at": builders.NOW}
            session.add(ChatPicture(key=key, person_id=own, media_id=key, **moment | columns))

        just_now = {"dropped_at": builders.NOW - timedelta(hours=1)}
        picture("coming", activity_id=world.activity_id)
        picture("unanswered")
        picture("broken", activity_id=world.activity_id, problem="broken", **just_now)
        picture("broken too", activity_id=world.activity_id, problem="broken", **just_now)
        picture("odd", activity_id=world.activity_id, problem="no such code", **just_now)
        picture("silent", problem="unanswered", **just_now)
    today, page = (
        seen(phone(world.staff).get("/p/today")),
        seen(phone(world.staff).get(f"/p/activity/{world.activity_code}/wrap-up")),
    )
    for text in (today, page):
        assert "1张从微信发来的照片正在保存" in text
        assert "2张从微信发来的照片没有保存。文件已损坏" in text
        assert "1张从微信发来的照片没有保存。没有保存成功" in text
    assert "您从微信发来的1张照片还没有选择活动" in today
    assert "三天内没有选择活动或记录，请重新发送。" in today
    assert "三天内没有选择活动" not in page
    assert "还没有选择活动" not in seen(phone(world.other_staff).get("/p/today"))
