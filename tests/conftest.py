"""What every test may ask for: a clock, databases, a broker, a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright

from tests import kept
from tests.clock import SettableClock
from tests.databases import db, emptied_postgres, migrated_postgres, now, sqlite_database, sqlite_template
from tests.real import Postgres, chromium_path, postgres_server, redis_server

__all__ = ["db", "emptied_postgres", "migrated_postgres", "now", "sqlite_database", "sqlite_template"]

kept.keep()

_MARKER_OF = {"postgres": "postgres", "postgres_url": "postgres", "redis_url": "redis", "chromium": "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a real part carries its marker by itself, so ``-m "not browser"`` leaves it out."""
    for item in items:
        parts = {_MARKER_OF[name] for name in getattr(item, "fixturenames", ()) if name in _MARKER_OF}
        if getattr(getattr(item, "callspec", None), "params", {}).get("database_kind") == "sqlite":
            parts.discard("postgres")
        for part in parts:
            item.add_marker(part)


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of the person who runs it."""
    for name in os.environ:
        if name.startswith("WXSVC_") and not name.startswith("WXSVC_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands still on Monday 23 November 2026, 09:00 in Beijing, until the test turns it."""
    return SettableClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server to make databases on."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """One PostgreSQL database for the whole session, empty at first: what a test leaves there, the next one finds."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Both databases in turn."""
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
def chromium() -> str:
    """The path of a real Chromium."""
    return chromium_path()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium; a module's own, because Playwright runs once in a thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
