"""A small province whose year is over, with two officials, and the ways to bring it up to each step of its closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import Role, Stage
from scoring.scheme_files import scheme_for
from scoring.terms import PlatformKind, RuledBy
from tests import builders
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.regulation import readings
from wxsvc.services.year_end import figures, publicities, sealing

YEAR: Final = 2026
AFTER: Final = datetime(2027, 1, 11, 9, 0, tzinfo=builders.BEIJING)
LATER: Final = AFTER + timedelta(days=8)
"""The publicity of a week is over."""


@dataclass
class Ending:
    """Two platforms of one kind and the people around them."""

    own: Platform
    other: Platform
    staff: Actor
    first: Actor
    second: Actor
    reviewer: Actor


def ending(session: Session) -> Ending:
    """The year is over; nothing else is settled."""
    own = builders.platform(session, code="430100", kind=PlatformKind.CLUSTER)
    other = builders.platform(session, code="430200", kind=PlatformKind.CLUSTER, name="株洲市窗口平台")
    activity = builders.activity(session, own, stage=Stage.APPROVED, summary=builders.SUMMARY)
    builders.photo(session, activity)
    builders.check_in(session, activity, builders.enterprise(session))
    return Ending(
        own,
        other,
        builders.staff(session, own),
        builders.staff(session, role=Role.PROVINCE),
        builders.staff(session, role=Role.PROVINCE),
        builders.staff(session, role=Role.REVIEWER),
    )


def fold(session: Session, now: datetime = AFTER) -> None:
    """What the worker does within a second."""
    for platform_id in session.scalars(sa.select(Platform.id).order_by(Platform.id)).all():
        tallies.fold(session, platform_id, YEAR, now)
    session.flush()
    session.expire_all()


def rule(session: Session, e: Ending) -> None:
    """Every line is ruled."""
    for platform in (e.own, e.other):
        for code, line in scheme_for(platform.kind, YEAR).rulings.items():
            points = scheme_for(platform.kind, YEAR).indicator(code).full if code == "website" else Decimal(0)
            people = (e.first, e.second) if line.ruled_by is RuledBy.PROVINCE else (e.reviewer,)
            for by in people:  # what needs two persons is proposed by the first
                stated = Stated("现场核实")
                rulings.rule_on(session, platform.id, YEAR, code, points, "核实", by, AFTER, stated=stated)


def rule_anew(session: Session, e: Ending, points: Decimal, now: datetime = AFTER) -> None:
    """Other points for the own website: the hub proposes, an official agrees (two persons)."""
    for by in (e.reviewer, e.first):
        stated = Stated("现场核实")
        rulings.rule_on(session, e.own.id, YEAR, "website", points, "复查", by, now, stated=stated)


def decide(session: Session, e: Ending) -> None:
    """Every reading is decided, as the default says."""
    scheme = scheme_for(PlatformKind.CLUSTER, YEAR)
    for name, word in scheme.readings.as_words().items():
        if scheme.bearing(name):
            readings.decide(session, YEAR, scheme.kind, name.value, word, "会议决定", e.first, AFTER)


def settled(session: Session) -> Ending:
    """All is ruled, decided and counted."""
    e = ending(session)
    rule(session, e)
    decide(session, e)
    fold(session)
    return e


def published(session: Session) -> Ending:
    """Shown for a week."""
    e = settled(session)
    publicities.open_for(session, YEAR, 7, seen(session), e.first, AFTER)
    _read_anew(session, e)
    return e


def sealed(session: Session) -> Ending:
    """And sealed by two."""
    e = published(session)
    seal(session, e)
    _read_anew(session, e)
    return e


def seal(session: Session, e: Ending) -> None:
    """What was shown, once the publicity is over."""
    sealing.ask(session, YEAR, seen(session), e.first, LATER)
    sealing.confirm(session, YEAR, e.second, LATER)


def _read_anew(session: Session, e: Ending) -> None:
    """A fold and a seal let go what was read of the platforms: pages are asked once this session is over."""
    for each in (e.own, e.other):
        session.refresh(each)


def seen(session: Session) -> str:
    """What the preview's form carries."""
    return figures.seen(figures.of_year(session, YEAR))
