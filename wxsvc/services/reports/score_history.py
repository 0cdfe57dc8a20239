"""得分变化: what changed on a platform's card between two moments, line by line, and what caused it.

The card as it stands is folded back by the trace that folds leave (``score_trace``); nothing is guessed. What changed
before the trace began, or by nothing that the log knows, is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.journal import LogEntry
from models.platform import Platform
from models.scorecard import MonthScore, ScorecardRow, ScoreChange, ScoreLineRow
from models.terms import Subject
from models.types import Points
from scoring.deadlines import Deadline
from scoring.readings import Readings
from scoring.rules import Filings
from scoring.scheme_files import scheme_for
from scoring.terms import ReadingName
from scoring.words import name_of, value_name
from wxsvc.clock import BEIJING
from wxsvc.services.records import filings
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reports.ranks import IS_COMPARED
from wxsvc.services.years import day_of

_ZERO = Decimal(0)


class Cause(Struct, frozen=True):
    """One deed that was folded: its line of the log, and what the thing is called, where it has a name.

    ``note`` is the new value of a reading.
    """

    entry: LogEntry
    title: str | None = None
    note: str | None = None


class ScoreStep(Struct, frozen=True):
    """One change of one line. ``passed`` are the due days that went by between the two cards."""

    old: Decimal
    new: Decimal
    at: datetime
    is_first: bool
    """Counted for the first time: there was no card before."""
    causes: tuple[Cause, ...]
    passed: tuple[Deadline, ...]

    @property
    def is_explained(self) -> bool:
        """Something is known that caused it."""
        return bool(self.causes or self.passed) or self.is_first


class LineHistory(Struct, frozen=True):
    """A line that changed: its points at both moments, and every step between them."""

    code: str
    name: str
    old: Decimal
    new: Decimal
    steps: tuple[ScoreStep, ...]


NEAREST: Final = 20
"""Platforms that changed places with one and are named."""


class Passing(Struct, frozen=True):
    """A platform of the same kind that changed places with this one: how its own total changed."""

    platform: Platform
    change: Decimal
    is_ahead: bool
    """It is ahead now."""


class ScoreHistory(Struct, frozen=True):
    """Between two moments; ranks (名次) among all platforms of the kind, ``passed`` explains how they changed.

    Of many that changed places these are the :data:`NEAREST`; ``ahead`` and ``behind`` count all, those that are ahead
    now and those that are not any more. A rank is 0 for a platform that was closed (关停) or is not assessed
    (不参加考评), which is not compared. ``unrecorded`` is what the total changed by before the trace began, where a
    month's end says so; ``begins`` the day from which steps are recorded, where that is later than ``first``.
    """

    platform: Platform
    year: int
    first: datetime
    last: datetime
    old: Decimal
    new: Decimal
    old_rank: int
    new_rank: int
    lines: tuple[LineHistory, ...]
    passed: tuple[Passing, ...]
    ahead: int
    behind: int
    unrecorded: Decimal | None
    begins: datetime | None

    @property
    def is_explained(self) -> bool:
        """Every step is, and nothing is missing."""
        return not self.unrecorded and all(step.is_explained for line in self.lines for step in line.steps)


def of(session: Session, platform: Platform, year: int, first: datetime, last: datetime) -> ScoreHistory | None:
    """The history of one platform's year between two moments; None where it has no card."""
    card = session.get(ScorecardRow, (platform.id, year))
    if card is None:
        return None
    since_first = (ScoreChange.platform_id == platform.id, ScoreChange.year == year, ScoreChange.at > first)
    changes = session.scalars(sa.select(ScoreChange).where(*since_first).order_by(ScoreChange.id)).all()
    lines = tuple(_lines(session, platform, card, changes, last))
    kept = _month_kept(session, platform.id, year, first)
    moments = first, last, kept.kept_at if kept is not None else last
    others = session.execute(_crossed(platform, year, moments)).all()
    own, *crossed = sorted(others, key=lambda each: (each.Platform.id != platform.id, each.Platform.code))
    return ScoreHistory(
        platform=platform,
        year=year,
        first=first,
        last=last,
        old=own.then,
        new=own.now,
        old_rank=own.old_rank if own.is_compared else 0,
        new_rank=own.new_rank if own.is_compared else 0,
        lines=lines,
        passed=tuple(Passing(each.Platform, each.now - each.then, each.is_ahead) for each in crossed),
        ahead=own.ahead,
        behind=own.crossed - own.ahead,
        unrecorded=(own.at_kept - kept.total or None) if kept is not None else None,
        begins=_begins(session, platform.id, year, first),
    )


