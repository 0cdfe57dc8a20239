"""The province: every number opens to its rows, the queue is worked off, colleagues are invited."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document
from docx.shared import Pt
from openpyxl import load_workbook

from models.activity import Activity
from models.collaboration import Assignment, BonusClaim, Filing, Response
from models.journal import Review
from models.person import Invitation, StaffRole
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, ResearchReport, ServiceItem
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import AssignmentKind, Channel, FusionKind, NeedKind, Role, Stage, Subject
from scoring.terms import ActivityCategory, BonusKind, Obligation
from tests import builders
from tests.wxsvc.pages.web import ON_A_DESK, fold, seen
from tests.wxsvc.pages.world import World


def submitted(rows: Any, world: World) -> Activity:
    """The activity handed in for review."""
    with rows() as session:
        row = session.get_one(Activity, world.activity_id)
        row.stage, row.submitted_at = Stage.SUBMITTED, builders.NOW
        return row


def need(rows: Any, world: World, **columns: Any) -> int:
    """A need that waits for review."""
    defaults = {
        "platform_id": world.platform_id,
        "year": 2026,
        "kind": NeedKind.APPEAL,
        "enterprise_id": world.enterprise_id,
        "region_code": "430102",
        "title": "用电增容办理时间长",
        "content": "报装三个月未批复",
        "raised_on": date(2026, 11, 2),
        "stage": Stage.SUBMITTED,
        "submitted_at": builders.NOW,
        "created_at": builders.NOW,
    }
    with rows() as session:
        row = Need(**defaults | columns)
        session.add(row)
        session.flush()
        return row.id


def test_the_overview_shows_every_platform_and_never_a_bare_total(phone: Any, world: World) -> None:
    page = seen(phone(world.province).get("/v/scores"))
    assert "长沙市窗口平台" in page
    assert "株洲市窗口平台" in page
    for heading in ("基础得分", "加分", "合计", "待评定", "待审核家次", "统计至2026年11月23日 10:00"):
        assert heading in page
    only = seen(phone(world.reviewer).get("/v/scores?city=430200&year=2026&kind=prefecture"))
    assert "株洲市窗口平台" in only
    assert "长沙市窗口平台" not in only
    assert "还没有此类平台的得分" in seen(phone(world.province).get("/v/scores?kind=cluster"))


@pytest.mark.parametrize("query", ["year=abc", "year=99999", "kind=nothing", "city=%00", "sort=score", "year=2001"])
def test_an_odd_question_is_answered_calmly(phone: Any, world: World, query: str) -> None:
    assert phone(world.province).get(f"/v/scores?{query}").status_code == 200


def test_the_rows_behind_a_line_add_up_to_its_number(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        owner = session.get_one(Activity, world.activity_id).platform_id
        platform = session.get_one(Platform, owner)
        for counted in (3, 4):
            held = builders.activity(session, platform, stage=Stage.APPROVED, summary=builders.SUMMARY)
            builders.photo(session, held)
            for _ in range(counted):
                builders.check_in(session, held, builders.enterprise(session))
    fold(rows)
    detail = seen(phone(world.province).get(f"/v/score/{world.platform_code}"))
    assert "已计入 7" in detail
    assert "未提交 1" in detail
    assert "每少100家次减1分" in detail
    page = phone(world.province).get(f"/v/score/{world.platform_code}/participations")
    shown = r'data-label="数量">(\d+)</td>\s*<td data-label="状态"><span>\s*<span class="tag tag-(\w+)'
    rows_shown = re.findall(shown, page.text)
    assert sum(int(amount) for amount, tag in rows_shown if tag == "good") == 7
    assert sum(int(amount) for amount, tag in rows_shown if tag == "wait") == 1
    assert f"/v/review/activity/{world.activity_id}" in page.text


def test_why_a_row_does_not_count_is_said(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        session.get_one(Activity, world.joint_id).category = ActivityCategory.BRAND
    fold(rows)
    page = seen(phone(world.province).get(f"/v/score/{world.platform_code}/brand"))
    assert "不计入" in page
    assert "尚未确认参与" in page


@pytest.mark.parametrize(
    "path", ["/v/score/nowhere", "/v/score/430100/nothing", "/v/score/430100/research_report", "/v/review/activity/99"]
)
def test_what_is_not_there_is_404(phone: Any, world: World, path: str) -> None:
    assert phone(world.province).get(path).status_code == 404


def test_the_queue_puts_doubts_first_and_approves_the_clean_together(rows: Any, phone: Any, world: World) -> None:
    submitted(rows, world)
    clean, doubtful = need(rows, world), need(rows, world, possible_copy_of=1)
    reviewer = phone(world.reviewer)
    page = reviewer.get("/v/review")
    assert "待审3件，其中2件无疑点" in seen(page)
    assert page.text.index(f"/v/review/need/{doubtful}") < page.text.index(f"/v/review/need/{clean}")
    assert "疑似重复" in page.text
    done = reviewer.post(
        "/v/review", all="1", clean=[f"activity:{world.activity_id}:1", f"need:{clean}:1", f"need:{doubtful}:1"]
    )
    assert "已通过2件" in done.text
    assert "有1件在此期间有变动或有疑点" in done.text
    with rows() as session:
        assert session.get_one(Need, doubtful).stage is Stage.SUBMITTED
        assert session.get_one(Activity, world.activity_id).stage is Stage.APPROVED
    assert "请先选中要通过的事项" in reviewer.post("/v/review").text
    assert reviewer.post("/v/review", chosen="need:x:y").status_code == 400
    assert reviewer.post("/v/review", chosen="person:1:1").status_code == 404


def test_one_record_is_shown_with_all_that_judges_it_and_approved(rows: Any, phone: Any, world: World) -> None:
    version = submitted(rows, world).version
    official = phone(world.province)
    path = f"/v/review/activity/{world.activity_id}"
    page = official.get(path)
    for shown in (
        world.enterprise_name,
        builders.SUMMARY,
        "本人扫码",
        f"/v/photos/{world.photo_id}?small=1",
        "资料齐全",
    ):
        assert shown in page.text
    photo = official.get(f"/v/photos/{world.photo_id}")
    assert (photo.status_code, photo.mimetype) == (200, "image/jpeg")
    assert "已通过" in official.post(path, verdict="approve", version=version).text
    with rows() as session:
        assert session.get_one(Activity, world.activity_id).stage is Stage.APPROVED


def test_sending_back_needs_a_reason_and_keeps_what_was_typed(rows: Any, phone: Any, world: World) -> None:
    version = submitted(rows, world).version
    reviewer = phone(world.reviewer)
    path = f"/v/review/activity/{world.activity_id}"
    empty = reviewer.post(path, verdict="return", version=version)
    assert empty.status_code == 422
    assert "请填写原因" in seen(empty)
    stale = reviewer.post(path, verdict="return", version=version + 7, more="看不清")
    assert "其他同事或您本人在别处修改" in seen(stale)
    assert "看不清</textarea>" in stale.text
    reviewer.post(path, verdict="return", version=version, reason="佐证材料不全，请补充", more="补一张全景")
    with rows() as session:
        review = session.scalars(sa.select(Review)).one()
        assert review.reason == "佐证材料不全，请补充；补一张全景"
    assert "退回原因：佐证材料不全，请补充；补一张全景" in seen(phone(world.staff).get("/p/today"))


def test_every_noun_of_the_queue_has_a_page(rows: Any, phone: Any, world: World) -> None:
    day = date(2026, 11, 3)
    shared = {
        "platform_id": world.platform_id,
        "year": 2026,
        "stage": Stage.SUBMITTED,
        "submitted_at": builders.NOW,
        "created_at": builders.NOW,
    }
    with rows() as session:
        session.add_all(
            [
                Assignment(
                    id=1, year=2026, kind=AssignmentKind.CASES, title="案例征集", content="x", created_at=builders.NOW
                ),
                ServiceItem(id=1, year=2026, name="政策匹配", created_at=builders.NOW),
                OfflineService(id=1, served_on=day, content="上门诊断", **shared),
            ]
        )
        session.flush()
        made = [
            OfflineServiceEnterprise(offline_service_id=1, enterprise_id=world.enterprise_id),
            OnlineTrade(
                order_number="D1",
                traded_on=day,
                enterprise_id=world.enterprise_id,
                service="代账",
                amount_fen=12345,
                **shared,
            ),
            OnlineService(service_item_id=1, channel=Channel.WEBSITE, address="https://x.example", **shared),
            ResearchReport(title="报告", authors="甲", published_on=day, **shared),
            PlatformFusion(kind=FusionKind.BUILT, name="平台", provider="乙", started_on=day, effect="好", **shared),
            Response(assignment_id=1, content="已征集三例", responded_on=day, **shared),
            BonusClaim(kind=BonusKind.HONOUR, title="荣誉", issuer="部", awarded_on=day, **shared),
            Filing(obligation=Obligation.PLAN, period="2026-11", claimed_on=day, **shared),
        ]
        session.add_all(made)
    need(rows, world)
    submitted(rows, world)
    official = phone(world.province)
    page = official.get("/v/review")
    links = set(re.findall(r"/v/review/\w+/\d+", page.text))
    assert len(links) == 10
    for link in links:
        assert official.get(link).status_code == 200, link
    assert "123.45元" in official.get("/v/review/online_trade/1").text
    assert "缺佐证" in page.text


def decide(official: Any, page: Any, word: str) -> Any:
    """Answer the newest of those who wait for an official's confirmation."""
    path = re.findall(r'action="(/v/people/claims/\d+)"', page.text)[-1]
    return official.post(path, page="/v/people", is_confirmed=word)


