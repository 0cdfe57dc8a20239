"""Platforms that are judged alike: of one kind, by the same readings. One query counts for all of them at once.

The query of each way of judging is built once and kept; whose rows, and of which years, are its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import aliased

from models.platform import Platform
from models.terms import Stage
from models.types import Instant
from scoring.readings import DEFAULT_READINGS, Readings
from scoring.terms import PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services.regulation import platform_regions
from wxsvc.services.regulation.platform_regions import Each
from wxsvc.services.years import AssessmentPeriod

PLATFORMS: Final[Any] = sa.bindparam("platforms", expanding=True, type_=sa.Integer)
YEARS: Final[Any] = sa.bindparam("years", expanding=True, type_=sa.Integer)
"""Calendar years."""
MIDNIGHTS: Final[Any] = sa.bindparam("midnights", expanding=True, type_=Instant())

UNDER_REVIEW: Final = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)
COUNTABLE: Final = (*UNDER_REVIEW, Stage.APPROVED)
"""What counts, or waits for review."""
_WORDS: Final[list[sa.ColumnElement[Any]]] = [sa.literal_column(f"'{stage.value}'") for stage in COUNTABLE]

owner: Final = aliased(Platform)
"""The platform for which a row of such a query is counted."""


def is_countable(stage: Any) -> sa.ColumnElement[bool]:
    """Whether a column has a stage of ``COUNTABLE``; the words stand in the statement, as they are always these."""
    found: sa.ColumnElement[bool] = stage.in_(_WORDS)
    return found


def midnight_after(year: int) -> datetime:
    """24:00 on 31 December in Beijing."""
    return datetime(year + 1, 1, 1, tzinfo=BEIJING)


class Judged(Struct, frozen=True):
    """One platform's year: the readings it is judged by, and which days of it are assessed (考评期)."""

    platform: Platform
    readings: Readings
    period: AssessmentPeriod

    def calendar_years(self, year: int) -> list[int]:
        """The calendar years whose records are looked at."""
        return sorted({year, *self.period.calendar_years})


JudgedT = TypeVar("JudgedT", bound=Judged)


class Way(Struct, frozen=True):
    """One way of judging: what the conditions of a query depend on, beside the columns of its ``owner``."""

    kind: PlatformKind
    readings: Readings
    takes_members: bool

    @property
    def each(self) -> Each:
        """The ``owner`` as the conditions ask for it."""
        return Each(self.kind, self.takes_members, owner.id, owner.region_code, owner.operator_uscc)


def way_of(platform: Platform, by: Readings) -> Way:
    """How one platform is judged."""
    return Way(platform.kind, by, platform_regions.takes_members(platform))


def way_with_regions(platform: Platform, by: Readings) -> Way:
    """The same as far as who counts at an activity depends on it, and who is from outside."""
    readings = replace(
        DEFAULT_READINGS, sole_traders_count=by.sole_traders_count, out_of_region_counts=by.out_of_region_counts
    )
    return way_of(platform, readings)


def way_at_activities(platform: Platform, by: Readings) -> Way:
    """The same as far as who counts at an activity depends on it: a whole province is one way while regions do not."""
    way = way_with_regions(platform, by)
    return Way(PlatformKind.COUNTY, way.readings, False) if by.out_of_region_counts else way


def grouped(found: Iterable[JudgedT], way: Callable[[Platform, Readings], Way] = way_of) -> dict[Way, list[JudgedT]]:
    """Those that are judged alike together."""
    groups: dict[Way, list[JudgedT]] = {}
    for each in found:
        groups.setdefault(way(each.platform, each.readings), []).append(each)
    return groups
