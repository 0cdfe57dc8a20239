"""考评年度: which year a day belongs to, the assessment period, and the one guard of a sealed year (锁定)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from scoring.scheme_files import NoSchemeError, rules_in_force
from scoring.terms import PlatformKind
from wxsvc.clock import beijing_day
from wxsvc.plain_rows import plain_rows
from wxsvc.queries import only_reads, remembered
from wxsvc.services import journal
from wxsvc.services.refusal import Refused

ONE_DAY: Final = timedelta(days=1)


def day_of(moment: datetime) -> date:
    """The day it is in Beijing at this moment."""
    return beijing_day(moment)


def year_of(moment: datetime) -> int:
    """The calendar year that a moment belongs to."""
    return day_of(moment).year


def last_day_of(ends_at: datetime) -> date:
    """The day that an end belongs to: what ends at 24:00 ends on the day that is over, not on the next."""
    return day_of(ends_at - timedelta(microseconds=1))


class AssessmentPeriod(NamedTuple):
    """考评期: its first and last day, both included; the first lies after the last where nothing is assessed."""

    first: date
    last: date

    @property
    def is_empty(self) -> bool:
        """Nothing is assessed: the platform was accepted too late for this year, or closed before it."""
        return self.first > self.last

    @property
    def calendar_years(self) -> range:
        """The calendar years that it has days in."""
        return range(0) if self.is_empty else range(self.first.year, self.last.year + 1)

    def holds(self, day: date) -> bool:
        """Whether the day is assessed."""
        return self.first <= day <= self.last


def whole_year(year: int) -> AssessmentPeriod:
    """如无特殊情况，考评期为每年度1月1日-12月31日."""
    return AssessmentPeriod(date(year, 1, 1), date(year, 12, 31))


def platform_year(session: Session, platform_id: int, year: int) -> PlatformYear:
    """The platform's year, made with the ordinary assessment period when it is first asked for."""
    found = session.get(PlatformYear, (platform_id, year))
    if found is None:
        found = platform_years(session, [session.get_one(Platform, platform_id)], year)[platform_id]
    return found


def platform_years(session: Session, platforms: Iterable[Platform], year: int) -> dict[int, PlatformYear]:
    """The same of several platforms, by their ids; as the database has them now, whatever the session read before."""
    found = {each.id: each for each in platforms}
    query = sa.select(PlatformYear).where(PlatformYear.year == year, PlatformYear.platform_id.in_(found))
    there = {row.platform_id: row for row in session.scalars(query.execution_options(populate_existing=True))}
    if missing := [platform_id for platform_id in found if platform_id not in there]:
        first, last = whole_year(year)  # what is assessed of it, acceptance and the years beside it say
        for platform_id in missing:
            row = PlatformYear(platform_id=platform_id, year=year, assessed_from=first, assessed_until=last)
            session.add(row)
            there[platform_id] = row
        session.flush()
    return {platform_id: there[platform_id] for platform_id in found}


def row_of(session: Session, platform_id: int, year: int) -> PlatformYear | None:
    """The platform's year as it is registered; None where nobody has set anything in it."""
    if only_reads(session):
        return _at_hand(session, platform_id).get(year)
    return session.get(PlatformYear, (platform_id, year))


def _at_hand(session: Session, platform_id: int) -> dict[int, PlatformYear]:
    """Every registered year of a platform, asked once by a session that only reads."""
    query = sa.select(PlatformYear).where(PlatformYear.platform_id == platform_id)
    rows = remembered(session, ("years", platform_id), lambda: session.scalars(query).all())
    return {row.year: row for row in rows}


def all_of(session: Session, platform_id: int) -> Collection[PlatformYear]:
    """Every registered year of a platform, for a session that only reads."""
    return _at_hand(session, platform_id).values()


def keep_at_hand(session: Session, platform_id: int, rows: Sequence[PlatformYear]) -> None:
    """Every registered year of a platform that another query brought along: a session that only reads asks no more."""
    remembered(session, ("years", platform_id), lambda: rows)


