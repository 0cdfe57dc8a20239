"""折算 of what waits: short transactions of a few platform-years, so that nobody waits long and nothing is half-done.

Platforms are counted together, as one pass over the check-ins counts them all: a few of those that wait, in a full
recount many.

The embedded thread, the worker's task, ``wxsvc tallies``, ``wxsvc retally`` and the nightly recount all come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from time import perf_counter

from sqlalchemy.orm import Session

from models.scorecard import ScorecardRow
from wxsvc.db import Database
from wxsvc.services.counting import card_checks, tallies
from wxsvc.services.counting.card_checks import CardDifference
from wxsvc.services.locks import with_turn

TOGETHER = 10
"""Platform-years of one transaction that have waited; on SQLite one, as all scans wait for it."""
CHUNK = 25
"""Platform-years per transaction of a full recount on SQLite: scans get their turn in between."""
IN_ONE_PASS = 250
"""On PostgreSQL, where scans need not wait: as many as are counted in one pass over their check-ins. Who submits a form
of one of them meanwhile waits for that pass."""

Now = Callable[[], datetime]


def fold_waiting(
    db: Database,
    now: Now,
    took: Callable[[float], object] = lambda seconds: None,
) -> int:
    """Fold everything on the work list; returns how many platform-years. Looking costs one small query.

    Several processes may do so at once: each folds what no other one has in hand. ``took`` is told the seconds of each
    platform-year: of those that are folded together, its share.
    """
    with db.read() as session:
        waiting = tallies.waiting(session)
    folded = 0
    for year, pairs in groupby(waiting, key=lambda pair: pair[1]):
        ids = [platform_id for platform_id, _ in pairs]
        size = 1 if db.is_sqlite else TOGETHER
        for start in range(0, len(ids), size):
            started = perf_counter()
            with db.transaction() as session:
                turns = with_turn(session, ids[start : start + size], year)
                if turns:
                    tallies.fold_all(session, turns, year, now())
            for _ in turns:
                took((perf_counter() - started) / len(turns))
            folded += len(turns)
    return folded


def retally(db: Database, now: Now, tick: Callable[[], None] = lambda: None) -> int:
    """Recount every unsealed platform-year from the truth; ``tick`` is called once for each."""
    with db.read() as session:
        every = tallies.all_platform_years(session, now())
    size = CHUNK if db.is_sqlite else IN_ONE_PASS
    for start in range(0, len(every), size):
        with db.transaction() as session:
            for year, pairs in groupby(every[start : start + size], key=lambda pair: pair[1]):
                ids = [platform_id for platform_id, _ in pairs]
                tallies.fold_all(session, ids, year, now())
                for _ in ids:
                    tick()
    return len(every)


def retally_size(db: Database, now: Now) -> int:
    """How many platform-years a full recount goes through, for a progress bar."""
    with db.read() as session:
        return len(tallies.all_platform_years(session, now()))


def check(
    db: Database, now: Now, tick: Callable[[], None] = lambda: None
) -> tuple[list[CardDifference], list[tuple[int, int]]]:
    """Compare all scorecards with the truth; returns the differences, and apart the platform-years that still wait.

    Differences that came after sealing are among them and say so (``is_after_sealing``).
    """
    with db.read() as session:
        waiting = tallies.waiting(session)
        every = tallies.all_platform_years(session, now())
        settled = [pair for pair in every if pair not in set(waiting)]
        return card_checks.check(session, settled, tick), waiting


def make_missing(db: Database, platform_ids: Iterable[int], year: int, now: Now) -> None:
    """Give every platform a scorecard for the year, so that a list of all platforms has no gaps."""
    for platform_id in platform_ids:
        with db.read() as session:
            if session.get(ScorecardRow, (platform_id, year)) is not None:
                continue
        with db.transaction() as session:
            _make(session, platform_id, year, now())


def _make(session: Session, platform_id: int, year: int, now: datetime) -> None:
    if session.get(ScorecardRow, (platform_id, year)) is None:
        tallies.fold(session, platform_id, year, now)
