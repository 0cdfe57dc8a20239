"""What every test may ask for: a clock, databases, a broker, a browser."""

from __future__ import annotations

import gc
import os
import sys

gc.disable()  # until all tests are collected: what is imported stays

# Bytecode is kept where the environment forbids it too: pytest rewrites 5000 asserts, most of what a run's start takes.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright

from tests import costs, fuzzing, kept, log_names, no_luck
from tests.clock import SettableClock
from tests.databases import db, emptied_postgres, migrated_postgres, now, sqlite_database, sqlite_template
from tests.real import Postgres, chromium_path, missing, postgres_server, redis_server
from tests.replaced import monkeypatch
from tests.wxsvc.pages.web import (
    account,
    app,
    empty_database,
    filled,
    page_clock,
    phone,
    rows,
    settings,
    wechat,
    wechat_server,
    world,
)
from wxsvc.documents import activity_pictures

__all__ = [
    "account",
    "app",
    "db",
    "emptied_postgres",
    "empty_database",
    "filled",
    "migrated_postgres",
    "monkeypatch",
    "now",
    "page_clock",
    "phone",
    "rows",
    "settings",
    "sqlite_database",
    "sqlite_template",
    "wechat",
    "wechat_server",
    "world",
]

kept.keep()
log_names.watch()
no_luck.turn_round()

# No test reads the settings of the person who runs it.
for name in list(os.environ):
    if name.startswith("WXSVC_") and not name.startswith("WXSVC_TEST_"):
        del os.environ[name]

# Files of the tests are kept in memory where there is enough of it: they wait for no disk, and nobody needs them later.
_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest and tempfile make folders of their own there
if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4 * 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

fuzzing.load()


@pytest.fixture(scope="session", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The processes of a run take over what one of them made."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        kept.share(tmp_path_factory.getbasetemp().parent / "shared")


_MARKER_OF = {"postgres": "postgres", "postgres_url": "postgres", "redis_url": "redis", "chromium": "browser"}


def pytest_configure(config: pytest.Config) -> None:
    """A new checkout's tests are rewritten before the processes of the run begin, and once."""
    if getattr(config.option, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        here = Path(__file__).parent
        kept.rewrite([*here.rglob("test_*.py"), *here.rglob("conftest.py")], config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """``-n auto`` is two processes more than there are cores: journeys wait for their worker, pages for a database."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return len(os.sched_getaffinity(0)) + 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a real part carries its marker by itself, so ``-m "not browser"`` leaves it out.

    The files of long tests come first, so that at a run's end no process has a long one before it while others idle; so
    do those that mostly wait: beside them others compute.
    """
    for item in items:
        parts = {_MARKER_OF[name] for name in getattr(item, "fixturenames", ()) if name in _MARKER_OF}
        if getattr(getattr(item, "callspec", None), "params", {}).get("database_kind") == "sqlite":
            parts.discard("postgres")
        for part in parts:
            item.add_marker(part)
    long = {item.path for item in items if _is_long(item)}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector of cycles passes over them, and comes less often.

    What little of it is garbage already stays too: to look for that takes longer than it is worth.
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Each test, with all that is set up and cleared away for it."""
    with costs.noted(item.nodeid):
        return (yield)


def _is_long(item: pytest.Item) -> bool:
    """Whether it draws by chance, mostly waits, or may run for longer than other tests by its own word."""
    limit = item.get_closest_marker("timeout")
    return any(item.get_closest_marker(name) is not None for name in ("fuzz", "waits")) or (
        limit is not None and limit.args[0] > float(item.config.getini("timeout"))
    )


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands still on Monday 23 November 2026, 09:00 in Beijing, until the test turns it."""
    return SettableClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server to make databases on."""
    with postgres_server() as server:
        if "WXSVC_TEST_POSTGRES" in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
            server.build_once = kept.once_in_a_run(server.build)
        yield server


def pytest_unconfigure(config: pytest.Config) -> None:
    """What the processes of a run shared on one server goes when all have ended."""
    given = os.environ.get("WXSVC_TEST_POSTGRES")
    if given and "PYTEST_XDIST_WORKER" not in os.environ and getattr(config.option, "numprocesses", None):
        server = Postgres(given)
        if shared := kept.made_in(config._tmp_path_factory.getbasetemp() / "shared", server.build):
            server.drop(shared)


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """One PostgreSQL database for the whole session, empty at first: what a test leaves there, the next one finds."""
    url = postgres.create()
    yield url
    postgres.drop(url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where ``db`` is: on PostgreSQL, and for tests marked ``both_databases`` or about databases on SQLite too."""
    if "database_kind" not in metafunc.fixturenames:
        return
    marks = list(metafunc.definition.iter_markers())
    if any(mark.name == "parametrize" and "database_kind" in mark.args[0] for mark in marks):
        return
    kinds: list[object] = [pytest.param("postgresql", marks=pytest.mark.postgres)]
    if "database_url" in metafunc.fixturenames or any(mark.name == "both_databases" for mark in marks):
        kinds.insert(0, "sqlite")
    metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """``postgresql``, the production database; for a test marked ``both_databases`` in turn ``sqlite`` and that."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the test's own: the test runs once on SQLite and once on PostgreSQL."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def _redis() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def redis_url(_redis: str) -> str:
    """A real Redis, empty."""
    with redis.Redis.from_url(_redis) as client:
        client.flushdb()
    return _redis


@pytest.fixture(scope="session")
def chinese_font() -> None:
    """A font that knows Chinese, which pictures with text need."""
    if not activity_pictures.has_font():
        missing("no Chinese font: install the package fonts-wqy-microhei")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium."""
    return chromium_path()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium, one for the process: Playwright runs once in a thread, so take this one and open a context."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
