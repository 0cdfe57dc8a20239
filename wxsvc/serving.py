"""Serving: the embedded profile in one process (waitress), the production web (granian), each from the same app.

What only the embedded profile needs, waitress and the worker, is imported by it: the web starts sooner.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from flask import Flask

from wxsvc import granian_server, observe
from wxsvc.app import create_app
from wxsvc.clock import Clock, SystemClock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Settings

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from wxsvc.worker.embedded import Embedded

THREADS = 16
EMBEDDED: Final = 4
"""Threads of the worker within ``wxsvc serve``."""
CONNECTIONS: Final = 4096
"""Open connections of one process, idle ones too: a full hall with a thousand phones, four times."""
OTHER_FILES: Final = 512
"""Files beside them: the database's, the logs, bodies on disk."""
_THREADS: Final = "WEB_THREADS"
"""How a web process learns from its parent how many threads it has."""


def serve(settings: Settings, host: str, port: int, threads: int = THREADS) -> None:
    """``wxsvc serve``: web, worker thread and folding thread in this one process, until a signal ends it."""
    from wxsvc import waitress_server

    settings.make_folders()
    clock = SystemClock()
    with _prepared(settings, 2 * threads + EMBEDDED) as database, embedded_worker(settings, database, clock):
        app = without_what_lasts(create_app(settings, clock, database))
        server = waitress_server.make(app, settings, threads, connections(), _door(host, port))
        observe.logger("serve").info("listening", address=f"http://{host}:{port}", database=database.url.drivername)
        _until_told(server)


@contextmanager
def _prepared(settings: Settings, threads: int = 1) -> Iterator[Database]:
    """The database on a current schema and with a secret that fits. Raises ``SchemaError``, ``WrongKey``."""
    database = Database(settings.database_url, threads)
    try:
        database.prepare()
        House(settings, database, SystemClock()).settle_key()
        yield database
    finally:
        database.dispose()


@contextmanager
def embedded_worker(settings: Settings, database: Database, clock: Clock) -> Iterator[Embedded]:
    """The worker's threads, for as long as the block lasts."""
    from wxsvc.worker.embedded import Embedded

    worker = Embedded(House(settings, database, clock))
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def web(settings: Settings, host: str, port: int, workers: int, threads: int) -> None:
    """``wxsvc web``: granian's processes and threads; every process makes its own app."""
    settings.make_folders()
    with _prepared(settings):
        pass  # every process has a database of its own
    os.environ[_THREADS] = str(threads)
    granian_server.run("wxsvc.serving:app_from_environment", host, port, workers, connections())


def app_from_environment() -> granian_server.Buffered:
    """What one web process serves, from the settings in the environment."""
    settings = Settings()
    observe.log_to(level=settings.log_level)
    threads = int(os.environ[_THREADS])
    app = create_app(settings, database=Database(settings.database_url, 2 * threads))  # of pages, and of pushes
    return granian_server.Buffered(without_what_lasts(app), settings, threads)


def without_what_lasts(app: Flask) -> Flask:
    """The app, whose modules, rules and models no later garbage collection looks through.

    A full collection over all of them stopped a page in twenty for some 200 ms.
    """
    gc.collect()
    gc.freeze()
    return app


def connections() -> int:
    """How many connections one process holds: ``CONNECTIONS``, or what the machine's limit of open files allows.

    The limit that this process may raise by itself is raised.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        observe.logger("serving").warning("few open files are allowed: raise ulimit -n", allowed=hard, wanted=wanted)
    return max(allowed - OTHER_FILES, allowed // 2)


def _door(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def _until_told(server: BaseWSGIServer) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        server.run()
    finally:
        server.close()
