"""数据: a month's figures for the national platform (国家大数据平台), or a year's, counted from the recorded rows.

That platform's list of fields is not public, so the figures are prepared for copying and nothing is sent. All but the
posts come from the very rows that the score rests on: a figure and the scorecard cannot tell two stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.platform import Platform
from models.record import Need, OnlineTrade, Post
from models.terms import NeedKind, NeedState, PostKind, Subject
from scoring.terms import ActivityCategory, Fact
from wxsvc.services.counting import sealed_rows
from wxsvc.services.counting.facts import CATEGORY_FACT, CountStatus, FactRow, facts
from wxsvc.services.regulation import readings
from wxsvc.services.reports.periods import Period
from wxsvc.services.years import day_of

_PARTICIPATIONS: Final = (Fact.ACTIVITY_PARTICIPATIONS, Fact.OFFLINE_PARTICIPATIONS)


class PeriodFigure(Struct, frozen=True):
    """One figure by its code: what was recorded in the period, and how much of it is approved and counts.

    ``amount`` is a number of 次, 家次, 笔, 条, for ``trade_amount`` of fen; ``approved`` is None where nobody judges.
    """

    code: str
    amount: int
    approved: int | None = None


class PeriodFigures(Struct, frozen=True):
    """All figures of one period of one platform, as of a moment."""

    platform: Platform
    period: Period
    figures: tuple[PeriodFigure, ...]
    as_of: datetime

    def amount(self, code: str) -> int:
        """One figure's amount."""
        return next(each.amount for each in self.figures if each.code == code)


def of_period(session: Session, platform_id: int, period: Period, now: datetime) -> PeriodFigures:
    """Count the period: activities by the day they ended, everything else by its own day (Beijing).

    What lies after today is not counted; of a sealed year (锁定) the rows are those that were sealed. Raises
    :class:`scoring.scheme_files.NoSchemeError` before the first rules.
    """
    platform = session.get_one(Platform, platform_id)
    every = sealed_rows.of(session, platform_id, period.year)
    if every is None:
        every = facts(session, platform, period.year, readings.in_force(session, period.year, platform.kind))
    today = day_of(now)
    rows = [
        row
        for row in every
        if period.holds(row.day) and row.day is not None and row.day <= today and "part_unconfirmed" not in row.reasons
    ]
    found = (*_from_facts(rows), *_trades(session, rows), *_needs(session, rows))
    return PeriodFigures(platform, period, (*found, *_posts(session, platform_id, period)), now)


def _from_facts(rows: list[FactRow]) -> Iterator[PeriodFigure]:
    categories = set(CATEGORY_FACT.values())
    held = [row for row in rows if row.fact in categories]
    yield _summed("activities", held)
    for category in ActivityCategory:
        yield _summed(f"activities_{category}", [row for row in held if row.fact == CATEGORY_FACT[category]])
    participations = {fact: [row for row in rows if row.fact == fact] for fact in _PARTICIPATIONS}
    yield _summed("activity_participations", participations[Fact.ACTIVITY_PARTICIPATIONS])
    services = participations[Fact.OFFLINE_PARTICIPATIONS]
    yield PeriodFigure("offline_services", len(services), sum(row.standing is CountStatus.COUNTED for row in services))
    yield _summed("offline_participations", services)
    yield _summed("participations", [row for of_fact in participations.values() for row in of_fact])
    yield _summed("research_reports", [row for row in rows if row.subject is Subject.RESEARCH_REPORT])


def _summed(code: str, rows: list[FactRow]) -> PeriodFigure:
    counted = sum(row.amount for row in rows if row.standing is CountStatus.COUNTED)
    return PeriodFigure(code, sum(row.amount for row in rows), counted)


def _trades(session: Session, rows: list[FactRow]) -> Iterator[PeriodFigure]:
    own = [row for row in rows if row.fact == Fact.ONLINE_TRADES]
    amounts: Any = sa.select(OnlineTrade.id, OnlineTrade.amount_fen)
    fen = dict(session.execute(amounts.where(OnlineTrade.id.in_([row.subject_id for row in own]))).all())
    yield _summed("online_trades", own)
    amount = [replace(row, amount=fen[row.subject_id] or 0) for row in own]
    yield _summed("trade_amount", amount)


def _needs(session: Session, rows: list[FactRow]) -> Iterator[PeriodFigure]:
    own = [row for row in rows if row.fact == Fact.NEEDS]
    found = session.scalars(sa.select(Need).where(Need.id.in_([row.subject_id for row in own])))
    needs = {need.id: need for need in found}
    yield _summed("needs", own)
    for kind in NeedKind:
        yield _summed(f"needs_{kind}", [row for row in own if needs[row.subject_id].kind is kind])
    states = Counter(need.state for need in needs.values())
    yield from (PeriodFigure(f"needs_{state}", states[state]) for state in NeedState)


def _posts(session: Session, platform_id: int, period: Period) -> Iterator[PeriodFigure]:
    kinds = Counter(
        session.scalars(
            sa.select(Post.kind).where(*_in(Post, Post.posted_on, platform_id, period), Post.withdrawn_at.is_(None))
        )
    )
    yield PeriodFigure("posts", kinds.total())
    yield from (PeriodFigure(f"posts_{kind}", kinds[kind]) for kind in PostKind)


def _in(table: Any, day: Any, platform_id: int, period: Period) -> tuple[Any, ...]:
    return table.platform_id == platform_id, day >= period.first, day <= period.last
