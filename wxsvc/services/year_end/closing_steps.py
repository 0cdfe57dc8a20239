"""年终步骤: what stands between a year and its seal, step by step, each with what is open and how much of it.

Only what is not sealed yet is asked about, so a year that was unsealed for one platform is closed again for that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.recognition import Ruling
from models.regulation import ReadingDecision
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import ObjectionState
from models.work_list import Change
from models.year_end import Publicity, ScoreObjection, YearClosing, YearSnapshot
from scoring.scheme_files import scheme_for
from scoring.terms import LineStatus, PlatformKind, ReadingName
from wxsvc.services import years
from wxsvc.services.counting import amendments
from wxsvc.services.disputes import dispute_lists
from wxsvc.services.judging import review_queue
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings
from wxsvc.services.year_end import unsubmitted
from wxsvc.services.year_end.unsubmitted import Unsubmitted


class ClosingStep(StrEnum):
    """待审办结 · 评定完毕 · 口径已定 · 核对预览 · 公示与异议 · 两人锁定 · 文件, in the order of being taken."""

    REVIEWS = "reviews"
    RULINGS = "rulings"
    READINGS = "readings"
    PREVIEW = "preview"
    PUBLICITY = "publicity"
    SEAL = "seal"
    DOCUMENTS = "documents"


ORDER: Final = tuple(ClosingStep)


class OpenPoint(Struct, frozen=True):
    """One thing that is open; ``code`` is the refusal whose sentence says it, filled with ``facts``."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Closing(Struct, frozen=True):
    """年终 of one year at one moment. ``open`` is what each step still needs; a step without an entry needs nothing."""

    year: int
    platforms: int
    sealed: int
    publicity: Publicity | None
    asked: YearClosing | None
    """锁定申请: the first of the two people has asked."""
    snapshot: YearSnapshot | None
    unmended: int
    """得分异议 upheld whose line still has the points objected to: told before the seal and after, and no bar to it."""
    unsubmitted: Unsubmitted
    """Check-ins that the seal will leave out: told, and no bar to it, as only the platforms can submit."""
    open: Mapping[ClosingStep, tuple[OpenPoint, ...]]

    @property
    def is_sealed(self) -> bool:
        """Every platform of the year is sealed."""
        return self.platforms > 0 and self.sealed == self.platforms

    @property
    def current(self) -> ClosingStep:
        """The step to take next: the first with something open."""
        return next((step for step in ORDER if self.open[step]), ClosingStep.DOCUMENTS)

    def is_done(self, step: ClosingStep) -> bool:
        """Whether this step and all before it need nothing more."""
        return not any(self.open[each] for each in ORDER[: ORDER.index(step) + 1])


def of_year(session: Session, year: int, now: datetime) -> Closing:
    """How far the year is; eight queries, whatever it holds. Raises ``Refused("year_without_rules")``."""
    if not years.has_rules(year):
        raise Refused("year_without_rules", year=year)
    today = years.day_of(now)
    counts = session.execute(_counts(year, today)).one()
    publicity = session.scalar(
        sa.select(Publicity).where(Publicity.year == year).order_by(Publicity.id.desc()).limit(1)
    )
    closing = session.get(YearClosing, year)
    snapshot = session.scalar(
        sa.select(YearSnapshot).where(YearSnapshot.year == year, YearSnapshot.former_at.is_(None))
    )
    is_sealed = 0 < counts.platforms == counts.sealed
    open_points: dict[ClosingStep, tuple[OpenPoint, ...]] = dict.fromkeys(ClosingStep, ())
    if not is_sealed:
        open_points = {
            ClosingStep.REVIEWS: tuple(_reviews(session, year, today, counts)),
            ClosingStep.RULINGS: (
                *_counted("closing_awaited", counts.awaited),
                *_counted("closing_proposed", counts.proposed),
            ),
            ClosingStep.READINGS: tuple(_readings(session, year)),
            ClosingStep.PREVIEW: () if publicity is not None else (OpenPoint("closing_preview"),),
            ClosingStep.PUBLICITY: tuple(_publicity(publicity, today, counts)),
            ClosingStep.SEAL: (OpenPoint("closing_seal"),),
            ClosingStep.DOCUMENTS: (),
        }
    return Closing(
        year,
        counts.platforms,
        counts.sealed,
        publicity,
        closing if closing is not None and closing.seal_asked_at is not None else None,
        snapshot,
        counts.unmended,
        Unsubmitted(counts.unsubmitted, counts.lost, counts.idle),
        open_points,
    )


def sealed_years(session: Session) -> set[int]:
    """The years that were sealed as a whole, however long ago: their snapshots and amendments stay at hand."""
    return set(session.scalars(sa.select(YearSnapshot.year).distinct()))


def must_be_clear(closing: Closing, *, before: ClosingStep) -> None:
    """Nothing is open in the steps before this one, the preview aside, which is seen by opening what follows it.

    Raises ``Refused("closing_…")``, whose sentence names the first thing that is open.
    """
    for step in ORDER[: ORDER.index(before)]:
        for point in closing.open[step]:
            if point.code != "closing_preview" or before is not ClosingStep.PUBLICITY:
                raise Refused(point.code, **point.facts)


