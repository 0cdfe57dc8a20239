"""Points as they are typed: one reading for every form and sheet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wxsvc.services.refusal import Refused
from wxsvc.services.typed_points import points_of


@pytest.mark.parametrize("typed", ["4.5", " 4.5 ", "４．５", "4.5分", "4.5 分", "+4.50", "04.5"])
def test_points_are_read_as_people_type_them(typed: str) -> None:
    assert points_of(typed) == Decimal("4.5")


@pytest.mark.parametrize("typed", ["0", "-0", "０"])
def test_nothing_is_nothing_without_a_sign(typed: str) -> None:
    assert str(points_of(typed)) == "0"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "四分",
        "1_0",
        "0e9",
        "1e1",
        "NaN",
        "Infinity",
        "4,5",
        "4.5.",
        "10/2",
        "9" * 400,
        "4.5\n5",
        "4²",
        "4①",
        "4.5%",
        "4.5x",
        "½",
    ],
)
def test_what_only_a_program_takes_for_a_number_is_told(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        points_of(typed)
    assert (refused.value.code, refused.value.values) == ("points_not_understood", {"text": typed[:20]})
