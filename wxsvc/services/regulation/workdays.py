"""工作日历: the State Council's notice of a year as a table, judged for plausibility and replaced as a whole.

A new notice may move due days. What it would do to filings already made is shown first; nobody's "in time" becomes
"late" without an official saying so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Filing
from models.platform import Platform
from models.regulation import HolidayNotice, Workday
from models.terms import HANDED_IN, Subject
from scoring.deadlines import Deadline
from scoring.filings import COSTS_A_POINT, filing_state
from scoring.readings import Readings
from scoring.statutory_days import HOLIDAYS, is_weekend, statutory
from scoring.terms import FilingState, Obligation, PlatformKind
from wxsvc.services import filed_days, journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings
from wxsvc.services.regulation.calendars import NamedDays, NoticeDay
from wxsvc.services.years import day_of

Dues: TypeAlias = dict[tuple[Obligation, str], Deadline]
DECEMBER: Final = 12
LONGEST_HOLIDAY: Final = 12
"""Days off in a row; no notice has freed more than nine."""


class Source(Struct, frozen=True):
    """Where the days come from: 成文日期, 发文字号 where it has one, the year in its title, the text as handed in."""

    issued_on: date | None
    number: str | None = None
    year: int | None = None
    text: str = ""


class FilingChange(Struct, frozen=True):
    """A filing already made that a notice judges otherwise; ``filed_on`` is the day that it counts by."""

    filing_id: int
    platform_id: int
    obligation: Obligation
    period: str
    before: FilingState
    after: FilingState
    filed_on: date
    old_due: date
    new_due: date

    @property
    def is_worse(self) -> bool:
        """It was in time before and costs a point now; of 期限暂定 nobody was told that it is in time."""
        return self.before is FilingState.IN_TIME and self.after in COSTS_A_POINT


class LoadedNotice(Struct, frozen=True):
    """A notice was loaded: how many days it names, and the filings that are judged otherwise because of it."""

    days: int
    changes: tuple[FilingChange, ...]


class DueMove(Struct, frozen=True):
    """An obligation whose due day a notice moves, or makes sure of; ``kinds`` are those it does so for."""

    obligation: Obligation
    period: str
    kinds: tuple[PlatformKind, ...]
    old: Deadline
    new: Deadline

    @property
    def is_moved(self) -> bool:
        """The day itself is another; else a 暂定 one has become sure."""
        return self.old.due_on != self.new.due_on


class NoticePreview(Struct, frozen=True):
    """What a notice would do: the due days that it moves, and the filings that it judges otherwise."""

    moves: tuple[DueMove, ...]
    changes: tuple[FilingChange, ...]
    is_new: bool

    @property
    def worse(self) -> tuple[FilingChange, ...]:
        """In time by the former calendar, late by this one: each is decided by a person."""
        return tuple(each for each in self.changes if each.is_worse)


def loaded(session: Session, year: int) -> HolidayNotice | None:
    """The notice of the year that was loaded last."""
    return session.scalar(
        sa.select(HolidayNotice).where(HolidayNotice.year == year).order_by(HolidayNotice.id.desc()).limit(1)
    )


def preview(session: Session, year: int, days: Iterable[NoticeDay], source: Source, now: datetime) -> NoticePreview:
    """What a notice would do; writes nothing. Raises what :func:`load_notice` raises about the notice itself."""
    named = calendars.named_days(session)
    after = _with(named, year, _checked(year, days, source))
    _issued_on(session, year, source)
    moves = tuple(_moves(session, year, named, after))
    return NoticePreview(moves, _changes(session, year, named, after, now), after != named)


def load_notice(
    session: Session,
    year: int,
    days: Iterable[NoticeDay],
    source: Source,
    by: Actor,
    now: datetime,
    *,
    seen: int | None = None,
    late_accepted: Collection[int] = (),
) -> LoadedNotice:
    """Replace a year's table; every unsealed platform-year that owes what falls due in it is counted anew. Idempotent.

    ``days`` are those the notice names, of the year or of the December before it. ``seen`` is the id of the notice that
    was shown as the loaded one, 0 for none; ``late_accepted`` the filings that the official lets become late. Raises
    ``Refused``: ``notice_wrong_year``, ``notice_day_twice``, ``notice_incomplete`` with the holidays that are
    ``missing``, ``notice_day_worked`` (a statutory day that is not off), ``notice_make_up_on_weekday``,
    ``notice_holiday_too_long``, ``notice_other_year``, ``notice_undated``, ``notice_older``, ``notice_overtaken``, and
    ``filings_would_be_late`` with the ``count`` of those that nobody accepted.
    """
    by.must_be_province()
    given = _checked(year, days, source)
    lock(session, PROVINCE, year)
    before = loaded(session, year)
    named = calendars.named_days(session)
    after = _with(named, year, given)
    if after == named and before is not None:
        return LoadedNotice(len(given), ())
    if seen is not None and seen != (before.id if before is not None else 0):
        raise Refused("notice_overtaken", year=year, at=before.loaded_at if before is not None else None)
    issued_on = _issued_on(session, year, source)
    changes = _changes(session, year, named, after, now)
    undecided = [each for each in changes if each.is_worse and each.filing_id not in late_accepted]
    if undecided:
        raise Refused("filings_would_be_late", count=len(undecided))
    _replace(session, after, named, source.number or issued_on.isoformat())
    notice = HolidayNotice(
        year=year,
        number=source.number,
        issued_on=issued_on,
        text=source.text,
        loaded_at=now,
        loaded_by=by.person_id,
    )
    session.add(notice)
    session.flush()
    journal.record(
        session,
        "workday.notice_loaded",
        Subject.WORKDAY,
        notice.id,
        by=by,
        now=now,
        year=year,
        source=source.number,
        issued_on=issued_on.isoformat(),
        days=len(given),
        filings_changed=[change.filing_id for change in changes],
        late_accepted=sorted(change.filing_id for change in changes if change.is_worse),
    )
    journal.touch(session, _judged_in(session, year), now)
    return LoadedNotice(len(given), changes)


def _checked(year: int, days: Iterable[NoticeDay], source: Source) -> NamedDays:
    """The days in order, once they are plausible: of the year, every holiday where it must be, make-up on weekends."""
    if source.year is not None and source.year != year:
        raise Refused("notice_other_year", found=source.year, year=year)
    given = tuple(sorted(days))
    by_day = {each.day: each for each in given}
    if len(by_day) != len(given):
        raise Refused("notice_day_twice")
    for day in by_day:
        if day.year != year and (day.year, day.month) != (year - 1, DECEMBER):
            raise Refused("notice_wrong_year", day=day, year=year)
    off = {each.day: each.name for each in given if not each.is_workday}
    if missing := [name for name in HOLIDAYS if not any(name in each for each in off.values())]:
        raise Refused("notice_incomplete", year=year, missing=missing)
    for day, name in statutory(year).items():
        if day not in off:
            raise Refused("notice_day_worked", day=day, name=name)
    for each in given:
        if each.is_workday and not is_weekend(each.day):
            raise Refused("notice_make_up_on_weekday", day=each.day)
    for name in set(off.values()):
        if (length := list(off.values()).count(name)) > LONGEST_HOLIDAY:
            raise Refused("notice_holiday_too_long", name=name, length=length)
    return given


def _issued_on(session: Session, year: int, source: Source) -> date:
    """成文日期, which the notice must have and which is not before the loaded one's."""
    if source.issued_on is None:
        raise Refused("notice_undated")
    before = loaded(session, year)
    if before is not None and source.issued_on < before.issued_on:
        raise Refused("notice_older", issued_on=source.issued_on, loaded=before.issued_on)
    return source.issued_on


