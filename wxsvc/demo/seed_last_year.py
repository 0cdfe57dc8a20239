"""Last year (上一年度), closed as the province closes a year: judged, 公示, sealed by two officials.

It comes after every platform's year, and only where there was a last year and its closing is due.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from models.terms import Stage, Subject
from scoring.rules import RulingRule
from scoring.scheme_files import scheme_for
from scoring.terms import PlatformKind, RuledBy
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.seed_people import Province, SeedPlatform
from wxsvc.demo.tables import table
from wxsvc.services.activity import participation
from wxsvc.services.counting import tallies
from wxsvc.services.judging import review_queue, reviews, rulings, waiting_rows
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.regulation import calendars, readings
from wxsvc.services.reviewables import MODELS, find
from wxsvc.services.year_end import figures, publicities, sealing

Transaction = Callable[[], AbstractContextManager[Session]]

_DAYS: Final = 7
"""How long the figures are shown before they are sealed."""


def is_due(session: Session, today: date) -> bool:
    """Whether last year can be closed by now: its figures were shown in the first weeks of this one, its days known."""
    year = today.year - 1
    due = calendars.due(session, year, readings.in_force(session, year, PlatformKind.PREFECTURE))
    return today > date(today.year, 2, 10) and not any(each.provisional for each in due)


def close(transaction: Transaction, province: Province, today: date, step: Callable[[], object]) -> None:
    """Judge what waits, decide the readings, show the figures for some days, seal them."""
    year, said = today.year - 1, table("records")["last_year"]
    judged_at, shown_at = at(date(today.year, 1, 20), 9), at(date(today.year, 1, 25), 9)
    with transaction() as session:
        _approve(session, province, year, judged_at)
        for kind in PlatformKind:
            _decide(session, province, year, kind, said["reading"], judged_at)
    step()
    for platform in province.platforms:
        with transaction() as session:
            _rule(session, province, platform, year, judged_at)
    step()
    with transaction() as session:
        figures.count_anew(session, year, province.officials[0], shown_at)
        for platform in province.platforms:
            tallies.fold(session, platform.id, year, shown_at)
    asks, confirms = province.officials[:2]
    with transaction() as session:
        publicities.open_for(session, year, _DAYS, figures.seen(figures.of_year(session, year)), asks, shown_at)
    sealed_at = shown_at + timedelta(days=_DAYS + 1)
    with transaction() as session:
        sealing.ask(session, year, figures.seen(figures.of_year(session, year)), asks, sealed_at)
    with transaction() as session:
        sealing.confirm(session, year, confirms, sealed_at + timedelta(hours=2))
    step()


def _approve(session: Session, province: Province, year: int, moment: datetime) -> None:
    """Whatever waits of the year is approved: records, parts confirmed late, 协办."""
    reviewer = province.reviewers[0]
    for each in review_queue.waiting(session, reviewer, moment):
        if each.year != year:
            continue
        if each.noun == waiting_rows.ASSIST:
            participation.accept_assist(session, each.record_id, each.platform_id, reviewer, moment)
            continue
        subject = Subject(each.noun)
        record = find(session, MODELS[subject], each.record_id)
        if record.stage is Stage.SUBMITTED:
            reviews.approve(session, subject, record.id, reviewer, moment)
        if subject is Subject.ACTIVITY:
            for platform_id, part in participation.parts_of(session, record.id).items():
                if part.awaits_review:
                    participation.accept_part(session, record.id, platform_id, reviewer, moment)


def _decide(session: Session, province: Province, year: int, kind: PlatformKind, reason: str, moment: datetime) -> None:
    """Every reading that bears on a line stays as the scheme has it, by decision."""
    held = readings.in_force(session, year, kind).as_words()
    bearing = {name for line in scheme_for(kind, year).indicators for name in line.readings}
    for name in sorted(bearing):
        readings.decide(session, year, kind, name, held[name], reason, province.officials[0], moment)


def _rule(session: Session, province: Province, platform: SeedPlatform, year: int, moment: datetime) -> None:
    """Give the points of every ruled line: half of them, or nothing where a recognition has no proof."""
    said = table("records")["last_year"]
    for line in scheme_for(platform.kind, year).indicators:
        if not isinstance(line.rule, RulingRule):
            continue
        place = (session, platform.id, year, line.code)
        is_whole = line.rule.grain == line.full
        points, stated = Decimal(0 if is_whole else line.full / 2), Stated(without_basis=said["without_basis"])
        if line.rule.advised_by is not None:
            rulings.give_opinion(*place, points, said["ruling"], province.reviewers[0], moment, stated=stated)
            rulings.confirm(*place, province.officials[0], moment + timedelta(hours=1), stated=stated)
            continue
        by = province.reviewers[0] if line.rule.ruled_by is RuledBy.REVIEWER else province.officials[0]
        rulings.rule_on(*place, points, said["ruling"], by, moment, stated=stated)
