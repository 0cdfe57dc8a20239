"""口径试算: what every platform of a kind would come to under another value of one reading. Nothing is written.

A reading of the arithmetic scores the stored tallies again; a reading of the deadlines judges the filings again; the
others decide which facts enter, so just the facts of the lines that the reading bears on are counted from their rows.
A sealed year keeps its card and its readings, but it takes its rank among the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScorecardRow, ScoreLineRow
from models.work_list import Change
from scoring.readings import Readings
from scoring.rules import Filings
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.terms import ARITHMETIC_READINGS, PlatformKind, ReadingName
from scoring.words import points_text
from wxsvc.services import years
from wxsvc.services.counting import facts
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.records import filings
from wxsvc.services.regulation import readings
from wxsvc.services.reports.ranks import is_compared, ranks
from wxsvc.services.years import AssessmentPeriod


class LineMove(Struct, frozen=True):
    """One line of a card: its points as they stand and as they would be."""

    line: Indicator
    old: Decimal
    new: Decimal


class RankMove(Struct, frozen=True):
    """One platform: total and rank (名次) as they stand and as they would be; ``lines`` are those that would differ.

    A rank is 0 for a platform that was closed (关停) or is not assessed (不参加考评), which is not compared.
    """

    platform: Platform
    old: Decimal
    new: Decimal
    old_rank: int
    new_rank: int
    lines: tuple[LineMove, ...]
    is_sealed: bool

    @property
    def is_moved(self) -> bool:
        """Its score or its rank would be another."""
        return bool(self.lines) or self.old != self.new or self.old_rank != self.new_rank


class WhatIf(Struct, frozen=True):
    """One reading under another value: ``stands`` is the word in force, ``decision`` the id of what decided it (or 0).

    ``moves`` are all platforms of the kind that have a card, in the order of their present rank; ``waiting`` how many
    of them are still to be folded, so that their present score may be about to change by itself.
    """

    year: int
    kind: PlatformKind
    name: ReadingName
    stands: str
    asked: str
    decision: int
    moves: tuple[RankMove, ...]
    waiting: int

    @property
    def moved(self) -> tuple[RankMove, ...]:
        """The platforms whose score or rank would be another."""
        return tuple(each for each in self.moves if each.is_moved)

    @property
    def scored(self) -> int:
        """How many of them would have another total."""
        return sum(each.old != each.new for each in self.moves)

    @property
    def ranked(self) -> int:
        """How many would have another rank."""
        return sum(each.old_rank != each.new_rank for each in self.moves)

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape of ``wxsvc readings --what-if``."""
        return {
            "kind": self.kind.value,
            "name": self.name.value,
            "stands": self.stands,
            "asked": self.asked,
            "waiting": self.waiting,
            "platforms": [
                {
                    "code": each.platform.code,
                    "name": each.platform.name,
                    "old": points_text(each.old),
                    "new": points_text(each.new),
                    "old_rank": each.old_rank or None,
                    "new_rank": each.new_rank or None,
                    "is_sealed": each.is_sealed,
                    "lines": {
                        move.line.code: {"old": points_text(move.old), "new": points_text(move.new)}
                        for move in each.lines
                    },
                }
                for each in self.moved
            ],
        }


