"""A full recount of 250 platforms on PostgreSQL against the bare grouped SQL, and the fold of one platform.

``WXSVC_TEST_CHECK_INS`` says how many check-ins there are: 3000000 is the province of the goal.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

import pytest
import sqlalchemy as sa

from models.platform import Platform
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import folding, tallies
from wxsvc.texts import regions

YEAR: Final = 2026
PLATFORMS, ACTIVITIES, ENTERPRISES, RECORDS = 250, 20, 50_000, 20
CHECK_INS: Final = int(os.environ.get("WXSVC_TEST_CHECK_INS", "300000"))
ONE: Final = 12_000
"""Check-ins of the one platform whose fold is measured alone."""

BARE: Final = """select a.platform_id, a.category, count(distinct (c.enterprise_id, c.activity_id))
    from check_ins c join activities a on a.id = c.activity_id
    where c.undone_at is null and c.voided_at is null group by a.platform_id, a.category"""
BARER: Final = BARE.replace("count(distinct (c.enterprise_id, c.activity_id))", "count(*)")
"""One check-in of an enterprise at an activity is all that the table takes, so this counts the same."""

_SEED: Final = (
    """insert into enterprises (uscc, name, name_form, region_code, created_at)
    select case when n % 50 > 0 then '9' else '1' end || '1430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业',
        '第' || n || '号企业', '430102', now()
    from generate_series(1, :enterprises) n""",
    """insert into activities (code, platform_id, year, title, category, form, organisers, starts_at, ends_at, opens_at,
        closes_at, place, scene, short_code, published_at, stage, submitted_at, reviewed_at, version, created_at,
        is_backfilled, summary)
    select 'L-' || n, p.id, :year, '第' || n || '场服务活动',
        (array['brand', 'digital', 'listing', 'other'])[1 + n % 4],
        'onsite', '主办：' || p.name, day, day + interval '2 hours', day - interval '1 hour', day + interval '2 hours',
        '会议中心', 'L' || n, lpad((n % 100000)::text, 5, '0'), day - interval '3 days', 'approved',
        day + interval '3 days', day + interval '5 days', 1, day - interval '3 days', false, repeat('总结', 60)
    from generate_series(1, :activities) n
    join (select id, name, row_number() over (order by id) - 1 as place, count(*) over () as of_all from platforms) p
        on p.place = n % p.of_all,
    lateral (select make_timestamptz(:year, 1 + n % 11, 1 + n % 20, 9, 0, 0, 'Asia/Shanghai') as day) d""",
    """insert into activity_platforms (activity_id, platform_id, part, asked_at, confirmed_at, awaits_review)
    select id, platform_id, 'host', published_at, published_at, false from activities""",
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, 1 + (a.id * 37 + n * 131) % :enterprises, 'code', 1, a.starts_at, a.starts_at
    from activities a, generate_series(1, cast(:each as int)) n""",
    """insert into needs (platform_id, year, kind, enterprise_id, region_code, title, content, raised_on, state,
        is_from_enterprise, stage, submitted_at, reviewed_at, version, created_at, is_backfilled)
    select p.id, :year, 'appeal', 1 + (p.id * 41 + n) % :enterprises, '430102', '寻找检测机构', '需要材料检测',
        make_date(:year, 3, 2), 'open', false, 'approved', now(), now(), 1, now(),
        false
    from platforms p, generate_series(1, cast(:records as int)) n""",
    """insert into offline_services (platform_id, year, served_on, content, stage, submitted_at, reviewed_at, version,
        created_at, is_backfilled)
    select p.id, :year, make_date(:year, 3, 2), '上门走访', 'approved', now(), now(), 1, now(), false
    from platforms p, generate_series(1, cast(:records as int)) n""",
    """insert into offline_service_enterprises (offline_service_id, enterprise_id)
    select id, 1 + id * 7 % :enterprises from offline_services""",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, each the median of its runs; ``statements`` of one whole recount."""

    platforms: int
    check_ins: int
    bare: float
    barer: float
    recount: float
    statements: int
    fold_check_ins: int
    fold: float
    fold_statements: int

    @property
    def ratio(self) -> float:
        """The recount against the bare grouped SQL that counts distinct pairs."""
        return self.recount / self.bare


@pytest.mark.bench
@pytest.mark.timeout(900)
@pytest.mark.postgres
def test_a_full_recount(emptied_postgres: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what it took; the scorecards that the recount wrote are those that the truth comes to."""
    found = measure(emptied_postgres, CHECK_INS)
    with capsys.disabled():
        print(f"\n{found.platforms} platforms, {found.check_ins} check-ins on PostgreSQL:", end=" ")
        print(f"recount {found.recount:.2f} s in {found.statements} statements", end=", ")
        print(f"bare SQL {found.bare:.2f} s (× {found.ratio:.1f})", end=", ")
        print(f"without distinct {found.barer:.2f} s (× {found.recount / found.barer:.1f})", end="; ")
        print(f"fold of one platform with {found.fold_check_ins} check-ins", end=" ")
        print(f"{found.fold * 1000:.1f} ms in {found.fold_statements} statements")
    different, waiting = folding.check(emptied_postgres, lambda: builders.NOW)
    assert (different, waiting) == ([], [])


