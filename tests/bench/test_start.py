"""CPU time from the start of a server to its first answer, against what its libraries alone take, in turns."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.figures import Figures, Row, size, spread
from tests.bench.servers import SERVE, ours, settled
from tests.real import Postgres
from wxsvc.db import Database

pytestmark = [pytest.mark.bench, pytest.mark.postgres, pytest.mark.timeout(900)]

WEB = ("web", "--workers", "1")


@pytest.fixture(autouse=True)
def _printed(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    with capsys.disabled():
        yield


@pytest.mark.parametrize("command", [WEB, SERVE], ids=["web", "serve"])
def test_start(figures: Figures, postgres: Postgres, tmp_path: Path, command: tuple[str, ...]) -> None:
    """``wxsvc web`` with one process, on PostgreSQL; ``wxsvc serve`` on SQLite. The database is there already."""
    if command is WEB:
        with settled(postgres, 1, 1) as url:
            _measure(figures, Row.START_WEB, url, tmp_path, command)
    else:
        url = f"sqlite:///{tmp_path / 'wxsvc.db'}"
        database = Database(url)
        database.upgrade()
        database.dispose()
        _measure(figures, Row.START_SERVE, url, tmp_path, command)


def _measure(figures: Figures, row: Row, url: str, folder: Path, command: tuple[str, ...]) -> None:
    seconds, ratios = [], []
    for _ in range(size().pairs):
        bare = _bare()
        with ours(url, folder, command) as product:
            seconds.append(product.web_seconds())
        ratios.append(seconds[-1] / bare)
    figures.note(row, f"{spread(seconds)} s; {spread(ratios)} × the import of flask, sqlalchemy and psycopg")


def _bare() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import flask, sqlalchemy.orm, psycopg"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
