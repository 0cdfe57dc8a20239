"""不是我们单位: seen, objected to, found by the reviewer with the evidence before them, read by all three sides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.person import Contact, Person, Standing
from models.platform import Platform
from models.record import OfflineService
from models.scorecard import ScorecardRow
from models.terms import DisputeState, Role, Stage, Subject
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.records import offline_services

REASON = "当天我单位无人参加"
FOUND = "经电话核实，由同楼企业代签。"


def approve(rows: Any, world: World) -> None:
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        activity.stage, activity.submitted_at, activity.reviewed_at = Stage.APPROVED, builders.NOW, builders.NOW


def about(world: World) -> str:
    return f"/disputes/check_in/{world.check_in_id}?enterprise={world.enterprise_id}"


def objected(world: World, phone: Any, **typed: Any) -> Any:
    return phone(world.visitor).post(about(world), **{"reason": [REASON], "more": ""} | typed)


def participations(rows: Any, world: World) -> str:
    """What the platform's scorecard rests on, folded now."""
    fold(rows)
    with rows() as session:
        return str(
            session.scalars(sa.select(ScorecardRow).where(ScorecardRow.platform_id == world.platform_id)).one().tally
        )


def test_who_stands_for_nobody_is_asked_to_enrol_and_told_nothing_of_records(world: World, phone: Any) -> None:
    """That nothing was counted is not known before one has said for whom one asks."""
    page = phone("o-newcomer").get("/disputes")
    assert "登记所在企业后" in seen(page)
    assert 'href="/enrol?add=1"' in page.text
    assert "没有计入" not in seen(page)


def test_where_it_counted_is_seen_and_objected_to(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    page = visitor.get("/disputes")
    assert "中小企业数字化转型对接会" in seen(page)
    assert about(world).replace("&", "&amp;") in page.text
    told = objected(world, phone, more="请核实")
    assert "异议已提交" in seen(told)
    assert "异议待处理" in seen(told)
    with rows() as session:
        assert session.scalars(sa.select(Dispute.reason)).one() == f"{REASON}；请核实"
    objected(world, phone)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Dispute)) == 1


def test_who_is_not_confirmed_is_led_to_what_confirms(rows: Any, world: World, phone: Any) -> None:
    """A link that is refused is none: the page says what comes first, and where."""
    with rows() as session:
        who = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        session.add(Standing(person_id=who, enterprise_id=world.enterprise_id, begun_at=builders.NOW - timedelta(1)))
        session.get_one(Contact, (who, world.enterprise_id)).created_at = builders.NOW - timedelta(1)
    visitor = phone(world.visitor)
    page = visitor.get("/disputes")
    assert "中小企业数字化转型对接会" in seen(page)
    assert about(world).replace("&", "&amp;") not in page.text
    assert "代表身份核实后即可提出异议" in seen(page)
    assert "上传营业执照" in seen(visitor.get("/enterprises"))


@pytest.mark.parametrize("is_own", [True, False])
def test_the_reviewer_sees_whether_who_objects_had_checked_in(
    rows: Any, world: World, phone: Any, is_own: bool
) -> None:
    """“签到人不是我单位人员” by whoever scanned is an answer to ask about; neither may have left a name."""
    objected(world, phone)
    if not is_own:
        with rows() as session:
            session.get_one(CheckIn, world.check_in_id).person_id = builders.person(session).id
    assert ("即提出异议的本人" in seen(phone(world.reviewer).get("/v/disputes/1"))) is is_own


def test_the_reviewer_sees_how_it_came_about_and_voids_it(rows: Any, world: World, phone: Any) -> None:
    """Points follow also in an approved activity; the finding is what the enterprise and the platform read."""
    approve(rows, world)
    before = participations(rows, world)
    objected(world, phone)
    reviewer = phone(world.reviewer)
    assert "待处理1件" in seen(reviewer.get("/v/disputes"))
    page = reviewer.get("/v/disputes/1")
    for shown in (REASON, "扫活动码", "本人扫码", "是该企业联系人", "现场照片"):
        assert shown in seen(page) or shown in page.text, shown
    lost = reviewer.post("/v/disputes/1", verdict="upheld", finding=" ")
    assert lost.status_code == 422
    assert "请写明理由" in seen(lost)
    done = reviewer.post("/v/disputes/1", verdict="upheld", finding=FOUND)
    assert f"{world.enterprise_name}：已认定异议成立" in seen(done)
    with rows() as session:
        row = session.get_one(CheckIn, world.check_in_id)
        assert row.void_reason == FOUND
    assert participations(rows, world) != before
    assert FOUND in seen(phone(world.visitor).get("/disputes"))
    assert FOUND in seen(phone(world.staff).get("/p/disputes"))
    assert "没有企业提出异议" in seen(phone(world.other_staff).get("/p/disputes"))
    again = reviewer.post("/v/disputes/1", page="/me", verdict="dismissed", finding="其实不是")
    assert again.status_code == 409
    assert "已处理完毕" in seen(again)


