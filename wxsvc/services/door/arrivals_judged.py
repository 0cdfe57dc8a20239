"""签到经过: how every company of an activity came, and what about it is doubtful.

A doubt about one is told from the others (who came two seconds before), so the database looks at all of them; it gives
the rows of one page, and sums of all. Signs rank the rows; they take none away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.call_back import CallBack
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.person import Person
from models.platform import Platform
from models.terms import CallBackResult, DisputeState, DisputeSubject, Door
from models.types import RowId
from scoring.readings import Readings
from wxsvc.services.counting import alike, counted_enterprises
from wxsvc.services.counting.alike import Way, owner
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.records.doubts import MANY_BY_ONE, NIGHT_SECONDS, QUICK_SECONDS
from wxsvc.services.regulation import platform_regions

LATE_GRADE: Final = 3
_DAY_SECONDS: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600
_OF_CHECK_IN: Final = (
    *("id", "enterprise_id", "person_id", "checked_in_at", "door", "evidence_grade", "entered_by"),
    *("undone_at", "set_aside_by", "voided_at", "void_reason"),
)
_APART: Final = ("counted", "sole_traders", "outside_counted", "undecided")
"""Columns of an ``Apart``, in its order."""


class Sign(StrEnum):
    """What is doubtful about one check-in, the heaviest first."""

    DENIED = "denied"  # 回访否认
    DISPUTED = "disputed"  # 企业有异议
    QUICK = "quick"  # 与前一家相隔不到2秒
    SAME_PERSON = "same_person"  # 同一人代多家
    AT_NIGHT = "at_night"  # 凌晨
    LATE = "late"  # 事后补录
    BY_STAFF = "by_staff"  # 工作人员登记
    OUTSIDE = "outside"  # 登记在区域外


class JudgedArrival(Struct, frozen=True):
    """One check-in with the company, how it came, and what is doubtful; names of persons are sealed."""

    check_in_id: int
    enterprise_id: int
    enterprise_name: str
    code: str
    """统一社会信用代码, or the number of an older licence."""
    region_code: str | None
    checked_in_at: datetime
    door: Door
    evidence_grade: int
    scanned_by: str | None
    entered_by: str | None
    undone_at: datetime | None
    is_merged: bool
    """Set aside: the firm it was merged into holds the place."""
    voided_at: datetime | None
    void_reason: str | None
    reason: str | None
    """Why its company does not count for the platform."""
    call_back: CallBackResult | None
    call_note: str | None
    signs: tuple[Sign, ...]

    @property
    def is_live(self) -> bool:
        """Neither undone by its visitor nor voided by staff."""
        return self.undone_at is None and self.voided_at is None

    @property
    def counts(self) -> bool:
        """One 家次, as soon as the activity is approved."""
        return self.is_live and self.reason is None


class Minute(Struct, frozen=True):
    """How many live ones came in one minute, and how many of them bear a sign."""

    starts_at: datetime
    count: int
    doubtful: int


class JudgedArrivals(Struct, frozen=True):
    """The check-ins of an activity, the doubtful first, then by time; what was taken out stands at the end.

    ``rows`` are those of one ``page``; everything else is of them all.
    """

    rows: tuple[JudgedArrival, ...]
    page: int
    pages: int
    """How many pages they fill; none fill one."""
    count: int
    live: int
    """Those that hold a place and were not taken out."""
    doubtful: int
    """How many live ones bear a sign."""
    signs: tuple[tuple[Sign, int], ...]
    """How many live ones bear each sign."""
    apart: Apart
    minutes: tuple[Minute, ...]
    """When live ones came; not those of lists that were entered afterwards."""
    _enterprises: str

    @property
    def enterprises(self) -> list[int]:
        """The ids of the enterprises that are in."""
        return [int(each) for each in self._enterprises.split(",") if each]


def of_activity(
    session: Session, activity: Activity, platform: Platform, by: Readings, page: int = 1, size: int = 50
) -> JudgedArrivals:
    """The check-ins of an activity as its platform's readings see them, undone ones too, and one page of them.

    One statement, whose rows are those of the page and the minutes in which people came. Past the end, the last page.
    """
    given = {"activity": activity.id, "first": (page - 1) * size, "number": size}
    told = session.connection().execute(_query(alike.way_with_regions(platform, by)), given).all()
    groups = [row for row in told if row.id is None]
    count = sum(row.n for row in groups)
    pages = max(1, -(-count // size))
    if page > pages:
        return of_activity(session, activity, platform, by, pages, size)
    live = [row for row in groups if row.of_live]
    borne = [(sign, sum(getattr(row, f"n_{sign}") for row in live)) for sign in Sign]
    return JudgedArrivals(
        rows=tuple(_arrival(row) for row in told if row.id is not None),
        page=page,
        pages=pages,
        count=count,
        live=sum(row.n for row in live),
        doubtful=sum(row.doubtful for row in live),
        signs=tuple((sign, number) for sign, number in borne if number),
        apart=Apart(*(sum(getattr(row, name) for row in live) for name in _APART)),
        minutes=tuple(
            Minute(datetime.fromtimestamp(int(row.minute), UTC), row.n, row.doubtful)
            for row in live
            if row.minute is not None
        ),
        _enterprises=",".join(row.enterprises for row in live),
    )


def _arrival(row: Any) -> JudgedArrival:
    return JudgedArrival(
        row.id,
        row.enterprise_id,
        row.name,
        row.uscc or row.licence_number or "",
        row.region_code,
        row.checked_in_at,
        row.door,
        row.evidence_grade,
        row.scanner,
        row.clerk,
        row.undone_at,
        row.set_aside_by is not None,
        row.voided_at,
        row.void_reason,
        row.reason,
        row.result,
        row.note,
        tuple(sign for sign in Sign if getattr(row, sign)),
    )


@lru_cache(maxsize=64)
def _query(way: Way) -> sa.Select[Any]:
    """Of the ``activity``, ``number`` rows from the ``first`` on: to build it takes longer than to ask it.

    They are the rows of a page, and beside them sums over all: by whether they are live, of those by their minute.
    """
    return _told(_judged(way).cte("judged"))


def _judged(way: Way) -> sa.Select[Any]:
    """Every check-in of the activity with 1 or 0 for each sign, why it does not count, and what is told apart."""
    undecided = platform_regions.undecided(way.each)
    moment = sa.extract("epoch", CheckIn.checked_in_at)
    has_moment = CheckIn.door != Door.SHEET  # a list that was entered afterwards does not say when people came
    alike_in_time, in_time = [CheckIn.is_live, has_moment], [CheckIn.checked_in_at, CheckIn.id]
    came = (
        sa.select(
            *(getattr(CheckIn, name) for name in _OF_CHECK_IN),
            CheckIn.is_live.label("is_live"),
            has_moment.label("has_moment"),
            moment.label("moment"),
            (moment - sa.func.lag(moment).over(partition_by=alike_in_time, order_by=in_time)).label("gap"),
            sa.func.sum(_one(sa.and_(CheckIn.is_live, CheckIn.person_id.is_not(None))))
            .over(partition_by=CheckIn.person_id)
            .label("by_one"),
            counted_enterprises.why_not(counted_enterprises.at_activities(way.each, way.readings)).label("reason"),
            counted_enterprises.is_sole_trader.label("is_sole_trader"),
            undecided.label("is_undecided"),
            sa.and_(sa.not_(platform_regions.inside(way.each)), sa.not_(undecided)).label("is_outside"),
        )
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(owner, owner.id == Activity.platform_id)
        .where(CheckIn.ever_at(sa.bindparam("activity", type_=RowId)))
        .cte("came")
    )
    c = came.c
    holds = {
        Sign.DENIED: c.id.in_(_denied()),
        Sign.DISPUTED: c.id.in_(_disputed()),
        Sign.QUICK: sa.and_(c.is_live, c.has_moment, c.gap < QUICK_SECONDS),
        Sign.SAME_PERSON: sa.and_(c.person_id.is_not(None), c.by_one >= MANY_BY_ONE),
        Sign.AT_NIGHT: sa.and_(c.has_moment, (c.moment + _BEIJING_SECONDS) % _DAY_SECONDS < NIGHT_SECONDS),
        Sign.LATE: c.evidence_grade >= LATE_GRADE,
        Sign.BY_STAFF: sa.and_(c.has_moment, c.entered_by.is_not(None)),
        Sign.OUTSIDE: c.is_outside,
    }
    return sa.select(came, *(_one(condition).label(sign.value) for sign, condition in holds.items()))


def _told(judged: sa.CTE) -> sa.Select[Any]:
    c = judged.c
    signs = [c[sign.value] for sign in Sign]
    marks: Any = sum(signs[1:], signs[0])
    heaviest = sa.case(*((sign == 1, place) for place, sign in enumerate(signs)), else_=len(signs))
    order = [sa.case((c.is_live, 0), else_=1), heaviest, -marks, c.checked_in_at, c.id]
    page, sums = _page(judged, order), _sums(c, signs, marks)
    both = sa.union_all(sa.select(*page.c, *_nothing(sums)), sa.select(*_nothing(page), *sums.c)).subquery()
    keys = (both.c[f"key_{place}"] for place in range(len(order)))
    return sa.select(both).order_by(*keys, both.c.minute)


def _page(judged: sa.CTE, order: Sequence[sa.ColumnElement[Any]]) -> sa.Subquery:
    """The rows of a page with their enterprises, who scanned and entered them, and the last call."""
    ranked = sa.select(judged, *(key.label(f"key_{place}") for place, key in enumerate(order))).order_by(*order)
    few = ranked.offset(sa.bindparam("first")).limit(sa.bindparam("number")).subquery()
    scanner, clerk, called = aliased(Person), aliased(Person), aliased(CallBack)
    last_call = (
        sa.select(CallBack.id)
        .where(CallBack.check_in_id == few.c.id, CallBack.result.is_not(None))
        .order_by(CallBack.called_at.desc(), CallBack.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(
            few,
            Enterprise.name,
            Enterprise.uscc,
            Enterprise.licence_number,
            Enterprise.region_code,
            scanner.name_sealed.label("scanner"),
            clerk.name_sealed.label("clerk"),
            called.result,
            called.note,
        )
        .join(Enterprise, Enterprise.id == few.c.enterprise_id)
        .outerjoin(scanner, scanner.id == few.c.person_id)
        .outerjoin(clerk, clerk.id == few.c.entered_by)
        .outerjoin(called, called.id == last_call)
        .subquery()
    )


def _sums(c: Any, signs: Sequence[sa.ColumnElement[Any]], marks: Any) -> sa.Subquery:
    """Over all check-ins: how many, how many of each sign, and what is told apart of those that count."""
    counts = sa.and_(c.is_live, c.reason.is_(None))
    minute = sa.case((sa.and_(c.is_live, c.has_moment), c.moment - c.moment % 60))
    apart = zip(_APART, (sa.true(), c.is_sole_trader, c.is_outside, c.is_undecided), strict=True)
    return (
        sa.select(
            c.is_live.label("of_live"),
            minute.label("minute"),
            sa.func.count().label("n"),
            sa.func.sum(_one(marks > 0)).label("doubtful"),
            *(sa.func.sum(sign).label(f"n_{sign.name}") for sign in signs),
            *(sa.func.sum(_one(sa.and_(counts, condition))).label(name) for name, condition in apart),
            sa.func.aggregate_strings(sa.cast(c.enterprise_id, sa.Text), ",").label("enterprises"),
        )
        .group_by(c.is_live, minute)
        .subquery()
    )


def _nothing(of: sa.Subquery) -> list[sa.Label[Any]]:
    """Empty columns like these, where rows of another kind stand in the same answer."""
    return [sa.cast(sa.null(), column.type).label(column.name) for column in of.c]


def _one(condition: sa.ColumnElement[bool]) -> sa.Case[int]:
    return sa.case((condition, 1), else_=0)


def _denied() -> sa.Select[Any]:
    """Check-ins whose company said, when it was called last, that it did not come."""
    later = aliased(CallBack)
    is_later = sa.tuple_(later.called_at, later.id) > sa.tuple_(CallBack.called_at, CallBack.id)
    is_last = ~sa.exists().where(later.check_in_id == CallBack.check_in_id, is_later)
    return sa.select(CallBack.check_in_id).where(CallBack.result == CallBackResult.DENIES, is_last)


def _disputed() -> sa.Select[Any]:
    """Check-ins that a company objects to."""
    is_open = Dispute.state == DisputeState.OPEN
    return sa.select(Dispute.subject_id).where(Dispute.subject == DisputeSubject.CHECK_IN, is_open)
