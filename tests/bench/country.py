"""``make bench-country``: the same pages and folds in a province and in a country with four times as many platforms,
ten times as many check-ins and ten years of scores. What one person or one platform asks for must not grow with them.

The province has 250 platforms and 300,000 check-ins; the country 1,000 platforms, 3,000,000 check-ins, and a card of
every platform for each of ten years. Small, both have a tenth of the activities.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

import pytest
import sqlalchemy as sa

from models.platform import Platform
from tests import builders
from tests.bench import large_province
from tests.bench.figures import FULL, size
from tests.bench.large_province import YEAR, Scope
from tests.clock import SettableClock
from tests.real import Postgres
from tests.wxsvc.pages.web import (
    Phone,
    PretendedWeChat,
    empty_database,
    page_clock,
    settings,
    wechat,
    wechat_server,
)
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.garbage import nothing_collected
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import tallies
from wxsvc.services.judging import kept_hints, review_queue
from wxsvc.services.judging.queue_filters import EVERYTHING
from wxsvc.settings import Settings

__all__ = ["empty_database", "page_clock", "settings", "wechat", "wechat_server"]

SHARE: Final = 1 if size() is FULL else 10
ROUNDS: Final = 40 if size() is FULL else 8
SMALL: Final = Scope(activities=6_000 // SHARE)
LARGE: Final = Scope(186, 800, 80_000, 24_000 // SHARE, 36_000 // SHARE, 9)
ASKED: Final = 1.3

OF_A_PLATFORM: Final = ("/p/today", "/p/score", "/p/activities")
OF_THE_PROVINCE: Final = (
    *("/v/dashboard/430100", "/v/status", "/v/review/activity/1"),
    *("/v/scores?kind=county", "/v/dashboard?kind=county&shade=rank", "/v/wall/now"),
    *("/v/scores/compare?kind=county", "/v/rulings/sheet", "/v/owed", "/v/dashboard/X000", "/v/operations"),
    *("/v/score/X000/history", "/v/announcements/new", "/v/people", "/v/year/2026/documents"),
)
"""Tables of all platforms are shown a part at a time: 200 of one kind, 250 of all."""
OF_ALL: Final = ("/v/year/2026/preview", "/v/review", "/v/review?page=30&only=clean&q=活动", "/v/review/batch")
"""They decide on every platform, or show a part of all that waits for review, four times as many."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of both, settled, with somebody at the province's desk and somebody at a platform's."""

    database: Database
    official: Phone
    clerk: Phone
    platform_id: int

    def page(self, path: str) -> float:
        """Seconds of a page."""
        phone = self.clerk if path.startswith("/p/") else self.official
        begun = time.perf_counter()
        shown = phone.client.get(path, headers={"User-Agent": phone.agent}, buffered=True)
        assert shown.status_code == 200, path
        return time.perf_counter() - begun

    def fold(self) -> float:
        """Seconds of one platform's fold."""
        begun = time.perf_counter()
        with self.database.transaction() as session:
            tallies.fold(session, self.platform_id, YEAR, builders.NOW)
        return time.perf_counter() - begun

    def next_entry(self) -> float:
        """Seconds of finding which record to judge next."""
        begun = time.perf_counter()
        with self.database.read() as session:
            assert review_queue.following(session, "activity-1", MACHINE, builders.NOW, EVERYTHING)
        return time.perf_counter() - begun


@pytest.fixture
def places(
    settings: Settings, page_clock: SettableClock, postgres: Postgres, wechat: PretendedWeChat
) -> Iterator[tuple[Place, Place]]:
    """The province and the country."""
    urls = [postgres.create(), postgres.create()]
    databases = [Database(url) for url in urls]
    province, country = (
        _settled(database, scope, settings, page_clock)
        for database, scope in zip(databases, (SMALL, LARGE), strict=True)
    )
    yield province, country
    for url, database in zip(urls, databases, strict=True):
        database.dispose()
        postgres.drop(url)


@pytest.mark.bench
@pytest.mark.postgres
def test_a_country(places: tuple[Place, Place], capsys: pytest.CaptureFixture[str]) -> None:
    """Each asked in turns, so that what else the machine does strikes both; medians and their ratio."""
    province, country = places
    with capsys.disabled():
        for place, name in ((province, "province"), (country, "country")):
            with place.database.read() as session:
                told = [
                    f"{session.execute(sa.text(f'select count(*) from {table}')).scalar_one():,} {table}"  # noqa: S608
                    for table in ("platforms", "activities", "check_ins", "scorecards")
                ]
            print(f"\n{name}: {', '.join(told)}", end="")
        for path in (*OF_A_PLATFORM, *OF_THE_PROVINCE):
            _compare(path, lambda place, path=path: place.page(path), province, country)  # type: ignore[misc]
        _compare("fold of one platform", Place.fold, province, country)
        print("\nof all platforms, and of all that waits, four times as many:", end="")
        for path in OF_ALL:
            _compare(path, lambda place, path=path: place.page(path), province, country)  # type: ignore[misc]
        _compare("the next entry of the queue", Place.next_entry, province, country)
        print()


def _compare(what: str, measure: Callable[[Place], float], province: Place, country: Place) -> None:
    for place in (province, country):
        measure(place)
    pairs = [(measure(province), measure(country)) for _ in range(ROUNDS)]
    small, large = (median(column) * 1000 for column in zip(*pairs, strict=True))
    verdict = "" if large / small <= ASKED else f" (more than {ASKED:g})"
    print(f"\n{what}: {small:.0f} ms, {large:.0f} ms: × {large / small:.2f}{verdict}", end="")


def _settled(database: Database, scope: Scope, settings: Settings, clock: SettableClock) -> Place:
    database.upgrade()
    begun = time.perf_counter()
    official = large_province.settle(database, scope)
    with database.read() as session:  # as the worker does, or each page would look for hints
        looked = kept_hints.look_for_hints(session, MACHINE)
    with database.transaction() as session:
        kept_hints.keep_hints(session, looked, MACHINE)
        session.execute(sa.text("analyze waiting_records"))
        platform = session.scalars(sa.select(Platform).where(Platform.kind == "county").order_by(Platform.id)).first()
        assert platform is not None
        staff = builders.staff(session, platform)
        clerk = session.execute(sa.text("select openid from persons where id = :id"), {"id": staff.person_id})
        openid = str(clerk.scalar_one())
    print(f"settled in {time.perf_counter() - begun:.0f} s")
    with nothing_collected():
        app = create_app(settings, clock, database)
    app.config["RATELIMIT_ENABLED"] = False
    phones = Phone(app, official), Phone(app, openid)
    for phone, path in zip(phones, ("/v/review", "/p/today"), strict=True):
        assert phone.get(path).status_code == 200
    return Place(database, *phones, platform.id)
