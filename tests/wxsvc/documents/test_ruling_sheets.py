"""评定表 as clerks hand it in: a header found below titles, names as they like, and what cannot be read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wxsvc.documents import ruling_sheets
from wxsvc.documents.tables import TableRefused

NAMES = {"与工信部门、其他涉企部门、省平台的协同": "coordination"}


def test_what_was_written_is_read_again() -> None:
    head = ["平台网站日常更新维护", "与工信部门、其他涉企部门、省平台的协同"]
    rows = [("430100", "长沙市窗口平台", [Decimal("4.5"), None]), ("430200", "株洲市窗口平台", [None, Decimal("12.3")])]
    sheet = ruling_sheets.read(ruling_sheets.workbook(head, rows), NAMES)
    assert [(line.number, line.platform, dict(line.points)) for line in sheet.lines] == [
        (2, "430100", {"website": "4.5"}),
        (3, "430200", {"coordination": "12.3"}),
    ]


def test_pasted_rows_below_a_title_with_other_columns() -> None:
    text = "2026年评定\n序号\t窗口平台\t网站（5分）\t备注\n1\t长沙市窗口平台\t4.5\t好\n合计\t\t9\n"
    sheet = ruling_sheets.of_text(text, NAMES)
    assert [(line.number, line.platform, line.points) for line in sheet.lines] == [
        (3, "长沙市窗口平台", {"website": "4.5"})
    ]
    assert sheet.unread == ("序号", "备注")


def test_without_a_header_two_columns_are_the_chosen_indicator() -> None:
    sheet = ruling_sheets.of_text("430100\t15\n430200\t16.5", NAMES, "coordination")
    assert [line.points for line in sheet.lines] == [{"coordination": "15"}, {"coordination": "16.5"}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("430100\t15", "no_platform_column"),
        ("平台\t备注\n甲\t1", "no_points_column"),
        ("平台\t网站\t网站维护\n甲\t1\t2", "column_twice"),
        ("平台\t网站", "no_ruling_rows"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, code: str) -> None:
    with pytest.raises(TableRefused) as caught:
        ruling_sheets.of_text(text, NAMES)
    assert caught.value.code == code
