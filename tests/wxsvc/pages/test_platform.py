"""Platform staff: what is due and why, what the activities wait for, and the own score with its rows."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any

import pytest

from models.activity import ActivityPlatform
from models.person import StaffRole
from models.platform import Platform
from models.terms import Role, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from wxsvc import wording
from wxsvc.services import folding, journal

FINISHED = {
    "starts_at": builders.NOW - timedelta(days=2),
    "ends_at": builders.NOW - timedelta(days=2, hours=-3),
    "closes_at": builders.NOW - timedelta(days=2, hours=-3),
}


@pytest.fixture
def platform(rows: Any) -> Any:
    """A platform with one member of staff, o-staff."""
    with rows() as session:
        made = builders.platform(session, code="changsha", name="长沙市窗口平台")
        who = builders.person(session, openid="o-staff")
        session.add(StaffRole(person_id=who.id, role=Role.PLATFORM, platform_id=made.id, granted_at=builders.NOW))
    return made


def folded(app: Any, rows: Any, platform: Platform) -> None:
    """Make the platform's card of 2026."""
    with rows() as session:
        journal.touch(session, [(platform.id, 2026)], builders.NOW)
    folding.fold_waiting(app.extensions["wxsvc"].database, lambda: builders.NOW)


def test_today_shows_what_is_due_with_the_reason_of_its_day(platform: Any, phone: Any) -> None:
    page = phone("o-staff").get("/p/today")
    assert page.status_code == 200
    text = seen(page)
    assert "近期报送" in text
    assert "12月" in text.partition("近期报送")[2]
    assert "近期没有待报送事项" not in text


def test_today_sorts_activities_by_what_they_wait_for(platform: Any, rows: Any, phone: Any) -> None:
    with rows() as session:
        running = builders.activity(session, platform, title="正在进行的对接会")
        for _ in range(2):
            builders.check_in(session, running, builders.enterprise(session))
        builders.activity(session, platform, title="没有照片的培训", **FINISHED)
        builders.activity(session, platform, title="退回的沙龙", stage=Stage.RETURNED, return_reason="请补签到表")
        builders.activity(session, platform, title="没写完的草稿", stage=Stage.DRAFT)
        builders.activity(session, builders.platform(session, name="湘潭市窗口平台"), title="别家的活动")
    page = phone("o-staff").get("/p/today")
    text = seen(page)
    assert "已签到2家" in text
    assert text.index("正在进行的对接会") < text.index("退回的沙龙") < text.index("没有照片的培训")
    assert "退回原因：请补签到表" in text
    assert wording.sentence("pages", "lack_photos") in text
    assert "没写完的草稿" in text
    assert f'href="/p/activity/{running.code}"' in page.text
    assert "别家的活动" not in text


@pytest.mark.parametrize(("word", "is_confirmed"), [("confirm", True), ("decline", False)])
def test_a_joint_activity_asks_for_our_word_once(
    platform: Any, rows: Any, phone: Any, word: str, is_confirmed: bool
) -> None:
    with rows() as session:
        joint = builders.activity(session, builders.platform(session, name="湘潭市窗口平台"), title="联合对接会")
        builders.joined(session, joint, platform, is_confirmed=False)
    staff = phone("o-staff")
    assert "联合对接会" in staff.get("/p/today").text
    staff.post(f"/p/joint/{joint.id}/{word}", page="/p/today")
    assert "联合对接会" not in staff.get("/p/today").text
    with rows() as session:
        part = session.get(ActivityPlatform, (joint.id, platform.id))
        assert (part is not None and part.confirmed_at is not None) is is_confirmed


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_title_comes_out_as_it_went_in(platform: Any, rows: Any, phone: Any, name: str) -> None:
    with rows() as session:
        builders.activity(session, platform, title=name)
    page = phone("o-staff").get("/p/today")
    assert escape(name) in page.text
    assert "<script>alert" not in page.text


def test_the_own_score_opens_to_its_rows(app: Any, platform: Any, rows: Any, phone: Any) -> None:
    with rows() as session:
        made = builders.activity(session, platform, code="A-1", stage=Stage.APPROVED, summary=builders.SUMMARY)
        builders.photo(session, made)
        builders.check_in(session, made, builders.enterprise(session))
    folded(app, rows, platform)
    staff = phone("o-staff")
    card = staff.get("/p/score")
    assert "基础得分" in card.text
    behind = [link.split('"')[0] for link in card.text.split('href="')[1:] if link.startswith("/p/score/")]
    pages = [staff.get(link.replace("&amp;", "&")) for link in behind]
    assert pages
    assert {page.status_code for page in pages} == {200}
    assert any('href="/p/activity/A-1"' in page.text for page in pages)


def test_no_score_yet_is_said_in_a_sentence(platform: Any, phone: Any) -> None:
    page = phone("o-staff").get("/p/score")
    assert page.status_code == 200
    assert "还没有得分记录" in page.text
    assert phone("o-staff").get("/p/score/nothing").status_code == 404


def test_home_leads_staff_to_today(platform: Any, phone: Any) -> None:
    assert "<h1>今天</h1>" in phone("o-staff").get("/").text
