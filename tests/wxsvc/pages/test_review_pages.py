"""待审事项 with many waiting: one number everywhere, every page reached, the filter kept; stale verdicts refused."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn
from models.collaboration import Filing
from models.dispute import Dispute
from models.journal import LogEntry
from models.person import Person, StaffRole
from models.platform import Platform
from models.record import Need
from models.scorecard import ScorecardRow
from models.terms import DisputeState, DisputeSubject, NeedKind, Stage, Subject
from models.work_list import Change
from scoring.terms import ActivityCategory, Obligation, Part
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import csrf_token, fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.chat import answers
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import kept_hints, review_queue


def keep_hints(rows: Any) -> None:
    """The doubts of all that waits, as the worker keeps them every minute."""
    with rows() as session:
        kept_hints.keep_hints(session, kept_hints.look_for_hints(session, MACHINE), MACHINE)


def needs(rows: Any, world: World, count: int, **columns: Any) -> list[int]:
    """Needs that wait for review, in the order in which they came."""
    with rows() as session:
        made = [
            Need(
                platform_id=world.platform_id,
                year=2026,
                kind=NeedKind.APPEAL,
                enterprise_id=world.enterprise_id,
                region_code="430102",
                title=f"用电增容办理时间长，第{number}件",
                content="报装三个月未批复",
                raised_on=date(2026, 11, 2),
                stage=Stage.SUBMITTED,
                submitted_at=builders.NOW,
                created_at=builders.NOW,
                **columns,
            )
            for number in range(count)
        ]
        session.add_all(made)
        session.flush()
        return [each.id for each in made]


def test_chat_and_page_say_the_same_and_every_page_is_reached(app: Any, rows: Any, phone: Any, world: World) -> None:
    """Doubts fill the first pages; the clean ones are counted and reached all the same."""
    doubtful = needs(rows, world, 104, possible_copy_of=1)
    clean = needs(rows, world, 58)
    keep_hints(rows)
    reviewer = phone(world.reviewer)
    page = reviewer.get("/v/review")
    assert "待审162件，其中58件无疑点" in seen(page)
    said = answers.province_overview(app.extensions["wxsvc"], world.reviewer, builders.NOW)
    assert "待审162件，其中58件无疑点" in said
    reached: list[str] = []
    for _ in range(10):
        reached += re.findall(r"/v/review/need/(\d+)", page.text)
        following = re.search(r'href="([^"]+)">下一页', page.text)
        if following is None:
            break
        page = reviewer.get(following[1].replace("&amp;", "&"))
        assert "待审162件，其中58件无疑点" in seen(page)
    assert [int(each) for each in reached] == [*doubtful, *clean]
    assert "上一页" in page.text
    assert reviewer.get("/v/review?page=999").text.count("/v/review/need/") == 12
    for odd in (
        "page=0",
        "page=-3",
        "page=x",
        f"page={10**30}",
        "noun=person",
        "only=%00",
        "older=x",
        "hint=no",
        "city=1",
        "q=%00",
    ):
        assert reviewer.get(f"/v/review?{odd}").status_code == 200


def test_the_filter_stays_after_paging_and_after_a_verdict(rows: Any, phone: Any, world: World) -> None:
    """Noun, kind, doubt and page go along to the record and back."""
    needs(rows, world, 60)
    settle_records(rows, world)
    keep_hints(rows)
    reviewer = phone(world.reviewer)
    first = reviewer.get("/v/review?noun=need&kind=prefecture&only=clean")
    following = re.search(r'href="([^"]+)">下一页', first.text)
    assert following
    page = reviewer.get(following[1].replace("&amp;", "&"))
    assert "第2/2页" in page.text
    assert "online_trade" not in "".join(re.findall(r"/v/review/\w+/\d+", page.text))
    detail = re.search(r'href="(/v/review/need/\d+\?[^"]+)"', page.text)
    assert detail
    path = detail[1].replace("&amp;", "&")
    here = int(re.findall(r"/v/review/need/(\d+)", path)[0])
    after = reviewer.post(path, verdict="approve", version="1")
    assert "已通过" in after.text
    assert after.request.path == f"/v/review/need/{here + 1}", "the next one of the same filter"
    assert dict(after.request.args) == {"noun": "need", "kind": "prefecture", "only": "clean", "page": "2", "undo": "1"}
    following = re.search(r'href="([^"]+)">‹ 待审事项', after.text)
    assert following
    back = reviewer.get(following[1].replace("&amp;", "&"))
    assert "待审60件，均无疑点" in seen(back)
    ticked = re.findall(r'name="chosen" value="([^"]+)"', back.text)
    address = "/v/review?noun=need&kind=prefecture&only=clean&page=2"
    again = reviewer.post(address, all="1", clean=ticked)
    assert f"已通过{len(ticked)}件" in again.text
    assert dict(again.request.args) == {"noun": "need", "kind": "prefecture", "only": "clean", "page": "2"}
    assert "待审50件" in seen(again)
    assert "没有符合条件的待审事项" in reviewer.get("/v/review?kind=cluster").text


@pytest.mark.parametrize("verdict", ["approve", "return", "void"])
@pytest.mark.parametrize("subject", [Subject.NEED, Subject.ACTIVITY, Subject.FILING], ids=str)
@pytest.mark.parametrize("version", [{}, {"version": "1"}], ids=["none", "old"])
def test_a_stale_verdict_overwrites_none(
    rows: Any, phone: Any, world: World, subject: Subject, verdict: str, version: dict[str, str]
) -> None:
    """A colleague has sent the record back, the platform mended it; an old tab knows nothing of it."""
    row_id = {
        Subject.NEED: lambda: needs(rows, world, 1)[0],
        Subject.ACTIVITY: lambda: world.activity_id,
        Subject.FILING: lambda: filing(rows, world),
    }[subject]()
    table = {"need": "needs", "activity": "activities", "filing": "filings"}[subject.value]
    with rows() as session:
        session.execute(sa.text(f"update {table} set stage = 'submitted', version = 3 where id = {row_id}"))  # noqa: S608
    path = f"/v/review/{subject}/{row_id}"
    stale = phone(world.province).post(path, verdict=verdict, more="写错了对象", **version)
    assert stale.status_code == 409
    assert "其他同事或您本人在别处修改" in seen(stale)
    if verdict != "approve":
        assert "写错了对象" in stale.text
    with rows() as session:
        found = session.execute(sa.text(f"select stage, version from {table} where id = {row_id}")).one()  # noqa: S608
        assert tuple(found) == ("submitted", 3)


def filing(rows: Any, world: World) -> int:
    """A plan that was filed."""
    with rows() as session:
        row = Filing(
            platform_id=world.platform_id,
            year=2026,
            obligation=Obligation.PLAN,
            period="2026-11",
            claimed_on=date(2026, 11, 3),
            created_at=builders.NOW,
            submitted_at=builders.NOW,
        )
        session.add(row)
        session.flush()
        return row.id


def test_two_reasons_for_one_record_are_not_silently_one(rows: Any, phone: Any, world: World) -> None:
    """The second who sends back or voids hears of the first; the reason that was typed is still shown."""
    (returned,), (voided,) = needs(rows, world, 1), needs(rows, world, 1)
    official = phone(world.province)
    for row_id, verdict in ((returned, "return"), (voided, "void")):
        path = f"/v/review/need/{row_id}"
        phone(world.reviewer).post(path, verdict=verdict, more="对象有误", version="1")
        stale = official.post(path, page="/v/people", verdict=verdict, more="内容空泛", version="1")
        assert stale.status_code == 409
        assert "内容空泛" in stale.text
        with rows() as session:
            assert session.get_one(Need, row_id).return_reason == "对象有误"


def test_a_second_answer_to_a_dispute_is_refused_and_kept(rows: Any, phone: Any, world: World) -> None:
    """The first finding stands; what the second official wrote is on the page."""
    with rows() as session:
        row = Dispute(
            enterprise_id=world.enterprise_id,
            platform_id=world.platform_id,
            subject=DisputeSubject.CHECK_IN,
            subject_id=world.check_in_id,
            reason="没有参加",
            raised_by=session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one(),
            raised_at=builders.NOW,
            state=DisputeState.OPEN,
        )
        session.add(row)
        session.flush()
        path = f"/v/disputes/{row.id}"
    reviewer, official = phone(world.reviewer), phone(world.province)
    reviewer.post(path, verdict="dismissed", finding="现场照片可见")
    stale = official.post(path, page="/v/people", verdict="upheld", finding="电话核实未到场")
    assert stale.status_code == 409
    assert "该异议已处理完毕" in seen(stale)
    assert "电话核实未到场" in stale.text
    with rows() as session:
        assert session.scalars(sa.select(Dispute.decision)).one() == "现场照片可见"


def test_a_dispute_and_an_assist_stand_in_the_queue(rows: Any, phone: Any, world: World) -> None:
    """Each leads to the page where it is decided, is found by its noun, and none is approved with others."""
    with rows() as session:
        person_id = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        raised = {"reason": "没有参加", "raised_by": person_id, "raised_at": builders.NOW, "state": DisputeState.OPEN}
        about = {"subject": DisputeSubject.CHECK_IN, "subject_id": world.check_in_id}
        places = {"enterprise_id": world.enterprise_id, "platform_id": world.platform_id}
        dispute = Dispute(**raised, **about, **places)
        session.add(dispute)
        held = session.get_one(Activity, world.activity_id)
        held.stage, held.reviewed_at, held.category = Stage.APPROVED, builders.NOW, ActivityCategory.OTHER
        partner = session.get_one(Platform, world.other_platform_id)
        builders.joined(session, held, partner, Part.ASSIST)
        session.flush()
        dispute_id = dispute.id
    reviewer = phone(world.reviewer)
    page = reviewer.get("/v/review")
    assert "待审2件，均须逐件核对" in seen(page)
    for noun, said, at in (
        ("dispute", world.enterprise_name, f"/v/disputes/{dispute_id}"),
        ("assist", "株洲市窗口平台", f"/v/review/activity/{world.activity_id}?noun=assist"),
    ):
        part = reviewer.get(f"/v/review?noun={noun}")
        assert said in seen(part)
        assert f'href="{at}"' in part.text
        assert part.text.count('id="i-') == 1
        assert reviewer.get(at).status_code == 200


def test_participations_say_whom_they_wait_for(app: Any, rows: Any, phone: Any, world: World) -> None:
    """待审核 waits for the province; 已退回 and 未提交 for the platform: in table, card, line and chat alike."""
    arrivals = {Stage.SUBMITTED: 3, Stage.RETURNED: 2, Stage.PUBLISHED: 4, Stage.APPROVED: 5}
    with rows() as session:
        undone = session.get_one(CheckIn, world.check_in_id)
        undone.undone_at = builders.NOW
        platform = session.get_one(Platform, world.platform_id)
        for stage, count in arrivals.items():
            held = builders.activity(session, platform, stage=stage, summary=builders.SUMMARY)
            for _ in range(count):
                builders.check_in(session, held, builders.enterprise(session))
    fold(rows)
    official = phone(world.province)
    table = official.get("/v/scores").text
    card = official.get(f"/v/score/{world.platform_code}").text
    for stage, count in (("待审核", 3), ("已退回", 2), ("未提交", 4)):
        assert f'data-label="{stage}家次">{count}<' in table
        told = re.search(rf'<dt>活动签到{stage}</dt><dd class="figure"><a href="([^"]+)">{count}</a><small> 家次', card)
        assert told
        assert f"{stage} {count}家次" in seen(official.get(html.unescape(told[1])))
    for text in (seen(official.get(f"/v/score/{world.platform_code}")), seen(phone(world.staff).get("/p/score"))):
        assert "待审核 3 已退回 2 未提交 4" in " ".join(re.sub(r"(待审核|已退回|未提交) ", r" \1 ", text).split())
    rows_page = seen(official.get(f"/v/score/{world.platform_code}/participations"))
    assert "已计入 5家次，待审核 3家次，已退回 2家次，未提交 4家次" in rows_page
    house = app.extensions["wxsvc"]
    assert "活动签到待审核3家次、已退回2家次、未提交4家次" in answers.province_overview(
        house, world.province, builders.NOW
    )
    assert "另有9家次尚未计入（待审核3，已退回2，未提交4）" in answers.platform_score(house, world.staff, builders.NOW)
    with rows() as session:
        own = session.get_one(ScorecardRow, (world.platform_id, 2026))
        assert own.pending_participations == 9


def test_a_need_is_judged_beside_both_regions(rows: Any, phone: Any, world: World) -> None:
    """The enterprise's registered region and the need's; from outside it says that it does not count."""
    near, outside = needs(rows, world, 2)
    with rows() as session:
        session.get_one(Need, outside).enterprise_id = builders.enterprise(session, region_code="430602").id
    hub = phone(world.reviewer)
    page = seen(hub.get(f"/v/review/need/{near}"))
    assert "登记所在地：长沙市芙蓉区" in page
    assert "不计入" not in page
    page = seen(hub.get(f"/v/review/need/{outside}"))
    assert "登记所在地：岳阳市岳阳楼区" in page
    assert "填报所在地长沙市芙蓉区" in page
    assert "不计入原因：企业不在平台所属区域内" in page


def test_sole_traders_and_outsiders_are_told_apart_where_one_judges_and_where_one_reads(
    rows: Any, phone: Any, world: World
) -> None:
    """单独标明 and 占比 on the review page and on both score line pages; who does not count has the reason."""
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        held.stage, held.submitted_at, held.reviewed_at = Stage.APPROVED, builders.NOW, builders.NOW
        for columns in (
            {"uscc": builders.uscc(start="92430100")},
            {"region_code": "110105"},
            {"region_code": "110105"},
        ):
            builders.check_in(session, held, builders.enterprise(session, **columns))
        builders.check_in(session, held, builders.enterprise(session, uscc=builders.uscc(start="11430100")))
    fold(rows)
    hub = phone(world.reviewer)
    pages = [
        hub.get(f"/v/review/activity/{world.activity_id}"),
        hub.get(f"/v/score/{world.platform_code}/participations?year=2026"),
        phone(world.staff).get("/p/score/participations?year=2026"),
    ]
    for page in pages:
        assert "其中个体工商户、合作社1/4家次" in seen(page)
        assert "其中区域外企业2/4家次，占50%" in re.sub(r"\s", "", seen(page))
    assert "5家，计入4家" in seen(pages[0])
    assert "机关、协会等单位，不计参与企业" in seen(pages[0])
    assert "其中区域外企业" not in seen(hub.get(f"/v/score/{world.platform_code}/needs?year=2026"))


def test_a_wrong_registered_region_is_corrected_where_it_is_seen(rows: Any, phone: Any, world: World) -> None:
    """With a reason and a line of the log; the need counts at once, and nothing is lost of a form that lacks one."""
    (waiting,) = needs(rows, world, 1)
    with rows() as session:
        company = builders.enterprise(session, region_code="430602").id
        session.get_one(Need, waiting).enterprise_id = company
    hub, at = phone(world.reviewer), f"/v/review/need/{waiting}"
    typed = {"enterprise": company, "region": "430104"}
    told = hub.post(f"{at}/region", page=at, **typed, region_reason="")
    assert "请写明理由" in seen(told)
    assert '<option value="430104" selected>' in told.text
    told = hub.post(f"{at}/region", page=at, **typed, region_reason="执照住所在岳麓区")
    assert "登记所在地已更正" in seen(told)
    assert "不计入" not in seen(told)
    with rows() as session:
        details = session.scalars(
            sa.select(LogEntry.details).where(LogEntry.deed == "enterprise.region_corrected")
        ).one()
        assert details == {"region": "430104", "former": "430602", "reason": "执照住所在岳麓区"}
        assert session.scalars(sa.select(Change).where(Change.platform_id == world.platform_id)).first() is not None
    hub.post(f"{at}/region", page=at, enterprise=company, region="100000", region_reason="迁出")
    assert "登记所在地：湖南省外" in seen(hub.get(at))


def test_at_a_desk_the_next_one_opens_beside_the_list(rows: Any, phone: Any, world: World) -> None:
    """The list is turned to its page; after the last one the queue says that nothing is left."""
    made = needs(rows, world, 52)
    keep_hints(rows)
    reviewer = phone(world.reviewer)
    after = reviewer.post(f"/v/review/need/{made[50]}?noun=need&page=2", verdict="approve", version="1", desk="1")
    assert dict(after.request.args) == {"noun": "need", "page": "2", "item": f"need-{made[51]}", "undo": "1"}
    assert f'id="i-need-{made[51]}" aria-current="true"' in after.text
    after = reviewer.post(f"/v/review/need/{made[51]}?noun=need&page=2", verdict="return", more="请补充", version="1")
    assert after.request.path == f"/v/review/need/{made[0]}", "from the end to the beginning"
    *others, last = made[:50]
    for row_id in others:
        typed = {"csrf_token": csrf_token(after), "verdict": "approve", "version": "1"}
        assert reviewer.post_raw(f"/v/review/need/{row_id}?noun=need", **typed).status_code == 303
    after = reviewer.post(f"/v/review/need/{last}?noun=need", verdict="approve", version="1")
    assert after.request.path == "/v/review"
    assert "没有符合条件的待审事项" in seen(after)


def test_a_verdict_is_undone_from_the_page_after_it(rows: Any, phone: Any, world: World) -> None:
    """As key and button; a colleague's tap and a late one are told why not."""
    first, second = needs(rows, world, 2)
    reviewer = phone(world.reviewer)
    after = reviewer.post(f"/v/review/need/{first}?noun=need", verdict="refuse", reason="与已有记录重复", version="1")
    assert "未通过，平台会看到原因" in seen(after)
    undo = re.search(r'action="(/v/review/undo/\d+[^"]*)"', after.text)
    assert undo
    assert 'data-key="u">撤销' in after.text
    assert after.request.path == f"/v/review/need/{second}"
    assert "只有作出审核的人可以撤销" in seen(phone(world.province).post(undo[1], page="/v/people"))
    done = reviewer.post(undo[1].replace("&amp;", "&"), page=f"/v/review/need/{second}")
    assert "已撤销，1件恢复为审核前的状态" in seen(done)
    assert f'id="i-need-{first}" aria-current="true"' in done.text
    with rows() as session:
        assert session.get_one(Need, first).stage is Stage.SUBMITTED


