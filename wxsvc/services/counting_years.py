"""计入哪一年: in which year a row counts, whether that year is sealed (锁定), and the guard that asks so.

A row has the calendar year of its day. The assessment period (考评期) that the province set for a year may have days of
the years beside it, and what was done on them counts in that year. The schema's guards ask the same (``0037``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.functions import FunctionElement

from models.activity import Activity, ActivityPlatform
from models.base import Dated
from models.platform import PlatformYear
from scoring.deadlines import named_day
from scoring.terms import Obligation
from wxsvc.queries import only_reads
from wxsvc.services import years
from wxsvc.services.refusal import Refused

PlatformYears: TypeAlias = Collection[tuple[int, int]]

_Made = TypeVar("_Made")

_DAYS: Final = (
    *(table.DAY for table in Dated.__subclasses__()),
    *("posted_on", "inspected_on"),
)
"""The columns by which a period takes a row. Filings (报送) it takes by the day that the text names; whatever has no
day counts in its ``year``."""


class When(NamedTuple):
    """The year that a row has, and the day by which a period takes it, where there is one."""

    year: int
    day: date | None = None


def when(row: Any, values: Mapping[str, Any] = MappingProxyType({})) -> When:
    """The same of a row that has a year, or of what was typed for one; as it will be with these ``values``."""
    if hasattr(row, "obligation"):
        return When(row.year, named_day(row.obligation, row.period))
    name = next((name for name in (*_DAYS, "ends_at") if hasattr(row, name)), None)
    found = values.get(name, getattr(row, name)) if name is not None else None
    day = years.last_day_of(found) if isinstance(found, datetime) else found
    return When(values.get("year", row.year), day)


class SetPeriods:
    """考评期 that the province set for years of platforms, for whoever asks about many rows."""

    def __init__(self, session: Session) -> None:
        rows = session.scalars(sa.select(PlatformYear).where(PlatformYear.period_reason.is_not(None)))
        self._rows = rows.all()

    def of(self, platform_years: PlatformYears, day: date | None) -> set[tuple[int, int]]:
        """The platform-years in which a row of this day counts that has these."""
        return _counting(self._rows, platform_years, day)


def of(session: Session, platform_years: PlatformYears, day: date | None) -> set[tuple[int, int]]:
    """The platform-years in which a row of this day counts that has these; one query."""
    platform_ids = {platform_id for platform_id, _ in platform_years}
    return _counting(_set_periods(session, platform_ids, [day]), platform_years, day)


def held_for(session: Session, platform_years: PlatformYears, day: date | None) -> set[tuple[int, int]]:
    """What is held before such a row is written, all at once: the years that it has, and those in which it counts."""
    return {*platform_years, *of(session, platform_years, day)}


def year_of(session: Session, platform_id: int, at: When) -> int:
    """The year in which a platform's row counts."""
    (year,) = years_of(session, platform_id, [at])
    return year


def years_of(session: Session, platform_id: int, those: Iterable[When]) -> set[int]:
    """The years in which rows of a platform count; one query, however many they are."""
    found = set(those)
    rows = _set_periods(session, {platform_id}, [each.day for each in found])
    return {year for each in found for _, year in _counting(rows, [(platform_id, each.year)], each.day)}


def _set_periods(session: Session, platform_ids: Set[int], days: Iterable[date | None]) -> Sequence[PlatformYear]:
    """考评期 set for these platforms, as far as they may have one of the days."""
    dated = [day for day in days if day is not None]
    if not dated or not platform_ids:
        return []
    if only_reads(session):
        return [row for each in platform_ids for row in years.all_of(session, each)]
    query = sa.select(PlatformYear).where(
        PlatformYear.platform_id.in_(platform_ids),
        PlatformYear.period_reason.is_not(None),
        PlatformYear.assessed_from <= max(dated),
        PlatformYear.assessed_until >= min(dated),
    )
    return session.scalars(query).all()


def _counting(rows: Iterable[PlatformYear], platform_years: PlatformYears, day: date | None) -> set[tuple[int, int]]:
    """Of two years: a claim may name another one than its day's, and a need may have been carried over."""
    if day is None:
        return set(platform_years)
    set_for = {
        row.platform_id: row.year
        for row in rows
        if row.period_reason is not None and row.assessed_from <= day <= row.assessed_until
    }
    return {
        (each, found if (found := set_for.get(each, year)) == year or year == day.year else year)
        for each, year in platform_years
    }


def open_among(session: Session, platform_years: PlatformYears) -> set[tuple[int, int]]:
    """Those of the platform-years that may be counted anew: a sealed one keeps its card, and of its days some may count
    in an open year beside it."""
    sealed = years.sealed_of(session, {platform_id for platform_id, _ in platform_years})
    closed = set(platform_years) & sealed
    found = set(platform_years)
    for year in sorted({year for _, year in closed}):
        of_year = [platform_id for platform_id, each in closed if each == year]
        found.update(years.all_reaching_into(session, of_year, year))
    return found - sealed


