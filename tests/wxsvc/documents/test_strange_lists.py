"""Lists as other programs and people make them: what Excel shows is what is read, or the list is told apart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from tests import builders
from tests.wxsvc.documents import packages
from wxsvc import wording
from wxsvc.documents import bundle_sheets, roster_sheets, ruling_sheets, trade_sheets
from wxsvc.documents.tables import TableRefused
from wxsvc.documents.workbooks import Workbook

NAME, OTHER = "长沙精工机械有限公司", "湘江数控设备有限公司"
CODE = builders.uscc(870_001)
ORDERS = ["订单号", "成交日期", "统一社会信用代码", "企业名称", "服务项目", "成交金额"]
ROSTER = ["序号", "企业名称", "统一社会信用代码"]


def workbook(*rows: list[Any], change: Callable[[Any], object] = lambda _: None, title: str = "Sheet") -> bytes:
    """An xlsx with these rows; ``change`` does the rest to its sheet."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    change(sheet)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def order(number: Any = "D-1", amount: Any = 100) -> list[Any]:
    return [number, "2026-11-20", CODE, NAME, "检测", amount]


def refused(read: Callable[[], object]) -> tuple[str, dict[str, object]]:
    with pytest.raises(TableRefused) as found:
        read()
    return found.value.code, found.value.facts


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("成交金额（元）", 1),
        ("成交金额（含税）", 1),
        ("金额（￥）", 1),
        ("成交金额（万元）", 10_000),
        ("金额（单位：万元）", 10_000),
        ("成交金额/万元", 10_000),
        ("成交金额_万元", 10_000),
        ("成交金额 万元", 10_000),
        ("成交金额万元", 10_000),
        ("成交金额（万）", 10_000),
        ("成交金额（人民币万元，含税）", 10_000),
        ("成交金额（千元）", 1_000),
        ("成交金额（亿元）", 100_000_000),
        ("订单金额（分）", Decimal("0.01")),
    ],
)
def test_an_amount_is_in_the_unit_of_its_header(header: str, unit: int | Decimal) -> None:
    (line,) = trade_sheets.read(workbook([*ORDERS[:-1], header], order(amount=1.2))).lines
    assert (line.amount, line.unit) == ("1.2", unit)


@pytest.mark.parametrize(
    ("above", "unit"),
    [
        ("单位：万元", 10_000),
        ("2026年11月 单位：万元", 10_000),
        ("（金额单位:元）", 1),
        ("填报单位：某市百万元公司筹备处", 1),
        ("填报单位：Neuro实验室", 1),
        ("填报单位：三百元", 1),
    ],
)
def test_a_unit_may_stand_above_the_list(above: str, unit: int) -> None:
    sheet = trade_sheets.read(workbook(["线上交易清单"], [None, above], ORDERS, order(amount=1.2)))
    assert [line.unit for line in sheet.lines] == [unit]


@pytest.mark.parametrize(
    "header", ["成交金额（美元）", "金额（万美元）", "成交金额（USD）", "金额（HK$）", "成交金额（日元）"]
)
def test_other_money_is_no_yuan(header: str) -> None:
    assert refused(lambda: trade_sheets.read(workbook([*ORDERS[:-1], header], order())))[0] == "amount_unit"


@pytest.mark.parametrize(
    ("beside", "cell"),
    [
        ("编号", 7),
        ("日期", "2026-12-01"),
        ("下单日期", "2025-12-31"),
        ("企业", "大型"),
        ("企业代码", "K-5"),
        ("服务", "是"),
        ("金额", 5),
        ("交易号", "P-5"),
    ],
)
def test_the_column_with_the_best_name_is_the_one_that_is_meant(beside: str, cell: Any) -> None:
    """Wherever it stands: a number of the row is no order's number, and the day of ordering not that of the deal."""
    plain = trade_sheets.read(workbook(ORDERS, order())).lines
    assert trade_sheets.read(workbook([beside, *ORDERS], [cell, *order()])).lines == plain
    assert trade_sheets.read(workbook([*ORDERS, beside], [*order(), cell])).lines == plain


