"""The product and the reference as processes on one database server, and what they spend."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tests.bench import load, reference, scan_world
from tests.real import Postgres, free_port
from tests.served import WXSVC, process, wait_for_health
from wxsvc.db import Database

ROOT: Final = Path(__file__).parents[2]
TWO_BY_FOUR: Final = ("web", "--workers", "2", "--threads", "4")
"""Two processes of four threads, as our compose file has it; the reference gets the same."""
SERVE: Final = ("serve",)


@dataclass(frozen=True, slots=True)
class Served:
    """A server under load: its port, its processes and its database."""

    port: int
    pid: int
    url: sa.URL

    def web_seconds(self) -> float:
        """CPU seconds of its processes so far."""
        return sum(_cpu(pid) for pid in _family(self.pid))

    def database_seconds(self) -> float:
        """CPU seconds so far of the database's processes that serve it."""
        with _asking(self.url) as connection:
            pids = connection.scalars(
                sa.text(
                    "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                )
            ).all()
        return sum(_cpu(pid) for pid in pids)

    def commits(self) -> int:
        """Number of the next transaction that writes: the difference of two is what was committed in between."""
        with _asking(self.url) as connection:
            return int(connection.scalar(sa.text("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")) or 0)


@contextmanager
def ours(url: str, folder: Path, command: tuple[str, ...] = TWO_BY_FOUR) -> Iterator[Served]:
    """The product on a database that is settled already."""
    port = free_port()
    environment = {"WXSVC_DATABASE_URL": url, "WXSVC_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    with process([str(WXSVC), *command, "--port", str(port)], port, folder, **environment) as pid:
        wait_for_health(f"http://127.0.0.1:{port}")
        yield Served(port, pid, sa.make_url(url))


@contextmanager
def the_reference(url: str, folder: Path, people: list[str], scenes: list[str]) -> Iterator[Served]:
    """The reference on an empty database."""
    port = free_port()
    reference.settle(sa.make_url(url), people, scenes)
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--workers", "2"]
    command += ["--blocking-threads", "4", "--backlog", "4096", "--backpressure", "4096", "--no-ws", "--http", "1"]
    command += ["--log-level", "warning", "--port", str(port), "--factory", "tests.bench.reference:make_app"]
    environment = {reference.URL: url, "PYTHONPATH": str(ROOT)}
    with process(command, port, folder, **environment) as pid:
        yield Served(port, pid, sa.make_url(url))


@contextmanager
def folding(url: str, folder: Path) -> Iterator[int]:
    """The worker that keeps the scores of this database; yields its process id."""
    environment = {"WXSVC_DATABASE_URL": url, "WXSVC_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    port = free_port()
    command = [str(WXSVC), "worker", "--queue", "folding", "--metrics-port", str(port)]
    with process(command, port, folder, **environment) as pid:
        yield pid


@contextmanager
def settled(postgres: Postgres, people: int, activities: int, history: int = 0) -> Iterator[str]:
    """A database with a world to scan in, as ``db upgrade`` and ``import`` leave one; durable. Yields its url."""
    url = postgres.create(is_durable=True)
    database = Database(url)
    try:
        database.upgrade()
        database.analyze()
        scan_world.settle(database, people, activities, history)
        if history:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum analyze")
        database.dispose()
        yield url
    finally:
        database.dispose()
        postgres.drop(url)


def warm(served: Served, people: list[str], scene: str) -> None:
    """Every thread of every process has its connection and its statement prepared."""
    load.drive(served.port, load.parcels((each, scene) for each in people))


@contextmanager
def _asking(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _family(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [each for one in child.read_text().split() for each in _family(int(one))]
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
