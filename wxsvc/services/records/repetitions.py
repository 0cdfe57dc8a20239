"""重复: doubts about what may stand in the records twice. Each is asked of many records and answered by the database.

One event may be published twice (two categories, two activities, two platforms), one firm made to come again and
again, one certificate, report or link used for two claims, one need entered again at another platform or in another
month, one service or one order told twice in other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.activity import Activity
from models.checkin import CheckIn
from models.collaboration import BonusClaim, Evidence
from models.recognition import OnlineService, PlatformFusion, ResearchReport
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import EVER_HANDED_IN, Stage
from wxsvc.clock import BEIJING
from wxsvc.services.records.hints import Doubt, DoubtQuery, Hint, HintQuery, said

Proved: TypeAlias = BonusClaim | OfflineService | OnlineService | PlatformFusion | ResearchReport
"""Records that papers and links prove."""
MANY_IN_A_MONTH: Final = 5
"""家次 of one enterprise at one platform in one month that are one too many: more often than every week."""
NEAR: Final = timedelta(days=3)
"""Two activities as near as this with over half of their enterprises in common may be one event."""
FEW_IN_COMMON: Final = 2
"""Fewer enterprises in common than this say nothing."""

_DAY_SECONDS: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600
_NOT_TEXT: Final = " \t\r\n\u3000\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f\u201c\u201d\uff08\uff09,.;:!?()"
"""White space and punctuation, the Chinese included."""


def same_event(asked: HintQuery) -> list[DoubtQuery]:
    """同日同地另有活动: another activity that was handed in, on the same day (Beijing) at the same place or link."""
    held = (
        sa.select(Activity.id, _day(Activity.starts_at).label("day"), _place(Activity).label("place"))
        .where(Activity.stage.in_(EVER_HANDED_IN), *_around(asked, timedelta()))
        .subquery()
    )
    crowded = sa.func.count().over(partition_by=[held.c.day, held.c.place])
    counted = sa.select(held.c.id, crowded.label("n")).where(held.c.place.is_not(None)).subquery()
    return [said(counted.c.id, Hint.SAME_EVENT).where(counted.c.n > 1, counted.c.id.in_(asked.ids))]


def same_enterprises(asked: HintQuery) -> list[DoubtQuery]:
    """企业过半相同: another activity of these days shares over half of the enterprises of either.

    Nothing stands between the tables, so that the database chooses where to begin: with the enterprises of a few
    activities, or with all that came in these days. How near two activities are is asked of those alone that share
    enterprises.
    """
    held, near, own, other = aliased(Activity), aliased(Activity), aliased(CheckIn), aliased(CheckIn)
    common = sa.func.count()
    pairs = (
        sa.select(
            held.id.label("activity_id"),
            near.id.label("other_id"),
            held.starts_at,
            near.starts_at.label("other_starts_at"),
            common.label("common"),
        )
        .join(own, own.activity_id == held.id)
        .join(other, sa.and_(other.enterprise_id == own.enterprise_id, other.activity_id != own.activity_id))
        .join(near, near.id == other.activity_id)
        .where(
            held.id.in_(asked.ids),
            held.stage.in_(EVER_HANDED_IN),
            near.stage.in_(EVER_HANDED_IN),
            *_around(asked, NEAR, near.starts_at),
            own.is_live,
            other.is_live,
        )
        .group_by(held.id, near.id)
        .having(common >= FEW_IN_COMMON)
        .cte("pairs_of_asked")
    )
    came = sa.select(sa.func.count()).where(CheckIn.activity_id == pairs.c.other_id, CheckIn.is_live).scalar_subquery()
    sizes = (
        sa.select(CheckIn.activity_id, sa.func.count().label("size"))
        .where(CheckIn.activity_id.in_(asked.ids), CheckIn.is_live)
        .group_by(CheckIn.activity_id)
        .cte("sizes_of_asked")
        .prefix_with("MATERIALIZED")  # counted once, not for each pair
    )
    days = _day(pairs.c.other_starts_at) - _day(pairs.c.starts_at)
    is_half = sa.or_(pairs.c.common * 2 > sizes.c.size, pairs.c.common * 2 > came)
    alike = said(pairs.c.activity_id, Hint.SAME_ENTERPRISES).join(sizes, sizes.c.activity_id == pairs.c.activity_id)
    return [alike.where(days.between(-NEAR.days, NEAR.days), is_half)]


def often_in_a_month(model: type[Activity | OfflineService | OnlineTrade]) -> Doubt:
    """同月多次: an enterprise with many 家次 (activities, services, orders) at the platform in the record's month."""

    def doubt(asked: HintQuery) -> list[DoubtQuery]:
        if asked.first is None or asked.last is None:
            return []
        platforms = sa.select(model.platform_id).where(model.id.in_(asked.ids))
        taken = _participations(_months(asked.first, asked.last), platforms).subquery()
        place = [taken.c.platform_id, taken.c.enterprise_id, taken.c.month]
        number = sa.func.count().over(partition_by=place).label("n")
        often = sa.select(taken.c.subject, taken.c.record_id, number).subquery()
        of_many = said(often.c.record_id, Hint.OFTEN_IN_A_MONTH).where(
            often.c.n >= MANY_IN_A_MONTH, often.c.subject == model.SUBJECT.value, often.c.record_id.in_(asked.ids)
        )
        return [of_many]

    return doubt