def _counts(year: int, today: date) -> sa.Select[Any]:
    """All that is only counted, in one statement."""
    sealed = years.sealed_ids(year)

    def number(table: Any, *conditions: Any) -> Any:
        return sa.select(sa.func.count()).select_from(table).where(*conditions).scalar_subquery()

    awaited = (
        sa.select(sa.func.count())
        .select_from(ScoreLineRow)
        .join(
            ScorecardRow,
            sa.and_(ScorecardRow.platform_id == ScoreLineRow.platform_id, ScorecardRow.year == ScoreLineRow.year),
        )
        .where(
            ScoreLineRow.year == year,
            ScoreLineRow.status == LineStatus.AWAITED,
            ScoreLineRow.platform_id.not_in(sealed),
            ScorecardRow.is_assessed,
        )
        .scalar_subquery()
    )
    cards = sa.select(ScorecardRow.platform_id).where(ScorecardRow.year == year)
    running = (PlatformYear.year == year, ~PlatformYear.is_sealed, PlatformYear.assessed_until >= today)
    set_near = PlatformYear.period_reason.is_not(None), PlatformYear.year.between(year - 1, year + 1)
    of_table = sa.or_(
        *(
            sa.and_(Platform.kind == kind, Ruling.indicator.in_(list(scheme_for(kind, year).rulings)))
            for kind in PlatformKind
        )
    )
    stands = sa.exists().where(Platform.id == Ruling.platform_id, of_table)
    proposed = (Ruling.year == year, Ruling.proposed_points.is_not(None), Ruling.platform_id.not_in(sealed), stands)
    objected = (ScoreObjection.year == year, ScoreObjection.state == ObjectionState.OPEN)
    as_before = sa.exists().where(
        ScoreLineRow.platform_id == ScoreObjection.platform_id,
        ScoreLineRow.year == ScoreObjection.year,
        ScoreLineRow.code == ScoreObjection.code,
        amendments.holding(ScoreObjection, ScoreLineRow.points) == ScoreObjection.points,
    )
    upheld = (ScoreObjection.year == year, ScoreObjection.state == ObjectionState.UPHELD)
    lost = unsubmitted.counted(year).subquery()
    return sa.select(
        lost.c.platforms.label("idle"),
        lost.c.activities.label("unsubmitted"),
        lost.c.check_ins.label("lost"),
        number(Platform, years.is_in(year)).label("platforms"),
        number(PlatformYear, PlatformYear.year == year, PlatformYear.is_sealed).label("sealed"),
        number(PlatformYear, *running).label("running"),
        number(PlatformYear, *set_near).label("set_near"),
        number(Change, Change.year == year, Change.platform_id.not_in(sealed)).label("changes"),
        number(Platform, years.is_in(year), Platform.id.not_in(cards)).label("uncounted"),
        awaited.label("awaited"),
        number(Ruling, *proposed).label("proposed"),
        number(ScoreObjection, *objected).label("objections"),
        number(ScoreObjection, *upheld, as_before).label("unmended"),
    )


def _reviews(session: Session, year: int, today: date, counts: Any) -> Iterator[OpenPoint]:
    if not counts.platforms:
        yield OpenPoint("closing_no_platforms")
    if today <= date(year, 12, 31):
        yield OpenPoint("closing_year_running", {"year": year})
    elif counts.running:
        yield OpenPoint("closing_period_running", {"year": year, "count": counts.running})
    yield from _counted("closing_uncounted", counts.uncounted)
    yield from _counted("closing_changes", counts.changes)
    yield from _counted(
        "closing_reviews", review_queue.waiting_count(session, year, is_period_set=bool(counts.set_near))
    )
    yield from _counted("closing_disputes", dispute_lists.open_of_year(session, year))


def _readings(session: Session, year: int) -> Iterator[OpenPoint]:
    """Of each kind that there is, the readings that bear on a line and that nobody decided; a calendar not loaded."""
    query = sa.select(ReadingDecision.kind, ReadingDecision.name).where(ReadingDecision.year == year).distinct()
    decided = {(row.kind, row.name) for row in session.execute(query)}
    there = set(session.scalars(sa.select(Platform.kind).where(years.is_in(year)).distinct()))
    for kind in PlatformKind:
        if kind in there:
            bearing = {name for line in scheme_for(kind, year).indicators for name in line.readings}
            undecided = [name for name in ReadingName if name in bearing and (kind, name.value) not in decided]
            if undecided:
                yield OpenPoint("closing_readings", {"kind": kind, "count": len(undecided), "names": tuple(undecided)})
    kind = next(iter(PlatformKind))
    if any(each.provisional for each in calendars.due(session, year, readings.in_force(session, year, kind))):
        yield OpenPoint("closing_calendar", {"year": year})


def _publicity(publicity: Publicity | None, today: date, counts: Any) -> Iterator[OpenPoint]:
    if publicity is None:
        yield OpenPoint("closing_publicity")
    elif today <= publicity.last_day:
        yield OpenPoint("closing_publicity_running", {"last": publicity.last_day})
    yield from _counted("closing_objections", counts.objections)


def _counted(code: str, count: int) -> Iterator[OpenPoint]:
    if count:
        yield OpenPoint(code, {"count": count})