@pytest.mark.parametrize("number", [911440300192203821, "9.11E+17", "9.1144030019220382E+17"])
def test_digits_that_excel_has_lost_are_told_in_a_text_too(number: Any) -> None:
    """Some programs write what Excel showed: two orders would be one."""
    (line,) = trade_sheets.read(workbook(ORDERS, order(number))).lines
    assert line.lost == {"order_number"}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-12-31 23:59:59.999999", "2026-12-31"),
        ("2026-12-31 23:59:59.4", "2026-12-31"),
        ("2027-01-01", "2027-01-01"),
        ("2028-02-29 12:00", "2028-02-29"),
    ],
)
def test_the_last_moment_of_a_day_is_of_that_day(moment: str, day: str) -> None:
    row = order()
    row[1] = datetime.fromisoformat(moment)
    assert [line.traded_on for line in trade_sheets.read(workbook(ORDERS, row)).lines] == [day]


def uncomputed(sheet: Any) -> None:
    """Programs that write workbooks leave formulas to Excel."""
    sheet["F2"] = "=1+2"


def merged(sheet: Any) -> None:
    sheet.merge_cells("F2:F3")


@pytest.mark.parametrize(("change", "cell"), [(uncomputed, "F2"), (merged, "F3")])
def test_an_order_is_not_read_without_what_excel_shows(change: Callable[[Any], object], cell: str) -> None:
    """An amount that is there for who looks at the list must not be read as none."""
    raw = workbook(ORDERS, order("D-1"), order("D-2", None), change=change)
    assert refused(lambda: trade_sheets.read(raw)) == ("cells_untold", {"cells": [cell]})


def test_what_is_merged_or_computed_elsewhere_hinders_no_order() -> None:
    def change(sheet: Any) -> None:
        sheet.merge_cells("A1:F1")
        sheet.merge_cells("G3:G4")
        sheet["H3"] = "=ROW()"

    raw = workbook(["清单"], ORDERS, order("D-1"), order("D-2"), change=change)
    assert [line.order_number for line in trade_sheets.read(raw).lines] == ["D-1", "D-2"]


def test_points_that_excel_shows_are_not_read_as_none() -> None:
    names = {"协同": "coordination"}
    raw = workbook(["平台编号", "协同"], ["P-1", 18], ["P-2", None], change=lambda sheet: sheet.merge_cells("B2:B3"))
    assert refused(lambda: ruling_sheets.read(raw, names)) == ("cells_untold", {"cells": ["B3"]})


def test_a_bundle_names_cells_that_are_only_shown() -> None:
    """The region would be left out, and the enterprise counted for another place."""

    def change(sheet: Any) -> None:
        sheet.merge_cells("C2:C3")
        sheet["B3"] = "=B2"

    raw = workbook(
        ["统一社会信用代码", "企业名称", "行政区划代码"],
        [CODE, NAME, "430102"],
        [builders.uscc(870_002), None, None],
        change=change,
        title="企业",
    )
    problems = [(each.code, each.index, each.name) for each in bundle_sheets.read(raw).problems]
    assert problems == [("cell_untold", 1, "name"), ("cell_untold", 1, "region")]


def test_a_company_of_a_formula_without_result_is_not_lost() -> None:
    raw = workbook(ROSTER, [1, "=A9", None], [2, OTHER, None])
    assert refused(lambda: roster_sheets.read(raw)) == ("cells_untold", {"cells": ["B2"]})


def test_a_company_merged_over_its_people_is_one() -> None:
    raw = workbook([*ROSTER, "姓名"], [1, NAME, CODE, "张三"], [2, None, None, "李四"], change=_two_people)
    assert [(line.name, line.uscc) for line in roster_sheets.read(raw).lines] == [(NAME, CODE)]


