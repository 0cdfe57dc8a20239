"""疑点: what a reviewer should look at before approving. Hints rank the queue; none of them refuses anything.

What comes in large numbers is looked at in one query over all that waits, summed up by the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto
from models.checkin import CheckIn
from models.collaboration import Filing
from models.dispute import Dispute
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import DisputeState, DisputeSubject, Door, Subject
from scoring.terms import PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services.records import evidence, filings
from wxsvc.services.reviewables import Reviewable, subject_of
from wxsvc.services.years import day_of

Key: TypeAlias = tuple[Subject, int]
"""A record: its noun and its id."""

FEW: Final = 5
"""Fewer check-ins than this say nothing about how they came about."""
MANY_BY_ONE: Final = 3
"""Check-ins of one person at one activity that are one too many: he stands for several enterprises."""
QUICK_SECONDS: Final = 2
"""Check-ins following each other faster than this are quick; half of them or more is a hint."""
_AT_ONCE: Final = 1000
"""Records asked about in one query: far fewer than the parameters that either database takes."""


class Hint(StrEnum):
    """One doubt about one record."""

    DISPUTED = "disputed"  # 企业已提出异议
    BACKFILLED = "backfilled"  # 事后补录
    NO_PHOTO = "no_photo"  # 无现场照片
    MANY_BY_ONE_PERSON = "many_by_one_person"  # 同一人代多家签到
    QUICK_ARRIVALS = "quick_arrivals"  # 签到间隔过短
    STAFF_ENTERED = "staff_entered"  # 半数以上由工作人员登记
    SAME_DAY_ACTIVITY = "same_day_activity"  # 同日同企业另有活动签到
    POSSIBLE_COPY = "possible_copy"  # 疑似重复
    SCORES_NOTHING = "scores_nothing"  # 县级平台线上交易不计分
    NO_PROOF = "no_proof"  # 缺佐证
    BACKDATED = "backdated"  # 报送日早于录入日


def of(session: Session, keys: Collection[Key]) -> dict[Key, tuple[Hint, ...]]:
    """The hints of these records, in the order of :class:`Hint`; a record without doubts is left out."""
    found: dict[Key, set[Hint]] = {}
    for subject in Subject:
        ids = sorted(record_id for noun, record_id in keys if noun is subject)
        for start in range(0, len(ids), _AT_ONCE):
            for record_id, hint in _hints(session, subject, ids[start : start + _AT_ONCE]):
                found.setdefault((subject, record_id), set()).add(hint)
    return {key: tuple(hint for hint in Hint if hint in hints) for key, hints in found.items()}


def of_one(session: Session, row: Reviewable) -> tuple[Hint, ...]:
    """The hints of one record: what its form warns of right after it was entered."""
    key = (subject_of(row), row.id)
    return of(session, {key}).get(key, ())


def same_day_activities(session: Session, service_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Offline services whose enterprise checked in at an activity on the same day (Beijing): id → those activities."""
    chosen = OfflineServiceEnterprise.offline_service_id.in_(list(service_ids))
    served = (
        sa.select(OfflineService.id, OfflineService.served_on, OfflineServiceEnterprise.enterprise_id)
        .join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
        .where(chosen)
    )
    services = session.execute(served).all()
    if not services:
        return {}
    days = [row.served_on for row in services]
    arrivals = sa.select(CheckIn.enterprise_id, CheckIn.activity_id, CheckIn.checked_in_at).where(
        CheckIn.enterprise_id.in_(sa.select(OfflineServiceEnterprise.enterprise_id).where(chosen)),
        CheckIn.checked_in_at >= datetime.combine(min(days), time.min, BEIJING),
        CheckIn.checked_in_at < datetime.combine(max(days), time.min, BEIJING) + timedelta(days=1),
        CheckIn.undone_at.is_(None),
        CheckIn.voided_at.is_(None),
    )
    came: dict[tuple[int, date], set[int]] = {}
    for row in session.execute(arrivals):
        came.setdefault((row.enterprise_id, day_of(row.checked_in_at)), set()).add(row.activity_id)
    found: dict[int, set[int]] = {}
    for service in services:
        if activities := came.get((service.enterprise_id, service.served_on)):
            found.setdefault(service.id, set()).update(activities)
    return {service_id: tuple(sorted(activities)) for service_id, activities in found.items()}