def assessment_period(session: Session, platform_id: int, year: int) -> AssessmentPeriod:
    """考评期 of the platform's year, without making its row.

    如无特殊情况，考评期为每年度1月1日-12月31日. A platform is assessed from the month after its acceptance (验收), and
    owes nothing of the years before; closed (关停), it owes nothing from that day on. The province may set another
    period with a reason; the ordinary periods of the years beside it then begin after it and end before it, because a
    day counts in one year only.
    """
    platform = session.get_one(Platform, platform_id)
    if only_reads(session):
        return period_by(_at_hand(session, platform_id), platform, year)
    return assessment_periods(session, [platform], year)[platform_id]


# What most use cases ask is made once.
_OF_YEARS: Final = sa.select(
    *(PlatformYear.platform_id, PlatformYear.year, PlatformYear.assessed_from, PlatformYear.assessed_until),
    *(PlatformYear.period_reason, PlatformYear.is_sealed.label("is_sealed")),
).where(PlatformYear.year.in_(sa.bindparam("years")), PlatformYear.platform_id.in_(sa.bindparam("platforms")))
OF_YEAR: Final = sa.bindparam("of_year", type_=sa.SmallInteger)
REACHING: Final = sa.select(PlatformYear.platform_id, PlatformYear.year).where(
    PlatformYear.platform_id.in_(sa.bindparam("platforms")),
    PlatformYear.year != OF_YEAR,
    PlatformYear.assessed_from <= sa.bindparam("last"),
    PlatformYear.assessed_until >= sa.bindparam("first"),
)
_OPEN_WITH_YEARS: Final = (
    sa.select(Platform, PlatformYear)
    .outerjoin(
        PlatformYear, sa.and_(PlatformYear.platform_id == Platform.id, PlatformYear.year.in_(sa.bindparam("years")))
    )
    .where(Platform.id.in_(sa.bindparam("platforms")))
    .order_by(Platform.id)
    .execution_options(populate_existing=True)
)
_FIRST_SEALED: Final = sa.select(sa.func.min(PlatformYear.year)).where(
    PlatformYear.platform_id == sa.bindparam("platform"),
    PlatformYear.year.in_(sa.bindparam("years")),
    PlatformYear.is_sealed,
)
_IS_SEALED: Final = sa.select(PlatformYear.is_sealed).where(
    PlatformYear.platform_id == sa.bindparam("platform"), PlatformYear.year == sa.bindparam("of_year")
)


def assessment_periods(session: Session, platforms: Iterable[Any], year: int) -> dict[int, AssessmentPeriod]:
    """考评期 of the year of many platforms, or of rows with their columns, by their ids: one query."""
    found = {each.id: each for each in platforms}
    near: dict[int, dict[int, Any]] = {}
    for row in plain_rows(session, _OF_YEARS, {"platforms": list(found), "years": [year - 1, year, year + 1]}):
        near.setdefault(row.platform_id, {})[row.year] = row
    return {platform_id: period_by(near.get(platform_id, {}), each, year) for platform_id, each in found.items()}


def open_with_periods(
    session: Session, platform_ids: Iterable[int], year: int
) -> tuple[list[Platform], dict[int, AssessmentPeriod]]:
    """The platforms whose year is not sealed (未锁定), and 考评期 of each: one query, asked under their locks."""
    found: dict[int, tuple[Platform, dict[int, PlatformYear]]] = {}
    asked = {"platforms": list(platform_ids), "years": [year - 1, year, year + 1]}
    for platform, row in session.execute(_OPEN_WITH_YEARS, asked):
        near = found.setdefault(platform.id, (platform, {}))[1]
        if row is not None:
            near[row.year] = row
    open_ones = [(platform, near) for platform, near in found.values() if not (year in near and near[year].is_sealed)]
    periods = {platform.id: period_by(near, platform, year) for platform, near in open_ones}
    return [platform for platform, _ in open_ones], periods


