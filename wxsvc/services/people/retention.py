"""保存期限: twelve months after the year of somebody's last visit was sealed, what is personal about them goes.

So the notice promises it (``templates/pages/enterprise/consent.html``). Who works here is kept as long as they do; who
still follows the account keeps the identity that following needs, and loses name, phone and enterprises.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import Attendance, CheckIn, RefusedScan
from models.dispute import Dispute
from models.person import Contact, Person, StaffRole
from models.platform import PlatformYear
from models.record import Need
from models.scorecard import ScorecardRow
from models.signup import Signup
from wxsvc.services import years
from wxsvc.services.actor import MACHINE
from wxsvc.services.people import own_information, persons

KEPT_FOR: Final = timedelta(days=365)
"""After the last platform's year was sealed."""
AT_ONCE: Final = 200
"""Persons in one transaction: scans wait for it on SQLite."""


def expire(session: Session, now: datetime, most: int = AT_ONCE) -> int:
    """Let the next ones go; how many. Nobody is left when it is none."""
    over = _years_over(session, now)
    if not over:
        return 0
    due = [person_id for person_id, last in session.execute(_last_seen(max(over))) if years.year_of(last) in over]
    for person_id in due[:most]:
        if session.get_one(Person, person_id).is_following:
            own_information.forget_enrolment(session, person_id, MACHINE, now, "person.enrolment_expired")
        else:
            persons.erase(session, person_id, MACHINE, now)
    return len(due[:most])


def _years_over(session: Session, now: datetime) -> set[int]:
    """Years whose every platform has been sealed for long enough."""
    query = (
        sa.select(ScorecardRow.year, PlatformYear.sealed_at)
        .outerjoin(
            PlatformYear,
            sa.and_(PlatformYear.platform_id == ScorecardRow.platform_id, PlatformYear.year == ScorecardRow.year),
        )
        .where(ScorecardRow.year < years.year_of(now))
    )
    sealed: dict[int, list[datetime | None]] = {}
    for year, sealed_at in session.execute(query):
        sealed.setdefault(year, []).append(sealed_at)
    return {year for year, at in sealed.items() if all(each is not None and each < now - KEPT_FOR for each in at)}


def _last_seen(newest_year: int) -> sa.Select[*tuple[Any, ...]]:
    """Whoever has something to lose and does not work here, with the last trace of a visit."""
    holds = sa.or_(
        sa.and_(Person.openid.is_not(None), Person.is_following.is_(False)),
        Person.name_sealed.is_not(None),
        Person.phone_sealed.is_not(None),
        Person.consent_version.is_not(None),
        sa.exists().where(Contact.person_id == Person.id),
    )
    works = sa.exists().where(StaffRole.person_id == Person.id, StaffRole.is_held)
    traces = sa.union_all(
        sa.select(Person.id.label("person_id"), Person.created_at.label("at")),
        sa.select(Person.id, Person.consented_at),
        sa.select(CheckIn.person_id, CheckIn.received_at),
        sa.select(Attendance.person_id, Attendance.received_at),
        sa.select(RefusedScan.person_id, RefusedScan.received_at),
        sa.select(Contact.person_id, Contact.created_at),
        sa.select(Signup.person_id, Signup.signed_up_at),
        sa.select(Need.created_by, Need.created_at).where(Need.is_from_enterprise),
        sa.select(Dispute.raised_by, Dispute.raised_at),
    ).subquery()
    last = sa.func.max(traces.c.at, type_=Person.created_at.type)
    return (
        sa.select(Person.id, last)
        .join(traces, traces.c.person_id == Person.id)
        .where(Person.erased_at.is_(None), holds, ~works, sa.extract("year", Person.created_at) <= newest_year)
        .group_by(Person.id)
        .order_by(Person.id)
    )
