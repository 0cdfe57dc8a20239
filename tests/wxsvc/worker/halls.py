"""A hall full of people who scan, and how soon their platform's figures show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from models.scorecard import ScorecardRow
from models.terms import Door
from tests import builders
from tests.timing import in_time, until
from wxsvc.db import Database
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in


class Hall:
    """An activity that is open now, with people of different enterprises at the door."""

    def __init__(self, db: Database, people: int = 40) -> None:
        self.db, now = db, datetime.now(UTC)
        with db.transaction() as session:
            platform = builders.platform(session)
            begins, ends = now - timedelta(minutes=5), now + timedelta(minutes=5)
            builders.activity(session, platform, scene="1", starts_at=begins, ends_at=ends)
            for number in range(people):
                person = builders.person(session, openid=f"o-{number}")
                builders.contact(session, person, builders.enterprise(session))
            self._platform_id = platform.id
        self._waiting, self._seen = [f"o-{number}" for number in range(people)], 0

    def soon_visible(self, within: float) -> None:
        """Scan, then look until the pending figure shows it.

        The scan that is measured comes when another one has just become visible, so right after a fold: it waits for
        the whole pause between two folds.
        """

        def measure() -> float:
            self._seen_after_scan()
            return self._seen_after_scan()

        in_time(measure, within)

    def _seen_after_scan(self) -> float:
        self.scan()
        return until(lambda: self._pending() == self._seen, 20, f"scan {self._seen} was never visible")

    def scan(self) -> None:
        """The next person checks in."""
        now = datetime.now(UTC)
        with self.db.check_in_connection() as connection:
            outcome = check_in(connection, Scan(self._waiting.pop(), "1", Door.CODE, now, now))
        assert outcome.kind is OutcomeKind.CHECKED_IN
        self._seen += 1

    def _pending(self) -> int | None:
        query = sa.select(ScorecardRow.pending_participations).where(ScorecardRow.platform_id == self._platform_id)
        with self.db.read() as session:
            return session.scalar(query)
