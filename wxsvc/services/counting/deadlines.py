"""截止日 that pass, and the one reminder before each: what the worker does about filings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow
from models.terms import NoticePurpose
from scoring.calendar import Calendar
from scoring.deadlines import Deadline
from scoring.terms import FilingState, PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services import counting_years, journal, notices, platforms, years
from wxsvc.services.records import filings, owed_filings
from wxsvc.services.regulation import calendars, readings

OFFICE_HOURS: Final = (time(8, 30), time(18, 0))
"""No reminder at night."""


def touch_passed(session: Session, now: datetime) -> int:
    """Append every platform-year whose card was made before the end of a due day that is over now.

    Comparing with the card's ``as_of`` makes it safe to run at any time, twice, or after a night without power.
    """
    today = years.day_of(now)

    @cache
    def passed(year: int, other: int, kind: PlatformKind) -> frozenset[date]:
        by = readings.in_force(session, year, kind)
        due = calendars.due_by(other, named, by) if years.has_rules(other) else ()
        return frozenset(last for each in due for last in (each.due_on, each.provisional_until) if last < today)

    named = calendars.named_days(session)
    card = ScorecardRow
    query = (  # a card of today has been counted since every day that is over
        sa.select(card.platform_id, card.year, card.as_of, card.assessed_until, Platform.kind)
        .join(Platform, Platform.id == card.platform_id)
        .where(card.as_of < datetime.combine(today, time(), BEIJING), ~counting_years.is_sealed_of(card))
    )
    touched = [
        (row.platform_id, row.year)
        for row in session.execute(query)
        for counted_on in [years.day_of(row.as_of)]
        if any(
            counted_on <= last
            for other in {row.year, row.assessed_until.year if row.assessed_until else row.year}
            for last in passed(row.year, other, row.kind)
        )
    ]
    journal.touch(session, touched, now)
    return len(touched)


def remind(session: Session, now: datetime) -> int:
    """One notice per filing on the last workday before its day; none once filed, at night or on days off."""
    local = now.astimezone(BEIJING)
    if not OFFICE_HOURS[0] <= local.time() <= OFFICE_HOURS[1]:
        return 0
    today = local.date()
    calendar = calendars.calendar(session)
    if not calendar.day(today).is_workday:
        return 0
    ahead = {today.year, (today + timedelta(days=14)).year}
    if not _any_due(session, partial(_is_eve, calendar, today), ahead):
        return 0
    every = {each.id: each for each in platforms.every(session)}
    asked = {year: set(every) for year in ahead}
    for each in ahead:
        for platform_id, year in years.all_reaching_into(session, every, each):
            asked.setdefault(year, set()).add(platform_id)
    sealed = years.sealed_of(session, every)
    made = 0
    for year in sorted(asked):
        open_ones = [every[each] for each in sorted(asked[year]) if (each, year) not in sealed]
        for platform_id, standings in owed_filings.of_platforms(session, open_ones, year, now).items():
            for standing in standings:
                is_awaited = standing.state is FilingState.NOT_DUE and standing.filed_on is None
                if is_awaited and _is_eve(calendar, today, standing.deadline):
                    made += _once(session, platform_id, year, standing, now)
    return made


def _any_due(session: Session, is_due: Callable[[Deadline], bool], ahead: Collection[int]) -> bool:
    """Whether any deadline of these calendar years is, of whichever kind and year: most days there is none."""
    named = calendars.named_days(session)
    near = filter(years.has_rules, {year + beside for year in ahead for beside in (-1, 0, 1)})
    kinds = (by for year in near for by in readings.in_force_by_kind(session, year, PlatformKind).values())
    return any(is_due(due) for by in kinds for year in ahead for due in calendars.due_by(year, named, by))


def _is_eve(calendar: Calendar, today: date, deadline: Deadline) -> bool:
    """Whether this is the last workday before the deadline."""
    return deadline.due_on > today and calendar.last_workday_before(deadline.due_on).on == today


def _once(session: Session, platform_id: int, year: int, standing: filings.FilingStatus, now: datetime) -> int:
    deadline = standing.deadline
    key = f"filing:{platform_id}:{year}:{deadline.obligation.value}:{deadline.period}"
    facts = {
        "obligation": deadline.obligation.value,
        "period": deadline.period,
        "due_on": deadline.due_on.isoformat(),
        "reason": deadline.reason,
    }
    return int(notices.tell(session, NoticePurpose.FILING, key, facts, now, platform_id=platform_id))
