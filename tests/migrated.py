"""The whole schema for a test's own database, by a copy: migrating takes longer than most tests."""

from __future__ import annotations

import pytest

from tests.databases import put_sqlite
from tests.real import Postgres
from wxsvc.db import Database


def migrate(database: Database, request: pytest.FixtureRequest) -> None:
    """What ``Database.upgrade`` builds in an empty database; for tests that are about something else."""
    if database.is_sqlite:
        put_sqlite(database)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    database.dispose()
    postgres.migrate(database.url.render_as_string(hide_password=False))
