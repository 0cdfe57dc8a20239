"""Serving: the embedded profile in one process (waitress), the production web (granian), each from the same app."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import waitress
from flask import Flask

from wxsvc import observe
from wxsvc.app import create_app
from wxsvc.clock import Clock, SystemClock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Settings
from wxsvc.worker.embedded import Embedded

THREADS = 16


def serve(settings: Settings, host: str, port: int, threads: int = THREADS) -> None:
    """``wxsvc serve``: web, worker thread and folding thread in this one process, until a signal ends it."""
    settings.make_folders()
    clock = SystemClock()
    with _prepared(settings) as database, embedded_worker(settings, database, clock):
        app = create_app(settings, clock, database)
        server = waitress.create_server(app, host=host, port=port, threads=threads, channel_timeout=60)
        observe.logger("serve").info("listening", address=f"http://{host}:{port}", database=database.url.drivername)
        _until_told(server)


@contextmanager
def _prepared(settings: Settings) -> Iterator[Database]:
    """The database on a current schema and with a secret that fits. Raises ``SchemaError``, ``WrongKey``."""
    database = Database(settings.database_url)
    try:
        database.prepare()
        House(settings, database, SystemClock()).settle_key()
        yield database
    finally:
        database.dispose()


@contextmanager
def embedded_worker(settings: Settings, database: Database, clock: Clock) -> Iterator[Embedded]:
    """The worker's threads, for as long as the block lasts."""
    worker = Embedded(House(settings, database, clock))
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def web(settings: Settings, host: str, port: int, workers: int, threads: int) -> None:
    """``wxsvc web``: granian's processes and threads; every process makes its own app."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    settings.make_folders()
    with _prepared(settings):
        pass  # every process has a database of its own
    Granian(
        "wxsvc.serving:app_from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


def app_from_environment() -> Flask:
    """The app of one web process, from the settings in the environment."""
    settings = Settings()
    observe.log_to(level=settings.log_level)
    return create_app(settings)


def _until_told(server: waitress.server.BaseWSGIServer) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        server.run()
    finally:
        server.close()
