"""托办: rows that ask the worker to call WeChat. When they are due, and when the next try may be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from models.errand import Errand

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
LONGEST_PROBLEM: Final = 500


def is_due(table: type[Errand], now: datetime) -> sa.ColumnElement[bool]:
    """Whether a row may be tried now."""
    return sa.or_(table.try_after.is_(None), table.try_after <= now)


def failed(row: Errand, problem: str, now: datetime, until: datetime | None = None) -> None:
    """Note a failure: the next try comes after 30 s, a minute, two … an hour, or not before ``until``."""
    wait = min(FIRST_WAIT * 2 ** min(row.tries, 10), LONGEST_WAIT)
    row.tries += 1
    row.problem = problem[:LONGEST_PROBLEM]
    row.try_after = until or now + wait


def done(row: Errand) -> None:
    """Note that it went well: nothing waits any more."""
    row.tries, row.try_after, row.problem = 0, None, None
