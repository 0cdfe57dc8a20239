"""考评年度: which year a day belongs to, the assessment period, and the one guard of a sealed year (锁定)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from scoring.scheme_files import NoSchemeError, rules_in_force
from scoring.terms import PlatformKind
from wxsvc.clock import beijing_day
from wxsvc.services import journal
from wxsvc.services.refusal import Refused


def day_of(moment: datetime) -> date:
    """The day it is in Beijing at this moment."""
    return beijing_day(moment)


def year_of(moment: datetime) -> int:
    """The evaluation year that a moment belongs to."""
    return day_of(moment).year


def platform_year(session: Session, platform_id: int, year: int) -> PlatformYear:
    """The platform's year, made with its default assessment period when it is first asked for.

    1 January to 31 December; a platform accepted during the year is assessed from the month after its acceptance.
    """
    found = session.get(PlatformYear, (platform_id, year))
    if found is None:
        platform = session.get_one(Platform, platform_id)
        found = PlatformYear(
            platform_id=platform_id,
            year=year,
            assessed_from=_assessed_from(platform.accepted_on, year),
            assessed_until=date(year, 12, 31),
        )
        session.add(found)
        session.flush()
    return found


def assessment_period(session: Session, platform_id: int, year: int) -> tuple[date, date]:
    """考评期: the first and the last day of the platform's year, without making its row."""
    if (found := session.get(PlatformYear, (platform_id, year))) is not None:
        return found.assessed_from, found.assessed_until
    return _assessed_from(session.get_one(Platform, platform_id).accepted_on, year), date(year, 12, 31)


def _assessed_from(accepted_on: date | None, year: int) -> date:
    if accepted_on is None or accepted_on.year != year:
        return date(year, 1, 1)
    if accepted_on.month == 12:
        return date(year, 12, 31)
    return date(year, accepted_on.month + 1, 1)


def has_rules(year: int) -> bool:
    """Whether every kind of platform has an indicator table in that year: a day of the year 206 was mistyped."""
    try:
        return all(rules_in_force(kind.value, year) for kind in PlatformKind)
    except NoSchemeError:
        return False


def must_be_open(session: Session, platform_id: int, *years: int) -> None:
    """The one guard: a platform-year that is sealed, or before all rules, takes no change.

    Raises ``Refused("year_sealed", year=…)``, ``Refused("year_without_rules", year=…)``.
    """
    if (unruled := next((year for year in years if not has_rules(year)), None)) is not None:
        raise Refused("year_without_rules", year=unruled)
    sealed = session.scalar(
        sa.select(PlatformYear.year).where(
            PlatformYear.platform_id == platform_id, PlatformYear.year.in_(years), PlatformYear.is_sealed
        )
    )
    if sealed is not None:
        raise Refused("year_sealed", year=sealed)


def is_sealed(session: Session, platform_id: int, year: int) -> bool:
    """Whether the platform's year is sealed (锁定)."""
    query = sa.select(PlatformYear.is_sealed).where(PlatformYear.platform_id == platform_id, PlatformYear.year == year)
    return bool(session.scalar(query))


def open_platforms(session: Session, year: int, kind: PlatformKind | None = None) -> list[int]:
    """The platforms (of one kind) whose year is not sealed (未锁定)."""
    sealed = sa.select(PlatformYear.platform_id).where(PlatformYear.year == year, PlatformYear.is_sealed)
    query = sa.select(Platform.id).where(Platform.id.not_in(sealed)).order_by(Platform.id)
    if kind is not None:
        query = query.where(Platform.kind == kind)
    return list(session.scalars(query))


def touch_open(session: Session, year: int, now: datetime, kind: PlatformKind | None = None) -> None:
    """Put them all on the work list, because a rule for all of them changed; a sealed year keeps its scorecard."""
    journal.touch(session, [(platform_id, year) for platform_id in open_platforms(session, year, kind)], now)
