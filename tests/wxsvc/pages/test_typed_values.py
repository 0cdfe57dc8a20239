"""What is typed into a form, or sent by a browser in its place: exact, or told to be none."""

from __future__ import annotations

from datetime import datetime

import pytest

from wxsvc.clock import BEIJING
from wxsvc.pages.forms import TypedForm


@pytest.mark.parametrize(
    ("sent", "hour"),
    [
        ("2026-12-31T23:59", datetime(2026, 12, 31, 23, 59, tzinfo=BEIJING)),
        ("2026-12-31T23:59:59+08:00", datetime(2026, 12, 31, 23, 59, 59, tzinfo=BEIJING)),
        ("2026-12-31T16:00:00Z", datetime(2027, 1, 1, tzinfo=BEIJING)),
        ("2028-02-29T00:00", datetime(2028, 2, 29, tzinfo=BEIJING)),
    ],
)
def test_a_moment_is_the_one_in_beijing(sent: str, hour: datetime) -> None:
    """A zone that is told is not put aside: at the year's end that is another year."""
    assert TypedForm({"at": sent}).instant("at") == hour


@pytest.mark.parametrize(("sent", "number"), [("12", 12), (" １２ ", 12), ("1_0", None), ("1e3", None), ("12.0", None)])
def test_a_number_is_what_people_take_for_one(sent: str, number: int | None) -> None:
    form = TypedForm({"count": sent})
    assert (form.number("count"), form.is_good) == (number, number is not None)
