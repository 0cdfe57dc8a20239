"""Disks run full while a hall scans: nobody is told that they are counted who is not, and the operator is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import requests

from tests.faults.disks import Disk, small_disk
from tests.faults.installation import Installation, installed
from tests.faults.parts import PATIENCE, Cluster
from tests.real import folder_for_servers
from tests.served import HOST
from tests.timing import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where the small disks are."""
    with folder_for_servers() as folder:
        yield folder


def _writes_fail(installation: Installation) -> bool:
    answer = requests.get(f"http://{HOST}:{installation.port(installation.web)}/readyz", timeout=30)
    return answer.status_code == 503


def _goes_on(installation: Installation) -> bool:
    """Whether PostgreSQL runs still; a new file of its log is begun each time, as in hours of scanning."""
    with suppress(psycopg.Error):
        installation.postgres.ask("select pg_switch_wal()")
    return installation.postgres.is_running


def _full(installation: Installation, disk: Disk) -> None:
    """The disk fills while the hall scans; it is freed, and whoever ended is started as a service manager does."""
    with installation.hall.scanning() as told:
        time.sleep(2)
        disk.fill()
        # What has its room already is written still: the hall goes on until that is used up.
        until(lambda: bool(told.unanswered) or not _goes_on(installation), PATIENCE, "the disk is not full")
        until(lambda: _writes_fail(installation), 30, "/readyz does not tell")
        said = installation.run("doctor", expected=1)
        names = ("✗ 数据库写入",) if installation.postgres.is_running else ("✗ 数据库",)
        assert any(name in said for name in names), said
        disk.free()
        installation.postgres.start()
        before = len(told.counted)
        until(lambda: len(told.counted) > before + 20, 90, "nobody is counted on a disk with room")
    installation.start()
    installation.all_is_counted()


def test_the_databases_disk(template: Cluster, place: Path) -> None:
    """Rows find no room: PostgreSQL refuses each scan, and WeChat sends it again."""
    size = sum(path.stat().st_size for path in template.data.rglob("*") if path.is_file()) // 2**20
    with (
        small_disk(place / "data", size + 60) as disk,
        folder_for_servers() as folder,
        installed(folder, template, data=disk.place / "postgresql") as installation,
    ):
        _full(installation, disk)


def test_the_disk_of_the_log(template: Cluster, place: Path) -> None:
    """PostgreSQL's own log (WAL) finds no room: it ends at once, and recovers when it is started with room."""
    with (
        small_disk(place / "wal", 80) as disk,
        folder_for_servers() as folder,
        installed(folder, template, wal=disk.place / "wal") as installation,
    ):
        _full(installation, disk)
