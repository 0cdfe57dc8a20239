"""得分总览 and 平台得分明细 as values for pages, chat and exports: stored rows and the regulation's sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Stage, Subject
from scoring.coach import NextStep
from scoring.outlook import Outlook, Prospect, outlook, worth
from scoring.readings import Readings
from scoring.rules import Bonus
from scoring.scheme import Indicator, Scheme
from scoring.scheme_files import indicator_of, scheme_for
from scoring.tally import Tally
from scoring.terms import Fact, Group, LineStatus, ReadingName
from wxsvc.services import years
from wxsvc.services.counting import left_out, sealed_rows
from wxsvc.services.counting.facts import CountStatus, FactRow, facts, of_facts, of_kind
from wxsvc.services.records import filings
from wxsvc.services.regulation import readings
from wxsvc.services.regulation.readings import ReadingInUse
from wxsvc.services.years import AssessmentPeriod, day_of, whole_year

NEAREST: Final = 5
"""Next gains that are worth a person's attention at once."""


class Pending(Struct, frozen=True):
    """What is not approved yet, by whom it waits for: 待审核 the province; 已退回 and 未提交 the platform."""

    submitted: int = 0
    returned: int = 0
    unsubmitted: int = 0

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Those that are not nothing, by name: what waits for the province first."""
        found = (("submitted", self.submitted), ("returned", self.returned), ("unsubmitted", self.unsubmitted))
        return tuple((name, count) for name, count in found if count)


class CardLine(Struct, frozen=True):
    """One indicator of one platform. ``confirmed`` and ``pending`` are counts (家次, 次, 条 …), None for rulings.

    ``counts`` are the facts behind it: their rows add up to ``confirmed``. ``readings`` (口径) bear on it.
    """

    code: str
    group: Group
    name: str
    text: str
    points: Decimal
    full: Decimal
    status: LineStatus
    working: str
    confirmed: int | None
    pending: int | None
    by_stage: Pending
    counts: tuple[str, ...]
    unit: str
    prospect: Prospect
    opening: str
    readings: tuple[ReadingInUse, ...]


class Card(Struct, frozen=True):
    """One platform's year: totals, what is awaited and pending, and (in a detail) its lines."""

    platform: Platform
    year: int
    base: Decimal
    bonus: Decimal
    total: Decimal
    awaited: Decimal
    pending_participations: int
    participations: Pending
    """家次 of activities not approved yet, by stage: they add up to ``pending_participations``."""
    as_of: datetime
    readings: Readings
    period: AssessmentPeriod
    """考评期 that was counted."""
    lines: tuple[CardLine, ...] = ()
    outlook: Outlook | None = None
    is_running: bool = False
    """Whether more can still be done: the year is not over, nor sealed."""
    sealed_at: datetime | None = None
    """锁定: since then nothing is awaited, and there is no outlook."""

    @property
    def nearest(self) -> tuple[tuple[CardLine, NextStep], ...]:
        """最近的得分点: the next gains that take the least, each with its line; whatever waits is taken as approved.

        Pages and chat both say these, in this order.
        """
        if self.outlook is None:
            return ()
        by_code = {line.code: line for line in self.lines}
        return tuple((by_code[step.code], step) for step in self.outlook.steps[:NEAREST])

    @property
    def scheme(self) -> Scheme:
        """The indicator table that judges the platform in this year."""
        return scheme_for(self.platform.kind, self.year)


