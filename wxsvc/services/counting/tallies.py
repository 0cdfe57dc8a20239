"""统计与折算: recount platform-years from the truth, and replace their scorecards.

There are no counters to drift: a fold deletes the platform-year's rows of the work list, reads the facts, and writes
the scorecard that they come to, in one short transaction under the platform-year's lock. Of what stands there already
it writes only what is not so any more. Doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow, StakeRow
from models.terms import RecordKey, Stage
from models.work_list import Change
from scoring.filings import COSTS_A_POINT
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.scorecard import Scorecard, score
from scoring.tally import Tally
from scoring.terms import Fact
from wxsvc.plain_rows import plain_rows
from wxsvc.services.counting import common_facts, score_trace, stakes
from wxsvc.services.counting.alike import Judged
from wxsvc.services.counting.common_facts import CommonFacts
from wxsvc.services.counting.facts import CountStatus, FactRow, must_be_countable, sums
from wxsvc.services.counting.facts import of_all as facts_of_all
from wxsvc.services.counting.score_trace import NEVER, Before
from wxsvc.services.locks import lock_for_fold
from wxsvc.services.records.filings import FilingStatus
from wxsvc.services.years import AssessmentPeriod, has_rules, open_with_periods, year_of


class Recount(Struct, frozen=True):
    """What the truth comes to at one moment: the tally, what is pending by fact, and the score.

    ``stages`` splits what is pending by stage: whom it waits for. ``months`` splits the counted 家次 by the month of
    their day (``2026-11``): together they are the 家次 of the tally. ``rows`` are what was counted, ``unproved`` the
    points by line that wait for their proof, ``filings`` where each obligation stands.
    """

    tally: Tally
    pending: Mapping[str, int]
    stages: Mapping[str, Mapping[str, int]]
    months: Mapping[str, int]
    scored: Scorecard
    at_stake: Mapping[RecordKey, Mapping[str, int]] = field(default_factory=dict)
    """What each item that waits for review would add."""
    rows: Sequence[FactRow] = ()
    unproved: Mapping[str, Decimal] = field(default_factory=dict)
    filings: Sequence[FilingStatus] = ()

    @property
    def pending_participations(self) -> int:
        """家次 of activities not approved yet: what the live figures show while an event is running."""
        return self.pending.get(Fact.ACTIVITY_PARTICIPATIONS, 0)


def recount(session: Session, platform: Platform, year: int, now: datetime) -> Recount:
    """Count one platform-year from the truth, writing nothing."""
    return recount_all(session, [platform], year, {platform.id: now})[platform.id]


def recount_all(
    session: Session,
    platforms: Sequence[Platform],
    year: int,
    at: Mapping[int, datetime],
    *,
    rests_on: Mapping[int, Readings] = MappingProxyType({}),
    common: CommonFacts | None = None,
) -> dict[int, Recount]:
    """The same of several platforms, by their ids, in few statements. ``at`` are the moments of their cards.

    ``rests_on`` are the own readings of those whose card is sealed; ``common`` is what they rest on beside their
    records, where it is at hand.
    """
    common = common or common_facts.of(session, platforms, year)
    by = {each.id: rests_on.get(each.id) or common.in_force[each.kind] for each in platforms}
    judged = [Judged(each, by[each.id], common.periods[each.id]) for each in platforms]
    for kind in {each.kind for each in platforms}:
        must_be_countable(scheme_for(kind, year))
    rows = facts_of_all(session, judged, year)
    return {each.id: _recounted(each, year, rows[each.id], by[each.id], common, at[each.id]) for each in platforms}


def _recounted(
    platform: Platform, year: int, rows: Sequence[FactRow], by: Readings, common: CommonFacts, now: datetime
) -> Recount:
    standings = common.filings(platform.id, by, now)
    tally = Tally(
        kind=platform.kind,
        year=year,
        facts=sums(rows, CountStatus.COUNTED),
        missed_filings=sum(each.state in COSTS_A_POINT for each in standings),
        rulings=common.rulings(platform.id),
    )
    return counted(tally, rows, by, common.held.get(platform.id, {}), standings)


def counted(
    tally: Tally,
    rows: Sequence[FactRow],
    by: Readings,
    held: Mapping[str, Decimal],
    standings: Sequence[FilingStatus] = (),
) -> Recount:
    """The recount of a tally and the rows that it is the sum of."""
    stages = {
        stage.value: awaited
        for stage in (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED)
        if (awaited := sums((row for row in rows if row.stage is stage), CountStatus.PENDING))
    }
    pending, at_stake = sums(rows, CountStatus.PENDING), stakes.facts_at_stake(rows)
    scored = score(tally, by, held)
    return Recount(tally, pending, stages, _months(tally, rows), scored, at_stake, rows, held, standings)


def _months(tally: Tally, rows: Iterable[FactRow]) -> dict[str, int]:
    line = tally.scheme.counting(Fact.ACTIVITY_PARTICIPATIONS)
    months: dict[str, int] = {}
    for row in rows:
        if line and row.fact in line.counts and row.standing is CountStatus.COUNTED and row.day and row.amount:
            month = row.day.isoformat()[:7]
            months[month] = months.get(month, 0) + row.amount
    return dict(sorted(months.items()))


def fold(session: Session, platform_id: int, year: int, now: datetime) -> Recount | None:
    """Recount one platform-year and replace its scorecard, under its lock; None when it is sealed or has no rules."""
    return fold_all(session, [platform_id], year, now).get(platform_id)


_TAKE: Final = (
    sa.delete(Change.__table__)  # type: ignore[arg-type]
    .where(Change.platform_id.in_(sa.bindparam("platforms")), Change.year == sa.bindparam("of_year"))
    .returning(Change.platform_id, Change.made_at)
)


def fold_all(session: Session, platform_ids: Collection[int], year: int, now: datetime) -> dict[int, Recount]:
    """The same of several platforms, by their ids, in few statements; none of those that are sealed.

    The locks are a statement of their own, so that under READ COMMITTED everything after them sees what the previous
    holders committed. Changes that arrive meanwhile stay on the list and are folded next.
    """
    reached = lock_for_fold(session, list(platform_ids), year)
    moments: dict[int, list[datetime]] = {}
    for row in plain_rows(session, _TAKE, {"platforms": list(platform_ids), "of_year": year}):
        moments.setdefault(row.platform_id, []).append(row.made_at)
    for other in sorted({each for _, each in reached}):
        # Their periods have days in this calendar year, so what changed may count there.
        _refold(session, [platform_id for platform_id, each in reached if each == other], other, now, moments)
    return _refold(session, platform_ids, year, now, moments)


def _refold(
    session: Session,
    platform_ids: Collection[int],
    year: int,
    now: datetime,
    moments: Mapping[int, Collection[datetime]],
) -> dict[int, Recount]:
    if not has_rules(year):
        return {}
    found, periods = open_with_periods(session, platform_ids, year)
    if not found:
        return {}
    common = common_facts.of(session, found, year, periods)
    recounted = recount_all(session, found, year, dict.fromkeys(periods, now), common=common)
    was = score_trace.before(session, recounted, year)
    _replace(session, year, now, recounted, common, was)
    scored = {platform_id: each.scored for platform_id, each in recounted.items()}
    score_trace.keep(session, year, was, scored, moments, now)
    return recounted


def _replace(
    session: Session,
    year: int,
    now: datetime,
    counted: Mapping[int, Recount],
    common: CommonFacts,
    was: Mapping[int, Before],
) -> None:
    """Write each card with its moment, and the lines and stakes of those platforms where any is not as it ``was``."""
    cards: list[dict[str, Any]] = []
    lines: dict[int, list[dict[str, Any]]] = {}
    gains: dict[int, list[dict[str, Any]]] = {}
    at_stake = stakes.stored(session, counted, year)
    for platform_id, each in counted.items():
        card, of_card = values(platform_id, common.periods[platform_id], now, each)
        cards.append(card)
        if was.get(platform_id, NEVER).lines != of_card:
            lines[platform_id] = of_card
        gained = stakes.values(each.tally, each.scored.readings, each.at_stake)
        gained = [{"platform_id": platform_id, "year": year, **stake} for stake in gained]
        if at_stake.get(platform_id, []) != gained:
            gains[platform_id] = gained
    session.execute(_PUT_CARD[session.get_bind().dialect.name], cards)
    _anew(session, ScoreLineRow, year, lines, was)
    _anew(session, StakeRow, year, gains, at_stake)


def _put_card(insert: Any) -> Any:
    new = insert(ScorecardRow.__table__)
    columns = {each.name: new.excluded[each.name] for each in ScorecardRow.__table__.c if not each.primary_key}
    return new.on_conflict_do_update(index_elements=["platform_id", "year"], set_=columns)


_PUT_CARD: Final = {"postgresql": _put_card(postgresql.insert), "sqlite": _put_card(sqlite.insert)}
"""A card with its moment is there with every fold, so it is written over, not deleted and inserted."""


def _anew(
    session: Session, table: Any, year: int, rows: Mapping[int, list[dict[str, Any]]], stored: Collection[int]
) -> None:
    """These rows of these platforms, instead of those that are ``stored``."""
    if gone := [platform_id for platform_id in rows if platform_id in stored]:
        session.execute(sa.delete(table).where(table.platform_id.in_(gone), table.year == year))
    if new := [row for of_platform in rows.values() for row in of_platform]:
        session.execute(sa.insert(table), new)


def values(
    platform_id: int, period: AssessmentPeriod, now: datetime, counted: Recount
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a fold writes: the columns of the scorecard, and those of each of its lines."""
    year, scored = counted.tally.year, counted.scored
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
