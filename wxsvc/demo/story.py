"""The story (故事): one activity from the first scan to the score, told step by step, every step checked.

It is played over HTTP through the simulator's phones: what a step claims was read on a page or in a chat.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from wxsvc import wording
from wxsvc.clock import BEIJING
from wxsvc.demo import drawing, phones, today
from wxsvc.demo.cast import code_of
from wxsvc.demo.hand import Hand
from wxsvc.demo.product import Product
from wxsvc.demo.stage import Stage
from wxsvc.demo.story_clock import StoryClock
from wxsvc.demo.texts import table
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.years import year_of

AFTER_LUNCH = timedelta(hours=3)
"""Until the published activity is over."""


def play(product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
    """Play it from the first scan to the scorecard. Raises WrongStep at the first thing that is not as told."""
    Story(product, clock, say).play()


class Story:
    """The acts, in order. What one act learns (the running activity, the published one) the next ones use."""

    def __init__(self, product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
        self.product, self.clock = product, clock
        self.stage = Stage(say)
        self.typed: dict[str, str] = table("story")["typed"]
        self.menu: dict[str, str] = table("story")["menu"]
        self.clerk_at: str = table("province")["clerk"]["platform"]
        self.hands: dict[str, Hand] = {}
        self.names: dict[str, str] = {}
        self.code = ""
        """The code of the activity that the clerk publishes."""

    def play(self) -> None:
        """All acts."""
        began = monotonic()
        self.set_up()
        self.come_and_scan()
        self.publish()
        self.wrap_up()
        before = self.card()
        self.review()
        self.approve(before)
        self.ask_in_the_chat()
        self.show_scorecard()
        self.stage.tell("end", seconds=monotonic() - began)

    def set_up(self) -> None:
        """Hand out the phones, put the posters up."""
        phones.put_up_posters(self.product)
        held = phones.hand_out(self.product)
        self.hands = {role: Hand(phone, self.product.url) for role, phone in held.items()}
        self.names = {role: phone.person.name for role, phone in held.items()}
        with self.product.database.reading() as session:
            self.running, _ = next(
                row for row in today.running(session, self.clock.now()) if row[1].code == self.clerk_at
            )
        now = self.clock.now().astimezone(BEIJING)
        count = len(scorecards_of(self.product))
        self.stage.tell("stage", platforms=count, people=len(held), now=wording.clock(now), title=self.running.title)

    def come_and_scan(self) -> None:
        """A first visitor, the same again, and somebody who has been here before; the figures rise."""
        newcomer, visitor, stage = self.hands["newcomer"], self.hands["visitor"], self.stage
        scene, code = self.running.scene or "", self.running.code
        before, pending = self.live(code), self.pending()
        stage.tell("before", count=before, total=self.total(), pending=pending, title=self.running.title, **self.names)

        reply = stage.heard("first_visit", newcomer.phone.scan(scene))
        stage.tell("first_scan", reply=stage.short(reply.text), **self.names)
        said = table("province")["newcomer"]
        newcomer.open(reply.links[0])
        newcomer.send(q=code_of(900_001, said["region"]))
        consent = newcomer.page.form("consent").offered["consent"][0]
        newcomer.send(name=said["enterprise"], region=said["region"], consent=consent)
        stage.read("receipt", newcomer.page.text)
        stage.tell("enrolled", enterprise=said["enterprise"])
        calm = stage.heard("calm", newcomer.phone.scan(scene))
        stage.tell("calm", reply=stage.short(calm.text), **self.names)

        scanned = monotonic()
        reply = stage.heard("checked_in", visitor.phone.scan(scene))
        stage.tell("returning", reply=stage.short(reply.text), **self.names)
        stage.equal("count", before + 2, self.live(code))
        stage.rises(self.pending, pending, pending + 2, 2.0)
        stage.tell("pending", count=before + 2, pending=pending + 2, seconds=monotonic() - scanned)

    def publish(self) -> None:
        """The clerk publishes on one screen; a typed short code and the menu's scanner work at once."""
        clerk, visitor, newcomer, stage = (*(self.hands[r] for r in ("clerk", "visitor", "newcomer")), self.stage)
        clerk.tap(self.menu["publish"])
        begin = self.clock.now().astimezone(BEIJING).replace(minute=30, second=0)
        page = clerk.send(
            title=self.typed["title"],
            category=self.typed["category"],
            form="onsite",
            part="host",
            organisers=self.typed["organisers"],
            starts_at=f"{begin:%Y-%m-%dT%H:%M}",
            ends_at=f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
            place=self.typed["hall"],
            content=self.typed["content"],
            deed="publish",
        )
        stage.read("title", page.text, self.typed["title"])
        self.code = page.url.rpartition("/")[2].partition("?")[0]
        short_code = stage.found("short_code", page.text)
        stage.tell("published", title=self.typed["title"], short_code=short_code, **self.names)
        reply = stage.heard("checked_in", visitor.phone.send(short_code))
        stage.tell("short_code", reply=stage.short(reply.text), **self.names)
        reply = stage.heard("checked_in", newcomer.phone.scan_with_menu(f"{self.product.url}/c/{self.code}"))
        stage.tell("scanner", reply=stage.short(reply.text), **self.names)
        stage.equal("count", 2, self.live(self.code))
        stage.tell("live", count=2, **self.names)

    def wrap_up(self) -> None:
        """After the activity: a photo, a poor summary, and off to review."""
        clerk = self.hands["clerk"]
        self.clock.advance(AFTER_LUNCH)
        self.stage.tell("time_passes", now=wording.clock(self.clock.now()))
        clerk.open(f"/p/activity/{self.code}/wrap-up")
        clerk.send(files={"photos": ("hall.jpg", drawing.photo("story"), "image/jpeg")}, kind="photo")
        clerk.send(summary=self.typed["poor"], deed="submit")
        self.stage.read("submitted", clerk.page.text)
        self.stage.tell("submitted", **self.names)

    def review(self) -> None:
        """The official sends it back with a reason; the clerk mends it and submits again."""
        official, clerk, stage = self.hands["official"], self.hands["clerk"], self.stage
        reply = stage.heard("waiting", official.phone.tap(self.menu["overview"]))
        stage.tell("overview", reply=stage.short(reply.text), **self.names)
        official.tap(self.menu["review"])
        official.follow(self.typed["title"])
        official.send(more=self.typed["reason"], verdict="return")
        stage.tell("queue", title=self.typed["title"], reason=self.typed["reason"], **self.names)
        clerk.tap(self.menu["today"])
        stage.read("reason", clerk.page.text, self.typed["reason"])
        clerk.open(f"/p/activity/{self.code}/wrap-up")
        clerk.send(summary=self.typed["summary"], deed="submit")
        stage.read("submitted", clerk.page.text)
        stage.tell("returned", **self.names)

    def approve(self, before: Card) -> None:
        """The official approves; the score follows."""
        official, stage = self.hands["official"], self.stage
        official.tap(self.menu["review"])
        official.follow(self.typed["title"])
        approved = monotonic()
        official.send(verdict="approve")
        was = wording.points(before.total)
        seconds = stage.changes(self.total, was, 2.0)
        after = self.card()
        stage.tell(
            "approved",
            seconds=max(seconds, monotonic() - approved),
            platform=after.platform.name,
            before=was,
            after=self.total(),
            **self.names,
        )
        for old, new in zip(before.lines, after.lines, strict=True):
            if old.points != new.points:
                figures = {"before": wording.points(old.points), "after": wording.points(new.points)}
                stage.add("line", name=new.name, working=new.working, **figures)

    def ask_in_the_chat(self) -> None:
        """A place's name by the official, an enterprise's own check-ins."""
        official, visitor, stage = self.hands["official"], self.hands["visitor"], self.stage
        place = self.typed["place"]
        reply = stage.heard("place", official.phone.send(place), place)
        stage.tell("place", place=place, reply=stage.short(reply.text), **self.names)
        reply = stage.heard("title", visitor.phone.tap(self.menu["my_check_ins"]), self.typed["title"])
        stage.tell("mine", reply=stage.short(reply.text), **self.names)

    def show_scorecard(self) -> None:
        """The platform's scorecard as it stands now, line by line."""
        card, points = self.card(), wording.points
        self.stage.equal("sums", self.total(), points(card.total))
        as_of = wording.beijing(card.as_of)
        self.stage.tell("scorecard", platform=card.platform.name, year=card.year, as_of=as_of)
        for line in card.lines:
            row = {"points": points(line.points), "full": points(line.full)}
            self.stage.add("row", name=line.name, working=line.working, **row)
        sums = {"base": card.base, "bonus": card.bonus, "total": card.total, "awaited": card.awaited}
        self.stage.add("sums", **{name: points(value) for name, value in sums.items()})

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
        return next(card for card in scorecards_of(self.product) if card.platform.code == self.clerk_at)

    def _score(self) -> str:
        return self.stage.heard("total", self.hands["clerk"].phone.tap(self.menu["score"])).text


def scorecards_of(product: Product) -> list[Card]:
    """Every platform's scorecard of the running year, with its lines."""
    with product.database.reading() as session:
        year = year_of(product.clock.now())
        cards = scorecards.overview(session, year)
        return [found for card in cards if (found := scorecards.detail(session, card.platform.id, year))]
