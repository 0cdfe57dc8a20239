"""疑点: what a reviewer should look at before approving. Doubts rank the queue; none of them refuses anything.

Each is a function of many records of one kind: which of them it concerns, and the hint that says so. What comes in
large numbers is summed up by the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.base import Dated
from models.checkin import CheckIn
from models.collaboration import BonusClaim, Filing
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import Door, Stage
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import ActivityCategory, BonusKind, Fact, Part, PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services.records import filings
from wxsvc.services.records.hints import Doubt, Hint
from wxsvc.services.years import day_of

FEW: Final = 5
"""Fewer check-ins than this say nothing about how they came about."""
MANY_BY_ONE: Final = 3
"""Check-ins of one person at one activity that are one too many: he stands for several enterprises."""
QUICK_SECONDS: Final = 2
"""Check-ins following each other faster than this are quick; half of them or more is a hint."""


def _flagged(model: Any, condition: sa.ColumnExpressionArgument[bool], hint: Hint) -> Doubt:
    def look(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
        for record_id in session.scalars(sa.select(model.id).where(model.id.in_(ids), condition)):
            yield record_id, hint

    return look


def backfilled(model: type[Activity | Dated]) -> Doubt:
    """事后补录."""
    return _flagged(model, model.is_backfilled.is_(True), Hint.BACKFILLED)


no_photo: Final = _flagged(
    Activity,
    ~sa.select(ActivityPhoto.id).where(ActivityPhoto.activity_id == Activity.id, ActivityPhoto.shows_activity).exists(),
    Hint.NO_PHOTO,
)
unlisted_medium: Final = _flagged(
    BonusClaim,
    sa.and_(BonusClaim.kind == BonusKind.PRESS, BonusClaim.medium_id.is_(None)),
    Hint.UNLISTED_MEDIUM,
)
assist_undecided: Final = _flagged(
    Activity,
    sa.and_(
        Activity.category == ActivityCategory.OTHER,
        sa.select(ActivityPlatform.platform_id)
        .where(
            ActivityPlatform.activity_id == Activity.id,
            ActivityPlatform.part == Part.ASSIST,
            ActivityPlatform.confirmed_at.is_not(None),
            ActivityPlatform.assist_accepted_at.is_(None),
            ActivityPlatform.assist_refusal.is_(None),
        )
        .exists(),
    ),
    Hint.ASSIST_UNDECIDED,
)
PART_WAITS: Final = sa.and_(
    Activity.stage == Stage.APPROVED,
    sa.select(ActivityPlatform.platform_id)
    .where(ActivityPlatform.activity_id == Activity.id, ActivityPlatform.awaits_review)
    .exists(),
)
"""An approved activity with a part that was confirmed only afterwards, and that nobody has judged."""
part_confirmed_late: Final = _flagged(Activity, PART_WAITS, Hint.PART_CONFIRMED_LATE)
possible_copy: Final = _flagged(Need, Need.possible_copy_of.is_not(None), Hint.POSSIBLE_COPY)


def backdated(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
    """报送日早于录入日."""
    made = sa.select(Filing.id, Filing.claimed_on, Filing.submitted_at).where(Filing.id.in_(ids))
    yield from ((row.id, Hint.BACKDATED) for row in session.execute(made) if filings.is_backdated(row))


def scores_nothing(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
    """线上交易 of a platform whose table has no line that counts them."""
    owners = sa.select(OnlineTrade.id, OnlineTrade.year, Platform.kind).join(
        Platform, Platform.id == OnlineTrade.platform_id
    )
    for row in session.execute(owners.where(OnlineTrade.id.in_(ids))):
        if not _counts_trades(row.kind, row.year):
            yield row.id, Hint.SCORES_NOTHING


def _counts_trades(kind: PlatformKind, year: int) -> bool:
    try:
        return scheme_for(kind, year).counting(Fact.ONLINE_TRADES) is not None
    except NoSchemeError:
        return False


def same_day_activity(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
    """同日同企业另有活动签到."""
    yield from ((service_id, Hint.SAME_DAY_ACTIVITY) for service_id in same_day_activities(session, ids))


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
        CheckIn.is_live,
    )
    came: dict[tuple[int, date], set[int]] = {}
    for row in session.execute(arrivals):
        came.setdefault((row.enterprise_id, day_of(row.checked_in_at)), set()).add(row.activity_id)
    found: dict[int, set[int]] = {}
    for service in services:
        if activities := came.get((service.enterprise_id, service.served_on)):
            found.setdefault(service.id, set()).update(activities)
    return {service_id: tuple(sorted(activities)) for service_id, activities in found.items()}


def of_check_ins(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
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