def used_before(model: type[Proved]) -> Doubt:
    """佐证曾用: the paper (the very file), the link or a report's title is another record's, at any platform.

    An online service stays the same from year to year, and one page may show several: only that of another platform
    is asked about. One paper may prove all that was served on its day.
    """

    def doubt(asked: HintQuery) -> list[DoubtQuery]:
        marks = _marks(model).subquery()
        own, others = aliased(marks), aliased(marks)
        record: Any = aliased(model)
        earlier: Any = aliased(model)
        of_another = earlier.platform_id != record.platform_id
        if model is OfflineService:
            of_another = sa.or_(of_another, earlier.served_on != record.served_on)
        elif model is not OnlineService:
            of_another = sa.true()
        query = (
            said(own.c.record_id, Hint.USED_BEFORE)
            .join(others, sa.and_(others.c.mark == own.c.mark, others.c.record_id != own.c.record_id))
            .join(record, record.id == own.c.record_id)
            .join(earlier, earlier.id == others.c.record_id)
            .where(own.c.record_id.in_(asked.ids), _came_before(earlier, record), of_another)
            .distinct()
        )
        return [query]

    return doubt


def repeated_need(asked: HintQuery) -> list[DoubtQuery]:
    """需求重复: the same words of the same enterprise before, at another platform or in another month.

    Near-same words within thirty days are found when a need is entered (``needs.near_same``).
    """
    own, earlier = aliased(Need), aliased(Need)
    query = (
        said(own.id, Hint.POSSIBLE_COPY)
        .join(earlier, sa.and_(earlier.enterprise_id == own.enterprise_id, earlier.id != own.id))
        .where(
            own.id.in_(asked.ids),
            _came_before(earlier, own),
            sa.or_(earlier.platform_id != own.platform_id, _month(earlier.raised_on) != _month(own.raised_on)),
            _plain(earlier.title) == _plain(own.title),
            _plain(earlier.content) == _plain(own.content),
        )
    )
    return [query]


def repeated_service(asked: HintQuery) -> list[DoubtQuery]:
    """服务重复: one of its enterprises was served on the same day before, whatever the words, at any platform."""
    own, earlier = aliased(OfflineService), aliased(OfflineService)
    mine, theirs = aliased(OfflineServiceEnterprise), aliased(OfflineServiceEnterprise)
    query = (
        said(own.id, Hint.POSSIBLE_COPY)
        .join(mine, mine.offline_service_id == own.id)
        .join(theirs, sa.and_(theirs.enterprise_id == mine.enterprise_id, theirs.offline_service_id != own.id))
        .join(earlier, earlier.id == theirs.offline_service_id)
        .where(own.id.in_(asked.ids), earlier.served_on == own.served_on, _came_before(earlier, own))
        .distinct()
    )
    return [query]


def repeated_order(asked: HintQuery) -> list[DoubtQuery]:
    """订单重复: the enterprise's order of this number at another platform, or of the same day, service and amount."""
    own, earlier = aliased(OnlineTrade), aliased(OnlineTrade)
    is_alike = sa.and_(
        earlier.traded_on == own.traded_on,
        _closed_up(earlier.service) == _closed_up(own.service),
        sa.func.coalesce(earlier.amount_fen, -1) == sa.func.coalesce(own.amount_fen, -1),
    )
    query = (
        said(own.id, Hint.POSSIBLE_COPY)
        .join(earlier, sa.and_(earlier.enterprise_id == own.enterprise_id, earlier.id != own.id))
        .where(
            own.id.in_(asked.ids),
            sa.or_(sa.func.lower(earlier.order_number) == sa.func.lower(own.order_number), is_alike),
            _came_before(earlier, own),
        )
        .distinct()
    )
    return [query]


def service_and_order(model: type[OfflineService | OnlineTrade]) -> Doubt:
    """一事两记: an order and an offline service of one enterprise and one institution on one day, at any platform."""

    def doubt(asked: HintQuery) -> list[DoubtQuery]:
        service, order, served = aliased(OfflineService), aliased(OnlineTrade), aliased(OfflineServiceEnterprise)
        own, other = (service, order) if model is OfflineService else (order, service)
        is_same = (
            order.enterprise_id == served.enterprise_id,
            order.traded_on == service.served_on,
            order.institution_id == service.institution_id,
        )
        query = (
            said(own.id, Hint.SERVICE_AND_ORDER)
            .select_from(service)
            .join(served, served.offline_service_id == service.id)
            .join(order, sa.and_(*is_same))
            .where(own.id.in_(asked.ids), other.stage.in_(EVER_HANDED_IN))
            .distinct()
        )
        return [query]

    return doubt


