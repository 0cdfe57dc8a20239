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
    ("points", "text"), [("0.0", "0"), ("13.50", "13.5"), ("1E+1", "10"), ("-0.0", "0"), ("15.000", "15")]
)
def test_equal_points_are_one_text(points: str, text: str) -> None:
    """What was multiplied has a zero behind it (8 × 1.5 of 12), what was read back has three."""
    content = csv_tables.content(["合计"], [[Decimal(points)]]).decode("utf-8-sig")
    assert content.splitlines()[1] == text


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