def _with(named: NamedDays, year: int, given: NamedDays) -> NamedDays:
    """The whole table once the year's notice is replaced; a December day of a later notice stays."""
    own = {each.day for each in given}
    kept = (each for each in named if each.day not in own and (each.day.year != year or _is_of_next(each, named)))
    return tuple(sorted((*kept, *given)))


def _is_of_next(each: NoticeDay, named: NamedDays) -> bool:
    """A December day that the next year's notice may have named; keeping one too many moves no due day."""
    next_year = date(each.day.year + 1, 1, 1)
    return each.day.month == DECEMBER and any(other.day == next_year for other in named)


def _replace(session: Session, after: NamedDays, before: NamedDays, source: str) -> None:
    new = set(after) - set(before)
    gone = {each.day for each in set(before) - set(after)}
    session.execute(sa.delete(Workday).where(Workday.day.in_(gone | {each.day for each in new})))
    if new:
        session.execute(sa.insert(Workday), [{**each._asdict(), "source": source} for each in sorted(new)])


def _judged_in(session: Session, year: int) -> list[tuple[int, int]]:
    """The platform-years, not sealed, that may owe what falls due in the year: 考评期 of another may reach into it."""
    others = years.all_reaching_into(session, session.scalars(sa.select(Platform.id)), year)
    sealed = years.sealed_of(session, {platform_id for platform_id, _ in others})
    own = [(platform_id, year) for platform_id in years.open_platforms(session, year)]
    return own + [each for each in others if each not in sealed]


