"""报表: a sheet as offices hand it in, whatever its cells hold."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.builders import HOSTILE_NAMES
from wxsvc.documents import official_sheets
from wxsvc.documents.official_sheets import POINTS, Column, OfficialTable, workbook


def made(rows: list[list[Any]], totals: list[Any] | None = None, columns: list[Column] | None = None) -> Any:
    table = OfficialTable(
        "计划",
        "2026年12月活动计划表",
        "长沙市窗口平台",
        "2026年11月23日",
        "场",
        columns or [Column("活动名称", 40), Column("代码", 24), Column("家次", 10, is_number=True)],
        rows,
        totals,
    )
    return openpyxl.load_workbook(io.BytesIO(workbook(table)))["计划"]


def test_title_unit_header_rows_total_and_footer() -> None:
    sheet = made(
        [["对接会", "914403001922038216", 62], ["宣讲会", None, Decimal("1.5")]], [None, None, Decimal("63.5")]
    )
    assert [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()] == [
        ["2026年12月活动计划表"],
        ["填报单位：长沙市窗口平台　　　　填报日期：2026年11月23日", "单位：场"],
        ["序号", "活动名称", "代码", "家次"],
        [1, "对接会", "914403001922038216", 62],
        [2, "宣讲会", 1.5],
        ["合计", 63.5],
        [],
        ["填报人：　　　　　　　　审核人：　　　　　　　　联系电话：　　　　　　　　（盖章）"],
    ]
    assert "A1:D1" in {str(each) for each in sheet.merged_cells.ranges}


def test_it_prints_on_a4_across_with_its_header_on_every_page() -> None:
    sheet = made([["对接会", None, 1]])
    setup = sheet.page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToHeight) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$1:$3")


def test_codes_are_text() -> None:
    sheet = made([["对接会", "914403001922038216", 1]])
    assert (sheet["C4"].data_type, sheet["C4"].number_format) == ("s", "@")


def test_a_day_and_a_moment_are_ones_that_excel_sorts_by() -> None:
    sheet = made([[date(2026, 2, 3), datetime(2026, 12, 1, 2, 14, 39), 1]])  # noqa: DTZ001 - as a clock shows it
    assert [(cell.value, cell.number_format) for cell in sheet[4][1:3]] == [
        (datetime(2026, 2, 3), "yyyy-mm-dd"),  # noqa: DTZ001
        (datetime(2026, 12, 1, 2, 14, 39), "yyyy-mm-dd hh:mm:ss"),  # noqa: DTZ001
    ]


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "=1+1", '=HYPERLINK("http://x")', "@SUM(1)", "http://x.cn", "+8613800000000"]
)
def test_no_name_becomes_a_formula_or_a_link(name: str) -> None:
    sheet = made([[name, None, 1]])
    assert (sheet["B4"].value, sheet["B4"].data_type, sheet["B4"].hyperlink) == (name, "s", None)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_any_number_of_columns_says_who_reports_and_in_what_unit(count: int) -> None:
    sheet = made([["甲"] * count], None, [Column(f"列{n}", 20) for n in range(count)])
    said = [cell.value for cell in sheet[2] if cell.value]
    assert [each.partition("：")[0] for each in said] == ["填报单位", "单位"]


def test_a_long_cell_gets_the_height_that_it_needs() -> None:
    sheet = made([["短", None, 1], ["企" * 60, None, 1]])
    assert sheet.row_dimensions[5].height > 2 * sheet.row_dimensions[4].height


def listed(rows: Any) -> OfficialTable:
    columns = [Column("企业名称", 30), Column("日期", 12), Column("得分", 8, is_number=True, number_format=POINTS)]
    return OfficialTable("明细", "2026年度明细", "", "", "分", columns, rows, said="数据截至10:00", is_list=True)


def test_a_list_has_a_filter_a_print_area_and_no_signature() -> None:
    """Days are days, written as people sort them; points are numbers with a format."""
    rows = (("=1+1有限公司", date(2026, 1, 4), Decimal("13.5")) for _ in range(3))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(listed(rows))))["明细"]
    assert [cell.value for cell in sheet[4]] == [1, "=1+1有限公司", datetime(2026, 1, 4), 13.5]  # noqa: DTZ001
    assert (sheet["B4"].data_type, sheet["D4"].data_type, sheet["D4"].number_format) == ("s", "n", POINTS)
    assert (sheet.auto_filter.ref, sheet.print_area, sheet.max_row) == ("A3:D6", "'明细'!$A$1:$D$6", 6)
    assert (sheet["A2"].value, sheet.print_title_rows, sheet.freeze_panes) == ("数据截至10:00", "$1:$3", "A4")


def test_what_is_too_long_for_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sheet has the header, the numbers go on, and no row is lost between two."""
    monkeypatch.setattr(official_sheets, "MOST_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(workbook(listed((str(n), None, n) for n in range(7)))))
    assert book.sheetnames == ["明细", "明细（2）", "明细（3）"]
    assert [[row[0] for row in sheet.iter_rows(min_row=4, values_only=True)] for sheet in book] == [
        [1, 2, 3],
        [4, 5, 6],
        [7],
    ]
    assert {sheet["B3"].value for sheet in book} == {"企业名称"}


def test_an_empty_list_is_a_sheet_with_its_header() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(listed(iter(())))))["明细"]
    assert (sheet.max_row, sheet["B3"].value) == (3, "企业名称")