def test_reasons_are_offered_and_the_third_return_is_not(rows: Any, phone: Any, world: World) -> None:
    """Both lists with free text; after two returns the page says that it is to be decided."""
    (row_id,) = needs(rows, world, 1)
    reviewer, at = phone(world.reviewer), f"/v/review/need/{row_id}"
    page = seen(reviewer.get(at))
    assert "日期或对象有误，请更正" in page
    assert "佐证材料不能证明所报内容" in page
    for number in (1, 2):
        reviewer.post(
            at, verdict="return", reason="日期或对象有误，请更正", more=f"第{number}处", version=str(2 * number - 1)
        )
        with rows() as session:
            row = session.get_one(Need, row_id)
            assert row.return_reason == f"日期或对象有误，请更正；第{number}处"
            row.stage, row.version = Stage.SUBMITTED, 2 * number + 1
    page = reviewer.get(at)
    assert "已退回2次，不能再退回" in seen(page)
    assert 'value="return"' not in page.text
    told = reviewer.post(at, verdict="return", more="再改", version="5")
    assert (told.status_code, "该记录已退回2次" in seen(told)) == (409, True)


def test_fifty_clean_ones_in_three_taps_and_back_in_one(rows: Any, phone: Any, world: World) -> None:
    """Queue, the page that says what will happen, 确认; one 撤销 puts all fifty back. Doubts stay out unless ticked."""
    clean, (doubtful, other) = needs(rows, world, 50), needs(rows, world, 2, possible_copy_of=1)
    reviewer = phone(world.reviewer)
    taps = []

    def tap(method: str, path: str, **typed: Any) -> Any:
        taps.append(method)
        return getattr(reviewer.client, method)(path, data=typed or None)

    reviewer.get("/v/people")  # signed in
    page = tap("get", "/v/review?noun=need")
    batch = re.search(r'href="(/v/review/batch[^"]*)">通过本筛选的50件', page.text)
    assert batch
    before = tap("get", batch[1].replace("&amp;", "&"))
    for said in ("批量通过50件", "需求与诉求50件", "1家：", "长沙市窗口平台50件", "另有2件有疑点"):
        assert said in seen(before), said
    chosen = re.findall(r'name="clean" value="([^"]+)"', before.text)
    token = csrf_token(before)
    sent = tap("post", "/v/review/batch?noun=need", csrf_token=token, clean=chosen, doubtful=f"need:{doubtful}:1")
    assert len(taps) == 3
    after = reviewer.client.get(sent.headers["Location"])
    assert "已通过51件" in seen(after)
    with rows() as session:
        stages = {row.id: row.stage for row in session.scalars(sa.select(Need))}
        assert {stages[each] for each in (*clean, doubtful)} == {Stage.APPROVED}
        assert stages[other] is Stage.SUBMITTED
    undo = re.search(r'action="(/v/review/undo/\d+[^"]*)"', after.text)
    assert undo
    taps.clear()
    tap("post", undo[1].replace("&amp;", "&"), csrf_token=csrf_token(after))
    assert taps == ["post"]
    with rows() as session:
        assert {row.stage for row in session.scalars(sa.select(Need))} == {Stage.SUBMITTED}
    assert "请先选中要通过的事项" in seen(reviewer.post("/v/review/batch", page="/v/review"))
    assert "没有符合条件的待审事项" in seen(reviewer.get("/v/review/batch?kind=cluster"))


