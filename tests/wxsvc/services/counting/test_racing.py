"""Real processes on PostgreSQL: racing scans, racing folds, a fold during an approval. Tally = recount, always."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import Attendance, CheckIn
from models.scorecard import ScorecardRow
from models.terms import Door, Role, Stage
from models.work_list import Change
from tests import builders
from wxsvc.clock import SystemClock
from wxsvc.db import Database
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.counting import folding
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import Scan, check_in

pytestmark = pytest.mark.postgres

SERVED = multiprocessing.get_context("forkserver")
"""Processes of their own, each a fork of one that has read the product and opened nothing."""
SERVED.set_forkserver_preload([__name__])


def _run(url: str, *works: tuple[Callable[..., None], tuple[Any, ...]]) -> None:
    """Run one process per work, started together by a barrier; each must end well."""
    barrier = SERVED.Barrier(len(works))
    running = [SERVED.Process(target=work, args=(url, barrier, *arguments)) for work, arguments in works]
    for process in running:
        process.start()
    for process in running:
        process.join(90)
    assert [process.exitcode for process in running] == [0] * len(running)


def _scan_all(url: str, barrier: Any, openids: list[str], scenes: list[str], moment: datetime) -> None:
    db = Database(url)
    barrier.wait(30)
    for scene in scenes:
        for openid in openids:
            with db.check_in_connection() as connection:
                check_in(connection, Scan(openid, scene, Door.CODE, moment, moment))
    db.dispose()


def _fold_on(url: str, barrier: Any, times: int) -> None:
    db = Database(url)
    barrier.wait(30)
    for _ in range(times):
        folding.fold_waiting(db, SystemClock().now)
    db.dispose()


def _approve_all(url: str, barrier: Any, ids: list[int], moment: datetime) -> None:
    db = Database(url)
    barrier.wait(30)
    for activity_id in ids:
        with db.transaction() as session:
            activity = session.get_one(Activity, activity_id)
            activity.stage, activity.reviewed_at = Stage.APPROVED, moment
            journal.touch(session, [(activity.platform_id, activity.year or 0)], moment)
    db.dispose()


def _void_some(url: str, barrier: Any, ids: list[int], moment: datetime) -> None:
    db = Database(url)
    reviewer = Actor(None, Role.REVIEWER)
    barrier.wait(30)
    for check_in_id in ids:
        with db.transaction() as session:
            corrections.void(session, check_in_id, "重复", reviewer, moment)
    db.dispose()


@pytest.fixture
def url(emptied_postgres: Database) -> str:
    return emptied_postgres.url.render_as_string(hide_password=False)


def _differences(db: Database) -> tuple[list[Any], list[Any]]:
    folding.fold_waiting(db, SystemClock().now)
    return folding.check(db, SystemClock().now)


def test_racing_scans_count_once(emptied_postgres: Database, url: str, now: datetime) -> None:
    """Four processes scan the same 15 people (three per enterprise) into the same 3 activities at the same time."""
    db = emptied_postgres
    with db.transaction() as session:
        platform = builders.platform(session)
        for scene in "123":
            builders.activity(session, platform, scene=scene)
        openids = []
        for _ in range(5):
            enterprise = builders.enterprise(session)
            for _ in range(3):
                person = builders.person(session)
                builders.contact(session, person, enterprise)
                openids.append(person.openid or "")
    _run(url, *((_scan_all, (openids[i:] + openids[:i], list("123"), now)) for i in range(4)))
    with db.read() as session:
        pairs = session.execute(sa.select(CheckIn.activity_id, CheckIn.enterprise_id)).all()
        changes = session.scalar(sa.select(sa.func.count()).select_from(Change))
        attended = session.scalar(sa.select(sa.func.count()).select_from(Attendance))
    assert len(pairs) == len(set(pairs)) == changes == 3 * 5
    assert attended == 3 * 10
    assert _differences(db) == ([], [])
    with db.read() as session:
        assert session.scalars(sa.select(ScorecardRow.pending_participations)).all() == [15]


def test_folds_race_with_scans_approvals_and_voids(emptied_postgres: Database, url: str, now: datetime) -> None:
    """Two folders run while activities are approved, check-ins voided and people scan; then tally = recount."""
    db = emptied_postgres
    with db.transaction() as session:
        platforms = [builders.platform(session) for _ in range(3)]
        enterprises = [builders.enterprise(session) for _ in range(6)]
        openids = []
        for enterprise in enterprises:
            person = builders.person(session)
            builders.contact(session, person, enterprise)
            openids.append(person.openid or "")
        ids, voided, scenes = [], [], []
        for number in range(24):
            activity = builders.activity(session, platforms[number % 3], scene=f"r{number}")
            builders.joined(session, activity, platforms[(number + 1) % 3])
            rows = [builders.check_in(session, activity, each) for each in enterprises[:3]]
            ids.append(activity.id)
            voided.append(rows[0].id)
            scenes.append(f"r{number}")
    later = now + timedelta(minutes=1)
    _run(
        url,
        (_fold_on, (40,)),
        (_fold_on, (40,)),
        (_approve_all, (ids, later)),
        (_void_some, (voided, later)),
        (_scan_all, (openids, scenes, later)),
    )
    assert _differences(db) == ([], [])
    with db.read() as session:
        tallies = [
            card.tally["counted"]["activity_participations"] for card in session.scalars(sa.select(ScorecardRow))
        ]
    assert tallies == [16 * 5] * 3, "each platform has a part in 16 activities with 6 enterprises, one of them voided"