def month_began(now: datetime) -> datetime:
    """自上月以来: the moment at which the last month ended."""
    today = day_of(now)
    return datetime(today.year, today.month, 1, tzinfo=BEIJING)


def day_began(day: date) -> datetime:
    """The first moment of a day in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def _lines(
    session: Session, platform: Platform, card: ScorecardRow, changes: Sequence[ScoreChange], last: datetime
) -> Iterator[LineHistory]:
    """The lines that changed up to the last moment, in the table's order; ``changes`` has those after it as well."""
    scheme = scheme_for(platform.kind, card.year)
    names = {line.code: line.name for line in scheme.indicators}
    by_filings = {line.code for line in scheme.indicators if isinstance(line.rule, Filings)}
    within = [each for each in changes if each.at <= last]
    causes = _causes(session, {entry for each in within for entry in each.causes})
    is_filed = any(each.code in by_filings for each in within)
    owed = filings.obligations(session, platform.id, card.year, Readings.from_words(card.readings)) if is_filed else ()
    at_last = _points_at(session, card, changes, last)
    for code in dict.fromkeys([*names, *(each.code for each in within)]):
        steps = [each for each in within if each.code == code]
        if steps:
            told = tuple(_step(each, causes, owed if code in by_filings else ()) for each in steps)
            yield LineHistory(code, names.get(code, code), steps[0].old, at_last.get(code, _ZERO), told)


def _points_at(
    session: Session, card: ScorecardRow, changes: Sequence[ScoreChange], moment: datetime
) -> dict[str, Decimal]:
    """What each line came to at a moment: what it comes to now, without what changed since."""
    stored = sa.select(ScoreLineRow.code, ScoreLineRow.points).where(
        ScoreLineRow.platform_id == card.platform_id, ScoreLineRow.year == card.year
    )
    points = {row.code: row.points for row in session.execute(stored)}
    for each in reversed(changes):
        if each.at > moment:
            points[each.code] = each.old
    return points


def _step(change: ScoreChange, causes: Mapping[int, Cause], owed: Sequence[Deadline]) -> ScoreStep:
    passed: tuple[Deadline, ...] = ()
    if change.since is not None and change.new < change.old:
        since, until = day_of(change.since), day_of(change.at)
        passed = tuple(each for each in owed if since <= each.due_on < until)
    return ScoreStep(
        old=change.old,
        new=change.new,
        at=change.at,
        is_first=change.since is None,
        causes=tuple(causes[entry] for entry in change.causes if entry in causes),
        passed=passed,
    )


def _causes(session: Session, ids: set[int]) -> dict[int, Cause]:
    """The lines of the log with the names of what they are about: one query for each kind of thing."""
    if not ids:
        return {}
    entries = list(session.scalars(sa.select(LogEntry).where(LogEntry.id.in_(sorted(ids)))))
    wanted: dict[Subject, set[int]] = {}
    for entry in entries:
        if entry.subject_id is not None:
            wanted.setdefault(entry.subject, set()).add(entry.subject_id)
    titles = {
        (subject, key): title for subject, keys in wanted.items() for key, title in _titles(session, subject, keys)
    }
    return {
        entry.id: Cause(entry, titles.get((entry.subject, entry.subject_id or 0)) or _own_name(entry), _note(entry))
        for entry in entries
    }


def _titles(session: Session, subject: Subject, keys: Iterable[int]) -> Iterable[tuple[int, str]]:
    if subject is Subject.CHECK_IN:
        query = sa.select(CheckIn.id, Activity.title).join(Activity, Activity.id == CheckIn.activity_id)
        return [(row.id, row.title) for row in session.execute(query.where(CheckIn.id.in_(keys)))]
    if subject not in KINDS:
        return ()
    table: Any = KINDS[subject].model
    return [(row.id, KINDS[subject].title(row)) for row in session.scalars(sa.select(table).where(table.id.in_(keys)))]


