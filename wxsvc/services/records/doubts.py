"""疑点: what a reviewer should look at before approving. Doubts rank the queue; none of them refuses anything.

Each is a query over many records of one kind: which of them it concerns, and the hint that says so; the database sums
up what comes in large numbers. A few must be looked at by the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.base import Dated
from models.checkin import CheckIn
from models.collaboration import BonusClaim, Filing
from models.enterprise import Enterprise
from models.person import Contact
from models.photo_likeness import PhotoFingerprint, PhotoLikeness
from models.platform import ClusterMember, Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import EVER_HANDED_IN, Door, Stage
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import ActivityCategory, BonusKind, Fact, Part, PlatformKind
from wxsvc.clock import BEIJING
from wxsvc.services import filed_days
from wxsvc.services.records.hints import Doubt, DoubtQuery, Hint, HintQuery, said
from wxsvc.services.years import day_of
from wxsvc.texts import regions

FEW: Final = 5
"""Fewer check-ins than this say nothing about how they came about."""
MANY_BY_ONE: Final = 3
"""Check-ins of one person at one activity that are one too many: he stands for several enterprises."""
QUICK_SECONDS: Final = 2
"""Check-ins following each other faster than this are quick; half of them or more is a hint."""
NIGHT_SECONDS: Final = 5 * 3600
"""凌晨: from midnight to five o'clock (Beijing) no event is held, so a check-in is odd."""

_DAY_SECONDS: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600


def _flagged(model: Any, condition: sa.ColumnExpressionArgument[bool], hint: Hint) -> Doubt:
    def doubt(asked: HintQuery) -> list[DoubtQuery]:
        return [said(model.id, hint).where(model.id.in_(asked.ids), condition)]

    return doubt


def backfilled(model: type[Activity | Dated]) -> Doubt:
    """事后补录."""
    return _flagged(model, model.is_backfilled.is_(True), Hint.BACKFILLED)


no_photo: Final = _flagged(
    Activity,
    ~sa.select(ActivityPhoto.id).where(ActivityPhoto.activity_id == Activity.id, ActivityPhoto.shows_activity).exists(),
    Hint.NO_PHOTO,
)
blank_photo: Final = _flagged(
    Activity,
    sa.select(ActivityPhoto.id)
    .join(PhotoFingerprint, PhotoFingerprint.sha256 == ActivityPhoto.sha256)
    .where(ActivityPhoto.activity_id == Activity.id, ActivityPhoto.shows_activity, PhotoFingerprint.bits.is_(None))
    .exists(),
    Hint.BLANK_PHOTO,
)
"""照片几乎没有画面: of one colour, or of a few pixels; it makes an activity complete and proves nothing."""
unlisted_medium: Final = _flagged(
    BonusClaim,
    sa.and_(BonusClaim.kind == BonusKind.PRESS, BonusClaim.medium_id.is_(None)),
    Hint.UNLISTED_MEDIUM,
)


