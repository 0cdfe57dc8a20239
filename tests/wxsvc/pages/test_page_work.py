"""What large pages cost: work for each line shown, and nothing for what is not shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.activity import Activity
from models.checkin import CheckIn
from models.terms import Door, Stage
from tests import builders
from tests.calls_made import calls_made
from tests.rows_read import rows_read
from tests.wxsvc.pages.web import seen
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


PAGES = {
    "under review": "/v/review/activity/{id}",
    "its second page": "/v/review/activity/{id}?rows=2",
    "at the door": "/p/activity/{code}",
    "a page of names": "/p/activity/{code}?page=3&who=%E9%95%BF",
    "polled": "/p/activity/{code}/arrivals",
    "afterwards": "/p/activity/{code}/wrap-up",
}
"""Pages of one activity."""


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_an_activity_is_read_as_a_page_of_it_is_shown(app: Any, rows: Any, phone: Any, world: World, path: str) -> None:
    """Statements and rows: with 500 check-ins as many as with 100, all within the same minutes."""
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        activity.stage, activity.submitted_at = Stage.SUBMITTED, builders.NOW
    visitor = phone(world.staff if path.startswith("/p/") else world.reviewer)
    address = path.format(id=world.activity_id, code=world.activity_code)

    def read(number: int) -> tuple[int, int]:
        with rows() as session:
            activity = session.get_one(Activity, world.activity_id)
            for each in range(number):
                moment = activity.starts_at + timedelta(minutes=each % 10, seconds=each % 60)
                firm = builders.enterprise(session)
                builders.check_in(session, activity, firm, checked_in_at=moment, door=Door.CODE)
        visitor.get(address)
        with rows_read(app.extensions["wxsvc"].database.engine) as found:
            page = visitor.get(address)
        with rows() as session:
            count = session.query(CheckIn).filter_by(activity_id=world.activity_id).count()
        assert f"{count}" in seen(page), "all are counted"
        return found.statements, found.rows

    few = read(100)
    statements, many = read(400)
    assert statements == few[0] <= 12
    assert many <= few[1] + 3, "a hint or two more"