def must_be_open(session: Session, platform_id: int, *those: When) -> None:
    """The guard of rows: the years in which they count take changes, and there are rules for those of their days.

    Raises ``Refused("year_sealed", year=…)``, ``Refused("year_without_rules", year=…)``.
    """
    for year in sorted({each.year for each in those}):
        if not years.has_rules(year):
            raise Refused("year_without_rules", year=year)
    years.must_be_open(session, platform_id, *sorted(years_of(session, platform_id, those)))


def all_must_be_open(session: Session, platform_years: PlatformYears, day: date | None) -> None:
    """The same of a row of several platforms."""
    for platform_id, year in sorted(platform_years):
        must_be_open(session, platform_id, When(year, day))


def is_sealed(session: Session, platform_id: int, at: When) -> bool:
    """Whether the year in which a platform's row counts is sealed."""
    return years.is_sealed(session, platform_id, year_of(session, platform_id, at))


class _LastDay(FunctionElement[date]):
    """:func:`years.last_day_of` as a column of a query."""

    name = "last_day"
    inherit_cache = True
    type = sa.Date()


@compiles(_LastDay, "postgresql")
def _on_postgresql(last_day: Any, compiler: Any, **how: Any) -> str:
    ends_at = compiler.process(last_day.clauses, **how)
    return f"cast(({ends_at} - interval '1 microsecond') at time zone 'Asia/Shanghai' as date)"


@compiles(_LastDay, "sqlite")
def _on_sqlite(last_day: Any, compiler: Any, **how: Any) -> str:
    ends_at = compiler.process(last_day.clauses, **how)
    of_midnight = f"substr({ends_at}, 12) = '16:00:00.000000'"
    return f"case when {of_midnight} then date({ends_at}) else date({ends_at}, '+8 hours') end"


class _NamedDay(FunctionElement[date]):
    """:func:`named_day` of a filing's obligation and period as a column of a query, by the latest rules."""

    name = "named_day"
    inherit_cache = True
    type = sa.Date()


def _named_day(table: Any) -> _NamedDay:
    latest = date.max.year
    named = {
        each: f"-{named_day(each, str(latest)):%m-%d}"
        if each is Obligation.SUMMARY
        else f"-{named_day(each, f'{latest}-01'):%d}"
        for each in Obligation
    }
    return _NamedDay(table.period.concat(sa.case(named, value=table.obligation)))


@compiles(_NamedDay, "postgresql")
def _named_on_postgresql(named: Any, compiler: Any, **how: Any) -> str:
    return f"cast({compiler.process(named.clauses, **how)} as date)"


@compiles(_NamedDay, "sqlite")
def _named_on_sqlite(named: Any, compiler: Any, **how: Any) -> str:
    return str(compiler.process(named.clauses, **how))


def _made_once(make: Callable[..., _Made]) -> Callable[..., _Made]:
    """Keep the columns below: to make one takes a millisecond, and a page like 待审事项 asks for twenty."""
    return lru_cache(maxsize=64)(make)


@_made_once
def column(table: Any, platform_id: Any = None) -> sa.ColumnElement[int]:
    """The year in which a row counts, as a column of a query; of an activity at the platform of ``platform_id``."""
    day = _day_column(table)
    if day is None:
        return table.year  # type: ignore[no-any-return]
    over, year = aliased(PlatformYear), table.year
    set_for = sa.select(over.year).where(
        over.platform_id == (table.platform_id if platform_id is None else platform_id),
        over.period_reason.is_not(None),
        day.between(over.assessed_from, over.assessed_until),
        sa.or_(over.year == year, year == sa.extract("year", day)),
    )
    only_one = set_for.order_by(over.year).limit(1).correlate_except(over)
    return sa.func.coalesce(only_one.scalar_subquery(), year)


def _day_column(table: Any) -> sa.ColumnElement[date] | None:
    if hasattr(table, "ends_at"):
        return _LastDay(table.ends_at)
    if hasattr(table, "obligation"):
        return _named_day(table)
    return next((getattr(table, name) for name in _DAYS if hasattr(table, name)), None)


@_made_once
def counts_in(table: Any, year: int) -> sa.ColumnElement[bool]:
    """Whether a row counts in this year; of an activity, for one of the platforms with a confirmed part in it."""
    near = table.year.between(year - 1, year + 1)
    if not hasattr(table, "ends_at"):
        return sa.and_(near, column(table) == year)
    part = aliased(ActivityPlatform)
    of_part = sa.exists().where(
        part.activity_id == table.id, part.confirmed_at.is_not(None), column(table, part.platform_id) == year
    )
    return sa.and_(near, of_part)


@_made_once
def is_sealed_of(table: Any) -> sa.ColumnElement[bool]:
    """Whether the year in which a row counts is sealed, as a column of a query."""
    own = aliased(PlatformYear)
    return sa.exists().where(own.platform_id == table.platform_id, own.year == column(table), own.is_sealed)


ACTIVITY_IS_SEALED: Final = sa.exists().where(
    ActivityPlatform.activity_id == Activity.id,
    ActivityPlatform.confirmed_at.is_not(None),
    PlatformYear.platform_id == ActivityPlatform.platform_id,
    PlatformYear.year == column(Activity, ActivityPlatform.platform_id),
    PlatformYear.is_sealed,
)
"""Whether one of the platform-years that the check-ins of an ``Activity`` of a query count in is sealed."""