def test_what_is_ordered_by_points_is_approved_together_too(rows: Any, phone: Any, world: World) -> None:
    """The queue by 预计加分 leads to the batch, which keeps the order; it was an error page."""
    needs(rows, world, 2)
    reviewer = phone(world.reviewer)
    led = re.search(r'href="(/v/review/batch[^"]*)">', reviewer.get("/v/review?noun=need&order=stake").text)
    assert led
    batch = reviewer.get(html.unescape(led[1]))
    assert ("order=stake" in led[1], batch.status_code, "批量通过2件" in seen(batch)) == (True, 200, True)


def test_a_batch_tells_what_will_count(rows: Any, phone: Any, world: World) -> None:
    """Activities by category with their arrivals, services with their enterprises."""
    settle_records(rows, world)
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        held.stage, held.submitted_at = Stage.SUBMITTED, builders.NOW
    page = re.sub(r"\s", "", seen(phone(world.reviewer).get("/v/review/batch")))
    assert "将计入活动中小企业“两上三化”1次；签到1家" in page
    assert "有疑点" in page


def test_a_record_is_taken_looked_at_and_taken_over(rows: Any, phone: Any, world: World) -> None:
    """The colleague reads who has it and until when, cannot judge it by an old form, and may take it over."""
    (row_id,) = needs(rows, world, 1)
    at, reviewer, official = f"/v/review/need/{row_id}", phone(world.reviewer), phone(world.province)
    assert "您已认领，至2026年11月23日 10:30" in seen(reviewer.post(f"{at}/take", page=at))
    page = official.get(at)
    assert "已认领，至2026年11月23日 10:30。您可以查看" in seen(page)
    assert 'value="approve"' not in page.text
    assert "认领中" in official.get("/v/review").text
    told = official.post(at, verdict="approve", version="1")
    assert (told.status_code, "其他同事已认领该事项，至10:30" in seen(told)) == (409, True)
    over = re.search(r'name="over" value="(\d+)"', page.text)
    assert over
    assert "您已认领" in seen(official.post(f"{at}/take", page=at, over=over[1]))
    assert "已认领" in seen(reviewer.get(at))
    assert "尚无人认领" in seen(official.post(f"{at}/take", page=at, deed="back"))
    assert "已通过" in seen(reviewer.post(at, verdict="approve", version="1"))
    assert reviewer.post("/v/review/person/1/take", page="/v/review").status_code == 404


