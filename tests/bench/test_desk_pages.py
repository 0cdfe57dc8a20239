"""The desk's pages over a province of full size on PostgreSQL: how long each takes, and how many statements."""

from __future__ import annotations

import statistics
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.person import Person
from models.platform import Platform
from tests import builders
from tests.bench import large_province
from tests.bench.figures import FULL, Figures, Row, size
from tests.clock import SettableClock
from tests.wxsvc.pages.web import Phone, PretendedWeChat
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.garbage import nothing_collected
from wxsvc.settings import Settings

ROUNDS = 60 if size() is FULL else 10
SCOPE = large_province.PROVINCE if size() is FULL else large_province.Scope(activities=1_000)
TABLE, HALL = "/v/scores?kind=county", "/v/review/activity/{id}"
PAGES = (
    TABLE,
    "/v/scores?kind=county&sort=-total",
    "/v/scores/csv?kind=county",
    "/v/dashboard",
    "/v/dashboard?kind=county&shade=rank",
    "/v/dashboard/430100",
    "/v/wall",
    "/v/wall/now",
    "/v/owed",
)
FULL_HALL = sa.text(
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, e.id, 'code', 1, a.starts_at + e.id * interval '1 second', a.starts_at + e.id * interval '1 second'
    from (select id, starts_at from activities where stage = 'submitted' order by id offset :place limit 1) a,
    (select id from enterprises order by id limit :came) e on conflict do nothing returning activity_id"""
)
"""An activity that waits for review, and how many came."""
HALLS = (3_000, 12_000)


@pytest.fixture
def official(
    settings: Settings, page_clock: SettableClock, emptied_postgres: Database, wechat: PretendedWeChat
) -> tuple[Phone, Database]:
    """An official of the large province, signed in."""
    openid = large_province.settle(emptied_postgres, SCOPE)
    with nothing_collected():
        app = create_app(settings, page_clock, emptied_postgres)
    app.config["RATELIMIT_ENABLED"] = False
    return Phone(app, openid), emptied_postgres


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_the_desks_pages(
    official: tuple[Phone, Database], figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    """Milliseconds in the process itself, without a network; statements with those that ask who is there.

    Its own work is what the process computed: on a machine with other work to do, it tells more than the wait.
    """
    phone, database = official
    with database.transaction() as session:
        held = [
            session.execute(FULL_HALL, {"place": n, "came": came}).scalars().first() for n, came in enumerate(HALLS)
        ]
        activities = [session.get_one(Activity, activity_id) for activity_id in held]
        doors = {f"/p/activity/{each.code}": _clerk(session, phone, each) for each in activities}
        rows = session.execute(sa.text("select count(*) from check_ins")).scalar_one()
    hall, larger = (HALL.format(id=each) for each in held)
    pages, rows_of = (*PAGES, hall, f"{hall}?rows=60", larger, *doors), {TABLE: Row.PAGE, hall: Row.DRILL_DOWN}
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(database.engine, "before_cursor_execute", count)
    with capsys.disabled():
        print(f"\n{rows} check-ins", end="")
        for path in pages:
            visitor = doors.get(path, phone)
            assert visitor.get(path).status_code == 200
            waits, statements, used = [], 0, time.process_time()
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                shown = visitor.client.get(path, headers={"User-Agent": visitor.agent}, buffered=True)
                waits.append((time.perf_counter() - begun) * 1000)
            p50, p95 = statistics.median(waits), statistics.quantiles(waits, n=20)[-1]
            used, weight = (time.process_time() - used) / ROUNDS * 1000, len(shown.data) / 1000
            print(f"\n{path}: p50 {p50:.0f} ms, p95 {p95:.0f} ms (of its own work {used:.0f} ms),", end=" ")
            print(f"{statements / ROUNDS:g} statements, {weight:.0f} kB", end="")
            if path in rows_of:
                figures.note(rows_of[path], f"{p95:.0f} ms ({used:.0f} ms of its own work), {statements / ROUNDS:g}")
    sa.event.remove(database.engine, "before_cursor_execute", count)


def _clerk(session: Session, phone: Phone, activity: Activity) -> Phone:
    """One of the platform that holds an activity."""
    staff = builders.staff(session, session.get_one(Platform, activity.platform_id))
    return Phone(phone.client.application, session.get_one(Person, staff.person_id).openid)
