"""What a command is given to read or write: whatever is wrong with it, one sentence says so, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from wxsvc.cli import main

READERS: Final = (("import",), ("score",), ("workdays", "2027", "--load"), ("restore",))
"""The commands that read a file or a folder that the line names last."""

UNREADABLE: Final = "/proc/self/mem"
"""A file that can be opened and not read."""


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the files lie; the database is made beside it by the command."""
    monkeypatch.setenv("WXSVC_DATABASE_URL", f"sqlite:///{tmp_path / 'own.db'}")
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("WXSVC_LOG_LEVEL", "ERROR")
    return tmp_path


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(result: Result) -> str:
    """What stands on standard error of a command that refused, without a traceback."""
    assert (result.exit_code, type(result.exception)) == (2, SystemExit), repr(result.exception)
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: str(reader[0]))
def test_what_cannot_be_read_is_one_sentence(installation: Path, reader: tuple[str, ...]) -> None:
    """Missing, of a name that no file has, a folder, a link to itself, a file that gives nothing."""
    folder, loop = installation / "folder", installation / "loop"
    folder.mkdir()
    loop.symlink_to(loop)
    for given in (installation / "none", "a" * 300, folder, loop, UNREADABLE):
        assert told(typed(*reader, str(given)))


@pytest.mark.parametrize("reader", READERS[:-1], ids=lambda reader: str(reader[0]))
@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_told_so(installation: Path, reader: tuple[str, ...], content: bytes) -> None:
    """An upload that broke off leaves one: nobody shall look for a comma in it."""
    path = installation / "given.txt"
    path.write_bytes(content)
    assert "文件是空的" in told(typed(*reader, str(path)))


def test_a_backup_without_its_database_is_told_so(installation: Path) -> None:
    """Not copied whole, or copied as a folder: neither is an error of the program."""
    saved = installation / "saved"
    assert typed("backup", str(saved)).exit_code == 0
    (saved / "database.sqlite3").unlink()
    (installation / "own.db").unlink()
    assert "cannot be read" in told(typed("restore", str(saved)))
    (saved / "database.sqlite3").mkdir()
    assert "cannot be read" in told(typed("restore", str(saved)))


def test_a_backup_under_a_name_that_no_folder_has_is_told_so(installation: Path) -> None:
    assert "no backup was made" in told(typed("backup", str(installation / ("a" * 300))))


def test_a_demo_in_a_place_that_takes_no_folder_is_told_so(installation: Path) -> None:
    (installation / "file").touch()
    assert "--data-dir" in told(typed("demo", "--data-dir", str(installation / "file" / "demo")))


def test_a_tally_that_is_no_json_is_told_where(installation: Path) -> None:
    """In the words of whoever reads it, not in those of the parser."""
    path = installation / "tally.json"
    path.write_text(json.dumps({"kind": "prefecture"})[:-1] + "\n ,")
    assert "第2行第3个字符处" in told(typed("score", str(path)))
