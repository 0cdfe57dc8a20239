"""线上交易 on the phone: one order by hand, a list by Excel; nothing of a list with a wrong row is written."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
import xlsxwriter

from models.enterprise import Enterprise, Institution
from models.platform import Platform
from models.record import OnlineTrade
from models.terms import Stage
from scoring.terms import PlatformKind
from tests import builders, paper_files
from tests.wxsvc.documents.packages import changed
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, seen
from tests.wxsvc.pages.world import World

PATH = "/p/online-trades"
NEW, LIST = f"{PATH}/new", f"{PATH}/list"
HEADER = ("订单号", "成交日期", "统一社会信用代码", "企业名称", "服务项目", "服务机构", "成交金额（元）")


def typed(world: World, **fields: Any) -> dict[str, Any]:
    """A whole form."""
    return {
        "order_number": "D-1",
        "day": "2026-11-20",
        "enterprise": world.enterprise_id,
        "service": "商标注册代理",
        "institution": "",
        "amount": "1200.50",
    } | fields


def trades(rows: Any) -> list[OnlineTrade]:
    with rows() as session:
        return list(session.scalars(sa.select(OnlineTrade).order_by(OnlineTrade.id)))


def workbook(*lines: tuple[Any, ...], header: tuple[str, ...] = HEADER) -> bytes:
    """An xlsx with these rows below the header."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(header)
    for line in lines:
        sheet.append(line)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def upload(staff: Any, content: bytes, name: str = "订单.xlsx") -> Any:
    """Send a list as the page does, and look at what comes then."""
    sent = {"csrf_token": csrf_token(staff.get(LIST)), "sheet": (io.BytesIO(content), name)}
    answer = staff.client.post(LIST, data=sent, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT})
    answer.request.environ["wsgi.input"].close()  # a large body lies in a file of the test client's
    return staff.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def code_of(rows: Any, world: World) -> str:
    with rows() as session:
        return str(session.get_one(Enterprise, world.enterprise_id).uscc)


