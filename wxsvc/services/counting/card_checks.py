"""核对: stored scorecards compared with the truth, and sealed ones with the rows that they were sealed with first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow
from scoring.readings import Readings
from scoring.scorecard import score
from scoring.tally import Tally
from wxsvc.services.counting import sealed_rows
from wxsvc.services.counting.fact_rows import CountStatus, sums
from wxsvc.services.counting.tallies import Recount, counted, recount_all
from wxsvc.services.judging import line_bases
from wxsvc.services.years import sealed_of

AT_ONCE: Final = 25
"""Platforms that are counted together: some ten thousand rows in memory."""


class CardDifference(Struct, frozen=True):
    """A stored scorecard that is not what the truth comes to.

    ``is_after_sealing``: the card of a sealed year agrees with the rows that were sealed; what it was counted from has
    changed since, as it may.
    """

    platform_code: str
    year: int
    stored: Mapping[str, Any]
    recounted: Mapping[str, Any]
    is_after_sealing: bool = False

    def told(self) -> str:
        """One line: which platform-year, and every part that differs, stored value first."""
        after = "changed after sealing: " if self.is_after_sealing else ""
        parts = [
            f"{name}: {self.stored[name]} != {self.recounted[name]}"
            for name in self.stored
            if self.stored[name] != self.recounted[name]
        ]
        return f"{self.platform_code} {self.year} {after}" + "; ".join(parts)


def check(
    session: Session, platform_years: Iterable[tuple[int, int]], tick: Callable[[], None]
) -> list[CardDifference]:
    """Compare stored scorecards with the truth at each card's ``as_of`` and by its own readings; write nothing.

    A sealed card is compared with the rows it was sealed with first. Only where these agree, and the truth differs, is
    it a change after sealing.
    """
    found: list[CardDifference] = []
    for year, pairs in groupby(platform_years, key=lambda pair: pair[1]):
        ids = [platform_id for platform_id, _ in pairs]
        for start in range(0, len(ids), AT_ONCE):
            found += _check(session, ids[start : start + AT_ONCE], year)
            for _ in ids[start : start + AT_ONCE]:
                tick()
    return found


def _check(session: Session, ids: Sequence[int], year: int) -> list[CardDifference]:
    query = sa.select(Platform, ScorecardRow).join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
    query = query.where(Platform.id.in_(ids), ScorecardRow.year == year).order_by(Platform.id)
    cards = [(platform, card) for platform, card in session.execute(query)]
    if not cards:
        return []
    sealed = {platform_id for platform_id, of_year in sealed_of(session, ids) if of_year == year}
    by = {platform.id: Readings.from_words(card.readings) for platform, card in cards if platform.id in sealed}
    at = {platform.id: card.as_of for platform, card in cards}
    truths = recount_all(session, [platform for platform, _ in cards], year, at, rests_on=by)
    lines = _lines(session, ids, year)
    found = []
    for platform, card in cards:
        stored, truth = _stored(card, lines.get(platform.id, [])), _shown(truths[platform.id], card)
        if platform.id not in sealed:
            found += _differs(platform, year, stored, truth)
            continue
        truth = truth if card.pending_stages else truth | {"stages": {}}  # sealed before stages were kept
        found += _differs(platform, year, stored, _as_sealed(session, platform, card)) or _differs(
            platform, year, stored, truth, is_after_sealing=True
        )
    return found


def _lines(session: Session, ids: Sequence[int], year: int) -> dict[int, list[ScoreLineRow]]:
    found: dict[int, list[ScoreLineRow]] = {}
    own = sa.select(ScoreLineRow).where(ScoreLineRow.platform_id.in_(ids), ScoreLineRow.year == year)
    for line in session.scalars(own.order_by(ScoreLineRow.position)):
        found.setdefault(line.platform_id, []).append(line)
    return found


def _differs(
    platform: Platform, year: int, stored: dict[str, Any], truth: dict[str, Any], *, is_after_sealing: bool = False
) -> list[CardDifference]:
    return [] if stored == truth else [CardDifference(platform.code, year, stored, truth, is_after_sealing)]


def _as_sealed(session: Session, platform: Platform, card: ScorecardRow) -> dict[str, Any]:
    """What the sealed rows come to, with the filings and rulings of the sealed tally, by the sealed readings.

    A year that an earlier release sealed has no rows: its own sums stand for them.
    """
    sealed, rows = Tally.from_dict(card.tally), sealed_rows.of(session, platform.id, card.year)
    by, held = Readings.from_words(card.readings), line_bases.held(session, platform, card.year)
    awaiting = {code: points for code, points in held.items() if sealed.rulings.get(code) is None}
    if rows is None:
        scored = score(sealed, by, awaiting)
        return _shown(Recount(sealed, card.pending, card.pending_stages, card.months or {}, scored), card)
    tally = replace(sealed, facts=sums(rows, CountStatus.COUNTED))
    return _shown(counted(tally, rows, by, awaiting), card)


def _stored(card: ScorecardRow, lines: Iterable[ScoreLineRow]) -> dict[str, Any]:
    return {
        "tally": card.tally,
        "pending": card.pending,
        "stages": card.pending_stages,
        "months": card.months,
        "totals": [card.base, card.bonus, card.total, card.awaited],
        "readings": card.readings,
        "lines": [(line.code, line.points, line.status.value, line.working) for line in lines],
    }


def _shown(found: Recount, card: ScorecardRow) -> dict[str, Any]:
    scored = found.scored
    return {
        "tally": found.tally.as_dict(),
        "pending": dict(found.pending),
        "stages": dict(found.stages),
        "months": None if card.months is None else dict(found.months),  # folded before months were kept
        "totals": [scored.base, scored.bonus, scored.total, scored.awaited],
        "readings": {name.value: word for name, word in scored.readings.as_words().items()},
        "lines": [(line.code, line.points, line.status.value, line.working) for line in scored.lines],
    }
