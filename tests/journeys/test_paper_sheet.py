"""Platform staff after the event: the paper sheet is entered, the month's papers are taken away and filed."""

from __future__ import annotations

import io

import docx
import openpyxl
import sqlalchemy as sa

from models.activity import Activity
from tests import paper_files
from tests.journeys.province import CITY, COMPANY, RUNNING, VISITOR, Province, company_code
from wxsvc.services.activity import submission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = f"/p/activity/{RUNNING}/roster"


def counted(province: Province) -> int:
    """家次 of the running activity, confirmed or not."""
    with province.product.database.read() as session:
        row = session.scalars(sa.select(Activity).where(Activity.code == RUNNING)).one()
        return submission.counted_enterprises(session, row)


def filled_template(raw: bytes) -> bytes:
    """The template as a clerk fills it in from the paper: known, known by a short name, new, and unreadable."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    for row in (
        [1, COMPANY, company_code(1)],
        [2, "湘潭莲城软件股份有限公司"],
        [3, "长沙新生智能科技有限公司", company_code(77, "430104")],
        [4, "（字迹不清）"],
        [5, "长沙麓山智能装备有限责任公司"],
    ):
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_paper_sheet_is_entered_once(province: Province) -> None:
    clerk, colleague, visitor = province.hand("clerk"), province.hand("colleague"), province.hand(VISITOR)
    visitor.phone.scan(province.scene(RUNNING))
    assert counted(province) == 1

    clerk.open(f"/p/activity/{RUNNING}")
    clerk.follow("名单补录")
    template = clerk.phone.open(clerk.page.link("下载空白模板")).content
    files = {"file": ("签到名单.xlsx", filled_template(template), XLSX)}
    page = clerk.send(files=files, list="")
    assert "已读取5行，其中2行已对应到企业。其余3行请选定、登记或跳过。" in page.text
    assert "已签到，不重复计 1" in page.text
    assert counted(province) == 1, "nothing counts before it is confirmed"

    colleague.open(SHEET)  # the clerk's phone is dead: the list is still there
    page = colleague.follow("继续处理")
    assert "还有3行需要处理" in page.text
    assert "已采用1行的建议" in colleague.send(deed="adopt").text
    assert "已登记1家新企业" in colleague.send(deed="register", region="430104").text
    assert "已跳过1行" in colleague.send(deed="skip").text
    assert "已补录3家，活动现有签到企业4家。" in colleague.send(deed="confirm").text
    assert counted(province) == 4
    assert province.card(CITY).pending_participations == 4

    clerk.open(SHEET)
    again = clerk.send(files=files, list="")
    assert "没有重复计入" in again.text
    assert counted(province) == 4
    assert "贵单位已于" in str(visitor.phone.scan(province.scene(RUNNING)))


def test_the_months_papers_are_ready_to_be_filed(province: Province) -> None:
    clerk = province.hand("clerk")
    page = clerk.tap("今天")
    assert "12月3日（周四），当日24:00前报送" in page.text
    page = clerk.open("/p/filings/plan/2026-11")
    assert "中小企业数字化转型对接会" in page.text
    plan = docx.Document(io.BytesIO(clerk.phone.open(page.link("下载Word")).content))
    assert [cell.text for cell in plan.tables[0].rows[1].cells][1] == "中小企业数字化转型对接会"

    page = clerk.open("/p/filings/data/2026-11")
    sheet = openpyxl.load_workbook(io.BytesIO(clerk.phone.open(page.link("下载Excel")).content)).worksheets[0]
    assert sheet["A1"].value == "长沙市窗口平台2026年10月平台数据"
    assert "缺报" in page.text
    assert "晚报" in clerk.send(claimed_on="2026-11-20", note="11月20日已在国家平台填报").text

    page = clerk.open("/p/filings/summary/2026")
    summary = docx.Document(io.BytesIO(clerk.phone.open(page.link("下载Word初稿")).content))
    headings = [each.text for each in summary.paragraphs if each.style.name == "Heading 1"]
    assert headings == ["一、主要工作举措", "二、服务活动开展情况", "三、存在的问题", "四、明年工作重点措施"]
    signed = {"paper": ("总结（盖章）.pdf", paper_files.pdf("signed"), "application/pdf")}
    assert "已登记报送，等待省枢纽平台确认。" in clerk.send(files=signed, note="已盖章").text
    assert "下载报送的文件" in clerk.open("/p/filings/summary/2026").text
