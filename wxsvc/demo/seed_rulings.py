"""What people judge (检查与评定): inspections of websites, the hub's opinions, the province's rulings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.recognition import Ruling
from scoring.terms import IndicatorCode, PlatformKind
from wxsvc.demo.seed_calendar import DemoYear, at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.seed_people import Province, SeedPlatform
from wxsvc.demo.tables import table
from wxsvc.services.counting import assessment_periods
from wxsvc.services.judging import ruling_batches, rulings
from wxsvc.services.judging.ruling_batches import PointsCell
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.records import site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.years import AssessmentPeriod, year_of

_IN_BATCH: Final = 6
"""Platforms whose websites are judged together."""


def add(seed: SeedContext, is_spared: bool = False) -> None:
    """Inspections through the year; rulings for some platforms. ``is_spared`` leaves the rulings to the demo."""
    for day in seed.calendar.workdays(4):
        points = Decimal(seed.chance.randint(6, 10)) / 2
        findings = seed.chance.choice(table("records")["inspections"]["findings"])
        entry = SiteInspectionEntry(day, findings, day, points)
        site_inspections.add(seed.session, seed.platform.id, entry, seed.reviewer, at(day, 16))
    if not is_spared and seed.calendar.today > date(seed.calendar.today.year, 1, 31):
        _rule(seed)
    seed.step()


def set_period(session: Session, province: Province, calendar: DemoYear) -> None:
    """One platform is assessed for a part of this year only (考评期)."""
    said, year = table("province")["newcomer_platform"], calendar.today.year
    period = AssessmentPeriod(date(year, 4, 1), date(year, 12, 31))
    platform_id, decided_at = province.platform(said["code"]).id, min(calendar.now, at(date(year, 4, 2), 9))
    assessment_periods.change(session, platform_id, year, period, said["reason"], province.officials[0], decided_at)


def propose_batch(session: Session, province: Province, platforms: Iterable[SeedPlatform], now: datetime) -> None:
    """Points for the websites of some platforms not ruled yet, proposed together: another person confirms them."""
    year, website = year_of(now), IndicatorCode.WEBSITE
    given = sa.select(Ruling.platform_id).where(Ruling.year == year, Ruling.indicator == website)
    ruled, said = set(session.scalars(given)), table("records")["rulings"]["batch"]
    ids = [each.id for each in platforms if each.id not in ruled][:_IN_BATCH]
    cells = [PointsCell(platform_id, website, Decimal(8 - place % 3) / 2, 0) for place, platform_id in enumerate(ids)]
    with suppress(ruling_batches.CellsRefused, Refused), session.begin_nested():  # nothing was inspected yet
        ruling_batches.propose(session, year, cells, said, Stated(), province.reviewers[0], now)


def _rule(seed: SeedContext) -> None:
    said, chance = table("records")["rulings"], seed.chance
    session, platform, now = seed.session, seed.platform, seed.calendar.now
    year = seed.calendar.today.year
    if chance.random() < 0.7:
        points = Decimal(chance.randint(6, 10)) / 2
        website = IndicatorCode.WEBSITE
        with _where_there_is_ground():
            rulings.rule_on(session, platform.id, year, website, points, said["website"], seed.reviewer, now)
    recognised = (
        IndicatorCode.PLATFORM_FUSION if platform.kind is PlatformKind.CLUSTER else IndicatorCode.ONLINE_SERVICE
    )
    if chance.random() < 0.6:
        _recognise(seed, recognised, year)
    if chance.random() < 0.3:
        points = Decimal(chance.randint(24, 40)) / 2
        line = IndicatorCode.COORDINATION
        with _where_there_is_ground():
            rulings.rule_on(session, platform.id, year, line, points, said["coordination"], seed.official, now)


def _recognise(seed: SeedContext, line: IndicatorCode, year: int) -> None:
    """The hub's opinion, confirmed by the province more often than not; without a proved record the hub advises 0."""
    said, place, now = table("records")["rulings"], (seed.session, seed.platform.id, year, line), seed.calendar.now
    will_confirm = seed.chance.random() < 0.7
    with _where_there_is_ground():
        rulings.give_opinion(*place, Decimal(10), said[line.value], seed.reviewer, now)
        if will_confirm:
            rulings.confirm(*place, seed.official, now)
        return
    rulings.give_opinion(*place, Decimal(0), said["missing_online"], seed.reviewer, now)
    if will_confirm:
        rulings.confirm(*place, seed.official, now)


@contextmanager
def _where_there_is_ground() -> Iterator[None]:
    """Leave out what rests on nothing: no proof, no approved record, no response."""
    try:
        yield
    except Refused as refused:
        if refused.code not in ("points_without_proof", "basis_needed"):
            raise