def _two_people(sheet: Any) -> None:
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("C2:C3")


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("是否到场", ("是", "否")),
        ("签到状态", ("已签到", "未签到")),
        ("是否参会*", ("√", "×")),
        ("到场情况", ("1", "0")),
        ("备注", ("已到", "请假")),
        ("备注", ("", "未到场")),
        ("状态", ("已报名", "已取消")),
        ("出席情况", ("Y", "N")),
        ("备注", ("否", "没来")),
    ],
)
def test_who_did_not_come_is_no_participant(title: str, cells: tuple[str, str]) -> None:
    """A sign-up list with a tick for those who came is handed in as the list of those who came."""
    came, stayed = cells
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, came], [2, OTHER, None, stayed]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


@pytest.mark.parametrize(
    "line", ["取消：{}", "请假:{}", "{}（未到）", "{} 未到场", "{}，请假", "2、{}（已取消报名）", "{}(没有来)"]
)
def test_a_pasted_line_says_who_did_not_come(line: str) -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n{line.format(OTHER)}")
    assert ([each.name for each in sheet.lines], sheet.absent) == ([NAME], (2,))


@pytest.mark.parametrize(
    "line", ["{}（张三请假，李四到）", "{}，张三未到，李四已到", "{}", "{} 已到", "不到现场服务有限公司"]
)
def test_a_company_is_there_though_one_of_its_people_is_not(line: str) -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n{line.format(OTHER)}")
    assert (len(sheet.lines), sheet.absent) == (2, ())


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("参会人员", "张三、李四（请假）"),
        ("参会人员", "张三,李四(未到)"),
        ("备注", "请假：李四"),
        ("是否用餐", "不参加"),
        ("下午参观", "不参加"),
        ("住宿", "取消"),
        ("是否会员", "否"),
        ("是否首次参加", "否"),
        ("备注", "不参加晚宴"),
    ],
)
def test_what_says_no_to_something_else_leaves_nobody_out(title: str, cell: str) -> None:
    """One of several people stayed away, or the company took no part in a meal: it was there."""
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, cell]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], ())


@pytest.mark.parametrize(
    "heading",
    [
        "未到：",
        "【未到】",
        "二、未到场:",
        "以下企业未到：",
        "未到企业（1家）：",
        "未到名单",
        "请假的单位有：",
        "一、缺席人员：",
    ],
)
def test_who_stands_below_a_heading_of_those_who_did_not_come_is_no_participant(heading: str) -> None:
    sheet = roster_sheets.read_pasted(f"已到：\n{NAME}\n{heading}\n1.{OTHER}\n临时参加：\n{CODE}")
    assert [(line.name, line.uscc) for line in sheet.lines] == [(NAME, ""), ("", CODE)]
    assert sheet.absent == (3, 4)


def test_such_a_heading_stands_between_the_rows_of_a_sheet_too() -> None:
    raw = workbook(ROSTER, [1, NAME, CODE], ["未到企业："], [2, OTHER, None])
    sheet = roster_sheets.read(raw)
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3, 4))


@pytest.mark.parametrize("heading", [["未到"], [None, "请假"], ["二、", "未到场"]])
def test_a_word_alone_heads_those_who_did_not_come_where_it_is_no_state_of_the_line_above(heading: list[Any]) -> None:
    """It was left out itself, and all below it counted."""
    sheet = roster_sheets.read(workbook(ROSTER, [1, NAME, CODE], heading, [2, OTHER, None], ["已到"], [3, NAME, CODE]))
    assert ([line.number for line in sheet.lines], sheet.absent) == ([2, 6], (3, 4))
    header = ["到场情况", *ROSTER, "备注"]
    for state in (["未到"], [None, None, None, None, "请假"]):
        sheet = roster_sheets.read(workbook(header, [None, 1, NAME, CODE], state, [None, 2, OTHER]))
        assert ([line.number for line in sheet.lines], sheet.absent) == ([2, 4], (3,))


