"""``wxsvc webhooks``: the operator's door to where other systems are told of changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.databases import put_sqlite
from wxsvc.cli import main
from wxsvc.db import Database


@pytest.fixture
def typed(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types the command on an empty database."""
    put_sqlite(sqlite_database)
    monkeypatch.setenv("WXSVC_DATABASE_URL", str(sqlite_database.url))
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["webhooks", *words])

    return run


def test_an_address_is_made_listed_and_ended(typed: Any) -> None:
    made = typed("make", "--system", "数据平台", "--url", "https://data.example.cn/", "--event", "scorecard_changed")
    assert made.exit_code == 0, made.stderr
    assert made.stdout.startswith("whsec_")
    (row,) = json.loads(typed("list", "--json").stdout)
    assert (row["system"], row["url"]) == ("数据平台", "https://data.example.cn/")
    assert (row["events"], row["waiting"], row["last"]) == (["scorecard_changed"], 0, None)
    assert made.stdout.strip() not in typed("list").stdout
    for _ in range(2):
        assert typed("end", str(row["id"])).exit_code == 0
    assert json.loads(typed("list", "--json").stdout)[0]["ended_at"]


def test_what_cannot_be_is_one_sentence(typed: Any) -> None:
    plain = typed("make", "--system", "数据平台", "--url", "http://data.example.cn/")
    assert (plain.exit_code, len(plain.stderr.splitlines())) == (2, 1)
    unknown = typed("end", "7")
    assert (unknown.exit_code, len(unknown.stderr.splitlines())) == (2, 1)
