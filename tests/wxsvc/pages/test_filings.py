"""计划与数据报送: 25 obligations with day and reason; plan, figures and summary are prepared and their files open."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import docx
import openpyxl
import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.collaboration import Evidence, Filing
from models.platform import Platform
from models.terms import Role, Stage, Subject
from scoring.terms import ActivityCategory, EvidenceItem, Obligation, PlatformKind
from tests import builders, paper_files
from tests.clock import SettableClock
from tests.wxsvc.pages.web import csrf_token, fold, seen
from tests.wxsvc.pages.world import World
from tests.wxsvc.services.reports.test_period_figures import held, records
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.counting import tallies
from wxsvc.services.judging import reviews
from wxsvc.services.regulation import readings
from wxsvc.services.reports import period_figures, periods

PLAN, DATA, SUMMARY = "/p/filings/plan/2026-12", "/p/filings/data/2026-11", "/p/filings/summary/2026"


def filing(rows: Any) -> Filing:
    with rows() as session:
        return session.scalars(sa.select(Filing)).one()


def reviewer(rows: Any) -> Actor:
    with rows() as session:
        return builders.staff(session, role=builders.Role.REVIEWER)


def test_the_year_with_days_and_reasons(phone: Any, world: World) -> None:
    page = phone(world.staff).get("/p/filings")
    text = seen(page)
    assert page.status_code == 200
    assert "2026年度共25项" in text
    assert page.text.count("/p/filings/plan/2026-") >= 12
    assert (
        "1月3日为法定节假日，顺延至1月4日（周日，调休上班）" in phone(world.staff).get("/p/filings/plan/2026-01").text
    )
    assert "11月报送的10月平台数据" in text
    assert "缺报" in text
    assert "待报送" in text
    assert "12月3日（周四）前" in text


def test_whose_acceptance_nobody_registered_reads_why_the_whole_year_is_missed(
    rows: Any, phone: Any, world: World
) -> None:
    told = "没有登记验收日期，按全年考评"
    staff = phone(world.staff)
    assert told in seen(staff.get("/p/filings"))
    with rows() as session:
        session.get_one(Platform, world.platform_id).accepted_on = date(2025, 3, 1)
    page = seen(staff.get("/p/filings"))
    assert (told in page, "缺报" in page) == (False, True)


@pytest.mark.parametrize(
    "path",
    [
        "/p/filings/plan/2026-13",
        "/p/filings/plan/2026",
        "/p/filings/summary/2026-12",
        "/p/filings/other/2026-12",
        "/p/filings/plan/abcd-01",
        "/p/filings/plan/1999-01",
        "/p/filings/plan/99999-01",
        "/p/filings?year=1900",
        "/p/filings?year=99999",
        "/p/filings/summary/2026/excel",
        "/p/filings/data/2026-11/word",
        "/p/filings/data/2026-11/paper",
    ],
)
def test_what_nobody_owes_is_not_there(phone: Any, world: World, path: str) -> None:
    assert phone(world.staff).get(path).status_code == 404


def test_years_without_rules_are_not_offered(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    assert "2025年</a>" in staff.get("/p/filings").text
    first = staff.get("/p/filings?year=2021")
    assert first.status_code == 200
    assert "2020年</a>" not in first.text


def test_next_years_january_is_there_in_december(phone: Any, world: World, page_clock: SettableClock) -> None:
    page_clock.set(builders.NOW.replace(month=12, day=30))
    assert "2027年" in phone(world.staff).get("/p/filings").text
    page = phone(world.staff).get("/p/filings?year=2027")
    assert "暂定" in page.text


def test_a_plan_is_filed_mended_and_confirmed(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.post(PLAN, deed="file", note="已发邮箱")
    assert "已登记报送，等待省枢纽平台确认。" in page.text
    assert "按时报送" in page.text
    found = filing(rows)
    assert (found.claimed_on, found.note, found.stage) == (date(2026, 11, 23), "已发邮箱", Stage.SUBMITTED)
    again = staff.post(PLAN, deed="file", note="已发邮箱和系统")
    assert "报送登记已更新。" in again.text
    assert filing(rows).note == "已发邮箱和系统"
    by = reviewer(rows)
    with rows() as session:
        reviews.approve(session, Subject.FILING, found.id, by, builders.NOW)
    page = staff.get(PLAN)
    assert "省枢纽平台已确认" in page.text
    assert "保存更正" not in page.text


def test_a_return_says_on_which_day_it_was_filed(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for wrong, said in (
        ("2026-11-24", "报送日期不能晚于今天"),
        ("2026-10-31", "所报月份尚未结束"),
        ("2026-02-30", "格式不对"),
    ):
        page = staff.post(DATA, deed="file", claimed_on=wrong)
        assert (page.status_code, said in page.text) == (422, True)
        assert f'value="{wrong}"' in page.text
    page = staff.post(DATA, deed="file", claimed_on="2026-11-05")
    assert (page.status_code, "请上传填报截图，或在说明中写明情况" in page.text) == (422, True)
    page = staff.post(DATA, deed="file", claimed_on="2026-11-05", note="当日已在国家平台填报")
    text = seen(page)
    assert "11月5日（周四）" in text
    assert "晚报" in text
    assert "待省枢纽平台确认，确认后按所填日期计" in text
    assert filing(rows).claimed_on == date(2026, 11, 5)
    assert "所填日期待确认" in staff.get("/p/score/dispatch").text
    hub = phone(world.reviewer)
    assert "期限11月6日，晚17天" in seen(hub.get("/v/review"))
    record = seen(hub.get(f"/v/review/filing/{filing(rows).id}"))
    assert "期限2026年11月6日" in record.replace(" ", "")
    assert "晚17天" in record
    assert "所填日期待确认，目前按录入时间计" in record
    by = reviewer(rows)
    with rows() as session:
        reviews.approve(session, Subject.FILING, filing(rows).id, by, builders.NOW)
    assert "按时报送" in seen(staff.get(DATA))
    assert "晚17天" not in seen(hub.get(f"/v/review/filing/{filing(rows).id}"))


@pytest.mark.parametrize("path", [PLAN, SUMMARY])
@pytest.mark.parametrize("note", ["", "  ", "无"])
def test_a_plan_or_summary_with_nothing_in_it_is_refused(rows: Any, phone: Any, world: World, path: str, note: str):
    """No activity in the month, no paper, no word of substance: nothing is kept, and the form says what is missing."""
    page = phone(world.staff).post(path, deed="file", note=note)
    assert (page.status_code, "没有可报送的内容" in page.text) == (422, True)
    assert "附件或说明须有一项" in page.text
    with rows() as session:
        assert session.scalars(sa.select(Filing)).all() == []


@pytest.mark.usefixtures("december")
def test_a_plan_with_activities_needs_no_word(rows: Any, phone: Any, world: World) -> None:
    """What is planned for the month is its content."""
    assert "附件（选填）" in phone(world.staff).get(PLAN).text
    assert "已登记报送" in phone(world.staff).post(PLAN, deed="file").text


def test_before_the_notice_a_late_plan_is_provisional(
    rows: Any, phone: Any, world: World, page_clock: SettableClock
) -> None:
    """The plan of January 2027 is provisionally due on the 4th; on the 5th nobody can say that it is late."""
    page_clock.set(builders.NOW.replace(year=2027, month=1, day=5))
    staff = phone(world.staff)
    with rows() as session:
        tallies.fold(session, world.platform_id, 2027, page_clock.now())
    assert "期限暂定" in seen(staff.get("/p/today"))
    line = seen(staff.get("/p/score?year=2027"))
    assert "1次报送的期限暂定，目前不扣分，放假通知载入后再认定" in line
    assert "不能补回；" not in line
    page = seen(staff.post("/p/filings/plan/2027-01", deed="file", note="一月计划"))
    assert "期限暂定" in page
    assert "放假通知载入后可能仍算按时" in page


def test_what_was_filed_by_mistake_is_taken_back_and_filed_anew(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(PLAN, deed="file", note="十二月计划")
    page = staff.post(PLAN, deed="withdraw", reason=" ")
    assert (page.status_code, "请填写原因" in page.text) == (422, True)
    assert "已撤回这次报送登记。" in staff.post(PLAN, deed="withdraw", reason="填错月份").text
    assert filing(rows).stage is Stage.VOID
    assert "已登记报送" in staff.post(PLAN, deed="file", note="十二月计划").text
    assert filing(rows).stage is Stage.SUBMITTED


def test_what_was_sent_back_shows_why(rows: Any, phone: Any, world: World, page_clock: SettableClock) -> None:
    """退回 with a reason, on the review page; not filed again after its day it is 缺报; its first day holds."""
    staff = phone(world.staff)
    staff.post(PLAN, deed="file", note="十二月计划")
    place = f"/v/review/filing/{filing(rows).id}"
    hub = phone(world.reviewer)
    assert "内容不完整，请补充后重新报送" in hub.get(place).text
    hub.post(place, verdict="return", more="计划缺活动地点", version=filing(rows).version)
    page = staff.get(PLAN)
    assert "重新报送前按未报送计" in page.text
    page_clock.set(builders.NOW.replace(month=12, day=8))
    late = seen(staff.get(PLAN))
    assert "缺报" in late
    assert "重新报送前按未报送计（缺报），重新报送后按首次报送日计" in late
    again = seen(staff.post(PLAN, deed="file", note="十二月计划，已补活动地点"))
    assert "按时报送" in again
    assert "首次报送" in again
    assert "11月23日（周一）" in again
    assert "退回原因" in page.text
    assert "计划缺活动地点" in page.text
    assert "待报送" in page.text


def test_a_paper_is_kept_with_the_filing(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    token = csrf_token(staff.get(SUMMARY))

    def sent(raw: bytes, name: str, **more: str) -> Any:
        data = {"csrf_token": token, "deed": "file", "paper": (io.BytesIO(raw), name), **more}
        return staff._follow(staff.client.post(SUMMARY, data=data, headers={"User-Agent": staff.agent}))

    refused = sent(b"MZ" + b"\0" * 200, "总结.docx", note="长" * 1001).text
    assert ("这是程序文件" in refused, "1000字" in refused) == (True, True)
    assert "下载报送的文件" in sent(paper_files.pdf("summary"), "总结 盖章.pdf").text
    paper = staff.get(f"{SUMMARY}/paper")
    assert paper.data == paper_files.pdf("summary")
    assert phone(world.other_staff).get(f"{SUMMARY}/paper").status_code == 404
    assert filing(rows).sha256


def test_a_sealed_year_takes_no_filing(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    token = csrf_token(staff.get(PLAN))
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    assert "该年度已锁定" in staff.get(PLAN).text
    refused = staff.post_raw(PLAN, csrf_token=token, deed="file")
    assert (refused.status_code, "2026年度已锁定" in refused.text) == (409, True)


@pytest.fixture
def december(rows: Any, world: World) -> None:
    """Two activities that are planned, one of them by another platform, and a draft without a time."""
    starts_at = datetime(2026, 12, 3, 9, tzinfo=builders.BEIJING)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        other = session.get_one(Platform, world.other_platform_id)
        builders.activity(session, own, stage=Stage.DRAFT, title="=1+1 拟办的沙龙", **times)
        builders.joined(session, builders.activity(session, other, title="融资路演", **times), own)
        undated = session.get_one(Activity, world.draft_id)
        undated.title, undated.starts_at, undated.ends_at = "没有时间的草稿", None, None


@pytest.mark.usefixtures("december")
def test_the_plan_is_built_from_drafts_and_activities(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    text = seen(staff.get(PLAN))
    assert "=1+1 拟办的沙龙" in text
    assert "株洲市窗口平台发布" in text
    assert "没有填写时间，未列入计划：没有时间的草稿" in text

    sent = staff.get(f"{PLAN}/excel")
    assert "%E6%B4%BB%E5%8A%A8%E8%AE%A1%E5%88%92%E8%A1%A8.xlsx" in sent.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(sent.data)).worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=6)]
    assert values[0][0] == "长沙市窗口平台2026年12月活动计划表"
    assert values[2] == ["序号", "活动名称", "活动类别", "形式", "时间", "地点", "身份", "备注"]
    assert values[3][:2] == [1, "=1+1 拟办的沙龙"]
    assert values[3][4:8] == ["12月3日（周四） 09:00", "长沙市岳麓区麓谷大道668号", "主办", "拟办"]
    assert values[4][6:8] == ["承办", "株洲市窗口平台发布"]
    assert values[5][:2] == ["合计", "共2场"]

    document = docx.Document(io.BytesIO(staff.get(f"{PLAN}/word").data))
    (table,) = document.tables
    assert [cell.text for cell in table.rows[0].cells] == values[2]
    assert [cell.text for cell in table.rows[1].cells] == ["1", *values[3][1:]]
    assert document.paragraphs[0].text == values[0][0]


def test_an_empty_plan_still_opens(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    assert "还没有草稿或已发布的活动" in staff.get("/p/filings/plan/2026-02").text
    assert staff.get("/p/filings/plan/2026-02/word").status_code == 200
    assert staff.get("/p/filings/plan/2026-02/excel").status_code == 200


@pytest.fixture
def october(rows: Any, world: World) -> None:
    """October has activities and one of every record."""
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        firms = [builders.enterprise(session) for _ in range(3)]
        held(session, own, "2026-10-10", firms, stage=Stage.APPROVED, title="质量诊断<b>沙龙</b>")
        records(session, own, firms[0])


@pytest.mark.usefixtures("october")
def test_the_figures_are_those_of_the_rows(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.get(DATA)
    with rows() as session:
        expected = period_figures.of_period(session, world.platform_id, periods.month("2026-10"), builders.NOW)
    assert expected.amount("activity_participations") == 3
    assert "服务活动参与企业：3家次" in page.text
    assert "线上交易成交金额：4元" in page.text
    sheet = openpyxl.load_workbook(io.BytesIO(staff.get(f"{DATA}/excel").data)).worksheets[0]
    rows_shown = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=3 + len(expected.figures))]
    shown = {row[1]: row[2:] for row in rows_shown}
    assert shown["服务活动参与企业"] == ["家次", 3, 3]
    assert shown["线上交易成交金额"] == ["元", 4, 1.5]
    assert shown["目前已办结"] == ["条", 1, None]
    assert sheet["A1"].value == "长沙市窗口平台2026年10月平台数据"
    assert len(page.data) < 60_000


def paragraphs(raw: bytes) -> list[str]:
    return [each.text for each in docx.Document(io.BytesIO(raw)).paragraphs]


@pytest.mark.usefixtures("october")
def test_the_summary_is_written_from_the_rows_under_the_outlines_headings(rows: Any, phone: Any, world: World) -> None:
    fold(rows)
    with rows() as session:
        session.add(
            Evidence(
                platform_id=world.platform_id,
                year=2026,
                item=EvidenceItem.PRESS_REPORTS,
                title="新华社报道",
                link="https://xinhuanet.com/1",
                created_at=builders.NOW,
            )
        )
    staff = phone(world.staff)
    sent = staff.get(f"{SUMMARY}/word")
    document = docx.Document(io.BytesIO(sent.data))
    texts = paragraphs(sent.data)
    assert texts[0] == "长沙市窗口平台2026年度工作总结"
    firsts = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert firsts == ["一、主要工作举措", "二、服务活动开展情况", "三、存在的问题", "四、明年工作重点措施"]
    whole = "\n".join(texts)
    with rows() as session:
        year = period_figures.of_period(session, world.platform_id, periods.whole_year(2026), builders.NOW)
        tally = tallies.recount(session, session.get_one(Platform, world.platform_id), 2026, builders.NOW).tally
    activities, arrived = year.amount("activities"), year.amount("activity_participations")
    assert f"全年举办服务活动{activities}场，参与企业{arrived}家次" in whole
    assert "线下服务3次，服务企业2家次" in whole
    assert "线上交易3笔，成交金额13.99元" in whole
    assert "“质量诊断<b>沙龙</b>”（10月10日（周六），3家）" in whole
    done = sum(map(tally.count, ("activity_participations", "offline_participations", "online_trades")))
    assert f"目前已计入{done}家次，目标1500家次，尚差{1500 - done}家次" in whole
    (table,) = document.tables
    totals = [cell.text for cell in table.rows[-1].cells]
    assert totals == [
        "合计",
        str(activities),
        str(sum(tally.count(f"activities.{each.value}") for each in ActivityCategory)),
        "25",
    ]
    attachments = texts[texts.index(next(each for each in texts if each.startswith("附件："))) : -4]
    assert [each.partition("（")[0] for each in attachments] == [
        "附件：1. 获得评价指标中指定的国家、省级权威媒体",
        "2. 获得国家、省级荣誉资质相关证明资料",
        "3. 平台网站、微信公众号在线服务功能截图",
    ]
    assert attachments[0].endswith("（1份：新华社报道）")
    assert attachments[1].endswith("（1份：证书）")
    assert attachments[2].endswith("（待补）")
    assert texts[-2:] == ["长沙市窗口平台", "2026年11月23日"]
    assert "【请补充" in whole

    page = seen(staff.get(SUMMARY))
    assert "缺此项暂不计10分" in page
    assert f"全年举办服务活动{activities}场" in page
    assert "<b>沙龙</b>" not in staff.get(SUMMARY).text


@pytest.mark.usefixtures("october")
def test_files_name_the_readings_that_their_counts_rest_on(rows: Any, phone: Any, world: World) -> None:
    """Word and Excel: 口径, value, who decided and when, or 暂按默认口径; the sentence and the note verbatim."""
    with rows() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        kind = PlatformKind.PREFECTURE
        readings.decide(session, 2026, kind, "complete_photos", "2", "会议决定", official, builders.NOW)
    fold(rows)
    staff = phone(world.staff)
    photos = "口径 完整服务活动至少现场照片数（张）：2（省工信厅于2026年11月23日 10:00决定）"
    traders = "口径 个体工商户、农民专业合作社是否计入家次：是（暂按默认口径）"
    sheet = openpyxl.load_workbook(io.BytesIO(staff.get(f"{DATA}/excel").data)).worksheets[0]
    below = [row[0].value for row in sheet.iter_rows(min_row=4)]
    assert {photos, traders} <= set(below)
    assert not any("不足一档如何扣分" in str(each) for each in below)
    whole = paragraphs(staff.get(f"{SUMMARY}/word").data)
    told = [each for each in whole if each.startswith("口径 ")]
    assert {photos, traders, "口径 不足一档如何扣分：按整档（暂按默认口径）"} <= set(told)
    assert len(told) == len(set(told)), "a reading that bears on several parts is told once"
    assert "注：如无特殊情况，考评期为每年度1月1日-12月31日" in whole
    assert any(each.startswith("评价指标原文：引导区域内企业积极参与活动") for each in whole)
    assert photos in seen(staff.get(SUMMARY))


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_every_kind_of_platform_has_its_summary(rows: Any, phone: Any, world: World, kind: PlatformKind) -> None:
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = kind
    fold(rows)
    staff = phone(world.staff)
    texts = "\n".join(paragraphs(staff.get(f"{SUMMARY}/word").data))
    assert ("产业研究" in texts) == (kind is PlatformKind.CLUSTER)
    assert ("在线服务，方便企业办事" in texts) == (kind is not PlatformKind.CLUSTER)
    assert staff.get(SUMMARY).status_code == 200


def test_a_platform_that_was_never_counted_has_a_summary_too(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.other_staff)
    page = staff.get(SUMMARY)
    assert page.status_code == 200
    assert staff.get(f"{SUMMARY}/word").status_code == 200


def test_a_filing_moves_the_score(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        before = tallies.recount(session, session.get_one(Platform, world.platform_id), 2026, builders.NOW).tally
    phone(world.staff).post(DATA, deed="file", claimed_on="2026-11-06", note="当日已填报")
    by = reviewer(rows)
    with rows() as session:
        reviews.approve(session, Subject.FILING, filing(rows).id, by, builders.NOW)
    with rows() as session:
        after = tallies.recount(session, session.get_one(Platform, world.platform_id), 2026, builders.NOW).tally
    assert after.missed_filings == before.missed_filings - 1
    assert filing(rows).obligation is Obligation.DATA
    assert MACHINE.is_machine


def test_the_plan_takes_further_rows(rows: Any, phone: Any, world: World) -> None:
    """Each is a draft of the month: in the plan and its files at once, to be published from there."""
    staff = phone(world.staff)
    typed = {"row_title": "=数字化沙龙", "row_starts_at": "2026-12-18T14:00", "row_category": "digital"}
    for _ in range(2):
        page = staff.post(PLAN, deed="row", **typed)
        assert "已加入本月计划" in seen(page)
    assert seen(page).count("=数字化沙龙") == 1
    with rows() as session:
        row = session.scalars(sa.select(Activity).where(Activity.title == "=数字化沙龙")).one()
        assert (row.stage, row.category) == (Stage.DRAFT, "digital")
        draft_id = row.id
    assert 'value="=数字化沙龙"' in staff.get(f"/p/publish?draft={draft_id}").text
    sheet = openpyxl.load_workbook(io.BytesIO(staff.get(f"{PLAN}/excel").data)).worksheets[0]
    assert "=数字化沙龙" in [row[1].value for row in sheet.iter_rows(min_row=4)]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"row_starts_at": "2026-11-30T23:59"}, "row_starts_at", "请填写2026年12月内的时间"),
        ({"row_starts_at": "2027-01-01T00:00"}, "row_starts_at", "请填写2026年12月内的时间"),
        ({"row_starts_at": "下周"}, "row_starts_at", ""),
        ({"row_starts_at": ""}, "row_starts_at", ""),
        ({"row_title": " "}, "row_title", "名称"),
        ({"row_title": "长" * 201}, "row_title", "200"),
        ({"row_category": "nothing"}, "row_category", ""),
        ({"row_place": "远" * 301}, "row_place", "300"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_at_its_field(
    rows: Any, phone: Any, world: World, typed: dict[str, str], field: str, said: str
) -> None:
    page = phone(world.staff).post(
        PLAN, deed="row", **{"row_title": "数字化沙龙", "row_starts_at": "2026-12-18T14:00"} | typed
    )
    assert page.status_code == 422
    wrong = page.text[page.text.index(f'id="{field}-wrong"') :]
    assert said in wrong[: wrong.index("</p>")]
    assert '<details class="card" id="row" open' in page.text
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Activity.title.contains("沙龙"))) == 0


def test_a_month_that_has_not_ended_has_no_form_yet(phone: Any, world: World) -> None:
    """The page says from which day on, its figures are of today, and a form kept from elsewhere files nothing."""
    staff, path = phone(world.staff), "/p/filings/data/2026-12"
    page = staff.get(path)
    assert "11月尚未结束，12月1日（周二）起可以登记报送" in seen(page)
    assert "截至今天，" in seen(page)
    assert 'name="claimed_on"' not in page.text
    sent = staff.post(path, page=DATA, deed="file", claimed_on="2026-11-23", note="已填报")
    assert sent.status_code == 422
    assert "所报月份尚未结束" in seen(sent)
    assert 'name="claimed_on"' in staff.get(DATA).text
    assert "截至今天，" not in seen(staff.get(DATA))


def test_a_note_that_is_mended_leaves_the_day_that_was_claimed(phone: Any, world: World, rows: Any) -> None:
    """Until it is confirmed it counts by the day it was entered on; the form shows the day that the platform claims."""
    staff, path = phone(world.staff), "/p/filings/data/2026-10"
    staff.post(path, deed="file", claimed_on="2026-11-03", note="当日已填报，见截图")
    shown = re.search(r'name="claimed_on" type="date" value="([^"]+)"', staff.get(path).text)
    assert shown is not None
    assert shown[1] == "2026-11-03"