def _came_before(earlier: Any, own: Any) -> sa.ColumnElement[bool]:
    """Handed in before this one, or approved already; what is void or a draft is no repetition."""
    return sa.and_(earlier.stage.in_(EVER_HANDED_IN), sa.or_(earlier.id < own.id, earlier.stage == Stage.APPROVED))


def _day(moment: Any) -> Any:
    """The number of a moment's day in Beijing, on either database."""
    return (sa.cast(sa.extract("epoch", moment), sa.BigInteger) + _BEIJING_SECONDS) // _DAY_SECONDS


def _month(day: Any) -> Any:
    return sa.extract("year", day) * 12 + sa.extract("month", day)


def _place(activity: Any) -> Any:
    return _closed_up(sa.func.coalesce(activity.place, activity.meeting_link))


def _around(
    asked: HintQuery, margin: timedelta, starts_at: Any = Activity.starts_at
) -> tuple[sa.ColumnElement[bool], ...]:
    """Activities of the days of those that are asked about, and so near them."""
    if asked.first is None or asked.last is None:
        return (sa.false(),)
    first, last = (datetime.combine(day, time.min, BEIJING) for day in (asked.first, asked.last))
    return (starts_at.between(first - margin, last + margin + timedelta(days=1)),)


def _months(first: date, last: date) -> list[date]:
    """The first days of the months from the first day's to the one after the last day's."""
    count = (last.year - first.year) * 12 + last.month - first.month + 2
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def _participations(months: list[date], platforms: Any) -> sa.CompoundSelect[Any]:
    """Every 家次 of these platforms in these months: platform, enterprise, month, and the record."""
    instants = [datetime.combine(day, time.min, BEIJING) for day in months]

    def of(model: Any, day: Any, bounds: Sequence[Any], enterprise: Any) -> sa.Select[Any]:
        month = sa.case(*((day < bound, number) for number, bound in enumerate(bounds[1:])), else_=-1)
        subject = sa.literal(model.SUBJECT.value)
        return sa.select(
            model.platform_id,
            enterprise.label("enterprise_id"),
            month.label("month"),
            subject.label("subject"),
            model.id.label("record_id"),
        ).where(model.platform_id.in_(platforms), model.stage.in_(EVER_HANDED_IN), day >= bounds[0], day < bounds[-1])

    arrivals = of(Activity, Activity.ends_at, instants, CheckIn.enterprise_id)
    services = of(OfflineService, OfflineService.served_on, months, OfflineServiceEnterprise.enterprise_id)
    served = OfflineServiceEnterprise.offline_service_id == OfflineService.id
    return sa.union_all(
        arrivals.join(CheckIn, sa.and_(CheckIn.activity_id == Activity.id, CheckIn.is_live)),
        services.join(OfflineServiceEnterprise, served),
        of(OnlineTrade, OnlineTrade.traded_on, months, OnlineTrade.enterprise_id),
    )


def _marks(model: type[Proved]) -> sa.CompoundSelect[Any]:
    """By what each record is proved: the digests of its files, its links without what browsers leave out, its title."""
    papers = sa.and_(Evidence.subject == model.SUBJECT, Evidence.withdrawn_at.is_(None))

    def link(column: Any) -> Any:
        bare = sa.func.replace(sa.func.replace(sa.func.lower(column), "https://", ""), "http://", "")
        return sa.func.rtrim(bare, "/")

    record_id: Any = Evidence.subject_id.label("record_id")
    marks: list[sa.Select[Any]] = [
        sa.select(record_id, Evidence.sha256.label("mark")).where(papers, Evidence.sha256.is_not(None)),
        sa.select(record_id, link(Evidence.link).label("mark")).where(papers, Evidence.link.is_not(None)),
    ]
    for table in (BonusClaim, ResearchReport):
        if model is table:
            marks.append(sa.select(table.id, link(table.link)).where(table.link.is_not(None)))
    if model is ResearchReport:
        marks.append(sa.select(ResearchReport.id, _closed_up(ResearchReport.title)))
    if model is OnlineService:
        is_link = sa.func.lower(OnlineService.address).like("http%")  # the path of a menu is everybody's
        marks.append(sa.select(OnlineService.id, link(OnlineService.address)).where(is_link))
    return sa.union_all(*marks)


def _closed_up(text: Any) -> Any:
    """A short text without spaces and commas; SQLite takes no expression as deep as ``_plain`` within another."""
    return reduce(lambda left, sign: sa.func.replace(left, sign, ""), " \u3000\uff0c,\u3001", sa.func.lower(text))


def _plain(text: Any) -> Any:
    """A text without spaces and punctuation."""
    return reduce(lambda left, sign: sa.func.replace(left, sign, ""), _NOT_TEXT, sa.func.lower(text))