@pytest.mark.parametrize("place", ["A", "D"])
def test_a_word_that_was_merged_beside_several_lines_is_said_of_each(place: str) -> None:
    def change(sheet: Any) -> None:
        sheet[f"{place}3"] = "未到"
        sheet.merge_cells(f"{place}3:{place}4")

    header, third = ["分组", *ROSTER[1:], "到场情况"], [None, "湘江数控设备有限公司"]
    raw = workbook(header, [None, NAME, CODE], [None, OTHER], third, [None, NAME], change=change)
    found = roster_sheets.read(raw)
    assert ([line.number for line in found.lines], found.absent) == ([2, 5], (3, 4))


@pytest.mark.parametrize("heading", ["参会名单", "实到企业", "二、已签到单位如下", "临时参加："])
def test_a_heading_of_those_who_came_ends_it_with_or_without_a_colon(heading: str) -> None:
    sheet = roster_sheets.read_pasted(f"未到名单\n{OTHER}\n{heading}\n{NAME}")
    assert (sheet.lines[-1].name, sheet.absent) == (NAME, (1, 2))


@pytest.mark.parametrize("heading", ["第二组：", "【岳麓区】", "11月24日：", "嘉宾：", "下午："])
def test_a_heading_of_another_part_ends_it(heading: str) -> None:
    sheet = roster_sheets.read_pasted(f"未到：\n{OTHER}\n{heading}\n{NAME}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (1, 2))


def test_a_short_name_with_a_colon_does_not_end_it() -> None:
    """Who stands below it did not come either: nobody is counted without a word."""
    sheet = roster_sheets.read_pasted(f"{NAME}\n缺席：\n湘江科技：\n{OTHER}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (2, 3, 4))


@pytest.mark.parametrize("total", ["合计 2家", "合计：2家", "共计3家", "合计\t2"])
def test_a_sum_below_them_is_no_company_that_stayed_away(total: str) -> None:
    """Nor does it end the list of them: who stands below it is left out by name and number."""
    sheet = roster_sheets.read_pasted(f"{NAME}\n未到：\n{OTHER}\n{total}\n{OTHER}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (2, 3, 5))


def test_a_company_whose_name_begins_like_a_sum_is_no_sum() -> None:
    raw = workbook(ROSTER, [1, NAME, CODE], [2, "合计湘江科技有限公司", None], ["合计", 2], ["填表人：", OTHER])
    assert [line.name for line in roster_sheets.read(raw).lines] == [NAME, "合计湘江科技有限公司"]


def test_nobody_stands_below_a_heading_of_those_who_did_not_come() -> None:
    sheet = roster_sheets.read_pasted(f"未到：\n无\n{NAME}\n{OTHER}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME, OTHER], (1, 2))


@pytest.mark.parametrize("line", ["未到企业服务有限公司", "报名企业", "已到：", "参会名单", "请假条：张三"])
def test_another_heading_leaves_nobody_out(line: str) -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n{line}\n{OTHER}")
    assert {NAME, OTHER} <= {each.name for each in sheet.lines}
    assert sheet.absent == ()


@pytest.mark.parametrize("heading", ["未到", "未到企业", "请假单位", "未到2家", "二、未到场企业（2家）"])
def test_of_several_behind_one_word_nobody_came(heading: str) -> None:
    alone = roster_sheets.read_pasted(f"{NAME}\n{heading}：{OTHER}")
    assert ([line.name for line in alone.lines], alone.absent) == ([NAME], (2,))
    sheet = roster_sheets.read_pasted(f"{NAME}\n{heading}：{OTHER}、湘江数控设备有限公司")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (2,))
    told_apart = roster_sheets.read_pasted(f"未到：{OTHER}；已到：{NAME}")
    assert ([line.name for line in told_apart.lines], told_apart.absent) == ([OTHER, NAME], ())


def test_of_several_on_a_line_a_person_says_who_is_meant() -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}、{OTHER}（请假）")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME, f"{OTHER}…"], ())


def test_a_workbook_that_unpacks_to_a_mountain_is_refused_at_once() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", b"<row/>" * (bundle_sheets.LARGEST // 6 + 1))
    assert [each.code for each in bundle_sheets.read(kept.getvalue()).problems] == ["workbook_too_large"]


NOTES = [
    ["制表人：张三", None, None, "审核人：李四"],
    ["备注：金额均为含税"],
    [None, "填表日期: 2026-12-01"],
    ["注：1. 以上为实付"],
    ["填表人：张三", None, None, "日期：2026-11-20"],
    ["制表人：张三", "2026年11月20日"],
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_below_a_list_is_no_entry(note: list[Any]) -> None:
    """It would keep out the whole list, which is all or nothing."""
    sheet = trade_sheets.read(workbook(ORDERS, order("D-1"), note))
    assert ([line.order_number for line in sheet.lines], sheet.totals) == (["D-1"], (3,))
    raw = workbook(
        ["统一社会信用代码", "企业名称", "行政区划代码", "x"], [CODE, NAME, "430102", None], note, title="企业"
    )
    found = bundle_sheets.read(raw)
    assert [row["uscc"] for row in found.content["enterprises"]] == [CODE]
    assert "total_unread" in [each.code for each in found.notes]


def test_an_entry_whose_number_looks_like_a_note_is_one() -> None:
    sheet = trade_sheets.read(workbook(ORDERS, order("备注：1"), ["D-2"], [None, "2026-11-20"]))
    assert [line.order_number for line in sheet.lines] == ["备注:1", "D-2", ""]


@pytest.mark.timeout(10)
def test_a_text_that_speaks_of_merged_cells_is_read_at_once() -> None:
    """Looked for in the whole sheet from each such word on, a list of some kilobytes took minutes."""
    said = b"".join(
        b'<row r="%d"><c r="D%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (row, row, b"mergeCell " * 3000)
        for row in range(9, 19)
    )
    raw = packages.changed(
        workbook(ROSTER, [1, NAME, CODE]),
        lambda name, part: (name, part.replace(b"</sheetData>", said + b"</sheetData>")),
    )
    assert [line.name for line in roster_sheets.read(raw).lines] == [NAME]


def test_cells_merged_beyond_every_column_that_is_read_are_not_counted_up() -> None:
    merged = b'</sheetData><mergeCells><mergeCell ref="D1:XFD900"/></mergeCells>'
    raw = packages.changed(
        workbook(ROSTER, [1, NAME, CODE]), lambda name, part: (name, part.replace(b"</sheetData>", merged))
    )
    book = Workbook(raw)
    (_, below) = book.rows(book.sheets[0], 8)
    assert below.untold == (3, 4, 5, 6, 7)


def companies(raw: bytes) -> list[tuple[str, str]]:
    return [(line.name, line.uscc) for line in roster_sheets.read(raw).lines]


@pytest.mark.parametrize(
    "second",
    [
        [["企业名称", "联系电话", "统一社会信用代码"], [OTHER, "13800000001", None]],
        [["参会单位", "联系人"], [OTHER, "张三"]],
        [["序号", "手机", "企业"], [2, "13800000001", OTHER]],
        [["代码", "序号", "单位名称"], [None, 2, OTHER]],
        [["序号", "企业名称", "统一社会信用代码"], [2, OTHER, None]],
    ],
)
@pytest.mark.parametrize("between", [[], [[]], [["下午场"]]])
def test_a_second_table_is_read_by_its_own_header(second: list[list[Any]], between: list[list[Any]]) -> None:
    """By the columns of the first, its names were none and their rows passed over."""
    assert companies(workbook(ROSTER, [1, NAME, CODE], *between, *second))[::2] == [(NAME, CODE)]
    assert companies(workbook(ROSTER, [1, NAME, CODE], *between, *second))[-1] == (OTHER, "")


def test_who_did_not_come_is_told_by_the_columns_of_the_second_table_too() -> None:
    sheet = roster_sheets.read(workbook(ROSTER, [1, NAME, CODE], ["企业名称", "是否到场"], [OTHER, "否"], [NAME, "是"]))
    assert ([line.number for line in sheet.lines], sheet.absent) == ([2, 5], (4,))
    below = roster_sheets.read(workbook(ROSTER, [1, NAME, CODE], ["未到企业"], ROSTER, [2, OTHER, None]))
    assert ([line.number for line in below.lines], below.absent) == ([2], (3, 5))


@pytest.mark.parametrize(
    "header",
    [
        [["序号", "企业", None, "联系人", None], [None, "名称", "统一社会信用代码", "姓名", "电话"]],
        [["序号", "企业名称", "统一社会信用代码", "联系人", None], [None, None, None, "姓名", "电话"]],
        [["序号", "企业名称", "证照", "联系人", None], [None, None, "统一社会信用代码", "姓名", "电话"]],
        [["单位：", "长沙市窗口平台"], ["序号", "企业名称", "统一社会信用代码"]],
        [["单位：", "长沙市窗口平台"], ["活动：", "对接会"], ["序号", "企业名称", "统一社会信用代码"]],
        [["企业名称：", "（与营业执照一致）"], ["序号", "企业名称", "统一社会信用代码"]],
    ],
)
def test_a_header_of_two_rows_is_one(header: list[list[Any]]) -> None:
    """So is one below a line that begins with a word of a header."""
    assert companies(workbook(*header, [1, NAME, CODE, "张三", "13800000000"], [2, OTHER])) == [
        (NAME, CODE),
        (OTHER, ""),
    ]


def test_a_line_that_says_of_what_kind_its_company_is_is_a_line() -> None:
    """``企业`` heads columns too: such a row was taken for a header and left out without a word."""
    raw = workbook(["序号", "参会单位", "类型"], [1, NAME, "企业"], [2, "蓝思科技", "企业"], [3, "三一", "公司"])
    assert companies(raw) == [(NAME, ""), ("蓝思科技", ""), ("三一", "")]


def test_a_table_whose_header_is_one_word_is_not_skipped_for_a_surer_one() -> None:
    raw = workbook(["序号", "单位"], [1, NAME], ["企业名称", "统一社会信用代码"], [OTHER, CODE])
    assert companies(raw) == [(NAME, ""), (OTHER, CODE)]


def test_a_company_in_another_column_is_told() -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "备注"], [1, NAME, CODE], [2, None, None, OTHER]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([NAME], (3,))


@pytest.mark.parametrize("sign", ["、", "\n", "；", ",", " "])
def test_several_companies_in_one_cell_are_lines_of_their_own(sign: str) -> None:
    codes = sign.join((CODE, builders.uscc(870_002)))
    assert companies(workbook(ROSTER, [1, f"{NAME}{sign}{OTHER}", None])) == [(NAME, ""), (OTHER, "")]
    assert companies(workbook(ROSTER, [1, f"{NAME}{sign}{OTHER}", codes])) == [
        (NAME, CODE),
        (OTHER, builders.uscc(870_002)),
    ]


@pytest.mark.parametrize("cell", [f"{NAME}、株洲分公司", f"{NAME}，张三", f"{NAME}（曾用名：长沙精工厂）"])
def test_a_branch_a_person_or_a_former_name_is_no_further_company(cell: str) -> None:
    assert len(companies(workbook(ROSTER, [1, cell, None]))) == 1


@pytest.mark.parametrize("header", ["序号 企业名称 统一社会信用代码", "序号  参会单位  姓名  电话  备注"])
def test_a_pasted_header_of_any_length_is_no_company(header: str) -> None:
    sheet = roster_sheets.read_pasted(f"{header}\n1 {NAME} {CODE}\n企业 蓝思科技 税号 无")
    assert [(line.name, line.uscc) for line in sheet.lines][:1] == [(NAME, CODE)]
    assert len(sheet.lines) == 2


def test_orders_of_a_second_table_are_read_by_its_own_header() -> None:
    """The company and the institution in each other's place would be counted without a doubt."""
    first = ["订单号", "成交日期", "企业名称", "服务机构", "服务项目"]
    second = ["订单号", "成交日期", "服务机构", "企业名称", "服务项目"]
    raw = workbook(
        first, ["D-1", "2026-11-20", NAME, "某机构", "检测"], [], second, ["D-2", "2026-11-20", "某机构", OTHER, "检测"]
    )
    assert [(line.enterprise, line.institution) for line in trade_sheets.read(raw).lines] == [
        (NAME, "某机构"),
        (OTHER, "某机构"),
    ]
    assert refused(lambda: trade_sheets.read(workbook(first, ["订单号", "金额"], ["D-3", 4])))[0] == "no_header"


@pytest.mark.parametrize(
    "header",
    [
        [["编号：", "2026-001"], ORDERS],
        [
            [None, None, "企业", None, "服务项目", "成交金额（万元）"],
            ["订单号", "成交日期", "统一社会信用代码", "企业名称", None, None],
        ],
    ],
)
def test_orders_have_their_columns_from_both_rows_of_a_header(header: list[list[Any]]) -> None:
    (line,) = trade_sheets.read(workbook(*header, order())).lines
    assert (line.enterprise, line.service, line.amount, line.unit) == (
        NAME,
        "检测",
        "100",
        10_000 if header[0][0] is None else 1,
    )


def test_what_nobody_sees_is_named_where_nothing_is_read() -> None:
    def unseen(sheet: Any) -> None:
        sheet.column_dimensions["A"].hidden = True
        sheet.parent.create_sheet("名单二").append(["企业名称"])
        sheet.parent["名单二"].sheet_state = "hidden"

    code, facts = refused(lambda: roster_sheets.read(workbook(["企业名称", "姓名"], [NAME, "张三"], change=unseen)))
    assert (code, facts) == ("no_rows", {"columns": ("A",), "sheets": ("名单二",)})
    told = wording.sentence("table_refusals", code, **facts)
    assert "第A列是隐藏的，没有读取" in told
    assert "工作表“名单二”没有读取" in told
    code, facts = refused(lambda: trade_sheets.read(workbook(ORDERS, order(), change=unseen)))
    assert "第A列是隐藏的" in wording.sentence("own_records", f"trades_{code}", **facts)


@pytest.mark.parametrize(
    ("state", "names"), [("visible", ("名单二",)), ("hidden", ("名单二",)), ("veryHidden", ("名单二",))]
)
def test_a_further_list_is_named_though_nobody_sees_it(state: str, names: tuple[str, ...]) -> None:
    def further(sheet: Any) -> None:
        sheet.parent.create_sheet("名单二").append(["企业名称"])
        sheet.parent.create_sheet("选项").append(["是"])
        sheet.parent["选项"].sheet_state = "hidden"
        sheet.parent["名单二"].sheet_state = state

    assert roster_sheets.read(workbook(ROSTER, [1, NAME, CODE], change=further)).unread == names


@pytest.mark.parametrize(("cell", "is_asked"), [("A2", True), ("B2", True), ("D2", False), ("E2", False), ("F2", True)])
def test_a_stricken_phone_asks_nothing(cell: str, is_asked: bool) -> None:
    """It was corrected; a number or a name that is struck out is the company's or its person's."""

    def strike_at(sheet: Any, place: str) -> None:
        sheet[place].font = Font(strike=True)

    head, row = [*ROSTER, "联系电话", "电子邮箱", "姓名"], [1, NAME, CODE, "13800138000", "a@b.cn", "张三"]
    (line,) = roster_sheets.read(workbook(head, row, change=lambda sheet: strike_at(sheet, cell))).lines
    assert line.is_hidden is is_asked
    head, row = [*ORDERS, "联系电话"], [*order(), "13800138000"]
    orders = trade_sheets.read(workbook(head, row, change=lambda sheet: strike_at(sheet, "G2")))
    assert orders.hidden == ()