def test_one_that_is_not_upheld_changes_nothing(rows: Any, world: World, phone: Any) -> None:
    objected(world, phone)
    done = phone(world.reviewer).post("/v/disputes/1", verdict="dismissed", finding="本单位员工本人扫码")
    assert "异议不成立" in seen(done)
    with rows() as session:
        assert session.get_one(CheckIn, world.check_in_id).voided_at is None
    assert "本单位员工本人扫码" in seen(phone(world.visitor).get("/disputes"))


def test_a_sealed_year_says_what_to_do(rows: Any, world: World, phone: Any) -> None:
    objected(world, phone)
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    reviewer = phone(world.reviewer)
    assert "须先由两人办理解锁" in seen(reviewer.get("/v/disputes/1"))
    refused = reviewer.post("/v/disputes/1", verdict="upheld", finding=FOUND)
    assert refused.status_code == 409
    assert "请先由两人办理解锁" in seen(refused)
    assert FOUND in refused.text
    with rows() as session:
        assert session.scalars(sa.select(Dispute.state)).one() is DisputeState.OPEN
        session.execute(sa.delete(Dispute))
    visitor = phone(world.visitor)
    listed = visitor.get("/disputes")
    assert ("不能再在线提出异议" in seen(listed), about(world) in listed.text) == (True, False)
    for late in (visitor.get(about(world)), visitor.post(about(world), "/needs/new", reason=[REASON], more="")):
        assert (late.status_code, "不能再在线提出异议" in seen(late)) == (409, True)


@pytest.mark.parametrize(("remedy", "stage"), [("send_back", Stage.RETURNED), ("void", Stage.VOID)])
def test_another_record_goes_back_or_is_voided(rows: Any, world: World, phone: Any, remedy: str, stage: Stage) -> None:
    with rows() as session:
        staff = session.scalars(sa.select(Person).where(Person.openid == world.staff)).one()
        by = Actor(staff.id, Role.PLATFORM, world.platform_id)
        entry = offline_services.OfflineServiceEntry(
            builders.NOW.date(), "上门诊断设备联网方案", frozenset([world.enterprise_id])
        )
        service = offline_services.add(session, world.platform_id, entry, by, builders.NOW).id
        reviewer = session.scalars(sa.select(Person).where(Person.openid == world.reviewer)).one()
        judge = Actor(reviewer.id, Role.REVIEWER)
        reviews.approve(session, Subject.OFFLINE_SERVICE, service, judge, builders.NOW)
    visitor = phone(world.visitor)
    page = visitor.get("/disputes")
    assert "线下服务" in seen(page)
    assert "设备联网" not in page.text
    path = f"/disputes/offline_service/{service}?enterprise={world.enterprise_id}"
    assert "异议已提交" in seen(visitor.post(path, reason=["我单位没有接受过这项服务"], more=""))
    phone(world.reviewer).post("/v/disputes/1", verdict="upheld", finding=FOUND, remedy=remedy)
    with rows() as session:
        row = session.get_one(OfflineService, service)
        assert (row.stage, row.return_reason) == (stage, FOUND)


def test_an_objection_says_why_in_words_that_fit(world: World, phone: Any) -> None:
    nothing = objected(world, phone, reason=[], more=" ")
    assert nothing.status_code == 422
    assert "请选择或写明原因" in seen(nothing)
    assert nothing.text.index('id="reason-wrong"') < nothing.text.index('id="more"'), (
        "it stands beside the reasons, not beside what is optional"
    )
    long = objected(world, phone, more="长" * 600)
    assert long.status_code == 422
    assert "请控制在500字以内" in seen(long)
    assert "长" * 600 in long.text


def test_it_is_withdrawn_by_who_raised_it(rows: Any, world: World, phone: Any) -> None:
    objected(world, phone)
    stranger = phone(world.stranger)
    stranger.get("/me")
    token = stranger.get("/roles")
    assert token.status_code == 200
    assert "异议已撤回" in seen(phone(world.visitor).post("/disputes/1/withdraw", page="/disputes"))
    with rows() as session:
        assert session.scalars(sa.select(Dispute.state)).one() is DisputeState.WITHDRAWN


def test_another_enterprises_record_is_not_there(rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        other = builders.enterprise(session)
        row = builders.check_in(session, session.get_one(Activity, world.activity_id), other)
        number, other_id = row.id, other.id
        assert session.get(Enterprise, other_id) is not None
    visitor = phone(world.visitor)
    assert visitor.get(f"/disputes/check_in/{number}?enterprise={other_id}").status_code == 404
    assert visitor.get(f"/disputes/check_in/{number}").status_code == 404
    assert visitor.get(f"/disputes/check_in/{number}?enterprise={world.enterprise_id}").status_code == 409
    assert visitor.get(f"/disputes/bonus_claim/1?enterprise={world.enterprise_id}").status_code == 404
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 1
