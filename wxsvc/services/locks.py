"""One at a time: whoever changes a platform's year holds it until the transaction ends.

A fold, a seal and two people who submit the same form in the same moment then come one after another, so what is
looked at before writing still holds when it is written. SQLite has one writer and needs no lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from wxsvc.services import years

PROVINCE: Final = 0
"""No platform has this id: it stands for the province's own lists of a year."""


def lock(session: Session, platform_id: int, year: int) -> None:
    """Hold one platform-year (the same lock as a fold's) until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.cast(platform_id, sa.Integer), sa.cast(year, sa.Integer)))
        )


def lock_all(session: Session, platform_years: Iterable[tuple[int, int]]) -> None:
    """Hold several, always in the same order, so that two who want the same never wait for each other."""
    for platform_id, year in sorted(set(platform_years)):
        lock(session, platform_id, year)


def hold_open(session: Session, platform_id: int, *of_years: int) -> None:
    """Hold a platform's years and make sure that none of them is sealed; else ``Refused("year_sealed", year=…)``."""
    lock_all(session, [(platform_id, year) for year in of_years])
    years.must_be_open(session, platform_id, *of_years)
