"""Seeding (造数): the whole province's year through the services, the same at every seeding of one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from wxsvc.clock import Clock
from wxsvc.db import Database
from wxsvc.demo import (
    notices,
    seed_activities,
    seed_collaboration,
    seed_open_matters,
    seed_people,
    seed_records,
    seed_rulings,
    today,
)
from wxsvc.demo.days import Calendar
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.seed_people import Cast, Place
from wxsvc.demo.tables import table
from wxsvc.files import Files
from wxsvc.services.counting import folding
from wxsvc.services.years import year_of
from wxsvc.vault import Vault

Tick = Callable[[], object]

_PARTS_OF_RECORDS = 7
"""Ticks of one platform beside those of its activities."""
_OPEN_TODAY = 6
"""Every so manieth platform has an activity today."""


@dataclass(frozen=True)
class Seeds:
    """What seeding works with."""

    database: Database
    files: Files
    vault: Vault
    clock: Clock


def people(seeds: Seeds) -> Cast:
    """Platforms, staff, enterprises: loaded unless they are there."""
    now = seeds.clock.now()
    with seeds.database.transaction() as session:
        seed_people.load(session, now, seed_activities.luck("province"), seeds.vault)
    with seeds.database.reading() as session:
        return seed_people.known(session)


def size(everybody: Cast, most: int | None = None) -> int:
    """How often ``tick`` will be called by :func:`year` (about: diligence differs)."""
    return sum(len(seed_activities.plan(place.kind)) + _PARTS_OF_RECORDS + 1 for place in everybody.places[:most])


def year(seeds: Seeds, everybody: Cast, tick: Tick = lambda: None, most: int | None = None) -> None:
    """A year of every platform (or of the first ``most``), and what runs today."""
    clerk_at = table("province")["clerk"]["platform"]
    with seeds.database.transaction() as session:
        calendar = Calendar(seeds.clock.now(), seed_activities.luck("province"))
        seed_collaboration.ask(session, everybody, calendar)
    for number, place in enumerate(everybody.places[:most]):
        with seeds.database.transaction() as session:
            telling = _telling(session, seeds, everybody, place, tick)
            seed_activities.tell(telling)
            seed_records.tell(telling)
            seed_collaboration.tell(telling)
            seed_rulings.tell(telling, is_spared=place.code == clerk_at)
            if place.code != clerk_at and number % _OPEN_TODAY == 0:
                today.tell_of_another(telling)
    _leave_open(seeds, everybody, most)
    open_today(seeds, everybody)
    fold(seeds, everybody, tick)


def _leave_open(seeds: Seeds, everybody: Cast, most: int | None) -> None:
    """What nobody has answered yet, and who was told of what."""
    said, now = table("province"), seeds.clock.now()
    with seeds.database.transaction() as session:
        asked = seed_open_matters.ask(session, everybody, Calendar(_minute(now), seed_activities.luck("open")))
        for place in everybody.places[:most]:
            is_clerks = place.code == said["clerk"]["platform"]
            telling = _telling(session, seeds, everybody, place, lambda: None)
            seed_open_matters.tell(telling, asked, said["phones"]["visitor"]["openid"] if is_clerks else "")
        notices.settle(session, now)


def open_today(seeds: Seeds, everybody: Cast) -> bool:
    """Let something be open at the clerk's platform now; whether anything had to be added."""
    clerk_at = everybody.place(table("province")["clerk"]["platform"])
    with seeds.database.reading() as session:
        if today.running(session, seeds.clock.now(), clerk_at.id):
            return False
    with seeds.database.transaction() as session:
        telling = _telling(session, seeds, everybody, clerk_at, lambda: None)
        today.tell_of_the_clerk(telling, table("province")["phones"]["visitor"]["openid"])
    return True


def fold(seeds: Seeds, everybody: Cast, tick: Tick = lambda: None) -> None:
    """Score everything, so that the first page has no gaps."""
    now = seeds.clock.now
    folding.fold_waiting(seeds.database, now, took=lambda _seconds: tick())
    folding.make_missing(seeds.database, [place.id for place in everybody.places], year_of(now()), now)


def _telling(session: Session, seeds: Seeds, everybody: Cast, place: Place, tick: Tick) -> Telling:
    chance = seed_activities.luck(place.code)
    return Telling(
        session=session,
        cast=everybody,
        place=place,
        calendar=Calendar(_minute(seeds.clock.now()), chance),
        files=seeds.files,
        chance=chance,
        diligence=_diligence(chance),
        tick=tick,
    )


def _diligence(chance: Random) -> float:
    return min(1.05, max(0.45, chance.gauss(0.8, 0.17)))


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
