"""``wxsvc api-keys``: the operator's door to the keys of other systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.databases import put_sqlite
from wxsvc.cli import main
from wxsvc.db import Database
from wxsvc.services import api_keys


@pytest.fixture
def typed(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types the command on an empty database."""
    put_sqlite(sqlite_database)
    monkeypatch.setenv("WXSVC_DATABASE_URL", str(sqlite_database.url))
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["api-keys", *words])

    return run


def test_a_key_is_made_listed_and_ended(typed: Any, sqlite_database: Database) -> None:
    made = typed("make", "--system", "数据平台", "--scope", "tallies", "--scope", "platforms")
    assert made.exit_code == 0
    token = made.stdout.strip()
    with sqlite_database.read() as session:
        reader = api_keys.reader_of(session, token)
    assert reader is not None
    (row,) = json.loads(typed("list", "--json").stdout)
    assert (row["id"], row["system"], row["scopes"]) == (reader.key_id, "数据平台", ["platforms", "tallies"])
    assert (row["last_used_at"], row["ended_at"]) == (None, None)
    assert token not in typed("list").stdout
    for _ in range(2):
        assert typed("end", str(row["id"])).exit_code == 0
    assert json.loads(typed("list", "--json").stdout)[0]["ended_at"]
    with sqlite_database.read() as session:
        assert api_keys.reader_of(session, token) is None


def test_what_cannot_be_is_one_sentence(typed: Any) -> None:
    nameless = typed("make", "--system", "  ")
    assert (nameless.exit_code, nameless.stderr) == (2, "请填写系统名称，不超过60个字。\n")
    unknown = typed("end", "7")
    assert (unknown.exit_code, len(unknown.stderr.splitlines())) == (2, 1)