def test_a_link_that_went_astray_gives_nothing(phone: Any, world: World) -> None:
    province, thief = phone(world.province), phone("o-thief")
    page = province.post("/v/people", role="reviewer")
    link = re.search(r"https://wx.example.cn(/join/[\w-]+)", page.text)
    assert link
    thief.post(link[1], name="李四")
    assert "该链接作废" in seen(decide(province, province.get("/v/people"), "no"))
    assert thief.get("/v/review").status_code == 403
    assert "没有确认这次申请" in seen(thief.get(link[1]))
    assert "没有得到省工信厅的确认" in seen(thief.post(link[1], page="/sign-ins", name="李四"))
    assert "等待确认" not in seen(province.get("/v/people"))
    reviewer = phone(world.reviewer)
    assert reviewer.post("/v/people/claims/1", page="/sign-ins", is_confirmed="yes").status_code == 200
    assert thief.get("/v/review").status_code == 403


def test_an_invitation_makes_one_colleague_once(rows: Any, phone: Any, world: World) -> None:
    province = phone(world.province)
    page = province.post("/v/people", role="platform", platform=world.platform_id)
    link = re.search(r"https://wx.example.cn(/join/[\w-]+)", page.text)
    assert link
    newcomer = phone("o-newcomer")
    shown = newcomer.get(link[1])
    assert "接受邀请" in shown.text
    assert "请填写姓名" in newcomer.post(link[1], name=" ").text
    arrived = newcomer.post(link[1], name="李四")
    assert "11月23日 10:00提交" in seen(arrived)
    assert newcomer.get("/p/today").status_code == 403
    late = phone("o-late")
    for address, why in ((link[1], "已被使用"), ("/join/" + "x" * 43, "不完整或已失效")):  # before a name is asked for
        gone = late.get(address)
        assert (gone.status_code, why in seen(gone), "您的姓名" in seen(gone)) == (410, True, False)
    sent = late.post(link[1], page="/enrol", name="王五")  # from a page that stood open
    assert "已被使用" in seen(sent)
    waiting = province.get("/v/people")
    assert "李四" in waiting.text
    assert "王五" not in waiting.text
    assert "申请成为长沙市窗口平台的平台工作人员" in seen(province.get("/v/notices"))
    decide(province, waiting, "yes")
    assert newcomer.get("/p/today").status_code == 200
    assert "您的身份已生效" in seen(newcomer.get(link[1]))
    with rows() as session:
        assert link[1].rpartition("/")[2] not in session.scalars(sa.select(Invitation.token_hash)).all()


