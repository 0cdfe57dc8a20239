"""This machine: what is found in order, and what an operator reads where it is not."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.migrated import migrate
from tests.timing import in_time
from wxsvc.checks import machine
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database
from wxsvc.settings import Settings

pytestmark = pytest.mark.both_databases


def test_a_healthy_database_and_its_schema(db: Database) -> None:
    assert machine.database(db).state is FindingState.GOOD
    assert machine.schema(db).state is FindingState.GOOD


def test_a_database_that_takes_nothing_is_told_though_it_answers(db: Database) -> None:
    now = datetime.now(UTC)
    assert machine.writing(db, now).state is FindingState.GOOD

    def read_only(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA query_only = on" if db.is_sqlite else "set default_transaction_read_only = on")
        connection.commit()

    db.dispose()
    sa.event.listen(db.engine, "connect", read_only)
    try:
        assert machine.database(db).state is FindingState.GOOD
        found = machine.writing(db, now)
    finally:
        sa.event.remove(db.engine, "connect", read_only)
        db.dispose()
    assert (found.state, "磁盘" in found.mend) == (FindingState.BAD, True)


def test_an_older_schema_names_the_command_that_mends_it(database_url: str, request: pytest.FixtureRequest) -> None:
    made = Database(database_url)
    migrate(made, request)
    with made.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '0001'"))
    found = machine.schema(made)
    made.dispose()
    assert (found.state, "wxsvc db upgrade" in found.mend) == (FindingState.BAD, True)
    assert "0001" in found.what


def test_a_schema_that_nobody_here_knows_is_not_to_be_upgraded(
    database_url: str, request: pytest.FixtureRequest
) -> None:
    made = Database(database_url)
    migrate(made, request)
    with made.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9014'"))
    found = machine.schema(made)
    made.dispose()
    assert (found.state, "wxsvc db upgrade" in found.mend) == (FindingState.BAD, False)
    assert "9014" in found.what
    assert "0001至" in found.what


@pytest.mark.parametrize(("seconds", "told"), [(400, "快400秒"), (-75, "慢75秒"), (0, "")])
def test_a_clock_that_is_off_is_told(db: Database, seconds: int, told: str) -> None:
    found = machine.clock(db, lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    if db.is_sqlite:
        assert found.state is FindingState.GOOD, "it is this machine's own"
        return
    assert (found.state, told in found.what) == (FindingState.BAD if seconds else FindingState.GOOD, True)
    assert ("时间同步" in found.mend) is bool(seconds)


def test_a_silent_database_is_one_sentence_without_secrets(tmp_path: Path) -> None:
    for url, mend in (
        ("postgresql+psycopg://nobody:secret@127.0.0.1:9/none", "WXSVC_DATABASE_URL"),
        (f"sqlite:///{tmp_path}", "WXSVC_DATA_DIR"),  # a folder where the file should be
    ):
        made = Database(url)
        found = machine.database(made)
        made.dispose()
        assert found.state is FindingState.BAD
        assert mend in found.mend
        assert "secret" not in found.what
        assert "\n" not in found.what


def test_a_broker_that_answers_and_one_that_does_not(redis_url: str, tmp_path: Path) -> None:
    assert machine.broker(Settings(data_dir=tmp_path, broker_url=redis_url)).state is FindingState.GOOD
    silent = machine.broker(Settings(data_dir=tmp_path, broker_url="redis://:hidden@127.0.0.1:9/0"))
    assert silent.state is FindingState.BAD
    assert "hidden" not in silent.what
    assert "签到照常记录" in silent.mend


def test_a_broker_that_refuses_is_told_at_once(tmp_path: Path) -> None:
    """It was asked once more after two seconds: most of what an operator waited for."""
    settings = Settings(data_dir=tmp_path, broker_url="redis://127.0.0.1:9/0")

    def seconds() -> float:
        begun = time.monotonic()
        assert machine.broker(settings).state is FindingState.BAD
        return time.monotonic() - begun

    in_time(seconds, within=1.5)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert machine.files(settings).state is FindingState.BAD
    settings.make_folders()
    assert machine.files(settings).state is FindingState.GOOD
    assert list(settings.files_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("megabytes", "state", "told"),
    [(299, FindingState.BAD, "299 MB"), (1999, FindingState.NOTE, "1999 MB"), (5100, FindingState.GOOD, "5 GB")],
)
def test_a_disk_that_fills_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int, state: FindingState, told: str
) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.make_folders()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=megabytes * 10**6))
    found = machine.files(settings)
    assert (found.state, told in found.what) == (state, True)
