"""线上交易清单 as a file: its own template, other people's headers, titles above them, and what is no list."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest

from wxsvc.documents import trade_sheets
from wxsvc.documents.tables import TableRefused
from wxsvc.texts.order_lines import OrderLine

HEADER = ["订单号", "成交日期", "统一社会信用代码", "服务项目"]


def workbook(*rows: list[object]) -> bytes:
    """An xlsx with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_template_says_how_to_fill_it_in_and_keeps_digits() -> None:
    book = openpyxl.load_workbook(io.BytesIO(trade_sheets.template()))
    sheet, guide = book.worksheets
    assert sheet["A1"].value == "订单号"
    texts = sheet.column_dimensions["A"]  # one entry for all columns that look alike
    assert (texts.number_format, texts.min, texts.max) == ("@", 1, 6)
    explained = [row[0].value for row in guide.iter_rows()]
    assert "订单号" in explained
    with pytest.raises(TableRefused) as refused:
        trade_sheets.read(trade_sheets.template())
    assert refused.value.code == "no_orders"


def test_titles_may_stand_above_and_headers_may_be_called_otherwise() -> None:
    raw = workbook(
        ["某平台2026年线上交易明细"],
        [],
        ["序号", "订单编号*", "交易时间", "信用代码", "企业名称（全称）", "服务内容", "金额（元）"],
        [1, 20261120000123, "2026/11/20", "91350100M000100Y43", "某厂", "商标代理", 99.5],
    )
    (line,) = trade_sheets.read(raw).lines
    assert line == OrderLine(4, "20261120000123", "2026/11/20", "91350100M000100Y43", "某厂", "商标代理", "", "99.5")


@pytest.mark.parametrize(
    ("header", "amount"),
    [
        ("Order No.,Date,USCC,Company,Service,Provider,Amount (CNY)", "1"),
        ("order_id,ORDER DATE,Tax ID,company name,Product,seller,amount", "1"),
        ("訂單編號,成交日期,統一社會信用代碼,企業名稱,服務項目,服務機構,成交金額（元）", "1"),
        ("訂單號,交易時間,稅號,單位名稱,商品標題,供應商,實付金額/萬元", "10000"),
        ("訂單號,交易時間,稅號,單位名稱,商品標題,供應商,交易額（億元）", "100000000"),
    ],
)
def test_headers_may_be_english_or_traditional(header: str, amount: str) -> None:
    raw = f"{header}\nT-1,2026-11-20,91350100M000100Y43,某厂有限公司,商标代理,某服务中心,99.5\n".encode()
    (line,) = trade_sheets.read(raw).lines
    told = (line.order_number, line.traded_on, line.uscc, line.enterprise, line.service, line.institution, line.amount)
    assert told == ("T-1", "2026-11-20", "91350100M000100Y43", "某厂有限公司", "商标代理", "某服务中心", "99.5")
    assert line.unit == Decimal(amount)


@pytest.mark.parametrize(
    "unit", ["（港幣）", "（美圓）", " (RMB 10,000)", " (10k)", " (thousand yuan)", "(million)", "(USD)"]
)
def test_an_amount_in_another_unit_is_refused_whatever_it_is_written_in(unit: str) -> None:
    raw = workbook(["Order No.", "Date", "Company", "Service", f"Amount{unit}"], ["T", "2026-11-20", "某厂", "咨询", 9])
    with pytest.raises(TableRefused) as refused:
        trade_sheets.read(raw)
    assert refused.value.code == "amount_unit"


@pytest.mark.parametrize("left_out", HEADER)
def test_a_column_that_is_needed_is_named(left_out: str) -> None:
    with pytest.raises(TableRefused) as refused:
        trade_sheets.read(workbook([each for each in HEADER if each != left_out], ["a", "b", "c"]))
    assert (refused.value.code, refused.value.facts) == ("no_header", {"missing": left_out})


