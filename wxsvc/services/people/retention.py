"""保存期限: when what is personal goes, whatever else happens. The README's table tells it to operators.

A person goes twelve months after the year of their last visit was sealed, and twenty-four after its end at the latest:
a year that nobody seals keeps nobody. So the notice promises it (``pages/enterprise/consent.html``). Who works here is
kept as long as they do; who still follows the account keeps the identity that following needs, and loses name, phone
and enterprises. Counts and sealed years stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.dispute import Dispute
from models.notice import Delivery, Notice, NoticeRead, SendResult
from models.person import Contact, Person, StaffRole
from models.platform import PlatformYear
from models.record import Need
from models.scorecard import ScorecardRow
from models.signup import Signup
from wxsvc.clock import BEIJING
from wxsvc.services import years
from wxsvc.services.actor import MACHINE
from wxsvc.services.people import free_text, licences, own_information, persons

KEPT_FOR: Final = timedelta(days=365)
"""After the last platform's year was sealed."""
YEARS_AT_MOST: Final = 2
"""After the end of the year, sealed or not."""
SENDINGS_KEPT: Final = timedelta(days=365)
"""模板消息的发送记录, and scans of codes that are no activity's."""
NOTICES_KEPT: Final = timedelta(days=730)
"""通知."""
GRACE: Final = timedelta(days=2)
"""The nightly job may miss a night before somebody counts as overdue."""
AT_ONCE: Final = 200
"""Persons in one transaction: scans wait for it on SQLite."""


class Overdue(Struct, frozen=True):
    """Persons whose time is over, and since when the first of them should have gone."""

    count: int
    since: datetime


def expire(session: Session, now: datetime, most: int = AT_ONCE) -> int:
    """Let the next ones go; how many. Nobody is left when it is none."""
    due = [person_id for person_id, _ in _due(session, now)]
    for person_id in due[:most]:
        if session.get_one(Person, person_id).is_following:
            own_information.forget_enrolment(session, person_id, MACHINE, now, "person.enrolment_expired")
        else:
            persons.erase(session, person_id, MACHINE, now)
    return len(due[:most])


def overdue(session: Session, now: datetime) -> Overdue | None:
    """Who should have gone some nights ago and is here still; None when it is nobody."""
    late = [since for _, since in _due(session, now) if since < now - GRACE]
    return Overdue(len(late), min(late)) if late else None


def clear(session: Session, now: datetime) -> None:
    """Let the traces go that have terms of their own: refused scans, what was sent, licences, numbers in texts."""
    old_scan = sa.and_(RefusedScan.activity_id.is_(None), RefusedScan.scanned_at < now - SENDINGS_KEPT)
    all_years = session.scalars(sa.select(Activity.year).distinct()).all()
    over = [year for year in all_years if year is not None and _over_since(session, year, now)]
    of_activity = RefusedScan.activity_id.in_(sa.select(Activity.id).where(Activity.year.in_(over)))
    for statement in (
        sa.delete(RefusedScan).where(old_scan | of_activity),
        sa.delete(SendResult).where(SendResult.received_at < now - SENDINGS_KEPT),
        sa.delete(Delivery).where(Delivery.notice_id.in_(_notices_before(now - SENDINGS_KEPT))),
        sa.delete(NoticeRead).where(NoticeRead.notice_id.in_(_notices_before(now - NOTICES_KEPT))),
        sa.delete(Notice).where(Notice.made_at < now - NOTICES_KEPT),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    licences.expire(session, now)
    free_text.clean_years_before(session, years.year_of(now))


def _notices_before(day: datetime) -> sa.Select[int]:
    return sa.select(Notice.id).where(Notice.made_at < day)


def _due(session: Session, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Whose time is over, with the instant at which it was."""
    over: dict[int, datetime | None] = {}
    for person_id, last in session.execute(_last_seen(years.year_of(now) - 1)).all():
        year = years.year_of(last)
        if year not in over:
            over[year] = _over_since(session, year, now)
        if (since := over[year]) is not None:
            yield person_id, since


def _over_since(session: Session, year: int, now: datetime) -> datetime | None:
    """When the time of this year's visitors was over; None while it is not."""
    ends = datetime(year + 1 + YEARS_AT_MOST, 1, 1, tzinfo=BEIJING)
    query = (
        sa.select(PlatformYear.sealed_at)
        .select_from(ScorecardRow)
        .outerjoin(
            PlatformYear,
            sa.and_(PlatformYear.platform_id == ScorecardRow.platform_id, PlatformYear.year == ScorecardRow.year),
        )
        .where(ScorecardRow.year == year)
    )
    sealed = session.scalars(query).all()
    if sealed and None not in sealed and year < years.year_of(now):
        ends = min(ends, max(at for at in sealed if at is not None) + KEPT_FOR)
    return ends if ends < now else None


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
