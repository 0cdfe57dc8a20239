"""PostgreSQL's planner knows how much there is as soon as a command has brought it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from tests.real import Postgres
from wxsvc.cli import main

PLATFORMS = {
    "platforms": [{"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}],
}


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    made = postgres.create()
    yield made
    postgres.drop(made)


@pytest.mark.postgres
def test_an_import_and_an_upgrade_gather_statistics_of_what_is_there(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of tables with rows: a table that was once known to be empty would be read from end to end when it is full."""
    for name, value in {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    (tmp_path / "platforms.json").write_text(json.dumps(PLATFORMS))

    def known(table: str) -> bool:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute("select reltuples > 0 from pg_class where relname = %s", (table,)).fetchone()
        return bool(row and row[0])

    for command in (("db", "upgrade"), ("import", str(tmp_path / "platforms.json"))):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
    assert (known("platforms"), known("check_ins")) == (True, False)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("insert into received_pushes (key, received_at) values ('k', now())")
    assert known("received_pushes") is False
    assert CliRunner().invoke(main, ("db", "upgrade")).exit_code == 0
    assert known("received_pushes")
