"""现场屏幕码: good for its period and one more, for one activity, under our key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxsvc.services.door.screen_codes import PERIOD, is_good, seconds_left, token

KEY = "the key in use, thirty-two characters"
SHOWN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""The beginning of a period."""


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(0, True), (24.9, True), (25, True), (49.9, True), (50, False), (86_400, False), (-25, True), (-26, False)],
)
def test_a_token_is_good_for_its_period_and_the_next(seconds: float, good: bool) -> None:
    assert seconds_left(SHOWN) == PERIOD.total_seconds()
    assert is_good(KEY, "A-1", token(KEY, "A-1", SHOWN), SHOWN + timedelta(seconds=seconds)) is good


def test_it_is_one_activitys_alone_and_ours_alone() -> None:
    given = token(KEY, "A-1", SHOWN)
    assert not is_good(KEY, "A-2", given, SHOWN)
    assert not is_good("another key of thirty-two characters", "A-1", given, SHOWN)


@given(st.text())
def test_anything_else_is_not_good_and_never_an_error(text: str) -> None:
    assert not is_good(KEY, "A-1", text, SHOWN)


def test_it_fits_an_address_and_says_nothing_about_the_key() -> None:
    given = token(KEY, "A-1", SHOWN)
    assert len(given) == 12
    assert given.replace("-", "").replace("_", "").isalnum()
    assert 0 < seconds_left(SHOWN + timedelta(seconds=24.5)) == 0.5
