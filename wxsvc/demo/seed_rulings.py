"""What people judge (检查与评定): inspections of websites, the hub's opinions, the province's rulings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from scoring.terms import IndicatorCode, PlatformKind
from wxsvc.demo.seed_calendar import Calendar, at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.seed_people import Province
from wxsvc.demo.tables import table
from wxsvc.services.counting import assessment_periods
from wxsvc.services.judging import rulings
from wxsvc.services.records import site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.years import AssessmentPeriod


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


def set_period(session: Session, province: Province, calendar: Calendar) -> None:
    """One platform is assessed for a part of this year only (考评期)."""
    said, year = table("province")["newcomer_platform"], calendar.today.year
    period = AssessmentPeriod(date(year, 4, 1), date(year, 12, 31))
    platform_id, decided_at = province.platform(said["code"]).id, min(calendar.now, at(date(year, 4, 2), 9))
    assessment_periods.change(session, platform_id, year, period, said["reason"], province.officials[0], decided_at)


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
        if refused.code not in ("no_proof", "basis_needed"):
            raise
