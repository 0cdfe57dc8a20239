"""The next release, with migrations of its own, is installed while a hall scans, reviewers judge or a backup reads."""

from __future__ import annotations

import random
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from models import migrations
from models.terms import Stage, Subject
from scoring.terms import Part
from tests import builders, waiting_rows
from tests.faults.hall import HANDS
from tests.faults.installation import ROOT, Installation
from tests.faults.parts import PATIENCE
from tests.timing import until
from tests.wxsvc.services.record_cases import World, add_proved, paper, world
from wxsvc.db import Database
from wxsvc.services.judging import reviews
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.reviewables import MODELS, Reviewable, note

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

MIGRATION = '''"""{what}"""

import sqlalchemy as sa
from alembic import op

from models.migrations.indexes import build_index

revision = ""
down_revision = ""
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
DESKS = 4
"""Platforms that submit; each has its reviewer."""


def _next_release(installation: Installation, folder: Path, *texts: str) -> Path:
    """The program that runs there, with more migrations: of these texts, but for their numbers."""
    former, release = Path(installation.environment["PYTHONPATH"]), folder / "next"
    shutil.copytree(former / "models", release / "models", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("wxsvc", "scoring"):
        (release / package).symlink_to(former / package)
    versions = release / "models" / "migrations" / "versions"
    before = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    for text in texts:
        number = f"{int(before) + 1:04}"
        text = re.sub("^revision = .*", f'revision = "{number}"', text, flags=re.MULTILINE)
        text = re.sub("^down_revision = .*", f'down_revision = "{before}"', text, flags=re.MULTILINE)
        (versions / f"{number}_next.py").write_text(text)
        before = number
    return release


def _run_by(installation: Installation, release: Path) -> None:
    """The parts become those of this release, one after the other."""
    installation.environment["PYTHONPATH"] = str(release)
    for part in installation.parts[2:]:
        part.environment["PYTHONPATH"] = str(release)
        assert part.end() == 0, part.told()
        part.start()
    assert installation.ready(installation.web)["status"] == "ready"
    assert installation.ready(installation.web2)["status"] == "ready"


@pytest.mark.faults_in_ci
def test_migrations_run_beside_the_former_program(installation: Installation, tmp_path: Path) -> None:
    """A column and an index of the table that every scan writes to: the hall goes on while the migration waits for the
    backup to end; then the webs become the next release's."""
    texts = (MIGRATION.format(what=what, deed=deed) for what, deed in (("A column.", COLUMN), ("An index.", INDEX)))
    release = _next_release(installation, tmp_path, *texts)
    upgrading = threading.Thread(target=installation.run, args=("db", "upgrade"), kwargs={"PYTHONPATH": str(release)})
    with installation.hall.scanning() as told:
        with psycopg.connect(installation.postgres.url) as backup:
            backup.execute("select count(*) from check_ins")
            upgrading.start()
            _waits(installation, "alter table")
            before = len(told.counted)
            time.sleep(BACKUP)
            assert len(told.counted) > before + HANDS, "the hall waits behind the migration"
        upgrading.join()
        _run_by(installation, release)
    assert told.refused == []
    assert told.late == 0
    assert installation.postgres.ask("select version_num from alembic_version") == [
        (f"{int(migrations.head()) + 2:04}",)
    ]


def _waits(installation: Installation, statement: str) -> None:
    """Wait until a statement that begins so waits for a table."""
    asked = "select query from pg_stat_activity where wait_event_type = 'Lock'"

    def is_so() -> bool:
        return any(str(query).lower().startswith(statement) for (query,) in installation.postgres.ask(asked))

    until(is_so, PATIENCE, "the migration does not wait")


@dataclass
class Judged:
    """What the desks did."""

    steps: int = 0
    """Transactions: a record submitted, or some judged."""
    slowest: float = 0.0
    """Seconds of the longest transaction."""
    failed: list[str] = field(default_factory=list)


@contextmanager
def _judging(database: Database) -> Iterator[Judged]:
    """Platforms submit records of every kind, and reviewers judge one or many, until the block is over."""
    told, is_over = Judged(), threading.Event()
    desks = [threading.Thread(target=_desk, args=(database, seed, told, is_over)) for seed in range(DESKS)]
    for desk in desks:
        desk.start()
    try:
        yield told
    finally:
        is_over.set()
        for desk in desks:
            desk.join()


def _desk(database: Database, seed: int, told: Judged, is_over: threading.Event) -> None:
    chance = random.Random(seed)
    while not is_over.is_set():
        with database.transaction() as session:
            w = world(session, builders.NOW)
        waiting: list[Chosen] = []
        for subject in chance.sample(list(MODELS), len(MODELS)):
            is_over.wait(0.1)
            begun = time.monotonic()
            try:
                with database.transaction() as w.session:
                    row = _submitted(w, subject)
                    if chance.random() < 0.2:
                        reviews.send_back(w.session, subject, row.id, "请补充服务照片", w.reviewer, w.now)
                    else:
                        waiting.append(Chosen(subject, row.id, row.version))
                    if chance.random() < 0.2:
                        reviews.approve_many(w.session, waiting, w.reviewer, w.now, looked_at=waiting)
                        waiting = []
            except Exception as error:
                told.failed.append(f"{type(error).__name__}: {error}")
            told.steps += 1
            told.slowest = max(told.slowest, time.monotonic() - begun)


def _submitted(w: World, subject: Subject) -> Reviewable:
    """A record, or an activity with another platform's part."""
    if subject is not Subject.ACTIVITY:
        return add_proved(w, subject)
    row = builders.activity(w.session, w.platform, stage=Stage.SUBMITTED)
    builders.joined(w.session, row, builders.platform(w.session), Part.ASSIST).awaits_review = True
    note(w.session, row, "submitted", w.owner, w.now)
    return row


def test_what_waits_is_put_in_its_table_while_it_is_submitted_and_judged(
    installation: Installation, tmp_path: Path
) -> None:
    """0038 changes ten tables at once. Who has judged a record of one and goes on to another is not in its way, nor it
    in theirs; all that waits stands in the new table once, and nothing else."""
    made = next((ROOT / "models" / "migrations" / "versions").glob("0038_*.py")).read_text()
    release, database = _next_release(installation, tmp_path, made), Database(installation.postgres.url)
    with database.engine.begin() as connection:
        for statement in waiting_rows.former_schema(connection):
            connection.exec_driver_sql(statement)
    with database.transaction() as session:
        paper(session)
    upgrading = threading.Thread(target=installation.run, args=("db", "upgrade"), kwargs={"PYTHONPATH": str(release)})
    with installation.hall.scanning() as told, _judging(database) as judged:
        until(lambda: judged.steps > 40, PATIENCE, f"nothing is judged: {judged}")
        upgrading.start()
        upgrading.join()
        _run_by(installation, release)
        after = judged.steps
        until(lambda: judged.steps > after + 40, PATIENCE, f"nothing is judged any more: {judged}")
    assert judged.failed == []
    assert judged.slowest < 5
    assert told.refused == []
    assert told.late == 0
    with database.read() as session:
        waiting = waiting_rows.of_records(session)
        assert len(waiting) > 20
        assert waiting_rows.kept(session) == waiting
    database.dispose()
