"""Platform staff: publish on one screen, count at the door, correct, wrap up, submit, mend what came back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPhoto
from models.checkin import CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.platform import Platform
from models.record import Need
from models.terms import Door, NeedKind, Refusal, Stage
from tests import builders
from tests.wxsvc.pages.web import IN_WECHAT, fold, seen
from tests.wxsvc.pages.world import World


def activity(rows: Any, **found: Any) -> Activity:
    with rows() as session:
        return session.scalars(sa.select(Activity).filter_by(**found)).one()


def test_the_live_count_is_polled_cheaply(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}/live.json"
    first = staff.get(path)
    assert first.json == {"enterprises": 1, "present": 0}
    headers = {"User-Agent": IN_WECHAT, "If-None-Match": first.headers["ETag"]}
    assert staff.client.get(path, headers=headers).status_code == 304
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        builders.check_in(session, held, builders.enterprise(session))
    assert staff.client.get(path, headers=headers).json == {"enterprises": 2, "present": 0}


def test_the_live_lists_are_polled_and_cost_nothing_while_nothing_changes(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}/arrivals"
    staff.get("/p/today")

    def ask(state: str = "") -> Any:
        headers = {"User-Agent": IN_WECHAT, "If-None-Match": state, "Accept-Encoding": "gzip"}
        return staff.client.get(path, headers=headers)

    state = ask().headers["ETag"]
    with rows() as session:
        for _ in range(30):  # long enough to be compressed on its way
            builders.check_in(session, session.get_one(Activity, world.activity_id), builders.enterprise(session))
    assert ask(state).status_code == 200
    state = ask(state).headers["ETag"]
    assert (ask(state).status_code, ask(state).data) == (304, b"")
    with rows() as session:
        session.get_one(CheckIn, world.check_in_id).voided_at = builders.NOW
        session.get_one(CheckIn, world.check_in_id).void_reason = "未到场"
    assert ask(state).status_code == 200


def test_who_was_turned_away_is_let_in_with_one_tap(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        early, newcomer = builders.person(session), builders.person(session)
        company = builders.enterprise(session, name="早到有限公司")
        builders.contact(session, early, company)
        refused = {"activity_id": world.activity_id, "typed": "1", "door": Door.CODE, "received_at": builders.NOW}
        scan = RefusedScan(person_id=early.id, refusal=Refusal.TOO_EARLY, scanned_at=builders.NOW, **refused)
        new = RefusedScan(person_id=newcomer.id, refusal=Refusal.NOT_ENROLLED, scanned_at=builders.NOW, **refused)
        session.add_all([scan, new])
        session.flush()
        scan_id = scan.id
    staff, page = phone(world.staff), f"/p/activity/{world.activity_code}"
    shown = seen(staff.get(page))
    assert "早到有限公司" in shown
    assert "1人尚未登记企业" in shown
    assert "已登记并签到" in staff.post(f"{page}/refused/{scan_id}", page=page).text
    assert "已经签到" in staff.post(f"{page}/refused/{scan_id}", page=page).text
    assert "核实到场" not in staff.get(page).text
    assert staff.post(f"{page}/refused/999", page=page).status_code == 404


def test_an_older_licence_is_settled_at_the_door(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        licences = [builders.enterprise(session, uscc=None, licence_number=f"43010000001234{n}") for n in range(2)]
        ids = [builders.check_in(session, held, each).id for each in licences]
        codes = [each.id for each in licences]
    staff, page = phone(world.staff), f"/p/activity/{world.activity_code}"
    assert seen(staff.get(page)).count("待核，暂不计") == 2
    assert "已核实" in staff.post(f"{page}/check-in/{ids[0]}", deed="confirm").text
    wrong = staff.post(f"{page}/check-in/{ids[1]}", deed="code", uscc="91350100M000100Y44")
    assert "校验未通过" in seen(wrong)
    assert "已核实" in staff.post(f"{page}/check-in/{ids[1]}", deed="code", uscc="91350100M000100Y43").text
    assert "待核" not in staff.get(page).text
    with rows() as session:
        assert all(session.get_one(Enterprise, each).is_counted for each in codes)


def test_a_walk_in_is_entered_by_hand_once(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        walk_in = builders.enterprise(session, name="未带手机有限公司")
        walk_in_id = walk_in.id
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}"
    assert "未带手机有限公司" in staff.get(f"{path}?q=未带").text
    assert "已登记并签到" in staff.post(f"{path}/enter", page=path, enterprise=walk_in_id).text
    assert "已经签到" in staff.post(f"{path}/enter", page=path, enterprise=walk_in_id).text
    new = staff.post(f"{path}/enter", page=path, uscc="91350100M000100Y43", name="新来的有限公司")
    assert "已登记并签到" in new.text
    wrong = staff.post(f"{path}/enter", page=path, uscc="91350100M000100Y44", name="写错的有限公司")
    assert "校验未通过" in seen(wrong)
    with rows() as session:
        doors = session.scalars(sa.select(CheckIn.door).order_by(CheckIn.id)).all()
    assert doors == [Door.CODE, Door.STAFF, Door.STAFF]


def test_a_check_in_is_taken_out_and_put_back_with_a_reason(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = f"/p/activity/{world.activity_code}"
    path = f"{page}/check-in/{world.check_in_id}"
    assert staff.post(path, page=page, deed="void", reason=" ").status_code == 422
    assert "名单已更正" in staff.post(path, page=page, deed="void", reason="并未到场").text
    assert "原因：并未到场" in seen(staff.get(page))
    staff.post(path, page=page, deed="revive", reason="核实到场")
    with rows() as session:
        assert session.get_one(CheckIn, world.check_in_id).voided_at is None
    assert staff.post(f"{page}/check-in/999", page=page, deed="void", reason="x").status_code == 404
    assert staff.post(path, page=page, deed="nonsense").status_code == 400
    picked = staff.post(path, page=path, deed="void", because="选错单位", reason="应为总公司")
    assert "原因：选错单位；应为总公司" in seen(picked)


def test_today_names_the_due_day_with_its_reason(phone: Any, world: World) -> None:
    page = seen(phone(world.staff).get("/p/today"))
    assert "12月3日（周四），当日24:00前报送" in page
    assert "12月3日（周四）前" not in page, "the day is said once"
    assert "12月6日（周日）前；报送2026年11月数据" in page
    assert "条文未写顺延，仍以当日24:00为期" in page
    assert "1家" in page


def test_in_december_the_third_of_january_is_already_shown(phone: Any, world: World, page_clock: Any) -> None:
    page_clock.set(builders.NOW.replace(month=12, day=28))
    assert "1月" in seen(phone(world.staff).get("/p/today"))


def test_an_activity_that_lacks_one_thing_says_which(rows: Any, phone: Any, world: World, page_clock: Any) -> None:
    with rows() as session:
        session.get_one(ActivityPhoto, world.photo_id).removed_at = builders.NOW
    page_clock.advance(hours=10)
    page = seen(phone(world.staff).get("/p/today"))
    assert "1家已签到，再补1张照片即可提交" in page


def test_today_leads_to_what_waits_for_the_platform(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        asking = builders.enterprise(session, name="问需求有限公司")
        raised = {
            "platform_id": world.platform_id,
            "year": 2026,
            "enterprise_id": asking.id,
            "created_at": builders.NOW,
        }
        session.add(
            Need(
                **raised,
                kind=NeedKind.APPEAL,
                region_code="430102",
                title="用电增容办理缓慢",
                content="请协调",
                raised_on=builders.NOW.date(),
                is_from_enterprise=True,
                stage=Stage.DRAFT,
            )
        )
        done = {"starts_at": builders.NOW - timedelta(days=1, hours=2), "ends_at": builders.NOW - timedelta(days=1)}
        own = session.get_one(Platform, world.platform_id)
        builders.activity(session, own, title="交了缺样的", stage=Stage.SUBMITTED, summary=builders.SUMMARY, **done)
    page = phone(world.staff).get("/p/today")
    assert "用电增容办理缓慢（诉求）" in seen(page)
    assert "问需求有限公司" in page.text
    assert "已提交审核，再补签到企业、1张照片即计为1次完整活动" in seen(page)
    assert "11月报送的10月平台数据 缺报" in seen(page)
    assert "另有" in seen(page)
    assert len(page.data) < 100_000
    assert "用电增容" not in phone(world.other_staff).get("/p/today").text


def test_a_cancelled_activity_tells_its_visitors(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}"
    assert staff.post(f"{path}/cancel", page=path, reason="").status_code == 422
    staff.post(f"{path}/cancel", page=path, reason="场地原因")
    assert "已取消" in phone(world.visitor).get(f"/c/{world.activity_code}").text


def test_the_own_score_shows_workings_the_next_step_and_no_rank(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.staff).get("/p/score")
    text = seen(page)
    assert "满1500" in text
    assert "家次可增1分" in text
    assert "待评定" in text
    assert "排名" not in text
    assert "株洲" not in text
    assert "最近的得分点" in text
    assert "本年基础得分最高可达" in text
    assert "未通过审核的1次补齐资料并全部通过后，可增2分，得2分" in text
    behind = seen(phone(world.staff).get("/p/score/participations"))
    assert "未提交 1" in behind


def test_what_does_not_count_is_told_to_both_sides_alike(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        builders.check_in(session, held, builders.enterprise(session, uscc=None, licence_number="430100000012345"))
        builders.activity(session, session.get_one(Platform, world.platform_id), title="取消了的", stage=Stage.VOID)
    fold(rows)
    own = seen(phone(world.staff).get("/p/score"))
    theirs = seen(phone(world.province).get(f"/v/score/{world.platform_code}/left-out?why=void"))
    for page in (own, theirs):
        section = page.partition("未计入的记录与原因")[2]
        assert "企业代码待核实，补填或核实后计入 1家次" in section
        assert "已作废 1次" in section
        assert "取消了的" in section
        assert "本平台尚未确认参与" in section


@pytest.mark.parametrize("side", ["own", "province"])
def test_every_line_opens_to_its_rows_and_they_add_up(rows: Any, phone: Any, world: World, side: str) -> None:
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        for number in (2, 3):
            done = builders.activity(
                session, own, stage=Stage.APPROVED, summary=builders.SUMMARY, title=f"第{number}场"
            )
            builders.photo(session, done)
            for _ in range(number):
                builders.check_in(session, done, builders.enterprise(session))
    fold(rows)
    who, base = (world.staff, "/p/score") if side == "own" else (world.province, f"/v/score/{world.platform_code}")
    somebody = phone(who)
    for code in re.findall(rf'href="{base}/(\w+)\?', somebody.get(base).text):
        page = somebody.get(f"{base}/{code}")
        assert page.status_code == 200, code
        assert len(page.data) < 100_000
    counted = seen(somebody.get(f"{base}/participations"))
    assert "已计入 5家次" in counted
    assert re.search(r"已计入合计\s*5\s", counted)
    assert "缺报、晚报共" in seen(somebody.get(f"{base}/dispatch"))


def test_the_poster_has_all_three_ways_in(phone: Any, world: World) -> None:
    page = seen(phone(world.staff).get(f"/p/activity/{world.activity_code}/poster"))
    assert f"https://wx.example.cn/c/{world.activity_code}" in page
    assert "不关注也可签到" in page


@pytest.mark.parametrize("title", builders.HOSTILE_NAMES)
def test_a_hostile_title_goes_through_every_page(rows: Any, phone: Any, world: World, title: str) -> None:
    with rows() as session:
        session.get_one(Activity, world.activity_id).title = title
        session.get_one(Activity, world.joint_id).title = title
        session.get_one(Activity, world.joint_id).ends_at = builders.NOW - timedelta(minutes=1)
    fold(rows)
    staff, code = phone(world.staff), world.activity_code
    paths = ["/p/today", "/p/activities", "/p/score/digital"]
    paths += [f"/p/activity/{code}{page}" for page in ("", "/wrap-up", "/poster", "/edit")]
    for path in paths:
        page = staff.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        if not path.endswith("/edit"):
            assert title in seen(page), path


def test_the_menus_door_leads_to_the_activity_that_is_held(rows: Any, phone: Any, world: World) -> None:
    """One: straight to it; two: to a list of these alone; an activity of next week is not held."""
    clerk = phone(world.staff)
    assert clerk.get("/p/door").request.path == f"/p/activity/{world.activity_code}"
    with rows() as session:
        platform, ahead = session.get_one(Platform, world.platform_id), timedelta(days=7)
        builders.activity(session, platform, title="今天的路演")
        starts_at = builders.NOW + ahead
        times = {
            "starts_at": starts_at,
            "opens_at": starts_at,
            "ends_at": starts_at + ahead,
            "closes_at": starts_at + ahead,
        }
        builders.activity(session, platform, title="下周的路演", **times)
    several = clerk.get("/p/door")
    assert several.request.path == "/p/activities"
    assert "今天的路演" in several.text
    assert "下周的路演" not in several.text
    assert "下周的路演" in clerk.get("/p/activities").text