def test_platform_staff_need_their_platform_and_a_role_ends_at_once(rows: Any, phone: Any, world: World) -> None:
    province = phone(world.province)
    assert "请选择所属的窗口平台" in seen(province.post("/v/people", role="platform"))
    assert "请选择身份" in seen(province.post("/v/people", role=""))
    staff = phone(world.staff)
    assert staff.get("/p/today").status_code == 200
    province.post(f"/v/people/{world.role_id}/end", page="/v/people")
    assert staff.get("/p/today").status_code == 403
    with rows() as session:
        last = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.PROVINCE)).one().id
    assert "最后一位省级管理人员" in seen(province.post(f"/v/people/{last}/end", page="/v/people"))


def test_the_hub_sees_colleagues_and_invites_nobody(phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    assert "邀请新同事" not in hub.get("/v/people").text
    assert hub.post("/v/people", page="/roles", role="province").status_code in (400, 403, 422)


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_hostile_platform_goes_through_every_page(rows: Any, phone: Any, world: World, name: str) -> None:
    submitted(rows, world)
    with rows() as session:
        session.get_one(Platform, world.platform_id).name = name
        session.get_one(Activity, world.activity_id).title = name
    fold(rows)
    official = phone(world.province)
    code = world.platform_code
    for path in (
        "/v/scores",
        f"/v/score/{code}",
        f"/v/score/{code}/digital",
        "/v/review",
        f"/v/review/{Subject.ACTIVITY}/{world.activity_id}",
        "/v/rulings",
        f"/v/rulings/{code}/website",
        "/v/people",
    ):
        page = official.get(path)
        assert page.status_code == 200, path
        assert name in seen(page), path
        assert "<script>alert" not in page.text


def test_an_empty_house_has_sentences_not_gaps(rows: Any, phone: Any) -> None:
    with rows() as session:
        openid = session.get_one(builders.Person, builders.staff(session, role=Role.PROVINCE).person_id).openid
    official = phone(openid)
    assert "没有待审事项" in official.get("/v/review").text
    assert "还没有此类平台" in official.get("/v/rulings").text
    assert "还没有此类平台的得分" in official.get("/v/scores").text


def test_on_a_desk_the_pages_ask_for_wechat_too(app: Any) -> None:
    page = app.test_client().get("/v/scores", headers={"User-Agent": ON_A_DESK})
    assert "请在微信中打开" in page.text


def test_the_table_has_every_indicator_and_goes_to_files_with_the_same_figures(phone: Any, world: World) -> None:
    """As shown: the city, the name and the order of the address hold for page, Excel, Word and CSV alike."""
    official = phone(world.province)
    shown = official.get("/v/scores?sort=-total")
    page = seen(shown)
    assert "已计入<wbr>家次" in shown.text, "a heading breaks between its words"
    for heading in ("名次", "家次", "在线服务", "协同", "较上月", "较上年"):
        assert heading in page
    assert "统计至2026年11月23日 10:00:00" in page
    asked = "kind=prefecture&year=2026&city=430200&sort=-total"
    csv = official.get(f"/v/scores/csv?{asked}").data.decode("utf-8-sig").splitlines()
    assert csv[0].startswith("名次,平台编码,平台,家次,网站,")
    assert len(csv) == 2
    sheet = load_workbook(BytesIO(official.get(f"/v/scores/excel?{asked}").data)).active
    assert [cell.value for cell in sheet[4]][3] == "株洲市窗口平台"
    headings = [str(cell.value) for cell in sheet[3]]
    assert {"已计入\n家次", "评满后\n合计", "在线\n服务", "平台编码", "加分"} <= set(headings)
    assert [each.replace("\n", "") for each in headings[1:]] == csv[0].split(",")
    total = csv[0].split(",").index("合计")
    assert float(csv[1].split(",")[total]) == sheet[4][total + 1].value
    columns = [(each.width, each.max - each.min + 1) for each in sheet.column_dimensions.values()]
    wide = sum(0.75 * 7 * width * count for width, count in columns)  # points: Excel's unit is seven pixels
    paper = 842 - 72 * (sheet.page_margins.left + sheet.page_margins.right)
    assert sheet["C4"].font.size * paper / wide > 7, "points of what is printed"
    website = csv[0].split(",").index("网站")
    assert (csv[1].split(",")[website], sheet[4][website + 1].value) == ("待评", "待评"), (
        "as on the page, and no nought"
    )
    (table,) = Document(BytesIO(official.get(f"/v/scores/word?{asked}").data)).tables
    for cell in table.rows[0].cells:
        across = (cell.width.mm - 2 * 0.7) // Pt(10.5).mm  # characters of 五号 between the lines of a tight table
        assert -(-len(cell.text) // across) <= 2, f"{cell.text} takes more than two lines"
    word = "\n".join(cell.text for row in table.rows for cell in row.cells)
    assert "株洲市窗口平台" in word
    assert "长沙市窗口平台" not in word
    assert "没有符合条件的平台" in official.get("/v/scores?name=没有").text
    assert official.get("/v/scores/excel?year=2001").status_code == 404
    assert phone(world.staff).get("/v/scores/csv").status_code == 403
