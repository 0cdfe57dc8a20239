"""企业合并 on the pages: found, looked at and merged by the hub, proposed by contacts and platforms, undone."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.person import Contact, Person
from models.terms import Role, Stage
from tests import builders
from tests.databases import every_row
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.people import enterprise_merges

LICENCE = "430100000012345"
REASON = "营业执照已换新，旧注册号与该代码为同一企业"


@pytest.fixture
def older(rows: Any, world: World) -> int:
    """The visitor's firm once more, by its older licence: at the same activity, and at another one alone."""
    with rows() as session:
        made = builders.enterprise(
            session,
            name="长沙精工（旧执照）",
            uscc=None,
            licence_number=LICENCE,
            licence_confirmed_at=builders.NOW,
            region_code="430102",
        )
        own = session.get_one(builders.Platform, world.platform_id)
        visitor = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        session.add(Contact(person_id=visitor.id, enterprise_id=made.id, created_at=builders.NOW))
        held = session.get_one(builders.Activity, world.activity_id)
        builders.check_in(session, held, made)
        builders.check_in(session, builders.activity(session, own, stage=Stage.APPROVED), made)
        return made.id


def code_of(rows: Any, world: World) -> str:
    with rows() as session:
        return str(session.get_one(Enterprise, world.enterprise_id).uscc)


def merges(rows: Any) -> list[EnterpriseMerge]:
    with rows() as session:
        return list(session.scalars(sa.select(EnterpriseMerge).order_by(EnterpriseMerge.id)))


def pair(world: World, older: int) -> str:
    return f"/v/merges/pair?kept={world.enterprise_id}&merged={older}"


@pytest.mark.parametrize("who", ["reviewer", "province"])
def test_the_hub_finds_two_looks_merges_and_undoes(
    app: Any, world: World, older: int, rows: Any, phone: Any, who: str
) -> None:
    """By name or code; the preview says what falls away; undone, all rows but the log and the list are as before."""
    hub = phone(getattr(world, who))
    more = hub.get("/v/more")
    assert "企业合并" in seen(more)
    found = hub.get(f"/v/merges?kept_q={code_of(rows, world)}&merged_q={LICENCE}")
    assert "长沙精工（旧执照）" in seen(found)
    database = app.extensions["wxsvc"].database
    before = every_row(database)
    shown = seen(hub.get(pair(world, older)))
    assert "家次变化" in shown
    assert "-1" in shown
    assert every_row(database) == before
    sent = {"kept": world.enterprise_id, "merged": older, "reason": REASON}
    assert "已合并" in seen(hub.post("/v/merges/pair", pair(world, older), **sent))
    with rows() as session:
        assert session.scalars(sa.select(CheckIn.id).where(CheckIn.enterprise_id == older)).all() == []
    (done,) = merges(rows)
    listed = hub.get("/v/merges?state=merged").text
    assert ('data-label="并入">长沙精工（旧执照）<' in listed, "全部1件" in listed, "已合并1件" in listed) == (
        True,
        True,
        True,
    )
    assert "没有这样的申请或记录" in seen(hub.get("/v/merges?state=waiting"))
    case = hub.get(f"/v/merges/{done.id}").text
    assert re.search(r"<dt>保留</dt>.*<dt>并入</dt><dd><b>长沙精工（旧执照）", case, re.DOTALL)
    fold(rows)
    undone = hub.post(f"/v/merges/{done.id}", deed="undo", reason="核对后不是同一家")
    assert f"“长沙精工（旧执照）”合并到“{world.enterprise_name}”：合并已撤销" in seen(undone)
    after = every_row(database)
    apart = (
        "log_entries",
        "changes",
        "enterprise_merges",
        "scorecards",
        "score_lines",
        "score_changes",
        "month_scores",
    )
    assert {name: sorted(found, key=repr) for name, found in after.items() if name not in apart} == {
        name: sorted(found, key=repr) for name, found in before.items() if name not in apart
    }


def test_a_merge_without_a_reason_comes_back_with_the_preview(world: World, older: int, phone: Any, rows: Any) -> None:
    """Nothing is written, and the sentence stands beside the field."""
    sent = {"kept": world.enterprise_id, "merged": older, "reason": " "}
    got = phone(world.reviewer).post("/v/merges/pair", pair(world, older), **sent)
    assert (got.status_code, "请写明理由" in seen(got), "家次变化" in seen(got)) == (422, True, True)
    assert merges(rows) == []


@pytest.mark.parametrize(
    "query", ["", "?kept=x&merged=1", "?kept=999999&merged=999998", "?kept=99999999999999999999&merged=1", "?kept={0}"]
)
def test_what_cannot_be_previewed_is_one_sentence(world: World, phone: Any, query: str) -> None:
    """Nobody chosen, nobody known, a number too large: the list with what to do."""
    got = phone(world.reviewer).get(f"/v/merges/pair{query.format(world.enterprise_id)}")
    assert got.status_code in (200, 404, 422)
    assert "企业合并" in seen(got)
    assert "notice-wrong" in got.text


def test_the_licence_cannot_swallow_the_code(world: World, older: int, phone: Any) -> None:
    """The page says which one to keep."""
    got = phone(world.reviewer).get(f"/v/merges/pair?kept={older}&merged={world.enterprise_id}")
    assert "请保留" in seen(got)


def test_two_codes_are_warned_of(world: World, rows: Any, phone: Any) -> None:
    """Two codes are two firms, unless somebody has looked."""
    with rows() as session:
        twin = builders.enterprise(session, name="长沙精工二号").id
    assert "统一社会信用代码不同" in seen(phone(world.reviewer).get(pair(world, twin)))


