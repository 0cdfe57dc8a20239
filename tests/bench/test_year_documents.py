"""How long the documents of a season take, and how much memory: 250 platforms, 300,000 check-ins, on PostgreSQL."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.enterprise import Enterprise
from models.platform import Platform
from models.terms import Stage
from scoring.terms import ActivityCategory, PlatformKind
from tests import builders
from tests.bench.figures import Figures
from wxsvc.db import Database
from wxsvc.services.counting import folding
from wxsvc.texts import names

PLATFORMS, ACTIVITIES, ARRIVALS, ENTERPRISES = 250, 20, 60, 10_000

_ARRIVALS = """
insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
select a.id, :first + (a.id * 61 + n) % :most, 'code', 1, :at, :at
from activities a, generate_series(1, :each) n
"""


def settle(db: Database) -> None:
    """A season: every platform's activities, approved, with their check-ins; folded."""
    with db.transaction() as session:
        firms = [
            {
                "uscc": builders.uscc(2_000_000 + number),
                "name": f"长沙第{number}精密机械制造有限公司",
                "name_form": names.normal_form(f"长沙第{number}精密机械制造有限公司"),
                "region_code": "430102",
                "created_at": builders.NOW,
            }
            for number in range(ENTERPRISES)
        ]
        session.execute(sa.insert(Enterprise.__table__), firms)  # type: ignore[arg-type]
        known = list(session.scalars(sa.select(Enterprise.id)))
        kinds = list(PlatformKind)
        for number in range(PLATFORMS):
            kind = kinds[number % 3]
            platform = builders.platform(session, code=f"P{number:05}", name=f"第{number}窗口平台", kind=kind)
            for place in range(ACTIVITIES):
                activity = builders.activity(
                    session,
                    platform,
                    category=list(ActivityCategory)[place % 6],
                    stage=Stage.APPROVED,
                    summary=builders.SUMMARY,
                )
                builders.photo(session, activity)
        arrivals = {"first": min(known), "most": ENTERPRISES, "each": ARRIVALS, "at": builders.STARTS_AT}
        session.execute(sa.text(_ARRIVALS), arrivals)
    db.analyze()
    with db.read() as session:
        every = list(session.scalars(sa.select(Platform.id)))
    folding.make_missing(db, every, builders.NOW.year, lambda: builders.NOW)


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_the_documents_of_a_season(
    emptied_postgres: Database, tmp_path: Path, figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(emptied_postgres)
    with emptied_postgres.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Activity)) == PLATFORMS * ACTIVITIES
    url = emptied_postgres.url.render_as_string(hide_password=False)
    where = {"WXSVC_DATABASE_URL": url, "WXSVC_DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    told, before = {}, 0.0
    for what in ("workbook", "csv", "notice", "bulletin --quarter 4", "annex1"):
        out = tmp_path / what.split()[0]
        began = time.perf_counter()
        asked = ["export", "--year", "2026", "--out", str(out), "--what", *what.split()]
        done = subprocess.run(
            [sys.executable, "-c", "from wxsvc.cli import main; main()", *asked],
            env=os.environ | where,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        now = resource.getrusage(resource.RUSAGE_CHILDREN)  # memory: the largest so far
        took, size = time.perf_counter() - began, out.stat().st_size / 2**20
        spent, before = now.ru_utime + now.ru_stime - before, now.ru_utime + now.ru_stime
        memory = f"{now.ru_maxrss / 1024:.0f} MB of memory"
        told[what] = f"{took:.1f} s, of these {spent:.1f} s its own; {memory}; a file of {size:.1f} MB"
    with capsys.disabled():
        for what, found in told.items():
            figures.tell(f"`wxsvc export --what {what}`", found)