def _hints(session: Session, subject: Subject, ids: list[int]) -> Iterator[tuple[int, Hint]]:
    yield from ((record_id, Hint.DISPUTED) for record_id in _disputed(session, subject, ids))
    match subject:
        case Subject.ACTIVITY:
            yield from _flagged(session, Activity, Activity.is_backfilled, ids, Hint.BACKFILLED)
            yield from _flagged(session, Activity, ~_has_photo(), ids, Hint.NO_PHOTO)
            yield from _of_check_ins(session, ids)
        case Subject.OFFLINE_SERVICE:
            yield from _flagged(session, OfflineService, OfflineService.is_backfilled, ids, Hint.BACKFILLED)
            yield from ((service_id, Hint.SAME_DAY_ACTIVITY) for service_id in same_day_activities(session, ids))
        case Subject.NEED:
            yield from _flagged(session, Need, Need.possible_copy_of.is_not(None), ids, Hint.POSSIBLE_COPY)
        case Subject.ONLINE_TRADE:
            county = sa.select(Platform.id).where(Platform.kind == PlatformKind.COUNTY)
            yield from _flagged(session, OnlineTrade, OnlineTrade.platform_id.in_(county), ids, Hint.SCORES_NOTHING)
        case Subject.FILING:
            made = sa.select(Filing.id, Filing.claimed_on, Filing.submitted_at).where(Filing.id.in_(ids))
            yield from ((row.id, Hint.BACKDATED) for row in session.execute(made) if filings.is_backdated(row))
        case Subject.ONLINE_SERVICE | Subject.RESEARCH_REPORT | Subject.PLATFORM_FUSION | Subject.BONUS_CLAIM:
            yield from ((record_id, Hint.NO_PROOF) for record_id in evidence.unproved(session, subject, ids))


def _disputed(session: Session, subject: Subject, ids: list[int]) -> Iterable[int]:
    """Those of the records that an enterprise objects to; of activities, those with a disputed check-in."""
    is_open = Dispute.state == DisputeState.OPEN
    if subject is Subject.ACTIVITY:
        at = sa.select(CheckIn.activity_id).join(Dispute, Dispute.subject_id == CheckIn.id)
        is_about = Dispute.subject == DisputeSubject.CHECK_IN
        return session.scalars(at.where(is_open, is_about, CheckIn.activity_id.in_(ids)))
    if subject.value not in {each.value for each in DisputeSubject}:
        return ()
    is_about = Dispute.subject == DisputeSubject(subject.value)
    return session.scalars(sa.select(Dispute.subject_id).where(is_open, is_about, Dispute.subject_id.in_(ids)))


def _flagged(
    session: Session, model: Any, condition: sa.ColumnExpressionArgument[bool], ids: list[int], hint: Hint
) -> Iterator[tuple[int, Hint]]:
    for record_id in session.scalars(sa.select(model.id).where(model.id.in_(ids), condition)):
        yield record_id, hint


def _has_photo() -> sa.ColumnElement[bool]:
    return (
        sa.select(ActivityPhoto.id)
        .where(
            ActivityPhoto.activity_id == Activity.id,
            ActivityPhoto.shows_activity,
        )
        .exists()
    )


def _of_check_ins(session: Session, ids: list[int]) -> Iterator[tuple[int, Hint]]:
    """One pass over the activities' live check-ins, summed up by the database."""
    moment = sa.extract("epoch", CheckIn.checked_in_at)
    live = (CheckIn.activity_id.in_(ids), CheckIn.is_live)
    arrivals = (
        sa.select(
            CheckIn.activity_id,
            CheckIn.entered_by,
            CheckIn.door,
            (moment - sa.func.lag(moment).over(partition_by=CheckIn.activity_id, order_by=moment)).label("gap"),
            sa.func.count(CheckIn.person_id)
            .over(partition_by=[CheckIn.activity_id, CheckIn.person_id])
            .label("by_one"),
        )
        .where(*live)
        .subquery()
    )
    # A list entered afterwards does not say when people came, so its moments are no sign of haste.
    is_quick = sa.and_(arrivals.c.gap < QUICK_SECONDS, arrivals.c.door != Door.SHEET)
    sums = sa.select(
        arrivals.c.activity_id,
        sa.func.count().label("arrivals"),
        sa.func.count(arrivals.c.entered_by).label("entered"),
        sa.func.sum(sa.case((is_quick, 1), else_=0)).label("quick"),
        sa.func.max(arrivals.c.by_one).label("by_one"),
    ).group_by(arrivals.c.activity_id)
    for row in session.execute(sums):
        if row.by_one >= MANY_BY_ONE:
            yield row.activity_id, Hint.MANY_BY_ONE_PERSON
        if row.arrivals >= FEW and row.quick * 2 >= row.arrivals:
            yield row.activity_id, Hint.QUICK_ARRIVALS
        if row.entered * 2 > row.arrivals:
            yield row.activity_id, Hint.STAFF_ENTERED
