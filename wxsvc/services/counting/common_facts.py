"""What the counts of several platforms rest on beside their records, read once for all of them.

One platform is the same with a list of one, so that a fold, a full recount and the seal of a province read alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.terms import PlatformKind
from wxsvc.services import years
from wxsvc.services.judging import line_bases
from wxsvc.services.records import filings
from wxsvc.services.records.filings import Claims, FilingStatus
from wxsvc.services.regulation import calendars, readings
from wxsvc.services.years import AssessmentPeriod


class CommonFacts(Struct, frozen=True):
    """Of one year: readings in force by kind, the calendar; by platform its period, filings and rulings.

    ``held`` are points by line that wait for their proof (缺佐证); what was never ruled is not in ``points``, nor is a
    line that the platform's table has not: it was ruled while the platform was of another kind (类别).
    """

    year: int
    in_force: Mapping[PlatformKind, Readings]
    named_days: calendars.NamedDays
    periods: Mapping[int, AssessmentPeriod]
    claims: Mapping[int, Claims]
    points: Mapping[int, Mapping[str, Decimal | None]]
    held: Mapping[int, Mapping[str, Decimal]]

    def rulings(self, platform_id: int) -> dict[str, Decimal | None]:
        """The points in force; those that wait for their proof are as awaited as those that nobody gave."""
        held = self.held.get(platform_id, {})
        return {code: None if code in held else points for code, points in self.points.get(platform_id, {}).items()}

    def filings(self, platform_id: int, by: Readings, now: datetime) -> list[FilingStatus]:
        """Where each obligation of the platform stands."""
        owed = filings.owed_by(self.periods[platform_id], self.year, self.named_days, by)
        return filings.standings(owed, self.claims.get(platform_id, {}), by, self.year, now)


def of(
    session: Session, found: Iterable[Platform], year: int, periods: Mapping[int, AssessmentPeriod] | None = None
) -> CommonFacts:
    """Read them, in some ten statements however many platforms there are; their ``periods`` may be at hand."""
    platforms = {each.id: each for each in found}
    points: dict[int, dict[str, Decimal | None]] = {}
    rulings = line_bases.given_of_all(session, platforms, year)
    for row in rulings:
        if row.indicator in scheme_for(platforms[row.platform_id].kind, year).rulings:
            points.setdefault(row.platform_id, {})[row.indicator] = row.points
    periods = periods or years.assessment_periods(session, platforms.values(), year)
    held: dict[int, dict[str, Decimal]] = {}
    waits = line_bases.held_among(session, platforms.values(), year, rulings, periods)
    for (platform_id, code), waiting in waits.items():
        held.setdefault(platform_id, {})[code] = waiting
    return CommonFacts(
        year=year,
        in_force=readings.in_force_by_kind(session, year, {each.kind for each in platforms.values()}),
        named_days=calendars.named_days(session),
        periods=periods,
        claims=filings.claims_of(session, platforms, year),
        points=points,
        held=held,
    )
