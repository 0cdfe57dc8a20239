"""A database that does not answer: every command says so in one sentence, without traceback and password."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.databases import put_sqlite
from tests.real import Postgres
from tests.wxsvc.commands import lines
from wxsvc.cli import main
from wxsvc.db import Database

SILENT = "postgresql://nobody:hidden@127.0.0.1:9/none"


def environment(folder: Path, url: str) -> dict[str, str]:
    given = {"DATABASE_URL": url, "DATA_DIR": str(folder), "LOG_LEVEL": "ERROR", "SECRET_KEY": "k" * 40}
    return {f"WXSVC_{name}": value for name, value in (given | {"BROKER_URL": "redis://127.0.0.1:9/0"}).items()}


def test_every_command_that_opens_the_database_has_its_line(tmp_path: Path) -> None:
    begins = {" ".join(line[:2]) for line in lines.lines(tmp_path)} | {line[0] for line in lines.lines(tmp_path)}
    assert set(lines.names()) <= begins


@pytest.mark.parametrize("kind", ["a server that is away", "a file that is none"])
def test_every_command_says_it_in_one_sentence(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = SILENT
    if kind == "a file that is none":
        (tmp_path / "wxsvc.db").write_text("no database at all, " * 100)
        url = f"sqlite:///{tmp_path / 'wxsvc.db'}"
    for name, value in environment(tmp_path, url).items():
        monkeypatch.setenv(name, value)
    for line in lines.lines(tmp_path):
        told = CliRunner().invoke(main, line)
        assert told.exit_code == 2, (line, told.output, told.exception)
        (said,) = told.stderr.strip().splitlines()
        assert said.startswith("the database does not answer: "), line
        assert "WXSVC_DATABASE_URL" in said
        assert "hidden" not in told.output


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    for name, value in environment(folder, f"sqlite:///{tmp_path / 'wxsvc.db'}").items():
        monkeypatch.setenv(name, value)
    for line in lines.lines(tmp_path):
        told = CliRunner().invoke(main, line)
        assert told.exit_code == 2, (line, told.output, told.exception)
        assert f"WXSVC_DATA_DIR: {folder} cannot be made: Not a directory" in told.stderr, line
        assert "Traceback" not in told.output
    told = CliRunner().invoke(main, ["doctor"], catch_exceptions=False)
    assert f"无法写入 {folder}" in told.output


def test_so_is_the_folder_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for name, value in environment(tmp_path, f"sqlite:///{tmp_path / 'file' / 'wxsvc.db'}").items():
        monkeypatch.setenv(name, value)
    for line in lines.lines(tmp_path):
        told = CliRunner().invoke(main, line)
        assert told.exit_code == 2, (line, told.output, told.exception)
        assert f"WXSVC_DATABASE_URL: {tmp_path / 'file'} cannot be made: File exists" in told.stderr, line


def test_a_fault_of_ours_is_not_the_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is not there is no matter of whether the server runs: the traceback says where to look."""
    for name, value in environment(tmp_path, f"sqlite:///{tmp_path / 'wxsvc.db'}").items():
        monkeypatch.setenv(name, value)
    put_sqlite(tmp_path / "wxsvc.db")
    database = Database(f"sqlite:///{tmp_path / 'wxsvc.db'}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("alter table invitations rename to elsewhere")
    told = CliRunner().invoke(main, ["db", "first-official"])
    database.dispose()
    assert "no such table" in str(told.exception)


@pytest.mark.postgres
def test_a_database_that_keeps_no_chinese_is_refused(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL that was installed on a machine without a locale makes such ones (SQL_ASCII)."""
    url = postgres.create(encoding="SQL_ASCII")
    for name, value in environment(tmp_path, url).items():
        monkeypatch.setenv(name, value)
    try:
        upgraded = CliRunner().invoke(main, ["db", "upgrade"])
        assert upgraded.exit_code == 2
        (said,) = upgraded.stderr.strip().splitlines()
        assert said.startswith("the database's encoding is SQL_ASCII, Chinese needs UTF8: ")
        found = CliRunner().invoke(main, ["doctor"])
        assert "✗ 数据库：数据库的字符编码是SQL_ASCII，不能正确保存中文。" in found.stdout
        assert "createdb --template template0 --encoding UTF8" in found.stdout
    finally:
        postgres.drop(url)
