"""``wxsvc year``: what is open, in words; a sealed year given again, byte for byte, exit 1 where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.platform import PlatformYear
from models.year_end import PlatformSnapshot
from tests.databases import put_sqlite
from tests.wxsvc.services.year_end.ending import YEAR, ending, fold, sealed
from wxsvc.cli import main
from wxsvc.db import Database
from wxsvc.services.counting import snapshots


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A SQLite file that the command finds."""
    put_sqlite(path := tmp_path / "wxsvc.db")
    for name, value in {"DATABASE_URL": f"sqlite:///{path}", "DATA_DIR": str(tmp_path), "LOG_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("year", *arguments))


def test_what_is_open_is_said(database: Database) -> None:
    """Step by step, the same sentences as on the page; --json for other programs."""
    with database.transaction() as session:
        ending(session)
        fold(session)
    told = run(str(YEAR))
    assert told.exit_code == 0, told.output
    assert "2026: 0/2 sealed" in told.output
    assert "- 评定完毕\n    还有6项得分待评定" in told.output
    steps = {each["step"]: each for each in json.loads(run(str(YEAR), "--json").output)["steps"]}
    assert steps["rulings"]["open"][0]["code"] == "closing_awaited"
    assert (steps["documents"]["is_done"], steps["documents"]["open"]) == (False, [])
    for wrong in ((str(YEAR), "--replay"), ("1999",)):
        assert run(*wrong).exit_code == 2


def test_a_sealed_year_is_replayed(database: Database) -> None:
    """The bytes of every document, a line each; a change past the services is a line on standard error and exit 1."""
    with database.transaction() as session:
        e = sealed(session)
        province = snapshots.year_snapshot(session, YEAR)
        assert province is not None
        documents = [province.document, *(row.document for row in snapshots.current(session, YEAR))]
    given = run(str(YEAR), "--replay", "--json")
    assert (given.exit_code, given.stdout_bytes) == (0, "".join(f"{each}\n" for each in documents).encode())
    assert "430100\t长沙市窗口平台\t" in run(str(YEAR), "--replay").output
    with database.transaction() as session:
        row = session.get_one(PlatformYear, (e.own.id, YEAR))
        at, by = row.sealed_at, row.sealed_by
        row.sealed_at = row.sealed_by = None
        session.flush()
        kept = session.scalars(sa.select(PlatformSnapshot).where(PlatformSnapshot.platform_id == e.own.id)).one()
        kept.document = kept.document.replace('"website","full":"5"', '"website","full":"6"')
        session.flush()
        row.sealed_at, row.sealed_by = at, by
    given = run(str(YEAR), "--replay", "--json")
    assert given.exit_code == 1
    assert "430100 card.lines.website.full: 6 != 5" in given.stderr
