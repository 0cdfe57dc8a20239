"""CSV: what Excel opens as text stays text, what is a number stays one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wxsvc.documents import csv_tables


def test_it_begins_with_the_mark_that_excel_wants_and_keeps_numbers() -> None:
    content = csv_tables.content(["平台", "合计"], [["长沙市窗口平台", Decimal("-1.5")], ["甲,乙", 3]])
    assert content.decode("utf-8-sig").splitlines() == ["平台,合计", "长沙市窗口平台,-1.5", '"甲,乙",3']
    assert content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        " =1",
        "　=1",
        "\ufeff=1",
        "\u200b+1",
        "\u202e-1",
        "＝1",
        "＋1",
        "－1",
        "＠SUM(A1)",
    ],
)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert csv_tables.content(["名称"], [[text]]).decode("utf-8-sig").split("\r\n")[1].strip('"').startswith("'")