def test_a_contact_whose_code_is_taken_proposes_and_the_hub_confirms(
    world: World, older: int, rows: Any, phone: Any
) -> None:
    """No dead end: the page offers the merge, it waits in the hub's list, and after it the person has one firm."""
    visitor, hub = phone(world.visitor), phone(world.reviewer)
    with rows() as session:
        session.get_one(Enterprise, older).licence_confirmed_at = None
    code = code_of(rows, world)
    taken = visitor.post(f"/mine/{older}/code", uscc=code)
    assert "申请合并" in seen(taken)
    empty = visitor.post(f"/mine/{older}/merge", f"/mine/{older}/code", uscc=code, merge_reason="")
    assert (empty.status_code, "请写明理由" in seen(empty)) == (422, True)
    sent = visitor.post(f"/mine/{older}/merge", f"/mine/{older}/code", uscc=code, merge_reason=REASON)
    assert "合并申请已提交" in seen(sent)
    assert "正在由省枢纽平台核对" in seen(visitor.get(f"/mine/{older}/code"))
    assert "待办1件" in seen(hub.get("/v/more"))
    (waiting,) = merges(rows)
    assert "待审核" in seen(hub.get("/v/merges"))
    assert REASON in seen(hub.get(f"/v/merges/{waiting.id}"))
    assert "已合并" in seen(hub.post(f"/v/merges/{waiting.id}", deed="confirm", reason="执照一致"))
    assert "长沙精工（旧执照）" not in seen(visitor.get("/enterprises"))


def test_a_refused_proposal_tells_its_reason_to_who_proposed(world: World, older: int, rows: Any, phone: Any) -> None:
    """And may be proposed again."""
    visitor, hub, code = phone(world.visitor), phone(world.reviewer), code_of(rows, world)
    visitor.post(f"/mine/{older}/merge", f"/mine/{older}/code", uscc=code, merge_reason=REASON)
    (waiting,) = merges(rows)
    hub.post(f"/v/merges/{waiting.id}", deed="refuse", reason="两家的法定代表人不同")
    assert "两家的法定代表人不同" in seen(visitor.get(f"/mine/{older}/code"))
    visitor.post(f"/mine/{older}/merge", f"/mine/{older}/code", uscc=code, merge_reason=REASON)
    assert [each.is_waiting for each in merges(rows)] == [False, True]


def test_a_platform_whose_code_is_taken_proposes(world: World, older: int, rows: Any, phone: Any) -> None:
    """At the door of its own activity; the hub sees which platform asked."""
    with rows() as session:
        session.get_one(Enterprise, older).licence_confirmed_at = None
        row = session.scalars(
            sa.select(CheckIn.id).where(CheckIn.enterprise_id == older, CheckIn.activity_id == world.activity_id)
        ).one()
    staff, code = phone(world.staff), code_of(rows, world)
    path = f"/p/activity/{world.activity_code}/check-in/{row}"
    assert "申请合并" in seen(staff.post(path, deed="code", uscc=code))
    assert "请填写原因" in seen(staff.post(path, deed="merge", uscc=code, merge_reason=" "))
    assert "合并申请已提交" in seen(staff.post(path, deed="merge", uscc=code, merge_reason=REASON))
    assert "长沙市窗口平台申请" in seen(phone(world.reviewer).get("/v/merges"))


def test_a_stranger_proposes_nothing(world: World, older: int, rows: Any, phone: Any) -> None:
    """Another person's enterprise is not there."""
    stranger = phone(world.stranger)
    got = stranger.post(f"/mine/{older}/merge", "/mine", uscc=code_of(rows, world), merge_reason=REASON)
    assert got.status_code in (400, 404)
    assert merges(rows) == []


def test_the_receipt_of_a_check_in_set_aside_says_why(world: World, older: int, rows: Any, phone: Any) -> None:
    """Nobody is told that they undid it themselves."""
    with rows() as session:
        hub = Actor(None, Role.REVIEWER)
        enterprise_merges.merge(session, world.enterprise_id, older, REASON, hub, builders.NOW)
    shown = seen(phone(world.visitor).get(f"/receipt/{world.check_in_id}"))
    assert "以较早的一次签到为准" in shown
    assert "已撤销" not in shown


def test_a_form_that_ticked_the_merged_one_records_the_kept_one(
    world: World, older: int, rows: Any, phone: Any
) -> None:
    """A tab that was open before the merge: the service is the kept enterprise's."""
    with rows() as session:
        hub = Actor(None, Role.REVIEWER)
        enterprise_merges.merge(session, world.enterprise_id, older, REASON, hub, builders.NOW)
    staff = phone(world.staff)
    served = {"day": "2026-11-20", "content": "上门走访，梳理惠企政策", "enterprise": older}
    got = staff.post("/p/offline-services/new", **served)
    assert got.status_code == 200, seen(got)
    with rows() as session:
        named = session.execute(sa.text("select enterprise_id from offline_service_enterprises")).scalars().all()
    assert named == [world.enterprise_id]


def test_the_score_follows(world: World, older: int, rows: Any, phone: Any) -> None:
    """Merged, the firm is one 家次 of the activity that both came to."""

    def pending() -> int:
        with rows() as session:
            own = session.get_one(builders.Platform, world.platform_id)
            return tallies.recount(session, own, 2026, builders.NOW).pending_participations

    before = pending()
    sent = {"kept": world.enterprise_id, "merged": older, "reason": REASON}
    phone(world.reviewer).post("/v/merges/pair", pair(world, older), **sent)
    assert (before, pending()) == (2, 1)