def of(session: Session, year: int, kind: PlatformKind, name: str, value: str, now: datetime) -> WhatIf:
    """Every platform of the kind under one value of a reading.

    Raises ``Refused``: ``unknown_reading``, ``unknown_reading_value``; and
    :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    reading = readings.known(name, value)
    lines = scheme_for(kind, year).bearing(reading)
    taken = [each for each in readings.decisions(session, year, kind) if each.name == reading]
    stands = readings.in_force(session, year, kind)
    stored = _stored(session, year, kind)
    periods = years.assessment_periods(session, (card.platform for card in stored), year)
    recounted = _Recounting(session, year, reading, lines, stands.with_decisions({reading: value}), now, periods)
    results = [_result(card, recounted) for card in stored]
    tried = [
        (card, total) for card, (total, _) in zip(stored, results, strict=True) if is_compared(card.platform, card.row)
    ]
    before = ranks((card.platform.code, card.row.total) for card, _ in tried)
    after = ranks((card.platform.code, total) for card, total in tried)
    moves = (
        RankMove(
            card.platform,
            card.row.total,
            total,
            before.get(card.platform.code, 0),
            after.get(card.platform.code, 0),
            moved,
            card.is_sealed,
        )
        for card, (total, moved) in zip(stored, results, strict=True)
    )
    return WhatIf(
        year=year,
        kind=kind,
        name=reading,
        stands=stands.as_words()[reading],
        asked=value,
        decision=taken[-1].id if taken else 0,
        moves=tuple(sorted(moves, key=lambda each: (not each.old_rank, each.old_rank, each.platform.code))),
        waiting=_waiting(session, year, kind),
    )


class _Stored(Struct, frozen=True):
    platform: Platform
    row: ScorecardRow
    is_sealed: bool
    points: Mapping[str, Decimal]


def _stored(session: Session, year: int, kind: PlatformKind) -> list[_Stored]:
    own = sa.and_(PlatformYear.platform_id == Platform.id, PlatformYear.year == year)
    cards = (
        sa.select(Platform, ScorecardRow, PlatformYear)
        .join(ScorecardRow, sa.and_(ScorecardRow.platform_id == Platform.id, ScorecardRow.year == year))
        .outerjoin(PlatformYear, own)
        .where(Platform.kind == kind)
        .order_by(Platform.code)
    )
    points: dict[int, dict[str, Decimal]] = {}
    lines = (
        sa.select(ScoreLineRow.platform_id, ScoreLineRow.code, ScoreLineRow.points)
        .join(Platform, Platform.id == ScoreLineRow.platform_id)
        .where(Platform.kind == kind, ScoreLineRow.year == year)
    )
    for platform_id, code, given in session.execute(lines):
        points.setdefault(platform_id, {})[code] = given
    return [
        _Stored(platform, row, own is not None and own.is_sealed, points.get(platform.id, {}))
        for platform, row, own in session.execute(cards)
    ]


class _Recounting(Struct, frozen=True):
    """Counts again what the reading bears on, and nothing else."""

    session: Session
    year: int
    reading: ReadingName
    lines: Sequence[Indicator]
    by: Readings
    now: datetime
    periods: Mapping[int, AssessmentPeriod]

    def tally(self, platform: Platform, stored: Tally) -> Tally:
        if self.reading in ARITHMETIC_READINGS:
            return stored
        missed = stored.missed_filings
        if any(isinstance(line.rule, Filings) for line in self.lines):
            missed = filings.missed_count(self.session, platform.id, self.year, self.now, self.by)
        wanted = {fact for line in self.lines for fact in line.counts}
        kept = {fact: count for fact, count in stored.facts.items() if fact not in wanted}
        period = self.periods[platform.id]
        rows = facts.of_facts(self.session, platform, self.year, self.by, wanted, period) if wanted else ()
        return replace(stored, facts=kept | facts.sums(rows, CountStatus.COUNTED), missed_filings=missed)


def _result(card: _Stored, again: _Recounting) -> tuple[Decimal, tuple[LineMove, ...]]:
    if card.is_sealed or not again.lines:
        return card.row.total, ()
    scored = score(again.tally(card.platform, Tally.from_dict(card.row.tally)), again.by)
    moved = tuple(
        LineMove(line, old, new)
        for line in scheme_for(card.platform.kind, again.year).indicators
        if (new := scored.line(line.code).points) != (old := card.points.get(line.code, new))
    )
    return scored.total, moved


def _waiting(session: Session, year: int, kind: PlatformKind) -> int:
    query = (
        sa.select(sa.func.count(sa.distinct(Change.platform_id)))
        .join(Platform, Platform.id == Change.platform_id)
        .where(Change.year == year, Platform.kind == kind)
    )
    return session.scalar(query) or 0