def period_by(near: Mapping[int, Any], platform: Any, year: int) -> AssessmentPeriod:
    """The same from the platform's years at hand: its rows of this year and of those beside it, as far as there are."""
    own = near.get(year)
    first, last = whole_year(year)
    if own is not None and (own.period_reason is not None or own.is_sealed):
        first, last = own.assessed_from, own.assessed_until
    if platform.closed_on is not None:
        last = min(last, platform.closed_on - ONE_DAY)
    if own is not None and own.period_reason is not None:
        return AssessmentPeriod(first, last)
    if platform.accepted_on is not None:
        first = max(first, _month_after(platform.accepted_on))
    if (before := near.get(year - 1)) is not None and before.period_reason is not None:
        first = max(first, before.assessed_until + ONE_DAY)
    if (after := near.get(year + 1)) is not None and after.period_reason is not None:
        last = min(last, after.assessed_from - ONE_DAY)
    return AssessmentPeriod(first, last)


def held_by(
    periods: Mapping[int, AssessmentPeriod], platform_id: sa.SQLColumnExpression[int], day: sa.SQLColumnExpression[date]
) -> sa.ColumnElement[bool]:
    """Whether a row's platform is assessed on the row's day, by the periods at hand; most platforms share one.

    A platform without a period at hand is taken by the one that most share, so that the query names few.
    """
    alike: dict[AssessmentPeriod, list[int]] = {}
    for each, period in periods.items():
        alike.setdefault(period, []).append(each)
    if not alike:
        return sa.false()
    (shared, _), *others = sorted(alike.items(), key=lambda each: -len(each[1]))
    apart = [each for _, ids in others for each in ids]
    held = (sa.and_(platform_id.in_(ids), day.between(*period)) for period, ids in others)
    return sa.or_(sa.and_(platform_id.not_in(apart), day.between(*shared)), *held)


def sealed_periods(session: Session, platform_id: int) -> dict[int, AssessmentPeriod]:
    """考评期 of every sealed year of the platform; see :func:`must_keep`."""
    query = sa.select(PlatformYear.year).where(PlatformYear.platform_id == platform_id, PlatformYear.is_sealed)
    return {year: assessment_period(session, platform_id, year) for year in session.scalars(query).all()}


def must_keep(session: Session, platform_id: int, kept: Mapping[int, AssessmentPeriod]) -> None:
    """No sealed year is assessed over other days than it was counted over; else ``Refused("year_sealed", year=…)``."""
    for year, period in sorted(kept.items()):
        if assessment_period(session, platform_id, year) != period:
            raise Refused("year_sealed", year=year)


def reaching_into(session: Session, platform_id: int, year: int) -> list[int]:
    """The other years of the platform whose period has days in this calendar year: its facts may count there."""
    if only_reads(session):
        first, last = date(year, 1, 1), date(year, 12, 31)
        rows = _at_hand(session, platform_id).values()
        within = (row.year for row in rows if row.assessed_from <= last and row.assessed_until >= first)
        return sorted(other for other in within if other != year)
    return sorted(other for _, other in all_reaching_into(session, [platform_id], year))


def all_reaching_into(session: Session, platform_ids: Iterable[int], year: int) -> list[tuple[int, int]]:
    """The same of many platforms, as platform-years."""
    asked = reaching_given(platform_ids, year)
    return [(row.platform_id, row.year) for row in plain_rows(session, REACHING, asked)]


def reaching_given(platform_ids: Iterable[int], year: int) -> dict[str, Any]:
    """What ``REACHING`` is asked with."""
    first, last = whole_year(year)
    return {"platforms": list(platform_ids), "of_year": year, "first": first, "last": last}


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def has_rules(year: int) -> bool:
    """Whether every kind of platform has an indicator table in that year: a day of the year 206 was mistyped."""
    try:
        return all(rules_in_force(kind.value, year) for kind in PlatformKind)
    except NoSchemeError:
        return False


