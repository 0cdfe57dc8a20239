"""统计与折算: recount one platform-year from the truth, replace its scorecard, check all of them against the truth.

There are no counters to drift: a fold deletes the platform-year's rows of the work list, reads the facts, and writes
the scorecard anew, in one short transaction under the platform-year's lock. Doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.recognition import Ruling
from models.scorecard import ScorecardRow, ScoreLineRow, Stake
from models.terms import Stage
from models.work_list import Change
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.scorecard import Scorecard, score
from scoring.tally import Tally
from scoring.terms import Fact
from wxsvc.services.counting import score_trace, sealed_rows, stakes
from wxsvc.services.counting.facts import CountStatus, FactRow, facts, must_be_countable, sums
from wxsvc.services.judging import line_bases
from wxsvc.services.locks import lock_all
from wxsvc.services.records import filings
from wxsvc.services.regulation import readings
from wxsvc.services.years import assessment_period, has_rules, is_sealed, reaching_into, year_of


@dataclass(frozen=True, slots=True)
class Recount:
    """What the truth comes to at one moment: the tally, what is pending by fact, and the score.

    ``stages`` splits what is pending by stage: whom it waits for. ``months`` splits the counted 家次 by the month of
    their day (``2026-11``): together they are the 家次 of the tally. ``rows`` are what was counted, ``unproved`` the
    points by line that wait for their proof.
    """

    tally: Tally
    pending: Mapping[str, int]
    stages: Mapping[str, Mapping[str, int]]
    months: Mapping[str, int]
    scored: Scorecard
    at_stake: Mapping[stakes.Key, Mapping[str, int]] = field(default_factory=dict)
    """What each item that waits for review would add."""
    rows: Sequence[FactRow] = ()
    unproved: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def pending_participations(self) -> int:
        """家次 of activities not approved yet: what the live figures show while an event is running."""
        return self.pending.get(Fact.ACTIVITY_PARTICIPATIONS, 0)


def recount(
    session: Session,
    platform: Platform,
    year: int,
    now: datetime,
    *,
    rests_on: Readings | None = None,
) -> Recount:
    """Count one platform-year from the truth, writing nothing. ``rests_on`` are a sealed card's own readings."""
    must_be_countable(scheme_for(platform.kind, year))
    read_by = rests_on or readings.in_force(session, year, platform.kind)
    rows = facts(session, platform, year, read_by)
    held = line_bases.held(session, platform, year)
    tally = Tally(
        kind=platform.kind,
        year=year,
        facts=sums(rows, CountStatus.COUNTED),
        missed_filings=filings.missed_count(session, platform.id, year, now, read_by),
        rulings=_rulings(session, platform, year, held),
    )
    return _counted(tally, rows, read_by, held)


def _counted(tally: Tally, rows: Sequence[FactRow], by: Readings, held: Mapping[str, Decimal]) -> Recount:
    stages = {
        stage.value: awaited
        for stage in (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)
        if (awaited := sums((row for row in rows if row.stage is stage), CountStatus.PENDING))
    }
    pending, at_stake = sums(rows, CountStatus.PENDING), stakes.facts_at_stake(rows)
    return Recount(tally, pending, stages, _months(tally, rows), score(tally, by, held), at_stake, rows, held)


def _months(tally: Tally, rows: Iterable[FactRow]) -> dict[str, int]:
    line = tally.scheme.counting(Fact.ACTIVITY_PARTICIPATIONS)
    months: dict[str, int] = {}
    for row in rows:
        if line and row.fact in line.counts and row.standing is CountStatus.COUNTED and row.day and row.amount:
            month = f"{row.day:%Y-%m}"
            months[month] = months.get(month, 0) + row.amount
    return dict(sorted(months.items()))


