"""The next release, with migrations of its own, is installed while a hall scans and a backup reads the database."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import psycopg
import pytest

from models import migrations
from tests.faults.hall import HANDS
from tests.faults.installation import ROOT, Installation
from tests.faults.parts import PATIENCE
from tests.timing import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

MIGRATION = '''"""{what}"""

import sqlalchemy as sa
from alembic import op

from models.migrations.indexes import build_index

revision = "{number}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As models/README.md says."""
    {deed}
'''
COLUMN = 'op.add_column("check_ins", sa.Column("noted", sa.Text(), nullable=True))'
INDEX = 'build_index("ix_noted", "check_ins", ["noted"])'
BACKUP = 8.0
"""Seconds for which the migration finds a backup that reads the table: longer than WeChat waits."""


def _next_release(folder: Path) -> Path:
    """This program with two more migrations: a column and an index of the table that every scan writes to."""
    release = folder / "next"
    shutil.copytree(ROOT / "models", release / "models", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("wxsvc", "scoring"):
        (release / package).symlink_to(ROOT / package)
    versions, before = release / "models" / "migrations" / "versions", migrations.head()
    for what, deed in (("A column.", COLUMN), ("An index.", INDEX)):
        number = f"{int(before) + 1:04}"
        text = MIGRATION.format(what=what, number=number, before=before, deed=deed)
        (versions / f"{number}_next.py").write_text(text)
        before = number
    return release


@pytest.mark.faults_in_ci
def test_migrations_run_beside_the_former_program(installation: Installation, tmp_path: Path) -> None:
    """The hall goes on while the migration waits for the backup to end; then the webs become the next release's."""
    release = _next_release(tmp_path)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'ALTER TABLE%'"
    upgrading = threading.Thread(target=installation.run, args=("db", "upgrade"), kwargs={"PYTHONPATH": str(release)})
    with installation.hall.scanning() as told:
        with psycopg.connect(installation.postgres.url) as backup:
            backup.execute("select count(*) from check_ins")
            upgrading.start()
            until(lambda: installation.postgres.ask(waiting) != [(0,)], PATIENCE, "the migration does not wait")
            before = len(told.counted)
            time.sleep(BACKUP)
            assert len(told.counted) > before + HANDS, "the hall waits behind the migration"
        upgrading.join()
        installation.environment["PYTHONPATH"] = str(release)
        for part in installation.parts[2:]:
            part.environment["PYTHONPATH"] = str(release)
            assert part.end() == 0, part.told()
            part.start()
        assert installation.ready(installation.web)["status"] == "ready"
        assert installation.ready(installation.web2)["status"] == "ready"
    assert told.refused == []
    assert told.late == 0
    assert installation.postgres.ask("select version_num from alembic_version") == [
        (f"{int(migrations.head()) + 2:04}",)
    ]