def overview(session: Session, year: int) -> list[Card]:
    """Every platform's card of the year without lines, in the order of their codes."""
    query = (
        sa.select(Platform, ScorecardRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(ScorecardRow.year == year)
        .order_by(Platform.code)
    )
    return [_card(platform, stored, ()) for platform, stored in session.execute(query)]


def detail(session: Session, platform_id: int, year: int, now: datetime | None = None) -> Card | None:
    """One platform's card with its lines and what may become of them; None when it was never folded.

    ``now`` says whether the year is still running; without it, the moment of the last fold.
    """
    of_card = sa.and_(ScoreLineRow.platform_id == ScorecardRow.platform_id, ScoreLineRow.year == ScorecardRow.year)
    query = (
        sa.select(Platform, ScorecardRow, ScoreLineRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .outerjoin(ScoreLineRow, of_card)
        .where(Platform.id == platform_id, ScorecardRow.year == year)
    )
    found = session.execute(query.order_by(ScoreLineRow.position)).all()
    if not found:
        return None
    (platform, stored, _), rows = found[0], [row for _, _, row in found if row is not None]
    tally = Tally.from_dict(stored.tally)
    scheme = tally.scheme
    by = Readings.from_words(stored.readings)
    own = years.row_of(session, platform_id, year)
    is_open = own is None or not own.is_sealed
    period = _period_of(stored)
    is_running = is_open and not period.is_empty and day_of(now or stored.as_of) <= period.last
    decided = readings.decided(session, year, platform.kind)
    in_force = scheme.readings.with_decisions({each.decision.name: each.decision.value for each in decided})
    standings = filings.state(session, platform_id, year, now or stored.as_of, in_force) if is_open else []
    held, unsettled = _held(session, platform_id, year, tally) if is_open else {}, filings.unsettled(standings)
    waiting = stored.pending if is_open else {}
    ahead = outlook(tally, waiting, by, is_running=is_running, unproved=held, unsettled=unsettled)
    used = readings.in_use(decided, by, stored.as_of)
    lines = tuple(_line(row, scheme.indicator(row.code), tally, by, stored, ahead.line(row.code), used) for row in rows)
    card, sealed_at = _card(platform, stored, lines), own.sealed_at if own is not None else None
    return replace(card, outlook=ahead if is_open else None, is_running=is_running, sealed_at=sealed_at)


def _held(session: Session, platform_id: int, year: int, tally: Tally) -> dict[str, Decimal]:
    """缺佐证，暂不计: points in force that the stored card does not have, as the fold found their proof missing."""
    given = sa.select(Ruling.indicator, Ruling.points).where(
        Ruling.platform_id == platform_id, Ruling.year == year, Ruling.points > 0
    )
    rules = tally.scheme.rulings
    return {
        row.indicator: row.points
        for row in session.execute(given)
        if row.indicator in rules and tally.rulings.get(row.indicator) is None
    }


class LineBehind(Struct, frozen=True):
    """One line of a stored card with the rows behind it and the readings that both rest on.

    The line's prospect leaves out what filings may bring back.
    """

    line: CardLine
    rows: list[FactRow]
    readings: Readings


def line_behind(session: Session, platform_id: int, year: int, code: str) -> LineBehind | None:
    """One line without the rest of the card; None for a card never folded, or a code that its table does not have."""
    query = (
        sa.select(Platform, ScorecardRow, ScoreLineRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .join(
            ScoreLineRow,
            sa.and_(ScoreLineRow.platform_id == Platform.id, ScoreLineRow.year == ScorecardRow.year),
        )
        .where(Platform.id == platform_id, ScorecardRow.year == year, ScoreLineRow.code == code)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    platform, stored, row = found
    tally, by = Tally.from_dict(stored.tally), Readings.from_words(stored.readings)
    used = readings.in_use(readings.decided(session, year, platform.kind), by, stored.as_of)
    waiting = {} if years.is_sealed(session, platform_id, year) else stored.pending
    prospect = outlook(tally, waiting, by, is_running=False).line(code)
    line = _line(row, tally.scheme.indicator(code), tally, by, stored, prospect, used)
    return LineBehind(line, rows_behind(session, platform_id, year, code), by)


def rows_behind(session: Session, platform_id: int, year: int, code: str) -> list[FactRow]:
    """The rows behind one line, counted or not, with reasons; those that count add up to its ``confirmed``."""
    platform = session.get_one(Platform, platform_id)
    scheme, by = scheme_for(platform.kind, year), readings_of(session, platform, year)
    counts = indicator_of(platform.kind, year, code).counts
    if not counts:
        return []
    kept = sealed_rows.of(session, platform_id, year)
    told = of_facts(session, platform, year, by, counts) if kept is None else kept
    return [_as_read(row, scheme, by) for row in told if row.fact in counts]


def rows(session: Session, platform_id: int, year: int) -> list[FactRow]:
    """Every row of the year: of a sealed one as it was sealed, else from the truth by the card's readings."""
    kept = sealed_rows.of(session, platform_id, year)
    if kept is not None:
        return kept
    platform = session.get_one(Platform, platform_id)
    return facts(session, platform, year, readings_of(session, platform, year))


def rows_of_kind(
    session: Session, platform_id: int, year: int, subject: Subject, by: Readings | None = None
) -> dict[int, FactRow]:
    """The rows of the score that the records of one noun are, by the record's id, as the card's readings see them."""
    platform = session.get_one(Platform, platform_id)
    by = by or readings_of(session, platform, year)
    scheme = scheme_for(platform.kind, year)
    kept = sealed_rows.of(session, platform_id, year)
    own = of_kind(session, platform, year, by, subject) if kept is None else [r for r in kept if r.subject is subject]
    return {row.subject_id: _as_read(row, scheme, by) for row in own}


def _as_read(row: FactRow, scheme: Scheme, by: Readings) -> FactRow:
    """The row, not counted where a reading says that its fact adds nothing."""
    line = scheme.counting(row.fact)
    is_out = row.standing is CountStatus.NOT_COUNTED
    if is_out or line is None or not isinstance(line.rule, Bonus) or row.fact in line.counted_under(by):
        return row
    reason = f"reading_{line.rule.counts_under[row.fact].value}"
    return replace(row, standing=CountStatus.NOT_COUNTED, reasons=(reason,))


def not_counted(session: Session, platform_id: int, year: int) -> list[FactRow]:
    """为什么没算: everything of the year that adds nothing, with its reasons; of a sealed year as it was sealed."""
    if (kept := sealed_rows.of(session, platform_id, year, is_left_out=True)) is not None:
        return kept
    platform = session.get_one(Platform, platform_id)
    by = readings_of(session, platform, year)
    return left_out.of(session, platform, year, by)


def readings_of(session: Session, platform: Platform, year: int) -> Readings:
    """The readings that the stored card rests on, so that rows and number always speak of the same thing."""
    stored = session.get(ScorecardRow, (platform.id, year))
    if stored is not None:
        return Readings.from_words(stored.readings)
    return readings.in_force(session, year, platform.kind)


def _card(platform: Platform, stored: ScorecardRow, lines: tuple[CardLine, ...]) -> Card:
    return Card(
        platform=platform,
        year=stored.year,
        base=stored.base,
        bonus=stored.bonus,
        total=stored.total,
        awaited=stored.awaited,
        pending_participations=stored.pending_participations,
        participations=pending_of(stored, (Fact.ACTIVITY_PARTICIPATIONS,)),
        as_of=stored.as_of,
        readings=Readings.from_words(stored.readings),
        period=_period_of(stored),
        lines=lines,
    )


def _period_of(stored: ScorecardRow) -> AssessmentPeriod:
    """The period on the card; a card of an earlier release has none and was counted over the whole year."""
    if stored.assessed_from is None or stored.assessed_until is None:
        return whole_year(stored.year)
    return AssessmentPeriod(stored.assessed_from, stored.assessed_until)


def pending_of(stored: ScorecardRow, counts: tuple[str, ...]) -> Pending:
    """What of some facts is not approved yet, as a stored card has it."""

    def of(stage: Stage) -> int:
        sums = stored.pending_stages.get(stage.value, {})
        return sum(sums.get(fact, 0) for fact in counts)

    return Pending(of(Stage.SUBMITTED), of(Stage.RETURNED), of(Stage.PUBLISHED))


def _line(
    row: ScoreLineRow,
    indicator: Indicator,
    tally: Tally,
    by: Readings,
    stored: ScorecardRow,
    prospect: Prospect,
    used: Mapping[ReadingName, ReadingInUse],
) -> CardLine:
    counts, counted = indicator.counts, indicator.counted_under(by)
    return CardLine(
        code=row.code,
        group=row.group,
        name=indicator.name,
        text=indicator.text,
        points=row.points,
        full=indicator.full,
        status=row.status,
        working=row.working,
        confirmed=sum(tally.count(fact) for fact in counted) if counts else None,
        pending=sum(stored.pending.get(fact, 0) for fact in counted) if counts else None,
        by_stage=pending_of(stored, counted),
        counts=counts,
        unit=indicator.unit,
        prospect=prospect,
        opening=indicator.opening,
        readings=tuple(used[name] for name in indicator.readings),
    )


def worth_of(session: Session, platform_id: int, year: int, fact: str) -> Decimal | None:
    """How many points one more of a fact would bring on the stored card; None when the year was never folded."""
    stored = session.get(ScorecardRow, (platform_id, year))
    if stored is None:
        return None
    return worth(Tally.from_dict(stored.tally), fact, Readings.from_words(stored.readings))
