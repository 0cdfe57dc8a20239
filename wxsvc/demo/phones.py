"""The phones (手机): who holds one in the demo, their menus, and the codes there are to scan."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from wxsvc.chat import menus as wanted_menus
from wxsvc.demo import seed_activities
from wxsvc.demo.product import Product
from wxsvc.demo.tables import table
from wxsvc.house import House
from wxsvc.services.activity import parametric_codes
from wxsvc.simulator.phone import Phone
from wxsvc.wechat import menus, tags
from wxsvc.wechat.gateway import Gateway
from wxsvc.worker import person_tags

LOOKS_EVERY = 1.0
"""Seconds between two looks for activities that somebody has just published."""
PATIENCE = 15.0
"""Seconds that the worker is given for the first codes."""


def assign(product: Product) -> dict[str, Phone]:
    """Give everybody a phone, by the role in the story; staff follow the account and see their own menu."""
    phones = {}
    for role, person in table("province")["phones"].items():
        shown = product.simulator.show_phone(person["title"], person["openid"], person["name"], follows=False)
        phones[role] = shown.phone
    for role in ("visitor", "clerk", "official"):
        phones[role].follow()
    house = House(product.settings, product.database, product.clock)
    push_menus(house.gateway, product.url)
    person_tags.follow_roles(house)
    return phones


def push_menus(gateway: Gateway, public_url: str) -> None:
    """Make the simulated account's menus those of ``menus.toml``, as ``wxsvc menu --push`` does at the real one."""
    menus.push(gateway, wanted_menus.wanted(public_url, tags.ensure(gateway, wanted_menus.tags().values())))


def menu_differences(gateway: Gateway, public_url: str) -> list[str]:
    """What ``wxsvc menu`` would show: how the account's menus differ from ``menus.toml``."""
    return menus.difference(menus.fetch(gateway), wanted_menus.wanted(public_url, tags.ids(gateway)))


class OfferedCodes:
    """The codes to scan on the page of phones: of all activities open now, those of the clerk's platform on top."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._offered: list[int] = []

    def look(self) -> bool:
        """Offer what the worker has fetched by now; whether that is everything."""
        product, now = self._product, self._product.clock.now()
        clerk_at, said = table("province")["clerk"]["platform"], table("activities")["today"]["label"]
        with product.database.read() as session:
            rows = seed_activities.running(session, now)
            ready = [row for row in rows if parametric_codes.current(session, row[0], now)]
        ready.sort(key=lambda row: (row[1].code == clerk_at, row[0].starts_at))
        if self._offered != [activity.id for activity, _ in ready]:
            for activity, platform in ready:  # all of them: what is offered last stands first
                label = said.format(title=activity.title, platform=platform.name, short_code=activity.short_code)
                product.simulator.add_code(label, activity.scene or "")
            self._offered = [activity.id for activity, _ in ready]
        return len(ready) == len(rows)


@contextmanager
def offering_codes(product: Product) -> Iterator[None]:
    """Keep the codes up to date while the block lasts: what is published on a phone can be scanned on the next.

    The block begins when there are some: the worker has to be given a moment, though never more than ``PATIENCE``.
    """
    codes, ended, began = OfferedCodes(product), threading.Event(), monotonic()
    while not codes.look() and monotonic() - began < PATIENCE:
        sleep(LOOKS_EVERY)

    def look() -> None:
        while not ended.wait(LOOKS_EVERY):
            codes.look()

    thread = threading.Thread(target=look, name="codes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
