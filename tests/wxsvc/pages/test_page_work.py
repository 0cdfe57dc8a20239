"""What large pages cost: work for each line shown, and nothing for what is not shown."""

from __future__ import annotations

from typing import Any

from tests import builders
from tests.calls_made import calls_made
from tests.wxsvc.pages.world import World
from wxsvc.services.counting import tallies


def test_a_line_of_the_table_is_little_work(rows: Any, phone: Any, world: World) -> None:
    """From the card of one platform more to its thirty cells."""
    official = phone(world.province)

    def work(number: int) -> int:
        with rows() as session:
            for each in range(number):
                code = f"X{number}{each:02}"
                row = builders.platform(session, code=code, name=f"{code}窗口平台", kind="county")
                tallies.fold(session, row.id, 2026, builders.NOW)
        official.get("/v/scores?kind=county")
        return calls_made(lambda: official.get("/v/scores?kind=county"))

    few = work(2)
    assert (work(20) - few) / 20 < 1000
