"""Serving: the embedded profile in one process (waitress), the production web (granian), each from the same app.

Each imports what it alone needs; several web processes share what the one that looks after them has loaded.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from wxsvc import observe
from wxsvc.clock import Clock, SystemClock
from wxsvc.db import Database
from wxsvc.garbage import nothing_collected
from wxsvc.house import House
from wxsvc.request_bodies import ANONYMOUS_SECONDS, HEADER_SECONDS
from wxsvc.settings import Settings
from wxsvc.worker.threads import Threads

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from wxsvc.granian_server import Buffered

THREADS = 16
EMBEDDED: Final = 4
"""Threads of the worker within ``wxsvc serve``."""
WORKER_SECONDS: Final = 70
"""Seconds that the worker gets to end: more than its threads take that are left one after the other."""
CONNECTIONS: Final = 4096
"""Open connections of one process, idle ones too: a full hall with a thousand phones, four times."""
OTHER_FILES: Final = 512
"""Files beside them: the database's, the logs, bodies on disk."""
KILL_SECONDS: Final = ANONYMOUS_SECONDS + 5
"""Seconds that a process gets to end by itself: an upload that is still on its way does not hold up a restart."""
_THREADS: Final = "WEB_THREADS"
"""How a web process learns from its parent how many threads it has."""


def serve(settings: Settings, host: str, port: int, threads: int = THREADS) -> None:
    """``wxsvc serve``: web, worker thread and folding thread in this one process, until a signal ends it."""
    with nothing_collected():
        from wxsvc import waitress_server
        from wxsvc.app import create_app

    settings.make_folders()
    clock = SystemClock()
    with _prepared(settings, 2 * threads + EMBEDDED) as database:
        with nothing_collected():
            app = create_app(settings, clock, database)
        server = waitress_server.make(app, settings, threads, connections(), _door(host, port))
        with embedded_worker(settings, database, clock):
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
def embedded_worker(settings: Settings, database: Database, clock: Clock) -> Iterator[None]:
    """The worker's threads, for as long as the block lasts. They are loaded beside it: no answer waits for Celery."""

    def work(ended: threading.Event) -> None:
        with nothing_collected():
            from wxsvc.worker.embedded import Embedded

            worker = Embedded(House(settings, database, clock))
        worker.start()
        ended.wait()
        worker.stop()

    threads = Threads(embedded=work)
    threads.start()
    try:
        yield
    finally:
        threads.stop(WORKER_SECONDS)


def web(settings: Settings, host: str, port: int, workers: int, threads: int) -> None:
    """``wxsvc web``: granian's processes and threads; every process makes its own app."""
    settings.make_folders()
    with nothing_collected():
        from granian import Granian
        from granian.constants import HTTPModes, Interfaces
        from granian.http import HTTP1Settings
        from granian.log import LogLevels

        with _prepared(settings):
            pass  # every process has a database of its own
    os.environ[_THREADS] = str(threads)
    if workers > 1 and multiprocessing.get_start_method() == "fork":
        with nothing_collected():  # loaded once for all: they are forked from this process, and so is who replaces one
            from wxsvc import app, granian_server  # noqa: F401
    held = connections()
    Granian(
        "wxsvc.serving:app_from_environment",
        factory=True,
        interface=Interfaces.RSGI,
        address=host,
        port=port,
        workers=workers,
        # An idle kept-alive connection counts against backpressure like a busy one: with granian's default (1024 of all
        # processes together) the thousand-and-first phone waits until somebody else's connection has timed out.
        backlog=held,
        backpressure=held,
        http=HTTPModes.http1,  # "auto" waits without limit for a first byte, to see which one it is
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    ).serve()


def app_from_environment() -> Buffered:
    """What one web process serves, from the settings in the environment."""
    with nothing_collected():
        from wxsvc.app import create_app
        from wxsvc.granian_server import Buffered

        settings = Settings()
        observe.log_to(level=settings.log_level)
        threads = int(os.environ[_THREADS])
        app = create_app(settings, database=Database(settings.database_url, 2 * threads))  # of pages, and of pushes
    return Buffered(app, settings, threads)


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
