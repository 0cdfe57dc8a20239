"""The number of an order (订单号): one number is one, however it was written."""

from __future__ import annotations

import pytest

from wxsvc.texts.order_lines import order_number


@pytest.mark.parametrize(
    "typed",
    [
        "D-1",
        "\uff24-\uff11",
        "D\uff0d1",
        " D-1 ",
        "D\u20131",
        "D\u20141",
        "D\u22121",
        "D\u20111",
        "D-1\u200b",
        "D-1\ufeff\n",
    ],
)
def test_one_number_is_one(typed: str) -> None:
    """A list that went through a program for texts has other dashes: its orders are no others."""
    assert order_number(typed) == "D-1"


def test_what_tells_numbers_apart_stays() -> None:
    numbers = ["D-1", "d-1", "D1", "D-1-1", "D_1", "D/1", "D 1"]
    assert len({order_number(each) for each in numbers}) == len(numbers)
