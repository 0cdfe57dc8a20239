"""Headers of two rows, and lists that stand beside each other below one header."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wxsvc.documents.test_strange_lists import NAME, OTHER, workbook
from wxsvc.documents import roster_sheets

THIRD = "岳麓新材料有限公司"


def names_in(*rows: list[Any]) -> list[str]:
    return [line.name for line in roster_sheets.read(workbook(*rows)).lines]


@pytest.mark.parametrize(
    "header",
    [
        [["企业", None, "到场"], ["名称", "代码", "是否"]],
        [["企业信息", None, "参会信息"], ["名称", "统一社会信用代码", "是否到场"]],
        [["企业名称", "代码", "到场"], [None, None, "是否"]],
        [["单位及姓名", "代码", "是否到场"]],
        [["姓名/单位", "代码", "是否到场"]],
    ],
)
def test_no_part_of_a_header_is_a_company(header: list[list[Any]]) -> None:
    assert names_in(*header, [NAME, None, "是"], [OTHER, None, "否"], *header, [THIRD, None, "是"]) == [NAME, THIRD]


def test_of_lists_beside_each_other_each_says_who_came() -> None:
    sheet = roster_sheets.read(workbook(["公司", "是否到场"] * 2, [NAME, "是", OTHER, "否"], [THIRD, "否", None, None]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (2, 3))


def test_lists_beside_each_other_are_read_as_they_stand() -> None:
    rows = [["签到表"], ["序号", "企业名称", "电话", None] * 3, [1, NAME, 1, None, 2, OTHER, 2, None, 3, THIRD]]
    assert names_in(*rows) == [NAME, OTHER, THIRD]
    assert names_in(["企业名称", "签到", "企业名称", "签到", "备注"], [NAME, "√", OTHER, "√", None]) == [NAME, OTHER]
