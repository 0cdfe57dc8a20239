"""A database of a newer program, or of one from before the first release: every command says so in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models import migrations
from tests.migrated import migrate
from tests.wxsvc.commands import lines
from wxsvc.cli import main
from wxsvc.db import Database
from wxsvc.demo import folder as folders

SENTENCE = "the database schema is 9014, this program knows 0001 to "


def numbered(database_url: str, number: str, request: pytest.FixtureRequest) -> None:
    """A database whose schema bears this number."""
    database = Database(database_url)
    migrate(database, request)
    with database.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = :number"), {"number": number})
    database.dispose()


def one_line(told: Result, line: str) -> str:
    """What a refused command said."""
    assert told.exit_code == 2, (line, told.output, told.exception)
    (said,) = told.stderr.strip().splitlines()
    assert SENTENCE in said, line
    assert "Traceback" not in told.output
    return said


def test_every_command_says_it_in_one_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    numbered(database_url, "9014", request)
    given = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "ERROR", "SECRET_KEY": "k" * 40}
    for name, value in (given | {"BROKER_URL": "redis://127.0.0.1:9/0"}).items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    for line in lines.lines(tmp_path):
        said = one_line(CliRunner().invoke(main, line), " ".join(line))
        assert f"knows 0001 to {migrations.head()} only" in said, line
        assert "--fresh" not in said, line
    found = json.loads(CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False).stdout)["findings"]
    schema = next(each for each in found if each["name"] == "schema")
    assert (schema["state"], "9014" in schema["what"]) == ("bad", True)


def test_the_demo_says_how_to_begin_anew(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = tmp_path / "demo"
    with folders.held(folder, fresh=False):
        folders.note_seeded(folder)
    numbered(f"sqlite:///{folder / 'wxsvc.db'}", "9014", request)
    told = CliRunner().invoke(main, ["demo", "--port", "0", "--data-dir", str(folder)])
    assert one_line(told, "demo").endswith("(start with --fresh)")
    with folders.held(folder, fresh=True):
        database = Database(f"sqlite:///{folder / 'wxsvc.db'}")
        database.prepare()
        database.dispose()
