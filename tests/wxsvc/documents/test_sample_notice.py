"""The demo's notice of next year's holidays is one that the calendar's page reads."""

from __future__ import annotations

import pytest

from scoring.statutory_days import statutory
from wxsvc.demo.sample_notice import notice
from wxsvc.documents import holiday_notices


@pytest.mark.parametrize("year", range(2027, 2033))
def test_every_statutory_day_is_off(year: int) -> None:
    text = notice(year)
    assert text is not None
    read = holiday_notices.read(text, year)
    assert (read.year, read.number is not None, read.issued_on is not None) == (year, True, True)
    off = {each.day for each in read.days if not each.is_workday}
    assert set(statutory(year)) <= off


def test_a_year_whose_lunar_days_are_unknown_has_none() -> None:
    assert notice(1999) is None