def _own_name(entry: LogEntry) -> str | None:
    """What the line of the log itself names: a reading, the number of a notice."""
    if entry.subject is Subject.READING and "name" in entry.details:
        return name_of(ReadingName(entry.details["name"]))
    return str(entry.details["source"]) if entry.subject is Subject.WORKDAY and entry.details.get("source") else None


def _note(entry: LogEntry) -> str | None:
    if entry.subject is Subject.READING and "name" in entry.details:
        return value_name(ReadingName(entry.details["name"]), str(entry.details["new"]))
    return None


def _crossed(platform: Platform, year: int, moments: Sequence[datetime]) -> sa.Select[Any]:
    """The platform, and those of its kind that were behind it, or level, and are ahead, and the other way round.

    Of many these are the ones whose totals are nearest to its own now, with the numbers of all.

    Each with its total at the three moments, what stands less what changed since, and its rank (名次) at the first two
    among all of the kind; nobody changes places with who is not compared.
    """
    change = sa.type_coerce(ScoreChange.new, sa.Integer) - sa.type_coerce(ScoreChange.old, sa.Integer)
    names = "then", "now", "at_kept"
    gained = (sa.func.sum(change).filter(ScoreChange.at > moment) for moment in moments)
    since = (
        sa.select(ScoreChange.platform_id, *(each.label(name) for name, each in zip(names, gained, strict=True)))
        .where(ScoreChange.year == year, ScoreChange.at > min(moments))
        .group_by(ScoreChange.platform_id)
        .subquery()
    )
    total = sa.type_coerce(ScorecardRow.total, sa.Integer)
    every = (
        sa.select(Platform.id, IS_COMPARED.label("is_compared"))
        .add_columns(*((total - sa.func.coalesce(since.c[name], 0)).label(name) for name in names))
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .outerjoin(since, since.c.platform_id == Platform.id)
        .where(ScorecardRow.year == year, Platform.kind == platform.kind)
        .subquery()
    )
    old_rank, new_rank = (
        sa.func.rank().over(partition_by=every.c.is_compared, order_by=every.c[name].desc()) for name in names[:2]
    )
    ranked = sa.select(every, old_rank.label("old_rank"), new_rank.label("new_rank")).cte("ranked")
    own, other = ranked.alias("own"), ranked.alias("other")
    was_ahead, is_ahead = other.c.then > own.c.then, other.c.now > own.c.now
    has_crossed = sa.and_(own.c.is_compared, other.c.is_compared, was_ahead != is_ahead)
    return (
        sa.select(Platform, other.c.is_compared, other.c.old_rank, other.c.new_rank, is_ahead.label("is_ahead"))
        .add_columns(*(sa.type_coerce(other.c[name], Points).label(name) for name in names))
        .join_from(other, own, own.c.id == platform.id)
        .join(Platform, Platform.id == other.c.id)
        .add_columns(sa.func.count().filter(is_ahead).over().label("ahead"))
        .add_columns(sa.func.count().filter(has_crossed).over().label("crossed"))
        .where(sa.or_(other.c.id == own.c.id, has_crossed))
        .order_by(other.c.id != own.c.id, sa.func.abs(other.c.now - own.c.now), Platform.code)
        .limit(1 + NEAREST)
    )


def _month_kept(session: Session, platform_id: int, year: int, first: datetime) -> MonthScore | None:
    """The total that was kept at the end of the month before the first moment."""
    return session.get(MonthScore, (platform_id, year, f"{day_of(first - timedelta(microseconds=1)):%Y-%m}"))


def _begins(session: Session, platform_id: int, year: int, first: datetime) -> datetime | None:
    """Since when steps of this platform are recorded, if that is after ``first``."""
    own = sa.select(ScoreChange.at).where(
        ScoreChange.year == year, ScoreChange.platform_id == platform_id, ScoreChange.since.is_(None)
    )
    ever = sa.select(ScoreChange.at).order_by(ScoreChange.id).limit(1)  # a card may be older than all trace
    begun = session.scalar(sa.select(sa.func.coalesce(own.limit(1).scalar_subquery(), ever.scalar_subquery())))
    return begun if begun is not None and begun > first else None
