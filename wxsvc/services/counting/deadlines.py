"""截止日 that pass, and the one reminder before each: what the worker does about filings."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow
from models.terms import NoticePurpose
from scoring.terms import FilingState
from wxsvc.clock import BEIJING
from wxsvc.services import journal, notices, years
from wxsvc.services.records import filings
from wxsvc.services.regulation import calendars, readings

OFFICE_HOURS: Final = (time(8, 30), time(18, 0))
"""No reminder at night."""


def touch_passed(session: Session, now: datetime) -> int:
    """Append every platform-year whose card was made before the end of a due day that is over now.

    Comparing with the card's ``as_of`` makes it safe to run at any time, twice, or after a night without power.
    """
    today = years.day_of(now)
    touched = []
    query = sa.select(
        ScorecardRow.platform_id,
        ScorecardRow.year,
        ScorecardRow.as_of,
        ScorecardRow.assessed_until,
        Platform.kind,
    ).join(Platform, Platform.id == ScorecardRow.platform_id)
    for row in session.execute(query).all():
        counted_on = years.day_of(row.as_of)
        by = readings.in_force(session, row.year, row.kind)
        due = [
            each
            for year in {row.year, row.assessed_until.year if row.assessed_until else row.year}
            if years.has_rules(year)
            for each in calendars.due(session, year, by)
        ]
        passed = any(counted_on <= last < today for each in due for last in {each.due_on, each.provisional_until})
        if passed and not years.is_sealed(session, row.platform_id, row.year):
            touched.append((row.platform_id, row.year))
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
    made = 0
    for platform_id in session.scalars(sa.select(Platform.id).order_by(Platform.id)).all():
        ahead = {today.year, (today + timedelta(days=14)).year}
        for year in sorted(ahead.union(*(years.reaching_into(session, platform_id, each) for each in ahead))):
            if years.is_sealed(session, platform_id, year):
                continue
            for standing in filings.state(session, platform_id, year, now):
                due_on = standing.deadline.due_on
                if standing.state is not FilingState.NOT_DUE or standing.filed_on is not None:
                    continue
                if due_on > today and calendar.last_workday_before(due_on).on == today:
                    made += _once(session, platform_id, year, standing, now)
    return made


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
