"""Yuan as people type them become fen, exactly, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wxsvc.services.amounts import fen_of, yuan_of
from wxsvc.services.refusal import Refused


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("1200", 120_000),
        ("1200.5", 120_050),
        ("0.07", 7),
        ("1,234,567.89", 123_456_789),
        (" ￥1200.50 ", 120_050),
        ("¥ 8", 800),
        ("1200元", 120_000),
        ("１２００", 120_000),
        ("1.2万元", 1_200_000),
        ("￥3 万", 3_000_000),
        ("0.5亿元", 5_000_000_000),
        ("人民币1,200元整", 120_000),
        ("RMB 1200.50", 120_050),
        ("12000.00 RMB", 1_200_000),
        ("1.2万元人民币", 1_200_000),
        ("1,200 cny", 120_000),
        ("人民币¥1,200.00", 120_000),
        ("1200元（人民币）", 120_000),
        ("1200￥", 120_000),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_what_is_typed_is_taken_exactly(text: str, fen: int) -> None:
    assert fen_of(text) == fen
    assert fen_of(yuan_of(fen)) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "很多",
        "1.234",
        "1,23",
        "12千",
        "1.2万5千",
        "万元",
        "0.0000001万",
        "1e5",
        "nan",
        "1000000000000",
        "--5",
        "1 2",
        "4²",
        "1200 USD",
        "RMB",
        "1①",
    ],
)
def test_what_is_no_amount_is_told_so(text: str) -> None:
    with pytest.raises(Refused, match="amount_not_understood"):
        fen_of(text)


def test_an_amount_below_zero_is_told_so() -> None:
    with pytest.raises(Refused, match="amount_below_zero"):
        fen_of("-0.01")


def test_no_amount_is_shown_as_nothing() -> None:
    assert yuan_of(None) == ""
    assert yuan_of(5) == "0.05"


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("1.2", "10000", 1_200_000),
        ("0.123456", "10000", 123_456),
        ("120050", "0.01", 120_050),
        ("1.2万元", "10000", 1_200_000),
    ],
)
def test_an_amount_in_another_unit_is_exact(text: str, unit: str, fen: int) -> None:
    assert fen_of(text, Decimal(unit)) == fen


@pytest.mark.parametrize("text", ["0.1234567", "12元", "￥12", "1234,567", "1,2000"])
def test_what_contradicts_its_unit_is_told_so(text: str) -> None:
    with pytest.raises(Refused, match="amount_not_understood"):
        fen_of(text, Decimal(10_000))
