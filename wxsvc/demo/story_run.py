"""One run of the story: its clock, the phones, the checks, and the figures that steps read on the phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from wxsvc.clock import beijing_day
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.demo.product import Product
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.story_checks import StoryChecks
from wxsvc.demo.tables import table
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.years import year_of

AFTER_LUNCH: Final = timedelta(hours=3)
"""Until the published activity is over."""
FOLDED: Final = 5.0
"""Seconds within which a score follows; it takes about one, and the story reports how many it took."""
WORKER: Final = 20.0
"""Seconds within which the worker has done what it does every five or ten."""


class StoryClock:
    """Runs from 10:00 of the present day in Beijing; the story advances it over hours in which nothing happens."""

    def __init__(self) -> None:
        self._begin = at(beijing_day(datetime.now(UTC)), 10).astimezone(UTC)
        self._started = monotonic()

    def now(self) -> datetime:
        """The present instant of the story, in UTC."""
        return self._begin + timedelta(seconds=monotonic() - self._started)

    def advance(self, by: timedelta) -> None:
        """Move the clock ahead."""
        self._begin += by


class StoryRun:
    """What the steps share. What one step learns (the running activity, the published one) the next ones use."""

    def __init__(self, product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
        self.product, self.clock = product, clock
        self.checks = StoryChecks(say)
        said = table("story")
        self.typed: dict[str, str] = said["typed"]
        self.menu: dict[str, str] = said["menu"]
        self.clerk_at: str = table("province")["clerk"]["platform"]
        self.phones: dict[str, PhoneBrowser] = {}
        self.names: dict[str, str] = {}
        self.running_id = 0
        """The activity of the clerk's platform that is held when the story begins."""
        self.code = ""
        """The code of the activity that the clerk publishes."""

    def live(self, code: str) -> int:
        """现场签到: the live count on the clerk's phone."""
        answer = self.phones["clerk"].phone.open(f"{self.product.url}/p/activity/{code}/live.json")
        return int(answer.json()["enterprises"])

    def total(self) -> str:
        """The platform's points as the clerk's chat shows them."""
        return self.checks.found("total", self._score())

    def pending(self) -> int:
        """家次 under review, as the clerk's chat shows them."""
        return int(self.checks.found("pending", self._score()))

    def scorecard(self) -> Card:
        """The scorecard behind it, with its lines."""
        with self.product.database.read() as session:
            year = year_of(self.clock.now())
            own = next(card for card in scorecards.overview(session, year) if card.platform.code == self.clerk_at)
            return scorecards.detail(session, own.platform.id, year) or own

    def platforms(self) -> int:
        """How many platforms have a scorecard of the running year."""
        with self.product.database.read() as session:
            return len(scorecards.overview(session, year_of(self.clock.now())))

    def _score(self) -> str:
        return self.checks.replied("total", self.phones["clerk"].phone.tap(self.menu["score"])).text