def _rulings(session: Session, platform: Platform, year: int, held: Mapping[str, Decimal]) -> dict[str, Decimal | None]:
    """The points in force; those that wait for their proof (缺佐证) are as awaited as those that nobody gave."""
    query = sa.select(Ruling.indicator, Ruling.points).where(Ruling.platform_id == platform.id, Ruling.year == year)
    return {row.indicator: None if row.indicator in held else row.points for row in session.execute(query)}


def fold(session: Session, platform_id: int, year: int, now: datetime) -> Recount | None:
    """Recount one platform-year and replace its scorecard, under its lock; None when it is sealed or has no rules.

    The lock is a statement of its own, so that under READ COMMITTED everything after it sees what the previous holder
    committed. Changes that arrive meanwhile stay on the list and are folded next.
    """
    reached = reaching_into(session, platform_id, year)
    lock_all(session, [(platform_id, each) for each in (year, *reached)])
    taken = sa.delete(Change).where(Change.platform_id == platform_id, Change.year == year).returning(Change.made_at)
    moments = session.scalars(taken).all()
    for each in reached:  # their periods have days in this calendar year, so what changed may count there
        _refold(session, platform_id, each, now, moments)
    return _refold(session, platform_id, year, now, moments)


def _refold(
    session: Session, platform_id: int, year: int, now: datetime, moments: Sequence[datetime]
) -> Recount | None:
    if is_sealed(session, platform_id, year) or not has_rules(year):
        return None
    platform = session.get_one(Platform, platform_id)
    counted = recount(session, platform, year, now)
    was = score_trace.before(session, platform_id, year)
    _replace(session, platform_id, year, now, counted)
    score_trace.keep(session, platform_id, year, was, counted.scored, moments, now)
    return counted


def _replace(session: Session, platform_id: int, year: int, now: datetime, counted: Recount) -> None:
    for table in (Stake, ScoreLineRow, ScorecardRow):
        session.execute(sa.delete(table).where(table.platform_id == platform_id, table.year == year))
    card, lines = values(session, platform_id, year, now, counted)
    session.execute(sa.insert(ScorecardRow), card)
    session.execute(sa.insert(ScoreLineRow), lines)
    gains = stakes.values(counted.tally, counted.scored.readings, counted.at_stake)
    if gains:
        session.execute(sa.insert(Stake), [{"platform_id": platform_id, "year": year, **each} for each in gains])


