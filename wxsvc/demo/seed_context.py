"""What the telling of the year works with: the session, the cast, the calendar, chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from models.terms import Subject
from wxsvc.demo.days import Calendar
from wxsvc.demo.seed_people import Cast, Place
from wxsvc.files import Files
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.records.reviewables import Reviewable, subject_of


@dataclass(frozen=True)
class Telling:
    """One platform's year under way. ``diligence`` is how much of its plan the platform does, about 0.45 to 1.05."""

    session: Session
    cast: Cast
    place: Place
    calendar: Calendar
    files: Files
    chance: Random
    diligence: float
    tick: Callable[[], object]

    @property
    def reviewer(self) -> Actor:
        """Who reviews this platform."""
        return self.cast.reviewers[self.place.id % len(self.cast.reviewers)]

    @property
    def official(self) -> Actor:
        """Who decides at the province."""
        return self.cast.officials[0]

    def share(self, planned: int) -> int:
        """How much of a plan gets done."""
        return max(1, round(planned * self.diligence * self.chance.uniform(0.9, 1.1)))

    def reviewed(self, row: Reviewable, returns: str = "", share_returned: float = 0.0) -> datetime | None:
        """Let the hub judge a submitted record a few days later, if that day has come; when it was approved."""
        moment = self.calendar.later(row.submitted_at or row.created_at, 1, 6)
        if not self.calendar.has_come(moment):
            return None
        subject: Subject = subject_of(row)
        if returns and self.chance.random() < share_returned:
            reviews.send_back(self.session, subject, row.id, returns, self.reviewer, moment)
            return None
        reviews.approve(self.session, subject, row.id, self.reviewer, moment)
        return moment