def _periods(session: Session, year: int) -> dict[int, list[tuple[int, years.AssessmentPeriod]]]:
    """The same by platform, each year with its 考评期."""
    found: dict[int, list[tuple[int, years.AssessmentPeriod]]] = {}
    by_year: dict[int, list[int]] = {}
    for platform_id, of_year in _judged_in(session, year):
        by_year.setdefault(of_year, []).append(platform_id)
    for of_year, ids in by_year.items():
        every = session.scalars(sa.select(Platform).where(Platform.id.in_(ids)))
        for platform_id, period in years.assessment_periods(session, every, of_year).items():
            found.setdefault(platform_id, []).append((of_year, period))
    return found


def _changes(
    session: Session, year: int, before: NamedDays, after: NamedDays, now: datetime
) -> tuple[FilingChange, ...]:
    """Of the filings that were owed: each is judged by the readings of the year whose 考评期 holds its day."""
    today, periods = day_of(now), _periods(session, year)
    query = (
        sa.select(Filing, Platform.kind)
        .join(Platform, Platform.id == Filing.platform_id)
        .where(Filing.year == year, Filing.stage.in_(HANDED_IN))
        .order_by(Filing.platform_id, Filing.id)
    )

    @cache
    def judged_by(of_year: int, kind: PlatformKind) -> tuple[Readings, Dues, Dues]:
        by = readings.in_force(session, of_year, kind)
        return by, _dues(year, before, by), _dues(year, after, by)

    found = []
    for filing, kind in session.execute(query):
        key = (filing.obligation, filing.period)
        for of_year, period in periods.get(filing.platform_id, ()):
            by, old, new = judged_by(of_year, kind)
            if not period.holds(old[key].nominal_on):
                continue
            filed = [filed_days.filed_on(filing, dues[key], by) for dues in (old, new)]
            was, will = (filing_state(dues[key], on, today) for dues, on in zip((old, new), filed, strict=True))
            if was is not will:
                found.append(
                    FilingChange(
                        filing_id=filing.id,
                        platform_id=filing.platform_id,
                        obligation=filing.obligation,
                        period=filing.period,
                        before=was,
                        after=will,
                        filed_on=filed[1] or filing.claimed_on,
                        old_due=old[key].due_on,
                        new_due=new[key].due_on,
                    )
                )
    return tuple(found)


def _moves(session: Session, year: int, before: NamedDays, after: NamedDays) -> Iterator[DueMove]:
    """Every due day that is another afterwards, or no longer 暂定; kinds that read alike are told of together."""
    if not years.has_rules(year):
        return
    old, new = (_by_kind(session, year, named) for named in (before, after))
    found: dict[tuple[Obligation, str, date, date], list[PlatformKind]] = {}
    for kind, dues in new.items():
        for (obligation, period), due in dues.items():
            was = old[kind][obligation, period]
            if (was.due_on, was.provisional) != (due.due_on, due.provisional):
                found.setdefault((obligation, period, was.due_on, due.due_on), []).append(kind)
    for (obligation, period, *_), kinds in found.items():
        yield DueMove(
            obligation, period, tuple(kinds), old[kinds[0]][obligation, period], new[kinds[0]][obligation, period]
        )


def _by_kind(session: Session, year: int, named: NamedDays) -> dict[PlatformKind, Dues]:
    return {kind: _dues(year, named, readings.in_force(session, year, kind)) for kind in PlatformKind}


def _dues(year: int, named: NamedDays, by: Readings) -> Dues:
    return {(due.obligation, due.period): due for due in calendars.due_by(year, named, by)}
