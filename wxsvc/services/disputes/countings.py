"""计入情况: where an enterprise was counted in a year, as itself may see it — what, when, by which platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import DisputeSubject, Door, Stage
from wxsvc.services import kept_enterprises, years
from wxsvc.services.counting_years import SetPeriods, when
from wxsvc.services.people import known_standings

_CLAIMED = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.APPROVED, Stage.RETURNED)
"""Stages in which a record stands for the enterprise; drafts and void records do not."""
_ENDING = 4
"""Characters of an order number that let its enterprise find the order, and nobody else learn it."""
_RECORDED: Final[Mapping[DisputeSubject, tuple[Any, Any]]] = {
    DisputeSubject.OFFLINE_SERVICE: (OfflineService, OfflineServiceEnterprise.enterprise_id),
    DisputeSubject.ONLINE_TRADE: (OnlineTrade, OnlineTrade.enterprise_id),
    DisputeSubject.NEED: (Need, Need.enterprise_id),
}
"""Records by which an enterprise is counted: their table, and where it names the enterprise."""


class Counting(Struct, frozen=True):
    """One row that counts an enterprise. What a platform wrote about it is not told: anybody may name a company theirs.

    ``name`` is an activity's title or the end of an order number, else nothing; ``door`` and ``person_id``, who
    came, are of a check-in alone, and ``is_own_scan`` says that somebody of the enterprise scanned. ``year`` is the
    evaluation year.
    """

    subject: DisputeSubject
    subject_id: int
    enterprise: Enterprise
    platform: Platform
    year: int
    day: date
    taken_on: date | None
    """The day by which an assessment period takes it: of a check-in that of the activity's end."""
    at: datetime | None = None
    name: str | None = None
    door: Door | None = None
    is_own_scan: bool = False
    person_id: int | None = None


def of_person(session: Session, person_id: int, year: int) -> list[Counting]:
    """Everything that counted one's own enterprises in a year, the newest first; before one's own standing was
    confirmed, what came after one said that one stands for them."""
    own = kept_enterprises.own_ids(person_id)
    rows = [
        *_check_ins(session, year, CheckIn.enterprise_id.in_(own)),
        *(
            row
            for subject, (_, enterprise_id) in _RECORDED.items()
            for row in _records(session, subject, year, enterprise_id.in_(own))
        ),
    ]
    hidden = known_standings.unconfirmed(session, person_id)
    seen = (each for each in rows if each.person_id == person_id or _is_seen(each, hidden))
    return sorted(seen, key=lambda each: (each.day, each.subject_id), reverse=True)


def sealed(session: Session, found: Sequence[Counting]) -> set[tuple[DisputeSubject, int]]:
    """Those that count in a sealed year (锁定) of their platform."""
    frozen, periods = years.sealed_of(session, {each.platform.id for each in found}), SetPeriods(session)
    return {
        (each.subject, each.subject_id)
        for each in found
        if not frozen.isdisjoint(periods.of([(each.platform.id, each.year)], each.taken_on))
    }


def _is_seen(counting: Counting, hidden: Mapping[int, datetime | None]) -> bool:
    """Whether somebody whose standing nobody has confirmed may see the row: what came after them."""
    if counting.enterprise.id not in hidden:
        return True
    since = hidden[counting.enterprise.id]
    return since is not None and (counting.at >= since if counting.at else counting.day >= years.day_of(since))


def find(session: Session, subject: DisputeSubject, subject_id: int, enterprise_id: int) -> Counting | None:
    """The row, if it stands and counts this enterprise."""
    if subject is DisputeSubject.CHECK_IN:
        rows = _check_ins(session, None, CheckIn.id == subject_id, CheckIn.enterprise_id == enterprise_id)
    else:
        model, its_enterprise = _RECORDED[subject]
        rows = _records(session, subject, None, model.id == subject_id, its_enterprise == enterprise_id)
    return next(iter(rows), None)


def _check_ins(session: Session, year: int | None, *those: sa.ColumnElement[bool]) -> list[Counting]:
    query = (
        sa.select(CheckIn, Activity, Enterprise, Platform)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(CheckIn.is_live, Activity.stage.in_(_CLAIMED), *those)
    )
    if year is not None:
        query = query.where(Activity.year == year)
    return [
        Counting(
            DisputeSubject.CHECK_IN,
            check_in.id,
            enterprise,
            platform,
            activity.year or years.year_of(check_in.checked_in_at),
            years.day_of(check_in.checked_in_at),
            when(activity).day,
            check_in.checked_in_at,
            activity.title,
            check_in.door,
            check_in.entered_by is None,
            check_in.person_id,
        )
        for check_in, activity, enterprise, platform in session.execute(query)
    ]


def _records(
    session: Session, subject: DisputeSubject, year: int | None, *those: sa.ColumnElement[bool]
) -> list[Counting]:
    """What platforms recorded for it; a need that the enterprise raised itself is its own."""
    model, enterprise_id = _RECORDED[subject]
    query = sa.select(model, Enterprise, Platform).where(model.stage.in_(_CLAIMED), *those)
    if model is OfflineService:
        query = query.join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == model.id)
    if model is Need:
        query = query.where(Need.is_from_enterprise.is_(False))
    if year is not None:
        query = query.where(model.year == year)
    query = query.join(Enterprise, Enterprise.id == enterprise_id).join(Platform, Platform.id == model.platform_id)
    return [
        Counting(
            subject,
            row.id,
            enterprise,
            platform,
            row.year,
            getattr(row, model.DAY),
            when(row).day,
            name=row.order_number[-_ENDING:] if isinstance(row, OnlineTrade) else None,
        )
        for row, enterprise, platform in session.execute(query)
    ]
