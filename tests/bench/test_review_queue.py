"""The queue with 3,000 activities waiting, 250 platforms and 300,000 check-ins on PostgreSQL: pages, chat, a batch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.person import Person
from models.platform import Platform
from models.terms import Role, Stage
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from tests import builders
from tests.bench.figures import Figures
from tests.clock import SettableClock
from wxsvc import access
from wxsvc.app import create_app
from wxsvc.chat import answers
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import tallies
from wxsvc.services.judging import kept_hints, review_queue
from wxsvc.services.people import web_sessions
from wxsvc.settings import Settings

PLATFORMS, WAITING, COMPANIES = 250, 3000, 5000

CHECK_INS = """
insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
select a.id, e.low + (a.id * 37 + n * 11) % 5000, 'code', 1,
       a.starts_at + n * interval '40 seconds', a.starts_at
from activities a, generate_series(0, 99) n, (select min(id) low from enterprises) e
"""
CARDS = """
insert into scorecards select p.id, c.year, c.scheme, c.base, c.bonus, c.total, c.awaited, c.pending_participations,
       c.tally, c.pending, c.pending_stages, c.readings, c.assessed_from, c.assessed_until, c.as_of
from scorecards c, platforms p where p.id <> c.platform_id
"""


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_a_long_queue(
    emptied_postgres: Database, tmp_path: Path, figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each page thirty times through the whole app, one after the other; the statements that it takes."""
    db = emptied_postgres
    begin = time.perf_counter()
    openid = _seed(db)
    with capsys.disabled():
        print(f"\nseeded in {time.perf_counter() - begin:.0f} s")
    clock = SettableClock()
    clock.set(builders.NOW)
    app = create_app(Settings(data_dir=tmp_path, database_url=str(db.url)), clock, db)
    client = app.test_client()
    with client.session_transaction() as session:
        session["openid"], session["session"] = openid, "bench"
    with app.app_context(), db.transaction() as writing:
        place = web_sessions.SessionPlace("chrome windows", None)
        web_sessions.begin(writing, access.fingerprint("bench"), openid, place, builders.NOW)

    def page(path: str) -> Callable[[], None]:
        def look() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, path

        return look

    with capsys.disabled():
        print()
        with db.transaction() as writing:
            begin = time.perf_counter()
            changed = kept_hints.keep_hints(writing, kept_hints.look_for_hints(writing, MACHINE), MACHINE)
            print(f"keep_hints: {changed} records in {time.perf_counter() - begin:.2f} s")
        for path in (
            "/v/review",
            "/v/review?page=60",
            "/v/review?hint=no_photo",
            "/v/review?city=430200&q=对接会&older=3",
            "/v/review?only=clean",
            "/v/review/batch?only=clean",
        ):
            _measure(figures, db, f"`{path}` with {WAITING:,} waiting", page(path))
        house = app.extensions["wxsvc"]
        _measure(figures, db, "审核概况 in the chat", lambda: answers.province_overview(house, openid, builders.NOW))
        first = client.get("/v/review/batch?only=clean").text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', first)[0]
        chosen = re.findall(r'name="clean" value="([^"]+)"', first)[:50]
        begin = time.perf_counter()
        sent = client.post("/v/review/batch?only=clean", data={"csrf_token": token, "clean": chosen})
        took = time.perf_counter() - begin
        assert sent.status_code == 303
        step = re.findall(r"undo=(\d+)", sent.headers["Location"])[0]
        begin = time.perf_counter()
        client.post(f"/v/review/undo/{step}", data={"csrf_token": token})
        undone = f"undone in {(time.perf_counter() - begin) * 1000:.0f} ms"
        figures.tell("fifty approved in one batch", f"{took * 1000:.0f} ms, {undone}")
        with db.read() as session:
            assert review_queue.figures(session, MACHINE, builders.NOW).everything.total == WAITING


def _measure(figures: Figures, db: Database, name: str, look: Callable[[], object]) -> None:
    look()
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given: seen.append(given[2]))
    look()
    sa.event.remove(db.engine, "before_cursor_execute", note)
    waits, computed = [], time.process_time()
    for _ in range(30):
        begin = time.perf_counter()
        look()
        waits.append(time.perf_counter() - begin)
    waits.sort()
    computed = (time.process_time() - computed) / 30
    own = f"{computed * 1000:.0f} ms of this process, {len(seen)} statements"
    figures.tell(name, f"p50 {waits[15] * 1000:.0f} ms, p95 {waits[28] * 1000:.0f} ms, {own}")


def _seed(db: Database) -> str:
    """The province; whose openid opens its pages."""
    with db.transaction() as session:
        platforms = [
            builders.platform(
                session, kind=PlatformKind.PREFECTURE, region_code=f"43{n % 14 + 1:02}00", name=f"{n}号平台"
            )
            for n in range(PLATFORMS)
        ]
        for _ in range(COMPANIES):
            builders.enterprise(session)
        activities = [
            {
                "code": f"A-{n}",
                "platform_id": platforms[n % PLATFORMS].id,
                "year": 2026,
                "title": f"第{n}场对接会",
                "category": ActivityCategory.DIGITAL,
                "form": Form.ONSITE,
                "starts_at": (start := builders.STARTS_AT - timedelta(days=n % 300)),
                "ends_at": start + timedelta(hours=3),
                "opens_at": start,
                "closes_at": start + timedelta(hours=3),
                "place": f"{n}号厅",
                "scene": f"b{n}",
                "stage": Stage.SUBMITTED,
                "summary": builders.SUMMARY,
                "submitted_at": builders.NOW - timedelta(days=n % 20),
                "created_at": builders.NOW - timedelta(days=30),
                "is_backfilled": n % 7 == 0,
                "version": 1,
            }
            for n in range(WAITING)
        ]
        session.execute(sa.insert(Activity), activities)
        held = session.scalars(sa.select(Activity).order_by(Activity.id)).all()
        part = {"part": Part.HOST, "asked_at": builders.NOW, "confirmed_at": builders.NOW, "awaits_review": False}
        parts = [{"activity_id": each.id, "platform_id": each.platform_id, **part} for each in held]
        session.execute(sa.insert(ActivityPlatform), parts)
        for each in held[::2]:
            builders.photo(session, each)
        session.flush()
        # Or keys and merges would be looked up 300,000 times: what is seeded here refers to what is there.
        session.execute(sa.text("set local session_replication_role = replica"))
        session.execute(sa.text(CHECK_INS))
        session.execute(sa.text("set local session_replication_role = origin"))
        tallies.fold(session, platforms[0].id, 2026, builders.NOW)
        session.flush()
        session.execute(sa.text(CARDS))
        person_id = builders.staff(session, role=Role.REVIEWER).person_id
        openid = str(session.get_one(Person, person_id).openid)
        assert session.scalar(sa.select(sa.func.count()).select_from(Platform)) == PLATFORMS
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")
    return openid
