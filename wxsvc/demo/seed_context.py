"""What the seeding of one platform's year works with: transactions, people, calendar, chance."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from random import Random
from time import sleep, thread_time
from typing import Any, Self

from sqlalchemy.orm import Session

from models.collaboration import Assignment
from wxsvc.db import Database
from wxsvc.demo.seed_calendar import DemoYear
from wxsvc.demo.seed_people import Province, SeedPlatform
from wxsvc.files import Files, KeptFile
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.reviewables import Reviewable, subject_of

_LONGEST = 0.3
"""Seconds of computing after which a transaction is committed: a scan on a phone waits about as long for the writer."""
_PAUSE = 0.01
"""Seconds between two transactions, in which a waiting thread becomes the writer."""


class Transactions(ExitStack):
    """Transactions one after another, each some steps long; other threads can write between two of them.

    ``before_commit`` is called with the session, ``after_step`` after each step.
    """

    session: Session

    def __init__(
        self, database: Database, before_commit: Callable[[Session], object], after_step: Callable[[], object]
    ) -> None:
        super().__init__()
        self._database, self._before_commit, self._after_step = database, before_commit, after_step

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, kind: Any, *error: Any) -> bool:
        if kind is None:
            self._before_commit(self.session)
        return bool(super().__exit__(kind, *error))

    def step(self) -> None:
        """One step is written: commit if the transaction has been long, and begin the next one."""
        self._after_step()
        if thread_time() - self._began > _LONGEST:
            self._before_commit(self.session)
            self.close()
            sleep(_PAUSE)
            self._begin()

    def _begin(self) -> None:
        self._began = thread_time()
        self.session = self.enter_context(self._database.transaction())


@dataclass(frozen=True)
class SeedContext:
    """One platform's year. ``diligence`` is how much of its plan the platform does, about 0.45 to 1.05."""

    transactions: Transactions
    province: Province
    platform: SeedPlatform
    calendar: DemoYear
    files: Files
    photos: dict[int, KeptFile]
    """The pictures stored so far, by number."""
    assignment: Assignment | None
    """What the province has asked of all platforms just now."""
    chance: Random
    diligence: float

    @property
    def session(self) -> Session:
        """The session of the transaction that is open."""
        return self.transactions.session

    @property
    def reviewer(self) -> Actor:
        """Who reviews this platform."""
        return self.province.reviewers[self.platform.id % len(self.province.reviewers)]

    @property
    def official(self) -> Actor:
        """Who decides at the province."""
        return self.province.officials[0]

    def step(self) -> None:
        """One step of the year is written."""
        self.transactions.step()

    def share(self, planned: int) -> int:
        """How much of a plan gets done."""
        return max(1, round(planned * self.diligence * self.chance.uniform(0.9, 1.1)))

    def reviewed(self, row: Reviewable, returns: str = "", share_returned: float = 0.0) -> datetime | None:
        """Let the hub judge a submitted record a few days later, if that day has come; when it was approved."""
        moment = self.calendar.later(row.submitted_at or row.created_at, 1, 6)
        if not self.calendar.has_come(moment):
            return None
        subject = subject_of(row)
        if returns and self.chance.random() < share_returned:
            reviews.send_back(self.session, subject, row.id, returns, self.reviewer, moment)
            return None
        reviews.approve(self.session, subject, row.id, self.reviewer, moment)
        return moment


def random_for(code: str) -> Random:
    """The random numbers of one platform: the same at every seeding."""
    return Random(f"wxsvc:{code}")  # noqa: S311 - sample data, no secret