def test_an_order_is_entered_corrected_and_shown(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.post(NEW, **typed(world, institution="某代理公司"))
    (row,) = trades(rows)
    assert (row.order_number, row.traded_on, row.amount_fen) == ("D-1", date(2026, 11, 20), 120_050)
    assert "待审核，通过后计入线上交易1家次" in seen(page)
    assert "1200.50元" in seen(page)
    form = staff.get(f"{PATH}/{row.id}/edit").text
    for value in ("D-1", "1200.50", "某代理公司", "商标注册代理"):
        assert f'value="{value}"' in form
    staff.post(f"{PATH}/{row.id}/edit", **typed(world, amount="￥1,300", version=1))
    assert trades(rows)[0].amount_fen == 130_000
    assert world.enterprise_name in seen(staff.get(PATH))


def test_what_says_that_there_is_none_is_no_institution(rows: Any, phone: Any, world: World) -> None:
    """An order without one counts for no 家次."""
    phone(world.staff).post(NEW, **typed(world, institution="暂无"))
    (row,) = trades(rows)
    assert row.institution_id is None


def test_the_same_order_twice_is_one(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for _ in range(2):
        assert "已提交审核" in staff.post(NEW, **typed(world)).text
    assert len(trades(rows)) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"order_number": ""}, "order_number", "请填写此项"),
        ({"order_number": "9" * 65}, "order_number", "控制在64字以内"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-11-24"}, "day", "日期不能晚于今天"),
        ({"enterprise": ""}, "enterprise", "请选择企业"),
        ({"service": " "}, "service", "请填写此项"),
        ({"amount": "-5"}, "amount", "不能小于0"),
        ({"amount": "一千"}, "amount", "金额无法识别"),
        ({"amount": "9" * 20}, "amount", "金额无法识别"),
        ({"order_number": "D-0"}, "order_number", "已有相同编号"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, wrong: dict[str, Any], field: str, said: str
) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(world, order_number="D-0", service="别的服务"))
    page = staff.post(NEW, **typed(world) | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert len(trades(rows)) == 1


def test_county_platforms_are_not_asked_for_orders(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = PlatformKind.COUNTY
    staff = phone(world.staff)
    for path in (PATH, NEW, LIST, f"{PATH}/template.xlsx"):
        assert staff.get(path).status_code == 404


def test_the_template_is_filled_in_and_uploaded(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    template = staff.get(f"{PATH}/template.xlsx")
    assert template.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(template.data))
    sheet = book.worksheets[0]
    assert tuple(cell.value for cell in sheet[1]) == HEADER
    sheet.append(["D-1", "2026-11-20", code_of(rows, world), "", "商标注册代理", "某代理公司", 1234567.89])
    sheet.append(["D-2", date(2026, 11, 21), "", world.enterprise_name, "记账报税", "某代理公司", None])
    sheet.append(["D-3", "2026年11月1日", "91350100M000100Y43", "新来的有限公司", "专利代理", "", "￥800"])
    filled = io.BytesIO()
    book.save(filled)
    page = upload(staff, filled.getvalue())
    assert page.request.path == PATH
    assert "已提交3笔，等待审核" in seen(page)
    found = trades(rows)
    assert [(each.order_number, each.traded_on.day, each.amount_fen) for each in found] == [
        ("D-1", 20, 123_456_789),
        ("D-2", 21, None),
        ("D-3", 1, 80_000),
    ]
    assert {each.stage for each in found} == {Stage.SUBMITTED}
    assert found[0].enterprise_id == found[1].enterprise_id == world.enterprise_id
    with rows() as session:
        assert session.scalars(sa.select(Institution.name)).all() == ["某代理公司"]
    again = upload(staff, filled.getvalue())
    assert "3笔此前已录入且内容相同，没有重复计" in seen(again)
    assert len(trades(rows)) == 3


def test_every_wrong_row_is_named_and_nothing_is_written(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        for _ in range(2):
            builders.enterprise(session, name="同名有限公司", name_form="同名 有限公司")
    staff = phone(world.staff)
    code = code_of(rows, world)
    page = upload(
        staff,
        workbook(
            ("D-1", "2026-11-20", code, "", "商标注册代理", "", 100),
            ("", "2026-11-20", code, "", "商标注册代理", "", 100),
            ("D-3", "2026-11-24", code, "", "商标注册代理", "", 100),
            ("D-4", "上周五", code, "", "商标注册代理", "", 100),
            ("D-5", "2026-02-30", code, "", "商标注册代理", "", 100),
            ("D-6", "2026-11-20", "91350100M000100Y44", "写错的有限公司", "商标注册代理", "", 100),
            ("D-7", "2026-11-20", "", "没登记过的有限公司", "商标注册代理", "", 100),
            ("D-8", "2026-11-20", "", "同名有限公司", "商标注册代理", "", 100),
            ("D-9", "2026-11-20", "", "", "商标注册代理", "", 100),
            ("D-10", "2026-11-20", code, "", "", "", "很多"),
            ("D-1", "2026-11-20", code, "", "别的", "", 100),
            ("D-12", "2026-11-20", "91350100M000100Y43", "", "商标注册代理", "", -1),
        ),
    )
    assert page.status_code == 422
    text = seen(page)
    assert "有11行需要修改，整表都还没有录入" in text
    for said in (
        "第3行 · 订单号还有必填内容未填写",
        "第4行 · 成交日期日期不能晚于今天",
        "第5行 · 成交日期日期“上周五”无法识别",
        "第6行 · 成交日期日期“2026-02-30”无法识别",
        "第7行 · 统一社会信用代码统一社会信用代码校验未通过",
        "第8行 · 企业名称没有登记过“没登记过的有限公司”",
        "第9行 · 企业名称名为“同名有限公司”的企业不止一家",
        "第10行 · 企业名称请填写18位统一社会信用代码",
        "第11行 · 服务项目还有必填内容未填写",
        "第11行 · 成交金额（元）金额无法识别",
        "第12行 · 订单号与第2行订单号相同",
        "第13行 · 企业名称请填写企业名称",
        "第13行 · 成交金额（元）成交金额不能小于0",
    ):
        assert said in text, said
    assert trades(rows) == []
    with rows() as session:
        assert session.scalar(sa.select(Enterprise.id).where(Enterprise.uscc == "91350100M000100Y43")) is None


def test_an_order_that_stands_here_otherwise_keeps_the_whole_list_out(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(world))
    staff.post(NEW, **typed(world, order_number="D-2"))
    (_, second) = trades(rows)
    staff.post(f"{PATH}/{second.id}/withdraw", page=PATH + f"/{second.id}", reason="订单取消")
    code = code_of(rows, world)
    page = upload(
        staff,
        workbook(
            ("D-1", "2026-11-20", code, "", "别的服务", "", 1200.5),
            ("D-2", "2026-11-20", code, "", "商标注册代理", "", 1200.5),
            ("D-3", "2026-11-20", "91350100M000100Y43", "新来的有限公司", "商标注册代理", "", 1200.5),
        ),
    )
    assert "第2行 · 订单号已有相同编号" in seen(page)
    assert "第3行 · 订单号该记录此前已由贵平台撤回" in seen(page)
    assert len(trades(rows)) == 2
    with rows() as session:
        assert session.scalar(sa.select(Enterprise.id).where(Enterprise.uscc == "91350100M000100Y43")) is None


def test_a_sealed_year_takes_no_list(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    page = upload(phone(world.staff), workbook(("D-1", "2026-11-20", code_of(rows, world), "", "商标", "", 1)))
    assert "2026年度已锁定" in seen(page)
    assert trades(rows) == []


def with_macros() -> bytes:
    kept = io.BytesIO(workbook(("D-1", "2026-11-20", "", "", "商标", "", 1)))
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\x00")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"MZ\x90\x00 program", "订单.xlsx", "这是程序文件"),
        (with_macros(), "订单.xlsm", "文件含有宏"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "订单.xls", "旧版Excel"),
        (b"PK\x03\x04 broken", "订单.xlsx", "文件已损坏"),
        (paper_files.pdf(), "订单.pdf", "这不是Excel"),
        (b"\xff\xd8\xff\xe0 photo", "订单.jpg", "这是图片"),
        (b"", "订单.xlsx", "文件是空的"),
        (workbook(header=("姓名", "电话")), "订单.xlsx", "没有找到“订单号”一列"),
        (workbook(header=HEADER[:2] + HEADER[4:]), "订单.xlsx", "没有找到“统一社会信用代码”一列"),
        (workbook(), "订单.xlsx", "表头下面没有订单"),
    ],
)
def test_what_is_no_list_is_told_so(rows: Any, phone: Any, world: World, content: bytes, name: str, said: str) -> None:
    page = upload(phone(world.staff), content, name)
    assert page.status_code == 422
    begins = page.text.index('id="sheet-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert trades(rows) == []


def test_no_file_at_all_is_told_so(phone: Any, world: World) -> None:
    page = phone(world.staff).post(LIST)
    assert page.status_code == 422
    assert "请先选择表格" in seen(page)


def test_a_hundred_thousand_rows_are_refused_in_bounded_memory(rows: Any, phone: Any, world: World) -> None:
    def long(name: str, part: bytes) -> tuple[str, bytes]:
        """With its second row as often, unnumbered: to write as many takes longer than to refuse them."""
        return name, re.sub(rb'<row r="2".*</row>', lambda row: re.sub(rb' r="[A-Z]*2"', b"", row[0]) * 100_000, part)

    sheet = changed(workbook(("D-1", "2026-11-20")), long)
    staff = phone(world.staff)
    staff.get(LIST)
    tracemalloc.start()
    page = upload(staff, sheet)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "表格过大，一次最多1000行" in seen(page)
    assert most < 60 * 2**20
    assert trades(rows) == []


def test_formulas_are_taken_for_what_they_show_and_named(rows: Any, phone: Any, world: World) -> None:
    """What adds up the orders is no part of what was taken, so its formula is not told."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ("D-1", "2026-11-20", code_of(rows, world), "", "商标注册代理", ""))
    sheet.write_formula(1, 6, "=600*2", None, 1200)
    sheet.write_string(2, 0, "合计")
    sheet.write_formula(2, 6, "=SUM(G2:G2)", None, 1200)
    book.close()
    page = upload(phone(world.staff), kept.getvalue())
    assert "单元格G2是公式，已按表中显示的结果录入" in seen(page)
    assert [each.amount_fen for each in trades(rows)] == [120_000]


def test_a_list_from_another_program_may_be_csv(rows: Any, phone: Any, world: World) -> None:
    line = f"编号,交易时间,信用代码,商品名称,订单金额\nD-1,2026/11/20 09:30,{code_of(rows, world)},上云服务,99.9\n"
    assert "已提交1笔" in seen(upload(phone(world.staff), line.encode("gb18030"), "订单.csv"))
    assert [(each.service, each.amount_fen) for each in trades(rows)] == [("上云服务", 9_990)]


def test_a_thousand_orders_go_in_at_once(rows: Any, phone: Any, world: World) -> None:
    code = code_of(rows, world)
    lines = [(f"D-{number}", "2026-11-20", code, "", "商标注册代理", "", number) for number in range(1000)]
    assert "已提交1000笔" in seen(upload(phone(world.staff), workbook(*lines)))
    assert len(trades(rows)) == 1000
    page = phone(world.staff).get(PATH)
    assert "下一页" in seen(page)
    assert "D-" not in seen(phone(world.staff).get(f"{PATH}?page=21")).replace("下一页", "")
