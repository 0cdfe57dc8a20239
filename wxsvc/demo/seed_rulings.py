"""What people judge (检查与评定): the hub's looks at websites, its opinions, and the province's rulings so far."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from scoring.terms import IndicatorCode, PlatformKind
from wxsvc.demo.days import at
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.tables import table
from wxsvc.services.judging import rulings
from wxsvc.services.records import site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused


def tell(telling: Telling, is_spared: bool = False) -> None:
    """Inspections through the year; rulings for some platforms. ``is_spared`` leaves the rulings to the demo."""
    for day in telling.calendar.workdays(4):
        points = Decimal(telling.chance.randint(6, 10)) / 2
        findings = telling.chance.choice(table("records")["inspections"]["findings"])
        entry = SiteInspectionEntry(day, findings, day, points)
        site_inspections.add(telling.session, telling.place.id, entry, telling.reviewer, at(day, 16))
    if not is_spared and telling.calendar.today > date(telling.calendar.today.year, 1, 31):
        _rule(telling)
    telling.tick()


def _rule(telling: Telling) -> None:
    said, chance = table("records")["rulings"], telling.chance
    session, place, now = telling.session, telling.place, telling.calendar.now
    year = telling.calendar.today.year
    if chance.random() < 0.7:
        points = Decimal(chance.randint(6, 10)) / 2
        website = IndicatorCode.WEBSITE
        rulings.rule_on(session, place.id, year, website, points, said["website"], telling.reviewer, now)
    recognised = IndicatorCode.PLATFORM_FUSION if place.kind is PlatformKind.CLUSTER else IndicatorCode.ONLINE_SERVICE
    if chance.random() < 0.6:
        _recognise(telling, recognised, year)
    if chance.random() < 0.3:
        points = Decimal(chance.randint(24, 40)) / 2
        line = IndicatorCode.COORDINATION
        rulings.rule_on(session, place.id, year, line, points, said["coordination"], telling.official, now)


def _recognise(telling: Telling, line: IndicatorCode, year: int) -> None:
    """The hub's opinion, confirmed by the province more often than not; without its paper it is no recognition."""
    said, session, place, now = table("records")["rulings"], telling.session, telling.place, telling.calendar.now
    rulings.give_opinion(session, place.id, year, line, Decimal(10), said[line.value], telling.reviewer, now)
    if telling.chance.random() < 0.7:
        try:
            rulings.confirm(session, place.id, year, line, telling.official, now)
        except Refused as no_proof:
            reason = said["missing_online"]
            if no_proof.code != "no_proof":
                raise
            rulings.confirm(session, place.id, year, line, telling.official, now, points=Decimal(0), reason=reason)