def values(
    session: Session, platform_id: int, year: int, now: datetime, counted: Recount
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a fold writes: the columns of the scorecard, and those of each of its lines."""
    period, scored = assessment_period(session, platform_id, year), counted.scored
    card = {
        "platform_id": platform_id,
        "year": year,
        "scheme": scored.scheme,
        "base": scored.base,
        "bonus": scored.bonus,
        "total": scored.total,
        "awaited": scored.awaited,
        "pending_participations": counted.pending_participations,
        "tally": counted.tally.as_dict(),
        "pending": dict(counted.pending),
        "pending_stages": dict(counted.stages),
        "months": dict(counted.months),
        "readings": dict(scored.readings.as_words()),
        "assessed_from": period.first,
        "assessed_until": period.last,
        "as_of": now,
    }
    lines = [
        {
            "platform_id": platform_id,
            "year": year,
            "code": line.code,
            "position": position,
            "group": line.group,
            "points": line.points,
            "full": line.full,
            "status": line.status,
            "working": line.working,
        }
        for position, line in enumerate(scored.lines)
    ]
    return card, lines


def waiting(session: Session) -> list[tuple[int, int]]:
    """The platform-years on the work list (platform_id, year), each once, oldest change first."""
    query = (
        sa.select(Change.platform_id, Change.year)
        .group_by(Change.platform_id, Change.year)
        .order_by(sa.func.min(Change.id))
    )
    return [(row.platform_id, row.year) for row in session.execute(query)]


def all_platform_years(session: Session, now: datetime) -> list[tuple[int, int]]:
    """Every platform in every year that has an activity or a scorecard, and in the running year."""
    years = {year_of(now)}
    years |= set(session.scalars(sa.select(Activity.year).where(Activity.year.is_not(None)).distinct()))
    years |= set(session.scalars(sa.select(ScorecardRow.year).distinct()))
    platforms = session.scalars(sa.select(Platform.id).order_by(Platform.id)).all()
    return [(platform_id, year) for year in sorted(y for y in years if y) for platform_id in platforms]


@dataclass(frozen=True, slots=True)
class Difference:
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


def check(session: Session, platform_years: Iterable[tuple[int, int]], tick: Callable[[], None]) -> list[Difference]:
    """Compare stored scorecards with the truth at each card's ``as_of`` and by its own readings; write nothing.

    A sealed card is compared with the rows it was sealed with first. Only where these agree, and the truth differs, is
    it a change after sealing.
    """
    found = []
    for platform_id, year in platform_years:
        card = session.get(ScorecardRow, (platform_id, year))
        if card is not None:
            platform, stored = session.get_one(Platform, platform_id), _stored(session, card)
            if is_sealed(session, platform_id, year):
                found += _differs(platform, year, stored, _as_sealed(session, platform, card)) or _differs(
                    platform, year, stored, _of_truth(session, platform, card), is_after_sealing=True
                )
            else:
                found += _differs(platform, year, stored, _shown(recount(session, platform, year, card.as_of), card))
        tick()
    return found


def _differs(
    platform: Platform, year: int, stored: dict[str, Any], truth: dict[str, Any], *, is_after_sealing: bool = False
) -> list[Difference]:
    return [] if stored == truth else [Difference(platform.code, year, stored, truth, is_after_sealing)]


def _as_sealed(session: Session, platform: Platform, card: ScorecardRow) -> dict[str, Any]:
    """What the sealed rows come to, with the filings and rulings of the sealed tally, by the sealed readings.

    A year that an earlier release sealed has no rows: its own sums stand for them.
    """
    sealed, rows = Tally.from_dict(card.tally), sealed_rows.of(session, platform.id, card.year)
    by, held = Readings.from_words(card.readings), line_bases.held(session, platform, card.year)
    awaiting = {code: points for code, points in held.items() if sealed.rulings.get(code) is None}
    if rows is None:
        scored = score(sealed, by, awaiting)
        counted = Recount(sealed, card.pending, card.pending_stages, card.months or {}, scored)
    else:
        tally = replace(sealed, facts=sums(rows, CountStatus.COUNTED))
        counted = _counted(tally, rows, by, awaiting)
    return _shown(counted, card)


def _of_truth(session: Session, platform: Platform, card: ScorecardRow) -> dict[str, Any]:
    rests_on = Readings.from_words(card.readings)
    truth = _shown(recount(session, platform, card.year, card.as_of, rests_on=rests_on), card)
    return truth if card.pending_stages else truth | {"stages": {}}  # sealed before stages were kept


def _stored(session: Session, card: ScorecardRow) -> dict[str, Any]:
    lines = session.scalars(
        sa.select(ScoreLineRow)
        .where(ScoreLineRow.platform_id == card.platform_id, ScoreLineRow.year == card.year)
        .order_by(ScoreLineRow.position)
    )
    return {
        "tally": card.tally,
        "pending": card.pending,
        "stages": card.pending_stages,
        "months": card.months,
        "totals": [card.base, card.bonus, card.total, card.awaited],
        "readings": card.readings,
        "lines": [(line.code, line.points, line.status.value, line.working) for line in lines],
    }


def _shown(counted: Recount, card: ScorecardRow) -> dict[str, Any]:
    scored = counted.scored
    return {
        "tally": counted.tally.as_dict(),
        "pending": dict(counted.pending),
        "stages": dict(counted.stages),
        "months": None if card.months is None else dict(counted.months),  # folded before months were kept
        "totals": [scored.base, scored.bonus, scored.total, scored.awaited],
        "readings": {name.value: word for name, word in scored.readings.as_words().items()},
        "lines": [(line.code, line.points, line.status.value, line.working) for line in scored.lines],
    }
