"""A whole installation, as compose starts it: PostgreSQL, Redis, two webs behind Caddy, folding, jobs and timetable."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psycopg
import requests

from tests.faults.hall import Hall
from tests.faults.parts import PATIENCE, Broker, Cluster, Part
from tests.real import free_port
from tests.served import HOST, WXSVC, answers, caddy
from tests.timing import until

ROOT: Final = Path(__file__).parents[2]


class Installation:
    """The parts by their names in compose, and the hall that scans at the proxy's door."""

    def __init__(self, folder: Path, database: Cluster, **environment: str) -> None:
        self.folder, self.postgres, self.redis = folder, database, Broker(folder)
        self.wechat_port = free_port()
        at_wechat = f"http://{HOST}:{self.wechat_port}"
        self.environment = {
            "WXSVC_DATA_DIR": str(folder),
            "WXSVC_DATABASE_URL": database.url,
            "WXSVC_BROKER_URL": self.redis.url,
            "WXSVC_TRUSTED_PROXIES": HOST,
            "WXSVC_LOG_LEVEL": "WARNING",
            "WXSVC_WECHAT_API_BASE_URL": at_wechat,
            "WXSVC_WECHAT_OPEN_BASE_URL": at_wechat,
            "WXSVC_WECHAT_MP_BASE_URL": at_wechat,
            "PYTHONPATH": str(ROOT),
        } | environment
        self.web, self.web2 = self._web("web"), self._web("web2")
        self.folding = self._worker("folding", "--queue", "folding")
        self.worker = self._worker("worker", "--queue", "work")
        self.beat = self._worker("beat", "--beat", "--queue", "work", "--concurrency", "1")
        self.hall: Hall
        self._rest = ExitStack()

    @property
    def parts(self) -> list[Part]:
        """Every process but the proxy, in the order in which they start."""
        return [self.postgres, self.redis, self.web, self.web2, self.folding, self.worker, self.beat]

    def part(self, name: str) -> Part:
        """The part of this name."""
        return next(part for part in self.parts if part.name == name)

    def start(self) -> None:
        """Start what does not run, and wait until all of it does its work."""
        for part in self.parts[:2]:
            part.start()
        for part in self.parts[2:]:
            part.thaw() if part.is_running else part.begin()
        for part in self.parts[2:]:
            part.ready()

    def open(self) -> None:
        """Put the proxy before it, and let the hall in."""
        port = self._rest.enter_context(caddy(self.folder, self.port(self.web), self.port(self.web2)))
        self.hall = Hall(HOST, port)

    def close(self) -> None:
        """End everything."""
        self._rest.close()
        for part in reversed(self.parts):
            part.close()

    def port(self, web: Part) -> int:
        """Where one of the webs listens."""
        return int(web.environment["PORT"])

    def ready(self, web: Part) -> dict[str, object]:
        """What ``/readyz`` of one of the webs says."""
        found: dict[str, object] = requests.get(f"http://{HOST}:{self.port(web)}/readyz", timeout=30).json()
        return found

    def another(self, part: Part, **environment: str) -> Part:
        """A second process like one of the workers."""
        options = {self.folding: ["--queue", "folding"], self.beat: ["--beat", "--queue", "work", "--concurrency", "1"]}
        made = self._worker(f"another-{part.name}", *options[part])
        made.environment |= environment
        return made

    def run(self, *words: str, expected: int = 0, **environment: str) -> str:
        """A command of the product; what it says."""
        return command(self.folder, self.environment | environment, *words, expected=expected)

    def all_is_counted(self) -> None:
        """Every scan that was acknowledged as counted is a row, none twice, and every score follows from the rows."""
        must_be_counted(self.hall, self.postgres.ask, self.run)

    def _web(self, name: str) -> Part:
        port = free_port()
        words = [str(WXSVC), "web", "--workers", "1", "--threads", "4", "--port", str(port)]
        url = f"http://{HOST}:{port}/healthz"
        return Part(name, words, self.folder, self.environment | {"PORT": str(port)}, lambda: answers(url))

    def _worker(self, name: str, *options: str) -> Part:
        port = free_port()
        words = [str(WXSVC), "worker", *options, "--metrics-port", str(port)]

        def is_ready() -> bool:
            return "ready" in part.log.read_text()

        part = Part(name, words, self.folder, self.environment | {"WXSVC_LOG_LEVEL": "INFO"}, is_ready)
        return part


def command(folder: Path, environment: Mapping[str, str], *words: str, expected: int = 0) -> str:
    """A command of the product, with these variables; what it says."""
    done = subprocess.run(
        [str(WXSVC), *words],
        env=os.environ | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def must_be_counted(hall: Hall, ask: Callable[[str], list[tuple[object, ...]]], run: Callable[..., str]) -> None:
    """The question that every fault ends with; ``ask`` asks the database, ``run`` runs a command of the product."""

    def is_folded() -> bool:
        try:
            return ask("select count(*) from changes") == [(0,)]
        except (psycopg.Error, sqlite3.Error):
            return False

    until(is_folded, PATIENCE, "changes are not folded")
    rows = [str(row[0]) for row in ask(ROWS)]
    assert len(rows) == len(set(rows)), "counted twice"
    assert hall.counted <= set(rows), f"lost: {sorted(hall.counted - set(rows))}"
    told = run("retally", "--check")
    assert " 0 different, 0 waiting" in told, told
    assert ask(PENDING) == [(len(rows),)], "the score tells another number of visitors than the rows"


ROWS: Final = (
    "select p.openid from check_ins c join persons p on p.id = c.person_id where c.undone_at is null order by c.id"
)
PENDING: Final = (
    "select s.pending_participations from scorecards s"
    " join activities a on a.platform_id = s.platform_id and a.year = s.year and a.id = 1"
)
"""Of the platform whose activity the hall scans at, the first of all."""


@contextmanager
def installed(
    folder: Path, template: Cluster, data: Path | None = None, wal: Path | None = None, **environment: str
) -> Iterator[Installation]:
    """An installation on a copy of the template's data, up and open; ``data`` and ``wal`` may lie on other disks."""
    cluster = Cluster(folder, data=data)
    cluster.copy(template)
    if wal is not None:
        cluster.move_wal(wal)
    made = Installation(folder, cluster, **environment)
    try:
        made.start()
        made.open()
        yield made
    finally:
        made.close()
