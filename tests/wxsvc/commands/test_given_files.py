"""What a command is given to read or write: whatever is wrong with it, one sentence says so, and nothing is written."""

from __future__ import annotations

import errno
import json
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from tests.databases import put_sqlite
from wxsvc.cli import main
from wxsvc.demo import folder as folders

READERS: Final = (("import",), ("score",), ("workdays", "2027", "--load"), ("restore",))
"""The commands that read a file or a folder that the line names last."""

WRITER: Final = ("export", "--year", "2026", "--what", "csv", "--out")

UNREADABLE: Final = "/proc/self/mem"
"""A file that can be opened and not read."""


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the files lie, the database beside them."""
    put_sqlite(tmp_path / "own.db")
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


NAMING: Final = (*READERS, ("import", "--template"), ("backup",), ("demo", "--port", "0", "--data-dir"), WRITER)


@pytest.mark.parametrize("line", NAMING, ids=lambda line: " ".join(line[:2]))
def test_an_empty_name_is_not_the_folder_that_it_is_run_in(
    installation: Path, line: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a script gives it whose variable was never set."""
    here = installation / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert "it is empty" in told(typed(*line, ""))
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("reader", READERS[:-1], ids=lambda reader: str(reader[0]))
def test_no_more_is_read_than_the_command_can_use(
    installation: Path, reader: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that never ends, or a disk's image: the machine's memory is not filled with it."""
    for module in ("bundles", "score", "workdays"):
        monkeypatch.setattr(f"wxsvc.commands.{module}.MOST", 2**20)
    with resident(2**30):
        assert "File too large" in told(typed(*reader, "/dev/zero"))


@contextmanager
def resident(most: int) -> Iterator[None]:
    """No more memory for this process than it has now and so many bytes: a reader without a limit fails at once."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_a_document_takes_the_place_of_files_only(installation: Path) -> None:
    """Not of a pipe or a device, which root may rename over; a link goes on leading where it led."""
    pipe, link, real = installation / "pipe", installation / "link.csv", installation / "real.csv"
    os.mkfifo(pipe)
    assert "is no file" in told(typed(*WRITER, str(pipe)))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert "is no file" in told(typed(*WRITER, "/dev/null"))
    assert typed("import", str(bundle(installation))).exit_code == 0
    real.touch()
    link.symlink_to(real)
    assert typed(*WRITER, str(link)).exit_code == 0
    assert link.is_symlink()
    assert real.read_bytes()


def test_a_document_has_the_rights_that_its_maker_gives(installation: Path) -> None:
    """Under umask 077 nobody else reads it."""
    assert typed("import", str(bundle(installation))).exit_code == 0
    for mask, rights in ((0o077, 0o600), (0o022, 0o644)):
        out = installation / f"{mask:o}.csv"
        before = os.umask(mask)
        try:
            assert typed(*WRITER, str(out)).exit_code == 0
            assert os.umask(mask) == mask
        finally:
            os.umask(before)
        assert stat.S_IMODE(out.stat().st_mode) == rights


def bundle(folder: Path) -> Path:
    """A file with one platform, so that there is something to write."""
    path = folder / "one.json"
    platform = {"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}
    path.write_text(json.dumps({"platforms": [platform]}))
    return path


def test_a_data_folder_that_takes_nothing_is_told_so(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that the machine has made read-only: the lock beside an embedded database cannot be taken."""
    assert typed("db", "upgrade").exit_code == 0
    opened = Path.open

    def refused(path: Path, mode: str = "r", *rest: Any) -> Any:
        if path.name.endswith(".lock") and mode == "w":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, mode, *rest)

    monkeypatch.setattr(Path, "open", refused)
    assert "own.db.lock: Read-only file system" in told(typed("db", "upgrade"))


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


def test_a_backup_that_breaks_off_leaves_nothing(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each night has another name: what a full disk leaves of one would stay for good, and fill the disk."""
    for error in (OSError(errno.ENOSPC, "No space"), sqlite3.OperationalError("database or disk is full")):
        monkeypatch.setattr("wxsvc.commands.backups._digest", broken(error))
        assert "no backup was made" in told(typed("backup", str(installation / "saved")))
        assert not list(installation.glob("saved*"))
    for error in (SystemExit(2), KeyboardInterrupt()):  # pg_dump failed; Ctrl-C
        monkeypatch.setattr("wxsvc.commands.backups._digest", broken(error))
        assert typed("backup", str(installation / "saved")).exit_code
        assert not list(installation.glob("saved*"))


def broken(error: BaseException) -> Callable[..., Any]:
    """A function that raises it."""

    def breaks(*_: object) -> None:
        raise error

    return breaks


def test_a_template_that_breaks_off_leaves_nothing(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the next try is told that the file exists already."""
    monkeypatch.setattr("wxsvc.documents.bundle_sheets.template", broken(OSError(errno.ENOSPC, "No space")))
    assert "No space" in told(typed("import", "--template", str(installation / "empty.xlsx")))
    assert not (installation / "empty.xlsx").exists()


@pytest.mark.parametrize("line", [("deadlines", "2026"), ("import", "--schema"), ("doctor", "--json")], ids=str)
def test_output_on_a_full_disk_is_one_sentence(installation: Path, line: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", "from wxsvc.cli import main; main()", *line]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "not all could be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_backup_under_a_name_that_no_folder_has_is_told_so(installation: Path) -> None:
    assert "no backup was made" in told(typed("backup", str(installation / ("a" * 300))))


def test_a_demo_in_a_place_that_takes_no_folder_is_told_so(installation: Path) -> None:
    (installation / "file").touch()
    assert "--data-dir" in told(typed("demo", "--data-dir", str(installation / "file" / "demo")))


@pytest.mark.parametrize("option", [(), ("--fresh",)])
def test_a_demo_leaves_the_folder_of_a_running_one_alone(installation: Path, option: tuple[str, ...]) -> None:
    """The folder of one that still seeds is emptied at the next start, any with ``--fresh``: not while it is used."""
    folder = installation / "demo"
    with folders.held(folder, fresh=False):
        (folder / "wxsvc.db").touch()
        assert "another demo runs in" in told(typed("demo", "--port", "0", "--data-dir", str(folder), *option))
        assert (folder / "wxsvc.db").exists()
    with folders.held(folder, fresh=False):  # nobody seeded it to the end
        assert [each.name for each in folder.iterdir()] == ["demo"]


def test_a_tally_that_is_no_json_is_told_where(installation: Path) -> None:
    """In the words of whoever reads it, not in those of the parser."""
    path = installation / "tally.json"
    path.write_text(json.dumps({"kind": "prefecture"})[:-1] + "\n ,")
    assert "第2行第3个字符处" in told(typed("score", str(path)))
