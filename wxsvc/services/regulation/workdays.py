"""工作日历: the State Council's notice of a year as a table, replaced as a whole.

A new notice may move due days. What it would do to filings already made is shown first; nobody's "in time" becomes
"late" without an official saying so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Filing
from models.platform import Platform
from models.regulation import Workday
from models.terms import HANDED_IN, Subject
from scoring.deadlines import Deadline
from scoring.filings import COSTS_A_POINT, filing_state
from scoring.terms import FilingState, Obligation, PlatformKind
from wxsvc.services import filed_days, journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings
from wxsvc.services.regulation.calendars import Named, NoticeDay
from wxsvc.services.years import day_of

DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class FilingChange:
    """A filing already made that a notice judges otherwise."""

    filing_id: int
    platform_id: int
    obligation: Obligation
    period: str
    before: FilingState
    after: FilingState

    @property
    def is_worse(self) -> bool:
        """It was in time before and costs a point now; of 期限暂定 nobody was told that it is in time."""
        return self.before is FilingState.IN_TIME and self.after in COSTS_A_POINT


@dataclass(frozen=True, slots=True)
class Loaded:
    """A notice was loaded: how many days it names, and the filings that are judged otherwise because of it."""

    days: int
    changes: tuple[FilingChange, ...]


def preview(session: Session, year: int, days: Iterable[NoticeDay], now: datetime) -> tuple[FilingChange, ...]:
    """Which filings a notice would judge otherwise; writes nothing."""
    named = calendars.named_days(session)
    return _changes(session, year, named, _with(named, year, _checked(year, days)), now)


def load_notice(
    session: Session,
    year: int,
    days: Iterable[NoticeDay],
    source: str,
    by: Actor,
    now: datetime,
    *,
    is_late_accepted: bool = False,
) -> Loaded:
    """Replace a year's table; every unsealed platform of the year is counted anew. Idempotent.

    ``days`` are those the notice names, of the year or of the December before it. Raises ``Refused``:
    ``notice_incomplete`` without 1 January, ``notice_wrong_year``, ``notice_day_twice``, and ``filings_would_be_late``
    with their ``count`` unless ``is_late_accepted``.
    """
    by.must_be_province()
    given = _checked(year, days)
    named = calendars.named_days(session)
    after = _with(named, year, given)
    if after == named:
        return Loaded(len(given), ())
    changes = _changes(session, year, named, after, now)
    worse = sum(change.is_worse for change in changes)
    if worse and not is_late_accepted:
        raise Refused("filings_would_be_late", count=worse)
    _replace(session, after, named, source)
    journal.record(
        session,
        "workday.notice_loaded",
        Subject.WORKDAY,
        None,
        by=by,
        now=now,
        year=year,
        source=source,
        days=len(given),
        filings_changed=[change.filing_id for change in changes],
    )
    years.touch_open(session, year, now)
    return Loaded(len(given), changes)


def _checked(year: int, days: Iterable[NoticeDay]) -> Named:
    given = tuple(sorted(days))
    by_day = {each.day: each for each in given}
    if len(by_day) != len(given):
        raise Refused("notice_day_twice")
    for day in by_day:
        if day.year != year and (day.year, day.month) != (year - 1, DECEMBER):
            raise Refused("notice_wrong_year", day=day)
    if date(year, 1, 1) not in by_day:
        raise Refused("notice_incomplete", year=year)
    return given


def _with(named: Named, year: int, given: Named) -> Named:
    """The whole table once the year's notice is replaced; a December day of a later notice stays."""
    own = {each.day for each in given}
    kept = (each for each in named if each.day not in own and (each.day.year != year or _is_of_next(each, named)))
    return tuple(sorted((*kept, *given)))


def _is_of_next(each: NoticeDay, named: Named) -> bool:
    """A December day that the next year's notice may have named; keeping one too many moves no due day."""
    next_year = date(each.day.year + 1, 1, 1)
    return each.day.month == DECEMBER and any(other.day == next_year for other in named)


def _replace(session: Session, after: Named, before: Named, source: str) -> None:
    new = set(after) - set(before)
    gone = {each.day for each in set(before) - set(after)}
    session.execute(sa.delete(Workday).where(Workday.day.in_(gone | {each.day for each in new})))
    if new:
        session.execute(sa.insert(Workday), [{**each._asdict(), "source": source} for each in sorted(new)])


def _changes(session: Session, year: int, before: Named, after: Named, now: datetime) -> tuple[FilingChange, ...]:
    today = day_of(now)
    query = (
        sa.select(Filing, Platform.kind)
        .join(Platform, Platform.id == Filing.platform_id)
        .where(
            Filing.year == year,
            Filing.stage.in_(HANDED_IN),
            Filing.platform_id.in_(years.open_platforms(session, year)),
        )
        .order_by(Filing.platform_id, Filing.id)
    )
    old, new = (_by_kind(session, year, named) for named in (before, after))
    found = []
    by_kind = {kind: readings.in_force(session, year, kind) for kind in PlatformKind}
    for filing, kind in session.execute(query):
        key = (filing.obligation, filing.period)
        due = [dues[kind][key] for dues in (old, new)]
        was, will = (filing_state(each, filed_days.filed_on(filing, each, by_kind[kind]), today) for each in due)
        if was is not will:
            found.append(FilingChange(filing.id, filing.platform_id, filing.obligation, filing.period, was, will))
    return tuple(found)


def _by_kind(session: Session, year: int, named: Named) -> dict[PlatformKind, dict[tuple[Obligation, str], Deadline]]:
    return {
        kind: {
            (due.obligation, due.period): due
            for due in calendars.due_by(year, named, readings.in_force(session, year, kind))
        }
        for kind in PlatformKind
    }