def test_a_list_has_an_end() -> None:
    most = trade_sheets.most_lines()
    lines = [[f"D-{number}", "2026-11-20", "", "商标"] for number in range(most)]
    assert len(trade_sheets.read(workbook(HEADER, *lines)).lines) == most
    for more in (1, 100):
        with pytest.raises(TableRefused) as refused:
            trade_sheets.read(workbook(HEADER, *lines, *[["D", "2026-11-20", "", "商标"]] * more))
        assert (refused.value.code, refused.value.facts) == ("too_many_rows", {"most": most})


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("订单状态", "已取消"),
        ("订单状态", "交易关闭"),
        ("状态", "待付款"),
        ("付款状态", "等待买家付款"),
        ("退款状态", "退款成功"),
        ("售后状态", "已全额退款"),
        ("备注", "已退款"),
        ("备注", "超时自动取消"),
        ("是否成交", "否"),
        ("是否取消", "是"),
        ("是否已作废", "√"),
        ("订单状态", "已撤单"),
        ("状态", "草稿"),
        ("备注", "洽谈中"),
        ("备注", "测试订单"),
        ("订单状态", "待签约"),
    ],
)
def test_an_order_that_came_to_nothing_is_left_out_and_named(title: str, said: str) -> None:
    """A shop's export lists what was cancelled and paid back beside what was traded."""
    traded, undone = ["D-1", "2026-11-20", "", "商标"], ["D-2", "2026-11-21", "", "商标"]
    sheet = trade_sheets.read(workbook([*HEADER, title], [*traded, "交易成功"], [*undone, said]))
    assert ([line.order_number for line in sheet.lines], sheet.undone) == (["D-1"], (3,))
    with pytest.raises(TableRefused) as refused:
        trade_sheets.read(workbook([*HEADER, title], [*undone, said]))
    assert refused.value.code == "none_traded"


def test_an_order_of_which_all_was_paid_back_came_to_nothing() -> None:
    head, paid = [*HEADER, "成交金额", "退款金额"], ("1,200.00", 1200, 0, "￥1200元", 0)
    rows = [[f"D-{at}", "2026-11-20", "", "商标", each] for at, each in enumerate(paid)]
    for row, returned in zip(rows, ("1200", 1199.99, 0, "￥1,200元", ""), strict=True):
        row.append(returned)
    sheet = trade_sheets.read(workbook(head, *rows))
    assert ([line.order_number for line in sheet.lines], sheet.undone) == (["D-1", "D-2", "D-4"], (2, 5))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("退款状态", "无退款"),
        ("退款状态", "部分退款"),
        ("退款状态", "退款关闭"),
        ("退款状态", "未退款"),
        ("订单状态", "已付款"),
        ("订单状态", "已发货"),
        ("备注", "取消发票"),
        ("开票状态", "未完成"),
        ("发票状态", "已作废"),
        ("评价状态", "已关闭"),
        ("是否取消", "否"),
        ("是否退款", "否"),
        ("备注", "否"),
        ("状态", "1"),
        ("售后状态", "已取消"),
        ("退款状态", "已关闭"),
        ("退款申请", "已撤销"),
        ("售后类型", "退货退款"),
        ("服务进度", "未完成"),
        ("合同状态", "已终止"),
        ("尾款状态", "待付款"),
        ("自动续费", "已关闭"),
    ],
)
def test_an_order_that_was_traded_stays(title: str, said: str) -> None:
    sheet = trade_sheets.read(workbook([*HEADER, title], ["D-1", "2026-11-20", "", "退款", said]))
    assert (len(sheet.lines), sheet.undone) == (1, ())


@pytest.mark.parametrize(
    ("titles", "paid", "returned", "undone"),
    [
        (("成交金额（万元）", "退款金额（元）"), 5, 500, ()),
        (("成交金额（万元）", "退款金额（元）"), 5, 50000, (2,)),
        (("成交金额", "退款金额（万元）"), 50000, 5, (2,)),
    ],
)
def test_what_was_paid_back_is_compared_in_the_same_unit(
    titles: tuple[str, str], paid: int, returned: int, undone: tuple[int, ...]
) -> None:
    order = ["D-1", "2026-11-20", "", "商标", paid, returned]
    assert trade_sheets.read(workbook([*HEADER, *titles], order, ["D-2", *order[1:-1], 0])).undone == undone