def test_the_first_of_a_filter_are_assigned_and_a_filter_is_kept(rows: Any, phone: Any, world: World) -> None:
    """指派 by number; the view stands on the queue's page until it is removed."""
    needs(rows, world, 3)
    official = phone(world.province)
    with rows() as session:
        reviewer_id = session.scalars(sa.select(Person.id).where(Person.openid == world.reviewer)).one()
    done = official.post("/v/review/assign?noun=need", page="/v/review", count="2", person=str(reviewer_id))
    assert "已认领或指派2件" in seen(done)
    assert done.text.count("认领中") == 2
    for count, person, said in (("9", "0", "现在不是省级审核人员"), ("0", str(reviewer_id), "没有可指派的事项")):
        assert said in seen(official.post("/v/review/assign", count=count, person=person, page="/v/review"))
    kept = official.post("/v/review/views?noun=need&older=7", page="/v/review", name="需求超7天")
    assert "已保存常用筛选“需求超7天”" in seen(kept)
    page = official.get("/v/review")
    assert 'href="/v/review?noun=need&amp;older=7">需求超7天' in page.text
    assert "请为筛选起一个名称" in seen(official.post("/v/review/views?noun=need", page="/v/review", name=""))
    removed = re.search(r'action="(/v/review/views/\d+/remove)"', page.text)
    assert removed
    assert "需求超7天" not in official.post(removed[1], page="/v/review").text


