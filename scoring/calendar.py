"""The working-day calendar (工作日历): handed over as lookups, asked in order, and never without an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from scoring.statutory_days import ONE_DAY, days_of_rest, is_weekend
from scoring.terms import DaySource

BRIDGED_BEFORE, BRIDGED_AFTER = 2, 5
"""How far a notice has ever reached around a statutory day: 调休 frees at most so many days before and after it."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: worked or not, who says so, and the holiday's Chinese name where one is known.

    A make-up workday (调休上班) is a weekend day that is worked.
    """

    on: date
    is_workday: bool
    source: DaySource
    holiday: str | None = None

    @property
    def is_make_up(self) -> bool:
        return self.is_workday and is_weekend(self.on)

    @property
    def is_provisional(self) -> bool:
        """暂定: told by our own rule, because no notice is loaded and no package knows the year."""
        return self.source is DaySource.RULE


Lookup: TypeAlias = Callable[[date], Day | None]
"""A source of days: a day it knows, or None for "ask the next"."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Sources in the order they are believed; after the last, weekends and statutory days by rule (暂定)."""

    lookups: tuple[Lookup, ...] = ()

    def day(self, on: date) -> Day:
        for lookup in self.lookups:
            if (known := lookup(on)) is not None:
                return known
        return day_by_rule(on)

    def roll_forward(self, on: date) -> Day:
        """节假日顺延: the day itself when it is worked, else the next that is; make-up workdays are worked."""
        day = self.day(on)
        while not day.is_workday:
            day = self.day(day.on + ONE_DAY)
        return day

    def may_roll_to(self, on: date) -> date:
        """The last day that 节假日顺延 can lead to once every notice is known; where it is known, the rolled day."""
        day = self.day(on)
        while not day.is_workday or (day.is_provisional and _may_be_freed(day.on)):
            day = self.day(day.on + ONE_DAY)
        return day.on

    def last_workday_before(self, on: date) -> Day:
        """The last workday before a day: when its reminder goes out."""
        day = self.day(on - ONE_DAY)
        while not day.is_workday:
            day = self.day(day.on - ONE_DAY)
        return day


def day_by_rule(on: date) -> Day:
    """Weekends and statutory days, without 调休, which only a notice can say."""
    name = days_of_rest(on.year).get(on)
    return Day(on, name is None and not is_weekend(on), DaySource.RULE, name)


def _may_be_freed(on: date) -> bool:
    """Whether 调休 may make this weekday a day off: a statutory day is near."""
    near = (on + ONE_DAY * days for days in range(-BRIDGED_AFTER, BRIDGED_BEFORE + 1))
    return any(day in days_of_rest(day.year) for day in near)


def notice_lookup(days: Iterable[Day], years: Collection[int]) -> Lookup:
    """The State Council's notice (国务院办公厅放假通知) as a lookup: the days it names, and plain weeks around them.

    ``years`` are the years whose notice is loaded completely; only in those is a day the notice does not name known.
    """
    named: Mapping[date, Day] = {day.on: day for day in days}
    loaded = frozenset(years)

    def lookup(on: date) -> Day | None:
        if on in named:
            return named[on]
        return Day(on, not is_weekend(on), DaySource.NOTICE) if on.year in loaded else None

    return lookup
