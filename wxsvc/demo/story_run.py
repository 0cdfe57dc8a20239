"""The play: what the scenes share — product and clock, the stage, the people's phones — and what is read on these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from wxsvc.demo.hand import Hand
from wxsvc.demo.product import Product
from wxsvc.demo.story_checks import Stage
from wxsvc.demo.story_clock import StoryClock
from wxsvc.demo.tables import table
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.years import year_of

AFTER_LUNCH: Final = timedelta(hours=3)
"""Until the published activity is over."""
FOLDED: Final = 5.0
"""Seconds within which a score follows; it takes about one, and the story tells how many it took."""
WORKER: Final = 20.0
"""Seconds within which the worker has done what it does every five or ten."""


class Play:
    """Who plays and where. What one scene learns (the running activity, the published one) the next ones use."""

    def __init__(self, product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
        self.product, self.clock = product, clock
        self.stage = Stage(say)
        said = table("story")
        self.typed: dict[str, str] = said["typed"]
        self.menu: dict[str, str] = said["menu"]
        self.clerk_at: str = table("province")["clerk"]["platform"]
        self.hands: dict[str, Hand] = {}
        self.names: dict[str, str] = {}
        self.running_id = 0
        """The activity of the clerk's platform that is held when the story begins."""
        self.code = ""
        """The code of the activity that the clerk publishes."""

    # What the phones read

    def live(self, code: str) -> int:
        """现场签到: the live count on the clerk's phone."""
        answer = self.hands["clerk"].phone.open(f"{self.product.url}/p/activity/{code}/live.json")
        return int(answer.json()["enterprises"])

    def total(self) -> str:
        """The platform's points as the clerk's chat tells them."""
        return self.stage.found("total", self._score())

    def pending(self) -> int:
        """家次 under review, as the clerk's chat tells them."""
        return int(self.stage.found("pending", self._score()))

    def card(self) -> Card:
        """The scorecard behind it."""
        return next(card for card in self.cards() if card.platform.code == self.clerk_at)

    def cards(self) -> list[Card]:
        """Every platform's scorecard of the running year, with its lines."""
        with self.product.database.reading() as session:
            year = year_of(self.clock.now())
            listed = scorecards.overview(session, year)
            return [found for card in listed if (found := scorecards.detail(session, card.platform.id, year))]

    def _score(self) -> str:
        return self.stage.heard("total", self.hands["clerk"].phone.tap(self.menu["score"])).text