def measure(db: Database, check_ins: int, runs: int = 3) -> Figures:
    """Fill an empty database, then the recount and the bare SQL in turn, then the fold of one platform."""
    one = _fill(db, check_ins)
    with db.engine.connect() as connection:
        all_there_are = connection.scalar(sa.text("select count(*) from check_ins")) or 0
    recounts, bare, barer = [], [], []
    folding.retally(db, lambda: builders.NOW)
    for _ in range(runs):
        bare.append(_timed(lambda: _asked(db, BARE)))
        barer.append(_timed(lambda: _asked(db, BARER)))
        recounts.append(_timed(lambda: folding.retally(db, lambda: builders.NOW)))
    folds = [_timed(lambda: _fold(db, one)) for _ in range(7 * runs)]
    return Figures(
        platforms=PLATFORMS,
        check_ins=all_there_are,
        bare=median(bare),
        barer=median(barer),
        recount=median(recounts),
        statements=_counted(db, lambda: folding.retally(db, lambda: builders.NOW)),
        fold_check_ins=ONE,
        fold=median(folds),
        fold_statements=_counted(db, lambda: _fold(db, one)),
    )


def _fill(db: Database, check_ins: int) -> int:
    """A province; returns a platform beside it with ``ONE`` check-ins at twenty activities."""
    cities = regions.cities()
    with db.transaction() as session:
        for number in range(PLATFORMS):
            city = cities[number % len(cities)]
            kind = "prefecture" if number < len(cities) else "cluster" if number < 100 else "county"
            builders.platform(session, code=f"P{number:03}", name=f"第{number}平台", kind=kind, region_code=city.code)
        given = {"enterprises": ENTERPRISES, "activities": PLATFORMS * ACTIVITIES, "year": YEAR, "records": RECORDS}
        given["each"] = check_ins // (PLATFORMS * ACTIVITIES)
        session.execute(sa.text("set local session_replication_role = replica"))
        for statement in _SEED:
            session.execute(sa.text(statement), given)
        one = session.scalars(sa.select(Platform.id).order_by(Platform.id).limit(1)).one()
        grown = ONE // ACTIVITIES - given["each"]
        session.execute(
            sa.text(
                "insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)"
                " select a.id, 1 + (a.id * 37 + (:each + n) * 131) % :enterprises, 'code', 1, a.starts_at, a.starts_at"
                " from activities a, generate_series(1, :grown) n where a.platform_id = :one"
            ),
            given | {"grown": max(grown, 0), "one": one},
        )
    _vacuum(db)
    return one


def _vacuum(db: Database) -> None:
    """As a table is that was filled long ago: once more where autovacuum's own look kept pages from being marked."""
    marked = sa.text("select relallvisible >= relpages from pg_class where oid = 'enterprises'::regclass")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(10):
            connection.exec_driver_sql("vacuum analyze")
            if connection.scalar(marked):
                return
            time.sleep(1)
    pytest.fail("some transaction stays open: the tables cannot be vacuumed")


def _asked(db: Database, statement: str) -> None:
    with db.engine.connect() as connection:
        connection.execute(sa.text(statement)).all()


def _fold(db: Database, platform_id: int) -> None:
    with db.transaction() as session:
        tallies.fold(session, platform_id, YEAR, builders.NOW)


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _counted(db: Database, call: Callable[[], object]) -> int:
    found: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given: found.append(given[2]))
    call()
    sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(found)
