"""The clock of the product's machine steps, forward and back, while a hall scans; no other clock does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.clocks import Turned
from tests.faults.installation import Installation, installed
from tests.faults.parts import Cluster
from tests.real import folder_for_servers

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

TOO_FAR = 400
"""Seconds by which a push is too old, or comes from the future: both are refused as somebody else's."""


@pytest.fixture(scope="module")
def clock() -> Iterator[Turned]:
    """The clock of the product's machine."""
    with folder_for_servers() as folder:
        yield Turned(folder)


@pytest.fixture(scope="module")
def installation(template: Cluster, clock: Turned) -> Iterator[Installation]:
    """An installation that has this clock; its steady clock is nobody's to turn."""
    with folder_for_servers() as folder, installed(folder, template, **clock.environment) as made:
        yield made


def test_small_steps_change_nothing(installation: Installation, clock: Turned) -> None:
    """Two minutes forward, four back, and right again: every scan is counted, every score is fresh."""
    with installation.hall.scanning() as told:
        for seconds in (120, -120, 0):
            clock.set(seconds)
            time.sleep(1.5)
    assert told.refused == []
    installation.all_is_counted()


@pytest.mark.parametrize("seconds", [TOO_FAR, -TOO_FAR])
def test_a_clock_that_is_far_off_is_named(installation: Installation, clock: Turned, seconds: int) -> None:
    """Every push is refused, and ``doctor`` says why; once the clock is right, scans are counted."""
    hall = installation.hall
    clock.set(seconds)
    with hall.scanning(5) as told:
        time.sleep(1)
        said = installation.run("doctor", expected=1)
    assert told.counted == []
    assert any("时钟" in line and "✗" in line for line in said.splitlines()), said
    clock.set(0)
    with hall.scanning() as told:
        time.sleep(1)
    assert told.refused == []
    installation.all_is_counted()
