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

    def done(deed: Callable[[Session], Any]) -> Any:
        try:
            with db.transaction() as session:
                return deed(session)
        except Refused as no:
            return no.code

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            answer = first(session)
            session.flush()
            other = pool.submit(done, second)

            def is_settled() -> bool:
                if other.done():
                    return True
                with db.read() as looking:
                    return bool(looking.scalar(_WAITING))

            until(is_settled, 20, "the second neither ends nor waits")
        return [answer, other.result(20)]
