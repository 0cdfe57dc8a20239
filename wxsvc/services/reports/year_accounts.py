"""年度工作: everything of a platform's year that its summary speaks of, read from the recorded rows. Reads only."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Assignment, BonusClaim, Response
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, ResearchReport, ServiceItem
from models.terms import EVER_HANDED_IN
from scoring.evidence import summary_outline
from scoring.rules import Shortfall
from scoring.scheme import Scheme
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, Fact, FilingState, Group, LineStatus
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.facts import CATEGORY_FACT, CountStatus, FactRow, facts
from wxsvc.services.counting.scorecards import CardLine
from wxsvc.services.records import evidence, filings
from wxsvc.services.records.evidence import CheckedItem
from wxsvc.services.regulation import readings
from wxsvc.services.regulation.readings import ReadingInUse
from wxsvc.services.reports import period_figures
from wxsvc.services.reports.period_figures import PeriodFigures
from wxsvc.services.reports.periods import whole_year
from wxsvc.services.years import day_of

LARGEST: Final = 5
"""Activities that a summary names."""


class CategoryAccount(Struct, frozen=True):
    """One of the six categories: activities held, those that count, and how many the table asks for."""

    category: ActivityCategory
    held: int
    counted: int
    target: int


class YearAccount(Struct, frozen=True):
    """A platform's year as of a moment; ``short`` are counted lines below their full points, bonus apart.

    ``category_readings`` (口径) bear on the counts of the categories.
    """

    platform: Platform
    year: int
    as_of: datetime
    outline: tuple[str, ...]
    figures: PeriodFigures
    categories: tuple[CategoryAccount, ...]
    largest: tuple[FactRow, ...]
    short: tuple[CardLine, ...]
    filed: Counter[FilingState]
    online_services: tuple[str, ...]
    reports: tuple[str, ...]
    fusions: tuple[str, ...]
    responses: tuple[str, ...]
    claims: tuple[BonusClaim, ...]
    checklist: tuple[CheckedItem, ...]
    category_readings: tuple[ReadingInUse, ...]

    @property
    def scheme(self) -> Scheme:
        """The indicator table that judges the platform in this year."""
        return scheme_for(self.platform.kind, self.year)


def of_year(session: Session, platform_id: int, year: int, now: datetime) -> YearAccount:
    """The account of one platform's year. Raises :class:`scoring.scheme_files.NoSchemeError` before the first rules."""
    platform = session.get_one(Platform, platform_id)
    rows = _held(session, platform, year, now)
    participations = [row for row in rows if row.fact == Fact.ACTIVITY_PARTICIPATIONS and row.amount]
    card = scorecards.detail(session, platform_id, year)
    return YearAccount(
        platform=platform,
        year=year,
        as_of=now,
        outline=summary_outline(year),
        figures=period_figures.of_period(session, platform_id, whole_year(year), now),
        categories=tuple(_categories(platform, year, rows)),
        largest=tuple(sorted(participations, key=lambda row: (-row.amount, row.subject_id))[:LARGEST]),
        short=tuple(line for line in card.lines if _is_short(line)) if card else (),
        filed=Counter(each.state for each in filings.state(session, platform_id, year, now)),
        online_services=_names(session, platform_id, year, OnlineService, ServiceItem.name),
        reports=_names(session, platform_id, year, ResearchReport, ResearchReport.title),
        fusions=_names(session, platform_id, year, PlatformFusion, PlatformFusion.name),
        responses=_names(session, platform_id, year, Response, Assignment.title),
        claims=tuple(session.scalars(_of_year(sa.select(BonusClaim), BonusClaim, platform_id, year))),
        checklist=tuple(evidence.checklist(session, platform_id, year)),
        category_readings=readings.of_counts(session, platform, year, CATEGORY_FACT.values(), now),
    )


def _held(session: Session, platform: Platform, year: int, now: datetime) -> list[FactRow]:
    by = readings.in_force(session, year, platform.kind)
    today = day_of(now)
    return [
        row
        for row in facts(session, platform, year, by)
        if row.day is not None and row.day <= today and "part_unconfirmed" not in row.reasons
    ]


def _categories(platform: Platform, year: int, rows: list[FactRow]) -> list[CategoryAccount]:
    scheme, found = scheme_for(platform.kind, year), []
    for category in ActivityCategory:
        own = [row for row in rows if row.fact == CATEGORY_FACT[category]]
        line = scheme.counting(CATEGORY_FACT[category])
        target = line.rule.target if line is not None and isinstance(line.rule, Shortfall) else 0
        counted = sum(row.standing is CountStatus.COUNTED for row in own)
        found.append(CategoryAccount(category, len(own), counted, target))
    return found


def _is_short(line: CardLine) -> bool:
    return line.status is LineStatus.COUNTED and line.group is not Group.BONUS and line.points < line.full


def _names(session: Session, platform_id: int, year: int, table: Any, name: Any) -> tuple[str, ...]:
    """Names of the recorded rows, each once, in the order in which they were entered."""
    query = sa.select(name).select_from(table)
    if name.class_ is not table:
        query = query.join(name.class_)
    return tuple(dict.fromkeys(session.scalars(_of_year(query, table, platform_id, year))))


def _of_year(query: Any, table: Any, platform_id: int, year: int) -> Any:
    return query.where(table.platform_id == platform_id, table.year == year, table.stage.in_(EVER_HANDED_IN)).order_by(
        table.id
    )
