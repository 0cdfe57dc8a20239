"""口径的影响: what every platform's stored tally is worth under each value of a reading, computed side by side.

Only the readings of the arithmetic (``ARITHMETIC_READINGS``) can be compared so: the others decide which facts enter a
tally, and a tally does not say what was left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow
from scoring.readings import Readings
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.terms import READING_VALUES, PlatformKind, ReadingName


class Result(Struct, frozen=True):
    """What one platform comes to under one value: points of the lines that the reading bears on, and the total."""

    points: Mapping[str, Decimal]
    total: Decimal


class ReadingEffect(Struct, frozen=True):
    """One platform under every value of the reading: ``results`` by the value's word, ``counts`` by line.

    ``rests_on`` is the value that its stored card rests on; a platform without a card has no results.
    """

    platform: Platform
    rests_on: str | None
    counts: Mapping[str, int]
    results: Mapping[str, Result]

    @property
    def is_open(self) -> bool:
        """Whether the values come to different totals."""
        return len({result.total for result in self.results.values()}) > 1


def of_kind(session: Session, year: int, kind: PlatformKind, reading: ReadingName) -> list[ReadingEffect]:
    """Every platform of the kind in the order of their codes; one query, nothing is written.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    lines = scheme_for(kind, year).bearing(reading)
    query = (
        sa.select(Platform, ScorecardRow)
        .outerjoin(ScorecardRow, sa.and_(ScorecardRow.platform_id == Platform.id, ScorecardRow.year == year))
        .where(Platform.kind == kind)
        .order_by(Platform.code)
    )
    return [_effect(platform, stored, reading, lines) for platform, stored in session.execute(query)]


def _effect(
    platform: Platform, stored: ScorecardRow | None, reading: ReadingName, lines: tuple[Indicator, ...]
) -> ReadingEffect:
    if stored is None:
        return ReadingEffect(platform, None, {}, {})
    tally, by = Tally.from_dict(stored.tally), Readings.from_words(stored.readings)
    return ReadingEffect(
        platform,
        by.as_words()[reading],
        {line.code: sum(tally.count(fact) for fact in line.counts) for line in lines},
        {word: _result(tally, by.with_decisions({reading: word}), lines) for word in READING_VALUES[reading]},
    )


def _result(tally: Tally, by: Readings, lines: tuple[Indicator, ...]) -> Result:
    scored = score(tally, by)
    return Result({line.code: scored.line(line.code).points for line in lines}, scored.total)