def must_be_open(session: Session, platform_id: int, *years: int) -> None:
    """A platform-year that is sealed, or before all rules, takes no change; of rows ``counting_years`` asks it.

    Raises ``Refused("year_sealed", year=…)``, ``Refused("year_without_rules", year=…)``.
    """
    if (unruled := next((year for year in years if not has_rules(year)), None)) is not None:
        raise Refused("year_without_rules", year=unruled)
    if (sealed := session.scalar(_FIRST_SEALED, {"platform": platform_id, "years": years})) is not None:
        raise Refused("year_sealed", year=sealed)


def is_sealed(session: Session, platform_id: int, year: int) -> bool:
    """Whether the platform's year is sealed (锁定)."""
    if only_reads(session):
        row = row_of(session, platform_id, year)
        return row is not None and row.is_sealed
    return bool(session.scalar(_IS_SEALED, {"platform": platform_id, "of_year": year}))


def sealed_of(session: Session, platform_ids: Collection[int]) -> set[tuple[int, int]]:
    """Every platform-year of these platforms that is sealed; one statement."""
    query = sa.select(PlatformYear.platform_id, PlatformYear.year)
    found = session.execute(query.where(PlatformYear.platform_id.in_(platform_ids), PlatformYear.is_sealed))
    return {(row.platform_id, row.year) for row in found}


def sealed_ids(year: int) -> sa.Select[int]:
    """The ids of the platforms whose year is sealed (已锁定), for a query."""
    return sa.select(PlatformYear.platform_id).where(PlatformYear.year == year, PlatformYear.is_sealed)


def is_in(year: int) -> sa.ColumnElement[bool]:
    """Whether a platform is one of the year's: not those closed before it began, nor those that came after it.

    One that was added once the year was sealed is the year's only where its acceptance says that it is assessed in it:
    else each new platform would open again what the province has closed and published.
    """
    sealed_at = sa.select(sa.func.min(PlatformYear.sealed_at)).where(PlatformYear.year == year).scalar_subquery()
    return sa.or_(
        Platform.id.in_(sealed_ids(year)),
        sa.and_(
            sa.or_(Platform.closed_on.is_(None), Platform.closed_on > date(year, 1, 1)),
            sa.or_(Platform.accepted_on.is_(None), Platform.accepted_on <= date(year, 12, 31)),
            sa.or_(sealed_at.is_(None), Platform.created_at <= sealed_at, Platform.accepted_on < date(year, 12, 1)),
        ),
    )


def open_platforms(session: Session, year: int, kind: PlatformKind | None = None) -> list[int]:
    """The platforms of the year (of one kind) that are not sealed in it (未锁定)."""
    query = sa.select(Platform.id).where(*_is_open(year)).order_by(Platform.id)
    if kind is not None:
        query = query.where(Platform.kind == kind)
    return list(session.scalars(query))


def count_open(session: Session, year: int) -> int:
    """How many they are."""
    return session.scalar(sa.select(sa.func.count(Platform.id)).where(*_is_open(year))) or 0


def must_have_open(session: Session, year: int) -> None:
    """What concerns all platforms of a year is done while one of them is open; else ``Refused("year_is_sealed")``."""
    if session.scalar(sa.select(sealed_ids(year).exists())) and not count_open(session, year):
        raise Refused("year_is_sealed", year=year)


def _is_open(year: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Platform.id.not_in(sealed_ids(year)), is_in(year)


def sealed_platforms(session: Session, year: int) -> list[tuple[int, str]]:
    """The platforms whose year is sealed (已锁定), by id, each with its code."""
    query = sa.select(Platform.id, Platform.code).join(PlatformYear, PlatformYear.platform_id == Platform.id)
    query = query.where(PlatformYear.year == year, PlatformYear.is_sealed).order_by(Platform.id)
    return [(row.id, row.code) for row in session.execute(query)]


def touch_open(session: Session, year: int, now: datetime, kind: PlatformKind | None = None) -> None:
    """Put them all on the work list, because a rule for all of them changed; a sealed year keeps its scorecard."""
    journal.touch(session, [(platform_id, year) for platform_id in open_platforms(session, year, kind)], now)
