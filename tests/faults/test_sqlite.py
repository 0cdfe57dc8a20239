"""``wxsvc serve`` on SQLite is killed in a burst of scans, and its disk runs full."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests.faults.disks import small_disk
from tests.faults.hall import Hall, fill
from tests.faults.installation import ROOT, command, must_be_counted
from tests.faults.parts import Part
from tests.real import folder_for_servers, free_port
from tests.served import HOST, WXSVC, answers
from tests.timing import until
from wxsvc.db import Database

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


class Office:
    """The embedded profile: one process, one file."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._data, self._folder, port = data, folder, free_port()
        self.url, self.hall = f"http://{HOST}:{port}", Hall(HOST, port)
        self._environment = {"WXSVC_DATA_DIR": str(data), "WXSVC_LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT)}
        words = [str(WXSVC), "serve", "--port", str(port)]
        self.serve = Part("serve", words, folder, self._environment, lambda: answers(f"{self.url}/healthz"))

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What the file says."""
        with closing(sqlite3.connect(self._data / "wxsvc.db", timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    def run(self, *words: str, expected: int = 0) -> str:
        """A command of the product; what it says."""
        return command(self._folder, self._environment, *words, expected=expected)


@contextmanager
def _opened(folder: Path, data: Path) -> Iterator[Office]:
    url = f"sqlite:///{data / 'wxsvc.db'}"
    database = Database(url)
    database.upgrade()
    database.dispose()
    fill(url)
    office = Office(folder, data)
    try:
        office.serve.start()
        yield office
    finally:
        office.serve.close()


@pytest.mark.faults_in_ci
def test_it_is_killed_in_a_burst() -> None:
    """Three times in the midst of scans; what was acknowledged is in the file."""
    with folder_for_servers() as folder, _opened(folder, folder) as office:
        with office.hall.scanning(60) as told:
            for _ in range(3):
                time.sleep(2)
                office.serve.kill()
                office.serve.start()
            time.sleep(1)
        assert told.counted
        must_be_counted(office.hall, office.ask, office.run)


def test_its_disk_is_full() -> None:
    """Nobody is told that they are counted, ``doctor`` names the disk; with room it goes on by itself."""
    with (
        folder_for_servers() as folder,
        small_disk(folder / "disk", 60) as disk,
        _opened(folder, disk.place) as office,
    ):
        with office.hall.scanning() as told:
            time.sleep(2)
            disk.fill()
            until(lambda: len(told.unanswered) > 3, 90, "the disk is not full")
            assert requests.get(f"{office.url}/readyz", timeout=30).status_code == 503
            said = office.run("doctor", expected=1)
            assert any("文件目录" in line and "✗" in line for line in said.splitlines()), said
            disk.free()
            before = len(told.counted)
            until(lambda: len(told.counted) > before + 20, 90, "nobody is counted on a disk with room")
        assert office.serve.is_running
        must_be_counted(office.hall, office.ask, office.run)
