"""Two deeds that meet, in turn on PostgreSQL: the second begins when the first has written and not yet committed.

No luck and no sleep decides: the second either comes to its end beside the first, or is seen waiting for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.timing import until
from wxsvc.db import Database
from wxsvc.services.refusal import Refused

_WAITING: Final = sa.text(
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)


def meet(db: Database, first: Callable[[Session], Any], second: Callable[[Session], Any]) -> list[Any]:
    """What came of each, in a transaction of its own; a refusal is an answer too, by its code."""
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            answer = first(session)
            session.flush()
            other = pool.submit(_done, db, second)
            until(lambda: other.done() or _is_somebody_waiting(db), 20, "the second neither ends nor waits")
        return [answer, other.result(20)]


def waits(
    db: Database, first: Callable[[Session], Any], second: Callable[[Session], Any], seen: Callable[[], Any]
) -> Any:
    """What is seen while the second waits for the first."""
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            first(session)
            other = pool.submit(_done, db, second)
            until(lambda: _is_somebody_waiting(db), 20, "the second does not wait")
            found = seen()
        other.result(20)
    return found


def _done(db: Database, deed: Callable[[Session], Any]) -> Any:
    try:
        with db.transaction() as session:
            return deed(session)
    except Refused as no:
        return no.code


def _is_somebody_waiting(db: Database) -> bool:
    with db.read() as looking:
        return bool(looking.scalar(_WAITING))
