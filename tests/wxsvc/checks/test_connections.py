"""Connections: what every process may open together, against what PostgreSQL allows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from wxsvc.checks import connections
from wxsvc.checks.finding import FindingState
from wxsvc.db import CONNECTIONS_OF_A_THREAD, Database


@pytest.mark.parametrize(("threads", "state"), [(4, FindingState.GOOD), (10_000, FindingState.BAD)])
def test_what_the_processes_may_open_is_added_up(database_url: str, threads: int, state: FindingState) -> None:
    """By their size, not by what they happen to have open; a process that nobody has room for is told of."""
    one, other, asking = (Database(database_url, size) for size in (2, threads, 1))
    with one.engine.connect(), one.direct.connect(), other.engine.connect():
        found = connections.enough(asking)
    for each in (one, other, asking):
        each.dispose()
    if one.is_sqlite:
        assert found.state is FindingState.GOOD
        return
    assert found.state is state
    assert f"2个进程最多共用{CONNECTIONS_OF_A_THREAD * (2 + threads)}个连接（目前3个）" in found.what
    assert ("max_connections" in found.mend) is (state is FindingState.BAD)


@pytest.mark.postgres
def test_a_pool_opens_no_more_than_its_process_says(postgres_url: str) -> None:
    """One thread: two transactions and a scan; the fourth would wait for one of them."""
    database = Database(postgres_url, threads=1)
    database.engine.pool._timeout = database.direct.pool._timeout = 0.05  # type: ignore[attr-defined]
    with database.engine.connect(), database.engine.connect(), database.direct.connect():
        for engine in (database.engine, database.direct):
            with pytest.raises(sa.exc.TimeoutError):
                engine.connect()
    database.dispose()