def test_a_row_of_totals_is_no_order_and_is_named() -> None:
    header = ["订单号", "成交日期", "企业名称", "服务项目", "成交金额（元）"]
    rows = [
        ["D-1", "2026-11-20", "长沙精工有限公司", "检测", 100],
        ["合 计", None, None, None, 100],
        [None, "总计：", None, None, 100],
    ]
    sheet = trade_sheets.read(workbook(["线上交易清单"], header, *rows))
    assert ([line.order_number for line in sheet.lines], sheet.totals) == (["D-1"], (4, 5))


def test_what_a_buyers_person_wrote_beside_is_left_out() -> None:
    header = ["订单号", "成交日期", "信用代码", "客户名称", "服务项目", "联系人"]
    (line,) = trade_sheets.read(
        workbook(
            header, ["D-1", "2026-11-20", "", "长沙精工有限公司（张三 13812345678）", "检测 138 1234 5678", "张三"]
        )
    ).lines
    assert (line.uscc, line.enterprise, line.service) == ("", "长沙精工有限公司", "检测")


def test_a_comma_too_many_moves_no_cells() -> None:
    """1,234.50 without quotation marks is 1 in its column."""
    lines = ([*HEADER, "成交金额"], ["D-1", "2026-11-20", "91350100M000100Y43", "咨询", "1,234.50"])
    raw = "\n".join(map(",".join, lines)).encode()
    with pytest.raises(TableRefused) as refused:
        trade_sheets.read(raw)
    assert (refused.value.code, refused.value.facts) == ("cells_beyond_header", {"rows": [2]})
    quoted = raw.replace(b"1,234.50", b'"1,234.50"')
    assert [line.amount for line in trade_sheets.read(quoted).lines] == ["1,234.50"]


def test_a_header_that_is_printed_again_is_no_order() -> None:
    order = ["D-1", "2026-11-20", "91350100M000100Y43", "咨询"]
    raw = workbook(HEADER, order, HEADER, ["D-2", *order[1:]])
    assert [line.order_number for line in trade_sheets.read(raw).lines] == ["D-1", "D-2"]


def test_what_a_cell_shows_around_a_number_belongs_to_it() -> None:
    """Excel keeps 000123 or D-0123 as the number 123 and a format: the same order in a CSV has it whole."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["订单号", "成交日期", "统一社会信用代码", "企业名称", "服务", "金额"])
    shown_as = {
        "000123": (123, "000000"),
        "1234567": (1234567, "000000"),
        "7": (7, "0"),
        "8": (8, "0.00"),
        "D-0007": (7, '"D-"0000;@'),
        "NO.26112001": (26112001, '"NO."0'),
        "0009号": (9, "0000号"),
        "123-4567": (1234567, "000-0000"),
        "A/12": (12, r"\A/##00"),
        "12345": (12345, '0!.0,"万"'),
        "50": (50, "[>99]0;0"),
    }
    for number, shown in shown_as.values():
        sheet.append([number, "2026-03-02", "91350100M000100Y43", "甲公司", "检测", 5])
        sheet.cell(sheet.max_row, 1).number_format = shown
    kept = io.BytesIO()
    book.save(kept)
    assert [line.order_number for line in trade_sheets.read(kept.getvalue()).lines] == list(shown_as)


@pytest.mark.parametrize(
    "header",
    [
        ["订单编号", "订单创建时间", "宝贝标题", "买家实际支付金额", "发票抬头"],
        ["订单号", "下单时间", "商品", "订单实付金额", "购方名称"],
        ["订单号", "合同签订日期", "服务名称", "合同金额", "采购单位"],
    ],
)
def test_shops_call_the_columns_in_their_own_words(header: list[str]) -> None:
    (line,) = trade_sheets.read(
        workbook(header, ["D-1", "2026-11-20 10:00:00", "检测", "1,234.50", "长沙精工有限公司"])
    ).lines
    assert (line.service, line.amount, line.enterprise) == ("检测", "1,234.50", "长沙精工有限公司")
