"""The tests turn round whatever order a query does not ask for: what relies on luck fails here, not one day in CI."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests import no_luck
from wxsvc.db import Database

pytestmark = pytest.mark.both_databases

_ROWS = "(SELECT 1 AS id, 'a' AS word UNION ALL SELECT 2, 'a' UNION ALL SELECT 3, 'b') AS given"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT id FROM {rows}", [3, 2, 1]),
        ("SELECT id FROM {rows} ORDER BY id", [1, 2, 3]),
        ("SELECT id FROM {rows} ORDER BY word", [2, 1, 3]),
        ("SELECT id FROM {rows} LIMIT 1", [3]),
        ("SELECT id FROM {rows} ORDER BY word LIMIT 1", [2]),
        ("SELECT DISTINCT id FROM {rows} ORDER BY id", [1, 2, 3]),
        ("SELECT count(*) FROM {rows}", [3]),
        ("SELECT count(*) FROM {rows} GROUP BY word ORDER BY word", [2, 1]),
        ("WITH few AS (SELECT id FROM {rows} WHERE word <> 'ORDER BY (') SELECT id FROM few", [3, 2, 1]),
    ],
)
def test_only_the_order_that_was_asked_for_holds(db: Database, query: str, answer: list[int]) -> None:
    with db.read() as session:
        assert session.scalars(sa.text(query.format(rows=_ROWS))).all() == answer


def test_what_may_not_be_sorted_is_turned_round_from_outside(db: Database) -> None:
    query = "SELECT id FROM {rows} WHERE id = 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
    with db.read() as session:
        assert session.scalars(sa.text(query.format(rows=_ROWS))).all() == [3, 2, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a (b) SELECT b FROM c",
        "WITH gone AS (DELETE FROM a RETURNING b) SELECT b FROM gone",
        "SELECT DISTINCT a FROM b ORDER BY a",
        "SELECT a FROM b ORDER BY a FOR UPDATE",
        "SELECT pg_backend_pid()",
    ],
)
def test_the_rest_stays_as_it_is(statement: str) -> None:
    assert no_luck.turned(statement) == statement