def local_issuer(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
    """授予单位似为市县单位: the rows ask for honours of country or province, and for what 省工信厅 recognised."""
    query = sa.select(BonusClaim.id, BonusClaim.issuer).where(
        BonusClaim.id.in_(ids), BonusClaim.kind != BonusKind.PRESS
    )
    yield from ((row.id, Hint.LOCAL_ISSUER) for row in session.execute(query) if regions.are_local(row.issuer))


ASSIST_WAITS: Final = sa.and_(
    ActivityPlatform.part == Part.ASSIST,
    ActivityPlatform.confirmed_at.is_not(None),
    ActivityPlatform.assist_accepted_at.is_(None),
    ActivityPlatform.assist_refusal.is_(None),
)
"""A part in 其他类 (协办) whose evidence nobody has decided on."""
assist_undecided: Final = _flagged(
    Activity,
    sa.and_(
        Activity.category == ActivityCategory.OTHER,
        sa.select(ActivityPlatform.platform_id)
        .where(ActivityPlatform.activity_id == Activity.id, ASSIST_WAITS)
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
_own, _other = aliased(ActivityPhoto), aliased(ActivityPhoto)
_elsewhere = aliased(Activity)
same_photo: Final = _flagged(
    Activity,
    sa.select(_own.id)
    .outerjoin(PhotoLikeness, PhotoLikeness.sha256 == _own.sha256)
    .join(_other, sa.or_(_other.sha256 == _own.sha256, _other.sha256 == PhotoLikeness.other_sha256))
    .join(_elsewhere, _elsewhere.id == _other.activity_id)
    .where(
        _own.activity_id == Activity.id,
        _own.shows_activity,
        _other.activity_id != Activity.id,
        _other.shows_activity,
        _elsewhere.stage.in_(EVER_HANDED_IN),
    )
    .exists(),
    Hint.SAME_PHOTO,
)
"""照片相同或相近: the very file, or one that looks nearly the same, at another activity that was handed in."""


def _stands_for_many(person_id: Any) -> sa.ColumnElement[bool]:
    """Whether a person stands for several enterprises."""
    return sa.select(sa.func.count()).where(Contact.person_id == person_id).scalar_subquery() >= MANY_BY_ONE


need_of_many_standings: Final = _flagged(
    Need, sa.and_(Need.is_from_enterprise, _stands_for_many(Need.created_by)), Hint.MANY_STANDINGS
)
possible_copy: Final = _flagged(Need, Need.possible_copy_of.is_not(None), Hint.POSSIBLE_COPY)


def backdated(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Hint]]:
    """报送日早于录入日."""
    made = sa.select(Filing.id, Filing.claimed_on, Filing.submitted_at).where(Filing.id.in_(ids))
    yield from ((row.id, Hint.BACKDATED) for row in session.execute(made) if filed_days.is_backdated(row))


def scores_nothing(asked: HintQuery) -> list[DoubtQuery]:
    """线上交易 of a platform whose table has no line that counts them."""
    if asked.first is None or asked.last is None:
        return []
    years = range(asked.first.year - 1, asked.last.year + 2)
    without = [(year, kind) for year in years for kind in PlatformKind if not _counts_trades(kind, year)]
    in_vain = sa.or_(sa.false(), *(sa.and_(OnlineTrade.year == year, Platform.kind == kind) for year, kind in without))
    owned = said(OnlineTrade.id, Hint.SCORES_NOTHING).join(Platform, Platform.id == OnlineTrade.platform_id)
    return [owned.where(OnlineTrade.id.in_(asked.ids), in_vain)]


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


def check_ins(asked: HintQuery) -> list[DoubtQuery]:
    """How an activity's live check-ins came about: each is looked at once, each person and each platform once."""
    sums, persons = _sums(asked), _persons(asked)
    found = {
        Hint.QUICK_ARRIVALS: sa.and_(sums.c.arrivals >= FEW, sums.c.quick * 2 >= sums.c.arrivals),
        Hint.AFTER_MIDNIGHT: sums.c.at_night > 0,
        Hint.OUTSIDE_REGION: sa.and_(sums.c.arrivals >= FEW, sums.c.outside * 2 > sums.c.arrivals),
        Hint.STAFF_ENTERED: sums.c.entered * 2 > sums.c.arrivals,
    }
    of_persons = {
        Hint.MANY_BY_ONE_PERSON: persons.c.came >= MANY_BY_ONE,
        Hint.MANY_STANDINGS: _stands_for_many(persons.c.person_id),
    }
    return [
        *(said(sums.c.activity_id, hint).where(holds) for hint, holds in found.items()),
        *(said(persons.c.activity_id, hint).where(holds) for hint, holds in of_persons.items()),
    ]


def _persons(asked: HintQuery) -> sa.CTE:
    """Who scanned at each activity, and for how many of its live check-ins; those without a person came for none."""
    return (
        sa.select(CheckIn.activity_id, CheckIn.person_id, sa.func.count(CheckIn.person_id).label("came"))
        .where(CheckIn.activity_id.in_(asked.ids), CheckIn.is_live)
        .group_by(CheckIn.activity_id, CheckIn.person_id)
        .cte("persons_of_asked")
    )


def _sums(asked: HintQuery) -> sa.CTE:
    """Per activity, what its live check-ins come to."""
    places, at = _places(asked), CheckIn.checked_in_at
    arrivals = (
        sa.select(
            CheckIn.activity_id,
            CheckIn.enterprise_id,
            CheckIn.entered_by,
            at,
            sa.func.lag(at).over(partition_by=CheckIn.activity_id, order_by=[at, CheckIn.id]).label("before"),
            # A list entered afterwards does not say when people came, so its moments are no sign of anything.
            (CheckIn.door != Door.SHEET).label("has_moment"),
        )
        .where(CheckIn.activity_id.in_(asked.ids), CheckIn.is_live)
        .subquery()
    )
    moment = sa.extract("epoch", arrivals.c.checked_in_at)
    is_quick = moment - sa.extract("epoch", arrivals.c.before) < QUICK_SECONDS
    is_at_night = (sa.cast(moment, sa.BigInteger) + _BEIJING_SECONDS) % _DAY_SECONDS < NIGHT_SECONDS

    def number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    return (
        sa.select(
            arrivals.c.activity_id,
            sa.func.count().label("arrivals"),
            sa.func.count(arrivals.c.entered_by).label("entered"),
            number(sa.and_(arrivals.c.has_moment, is_quick)).label("quick"),
            number(sa.and_(arrivals.c.has_moment, is_at_night)).label("at_night"),
            number(_is_outside(places)).label("outside"),
        )
        .join(places, places.c.activity_id == arrivals.c.activity_id)
        .join(Enterprise, Enterprise.id == arrivals.c.enterprise_id)
        .group_by(arrivals.c.activity_id)
        .cte("sums_of_asked")
    )


def _places(asked: HintQuery) -> sa.CTE:
    """Per activity, with which digits the divisions begin that are its platform's; looked up once, not per check-in."""
    own = _today(Platform.region_code)
    length = sa.case(
        (own.like("%0000"), 2), (sa.or_(own.like("%00"), Platform.kind == PlatformKind.PREFECTURE), 4), else_=6
    )
    return (
        sa.select(
            Activity.id.label("activity_id"),
            Activity.platform_id,
            length.label("length"),
            sa.func.substr(own, 1, length).label("digits"),
            sa.exists().where(ClusterMember.platform_id == Activity.platform_id).label("has_members"),
        )
        .join(Platform, Platform.id == Activity.platform_id)
        .where(Activity.id.in_(asked.ids))
        .cte("places_of_asked")
        .prefix_with("MATERIALIZED")
    )


def _is_outside(places: sa.CTE) -> sa.ColumnElement[bool]:
    """登记在区域外: the enterprise's registered division is none of the platform's, and no list of members has it."""
    is_member = sa.exists().where(
        ClusterMember.platform_id == places.c.platform_id, ClusterMember.enterprise_id == Enterprise.id
    )
    return sa.and_(
        Enterprise.region_code.is_not(None),
        sa.func.substr(_today(Enterprise.region_code), 1, places.c.length) != places.c.digits,
        sa.not_(sa.and_(places.c.has_members, is_member)),
    )


def _today(code: Any) -> sa.ColumnElement[str]:
    """A division's code of today."""
    former = dict(regions.superseded())
    return sa.case(former, value=code, else_=code) if former else code