def test_an_official_who_was_removed_is_told_and_judges_nothing(rows: Any, phone: Any, world: World) -> None:
    """Signed in, with the form open: one sentence, and the record waits as before."""
    (row_id,) = needs(rows, world, 1)
    reviewer, at = phone(world.reviewer), f"/v/review/need/{row_id}"
    token = csrf_token(reviewer.get(at))
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.reviewer)).one()
        session.execute(sa.update(StaffRole).where(StaffRole.person_id == person.id).values(ended_at=builders.NOW))
    for path, typed in (
        (at, {"verdict": "approve", "version": "1"}),
        ("/v/review/batch", {"clean": f"need:{row_id}:1"}),
    ):
        told = reviewer.post_raw(path, csrf_token=token, **typed)
        assert told.status_code == 403
        assert "没有打开此页面的权限" in seen(told)
    with rows() as session:
        assert (session.get_one(Need, row_id).stage, session.get_one(Need, row_id).version) == (Stage.SUBMITTED, 1)


def test_a_page_of_the_queue_takes_few_statements(app: Any, rows: Any, phone: Any, world: World) -> None:
    """Twelve at the most, however many wait, of all kinds together."""
    settle_records(rows, world)
    needs(rows, world, 120)
    reviewer = phone(world.reviewer)
    reviewer.get("/v/review")
    keep_hints(rows)
    with counted(app) as said:
        page = reviewer.get("/v/review")
    assert page.text.count('id="i-') == review_queue.PAGE
    asked = [each for each in said if each.lstrip().lower().startswith("select")]
    assert 3 <= len(asked) <= 12, asked


def test_a_page_of_the_queue_reads_as_much_however_many_wait(app: Any, rows: Any, phone: Any, world: World) -> None:
    """Rows and statements of the list, of the batch and of a verdict: with 240 more waiting as before."""
    reviewer, engine = phone(world.reviewer), app.extensions["wxsvc"].database.engine
    reviewer.get("/v/review")

    def costs(judged: int) -> list[tuple[int, int]]:
        keep_hints(rows)
        found = []
        for path in ("/v/review?page=2", "/v/review?q=件&order=stake"):
            with rows_read(engine) as read:
                assert reviewer.get(path).status_code == 200
            found.append((read.statements, read.rows))
        token = csrf_token(reviewer.get("/v/review"))
        with rows_read(engine) as read:
            sent = reviewer.post_raw(f"/v/review/need/{judged}", csrf_token=token, verdict="approve", version="1")
        assert sent.status_code == 303
        return [*found, (read.statements, read.rows)]

    first, second, third, *_ = needs(rows, world, 120)
    costs(first)  # from then on there is a verdict to undo
    few = costs(second)
    needs(rows, world, 240)
    assert costs(third) == few
