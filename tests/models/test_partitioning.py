"""``docs/partitioning``: tables become partitioned while scans come in; none is lost, refused or counted twice."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.terms import Door
from tests import builders
from tests.builders import NOW
from tests.real import Postgres, missing
from wxsvc.db import Database
from wxsvc.services.counting import folding
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in

SCRIPTS = Path(__file__).parents[2] / "docs" / "partitioning"
VISITORS, HANDS, WECHAT_WAITS = 3_000, 3, 5.0


@pytest.fixture
def busy(postgres: Postgres, emptied_postgres: Database) -> Iterator[Database]:
    """A database of the test's own, with an activity that runs and many who come."""
    emptied_postgres.dispose()  # nobody may be connected to what is copied
    url = postgres.create(template=emptied_postgres.url.render_as_string(hide_password=False))
    database = Database(url)
    with database.transaction() as session:
        builders.activity(session, builders.platform(session), scene="first")
        session.execute(
            sa.text(
                "with e as (insert into enterprises (uscc, name, name_form, region_code, created_at)"
                " select '91430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业', n::text, '430102', :met"
                " from generate_series(1, :most) n returning id, name_form),"
                " p as (insert into persons (openid, is_no_enterprise, is_following, created_at)"
                " select 'o-' || n, false, true, :met from generate_series(1, :most) n returning id, openid)"
                " insert into contacts (person_id, enterprise_id, is_current, created_at)"
                " select p.id, e.id, true, :met from p join e on p.openid = 'o-' || e.name_form"
            ),
            {"met": NOW - timedelta(days=1), "most": VISITORS},
        )
    yield database
    database.dispose()
    postgres.drop(url)


def test_tables_are_partitioned_while_scans_come_in(busy: Database) -> None:
    """Every acknowledged scan has its row; a second one is known as such; the next year's go to the next partition."""
    with busy.read() as session:
        boundary = session.scalars(sa.select(sa.func.max(Activity.id))).one() + 5
    numbers, ended, waits = count(1), threading.Event(), list[float]()
    acknowledged, troubles = list[str](), list[BaseException]()

    def scan() -> None:
        try:
            while not ended.is_set():
                openid, begun = f"o-{next(numbers)}", time.monotonic()
                for expected in (OutcomeKind.CHECKED_IN, OutcomeKind.ALREADY_IN):
                    assert _scan(busy, openid, "first") is expected
                waits.append(time.monotonic() - begun)
                acknowledged.append(openid)
                ended.wait(0.005)
        except BaseException as error:
            troubles.append(error)

    hands = [threading.Thread(target=scan) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    try:
        for table, key, value in (
            ("check_ins", "activity_id", boundary),
            ("refused_scans", "scanned_at", "2027-01-01T00:00:00+08:00"),
            ("log_entries", "id", 1_000_000),
        ):
            for _ in range(2):  # the second time there is nothing left to do
                _run(busy, "begin.sql", table=table, key=key, boundary=value)
        so_far = len(acknowledged)
        _run(busy, "turn.sql", table="check_ins", key="activity_id", boundary=boundary + 10, closed="check_ins_2027")
        while len(acknowledged) < so_far + HANDS and not troubles:
            ended.wait(0.01)
    finally:
        ended.set()
        for hand in hands:
            hand.join(20)
    assert not troubles
    assert max(waits) < WECHAT_WAITS
    with busy.transaction() as session:
        session.execute(sa.text("select setval('activities_id_seq', :last)"), {"last": boundary - 1})
        builders.activity(session, builders.platform(session), scene="next")
        session.execute(sa.text("select setval('activities_id_seq', :last)"), {"last": boundary + 20})
        builders.activity(session, builders.platform(session), scene="last")
    for scene in ("next", "last"):
        assert _scan(busy, "o-1", scene) is OutcomeKind.CHECKED_IN
        assert _scan(busy, "o-1", scene) is OutcomeKind.ALREADY_IN
    with pytest.raises(sa.exc.IntegrityError, match="uq_check_ins_once"), busy.transaction() as session:
        session.execute(
            sa.text(
                "insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)"
                " select activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at from check_ins"
            )
        )
    with busy.read() as session:
        held = dict(
            session.execute(sa.text("select tableoid::regclass::text, count(*) from check_ins group by 1")).all()
        )
    assert held == {"check_ins_first": len(acknowledged), "check_ins_2027": 1, "check_ins_open": 1}
    folding.fold_waiting(busy, lambda: NOW)
    assert folding.check(busy, lambda: NOW) == ([], [])


def _scan(database: Database, openid: str, scene: str) -> OutcomeKind:
    with database.check_in_connection() as connection:
        return check_in(connection, Scan(openid, scene, Door.CODE, NOW, NOW)).kind


def _run(database: Database, script: str, **given: object) -> None:
    """With psql, as its head says; again where somebody's lock was in the way for a second."""
    psql = shutil.which("psql") or missing("no psql: install postgresql-client")
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    values = [part for name, value in given.items() for part in ("-v", f"{name}={value}")]
    for _ in range(20):
        done = subprocess.run([psql, "-qX", *values, "-f", SCRIPTS / script, url], capture_output=True, text=True)
        if done.returncode == 0 or "lock timeout" not in done.stderr:
            break
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
