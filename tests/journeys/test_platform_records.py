"""Platform staff enter services, orders, needs and claims; what comes back is mended; the score follows."""

from __future__ import annotations

import io

import openpyxl

from scoring.terms import IndicatorCode
from tests import paper_files
from tests.journeys.province import CITY, CLUSTER, COMPANY, COUNTY, VISITOR, Province, company_code
from wxsvc.documents.trade_sheets import template
from wxsvc.services.counting.scorecards import CardLine

PDF = paper_files.pdf("certificate")


def line(province: Province, platform: str, code: IndicatorCode) -> CardLine:
    """One line of a platform's scorecard, once the worker has folded what waits."""
    return next(each for each in province.card(platform).lines if each.code == code)


def approve(province: Province, title: str) -> None:
    """The reviewer opens what waits under this title and lets it count."""
    reviewer = province.hand("reviewer")
    reviewer.open("/v/review")
    reviewer.follow(title)
    reviewer.send(verdict="approve")
    assert "已通过" in reviewer.page.text


def test_a_visit_to_two_companies_is_sent_back_mended_and_counted(province: Province) -> None:
    clerk, reviewer = province.hand("clerk"), province.hand("reviewer")
    assert clerk.phone.tap("补录服务") is None
    clerk.open("/p/offline-services/new")
    clerk.send(q="麓山", deed="find")
    first = clerk.page.form("content").offered["enterprise"]
    clerk.send(q="金阳精密", enterprise=first, content="上门服务", deed="find")
    both = clerk.page.form("content").offered["enterprise"]
    assert len(both) == 2
    clerk.send(enterprise=both, day="2026-11-20", institution="某咨询公司")
    assert "待审核，通过后计入线下服务2家次" in clerk.page.text
    reviewer.open("/v/review")
    reviewer.follow("上门服务")
    reviewer.send(verdict="return", more="请写明做了什么")
    page = clerk.open("/p/today")
    assert "请写明做了什么" in page.text
    clerk.follow("去修改并重新提交")
    clerk.follow("/edit")
    clerk.send(content="现场诊断两条产线，出具改造建议书")
    assert "已修改并重新提交审核" in clerk.page.text
    before = line(province, CITY, IndicatorCode.PARTICIPATIONS).confirmed or 0
    approve(province, "现场诊断两条产线")
    assert line(province, CITY, IndicatorCode.PARTICIPATIONS).confirmed == before + 2
    assert "已计入线下服务2家次" in clerk.open(clerk.page.url).text


def test_a_sheet_of_orders_goes_in_when_every_row_is_good(province: Province) -> None:
    clerk = province.hand("clerk")
    book = openpyxl.load_workbook(io.BytesIO(template()))
    sheet = book.worksheets[0]
    sheet.append(["D-1", "2026-11-20", company_code(1), "", "商标注册代理", "", 1200.5])
    sheet.append(["D-2", "2026-11-21", "", "没登记过的公司", "记账报税", "", None])

    def uploaded() -> str:
        kept = io.BytesIO()
        book.save(kept)
        clerk.open("/p/online-trades")
        clerk.follow("用Excel批量录入")
        return clerk.send(files={"sheet": ("订单.xlsx", kept.getvalue(), "application/octet-stream")}).text

    refused = uploaded()
    assert "有1行需要修改，整表都还没有录入" in refused
    assert "没有登记过“没登记过的公司”" in refused
    sheet["D3"] = COMPANY
    assert "已提交2笔，等待审核" in uploaded()
    assert "2笔此前已录入且内容相同" in uploaded()
    assert province.hand("county_clerk").open("/p/online-trades").status == 404


def test_what_a_company_asks_is_taken_up_matched_and_closed(province: Province) -> None:
    company, clerk = province.hand(VISITOR), province.hand("county_clerk")
    company.open("/needs/new")
    company.send(text="想找懂注塑的数字化服务商，预算六十万。", kind="matching", phone="13800138000")
    clerk.open("/p/more")
    assert "1条待受理" in clerk.page.text
    clerk.follow("/p/needs")
    clerk.follow("/p/needs/raised/")
    assert "13800138000" in clerk.page.text
    clerk.send(title="寻找注塑数字化服务商")
    assert "已受理，并提交审核" in clerk.page.text
    clerk.send(result="与省数字化服务商对接")
    clerk.send(result="已签服务协议")
    assert "已办结" in clerk.page.text
    assert "已签服务协议" in company.open("/needs").text
    approve(province, "寻找注塑数字化服务商")
    assert line(province, COUNTY, IndicatorCode.NEEDS).confirmed == 1


def test_no_proof_no_points(province: Province) -> None:
    clerk, reviewer = province.hand("cluster_clerk"), province.hand("reviewer")
    clerk.open("/p/research-reports/new")
    clerk.send(title="工程机械产业发展报告", authors="课题组", day="2026-11-20")
    assert "缺佐证“产业研究报告”，暂不计" in clerk.page.text
    record = clerk.page.url
    reviewer.open("/v/review")
    reviewer.follow("工程机械产业发展报告")
    reviewer.send(verdict="approve")
    assert "缺少佐证材料" in reviewer.page.text
    clerk.open("/p/evidence")
    assert "分暂不能计入" in clerk.page.text
    clerk.open(record)
    clerk.send(files={"paper": ("报告.exe", b"MZ\x90\x00", "application/pdf")}, link="")
    assert "这是程序文件" in clerk.page.text
    clerk.open(record)
    clerk.send(files={"paper": ("报告.pdf", PDF, "application/pdf")}, link="")
    assert "佐证材料已保存" in clerk.page.text
    approve(province, "工程机械产业发展报告")
    assert line(province, CLUSTER, IndicatorCode.RESEARCH_REPORT).confirmed == 1
