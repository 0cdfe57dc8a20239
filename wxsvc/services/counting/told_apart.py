"""单独标明与占比: of the 家次 that count, how many are sole traders', and how many come from outside the region.

The readings ``sole_traders_count`` and ``out_of_region_counts`` promise both where such enterprises count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise, Institution
from models.platform import Platform
from models.record import OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import Subject
from scoring.readings import Readings
from scoring.terms import Fact
from wxsvc.services.counting import counted_enterprises, scorecards
from wxsvc.services.counting.facts import CountStatus, FactRow
from wxsvc.services.regulation import platform_regions
from wxsvc.services.years import year_of

FACTS = (Fact.ACTIVITY_PARTICIPATIONS, Fact.OFFLINE_PARTICIPATIONS, Fact.ONLINE_TRADES)
"""What is counted in 家次."""
_MOST_KEYS = 1000
"""Keys in one question; SQLite takes no more than 32,766."""


class Apart(Struct, frozen=True):
    """家次 that count, and among them: sole traders', from outside the region, of no registered region."""

    counted: int = 0
    sole_traders: int = 0
    outside: int = 0
    undecided: int = 0

    def __add__(self, other: Apart) -> Apart:
        return Apart(
            self.counted + other.counted,
            self.sole_traders + other.sole_traders,
            self.outside + other.outside,
            self.undecided + other.undecided,
        )

    @property
    def outside_share(self) -> str:
        """占比 of those from outside, in per cent with one place, if it has one (12.5%, 0%)."""
        share = 100 * self.outside / self.counted if self.counted else 0
        return f"{share:.1f}".removesuffix(".0") + "%"


def behind(session: Session, platform_id: int, behind_line: Iterable[FactRow], by: Readings) -> Apart | None:
    """Of the 家次 that one line of a stored card counts, by the rows behind it; None for a line that counts no 家次.

    None too where the enterprises do not add up to the line any more, as in a sealed year of which one was merged or
    identified since: the card keeps its rows, and not who stood behind each.
    """
    rows = [row for row in behind_line if row.fact in FACTS]
    counted: dict[Subject, list[int]] = {}
    for row in rows:
        if row.standing is CountStatus.COUNTED:
            counted.setdefault(row.subject, []).append(row.subject_id)
    platform = session.get_one(Platform, platform_id)
    apart = sum((_apart(session, platform, by, subject, ids) for subject, ids in counted.items()), Apart())
    adds_up = apart.counted == sum(row.amount for row in rows if row.standing is CountStatus.COUNTED)
    return apart if rows and adds_up else None


def of_record(
    session: Session, record: Activity | OfflineService, by: Readings | None = None
) -> tuple[Apart, dict[int, str]]:
    """Of the 家次 of one record for its own platform, whatever its stage; and which of its enterprises do not count.

    These by their id, each with the code of its reason. ``by`` are the readings of the platform's card, if at hand.
    """
    platform = session.get_one(Platform, record.platform_id)
    by = by or scorecards.readings_of(session, platform, record.year or year_of(record.created_at))
    why = counted_enterprises.why_not(counted_enterprises.AT[record.SUBJECT](platform, by))
    is_undecided, is_outside = _regions(platform)
    columns = (Enterprise.id, why, counted_enterprises.is_sole_trader, is_outside, is_undecided)
    apart, uncounted = Apart(), dict[int, str]()
    for enterprise_id, reason, *figures in session.execute(_of(record.SUBJECT, [record.id], *columns)):
        if reason is None:
            apart += Apart(1, *(int(each) for each in figures))
        else:
            uncounted[enterprise_id] = str(reason)
    return apart, uncounted


def counted(
    session: Session, platform: Platform, by: Readings, subject: Subject, ids: Collection[int]
) -> Iterator[tuple[int, str, str | None]]:
    """Every 家次 of these records of one kind, record by record: its key, the enterprise's name and code."""
    counts = counted_enterprises.counts(counted_enterprises.AT[subject](platform, by))
    key, every = _KEYS[subject], sorted(ids)
    for start in range(0, len(every), _MOST_KEYS):
        query = _of(subject, every[start : start + _MOST_KEYS], key, Enterprise.name, Enterprise.uscc).where(counts)
        for row in session.execute(query.order_by(key, Enterprise.id).execution_options(yield_per=2000)):
            yield row[0], row[1], row[2]


def _regions(platform: Platform) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """所在地未登记, and 区域外."""
    undecided = platform_regions.undecided(platform)
    return undecided, sa.and_(sa.not_(platform_regions.inside(platform)), sa.not_(undecided))


def _apart(session: Session, platform: Platform, by: Readings, subject: Subject, ids: Collection[int]) -> Apart:
    undecided, outside = _regions(platform)
    figures = (_number_of(each) for each in (counted_enterprises.is_sole_trader, outside, undecided))
    counts = counted_enterprises.counts(counted_enterprises.AT[subject](platform, by))
    query = _of(subject, ids, sa.func.count(), *figures).where(counts)
    return Apart(*(int(number or 0) for number in session.execute(query).one()))


def _number_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _of(subject: Subject, ids: Collection[int], *columns: Any) -> sa.Select[Any]:
    """One row for each enterprise of each of these records."""
    query = sa.select(*columns).select_from(Enterprise)
    match subject:
        case Subject.ACTIVITY:
            query = query.join(CheckIn, CheckIn.enterprise_id == Enterprise.id)
            query = query.join(Activity, Activity.id == CheckIn.activity_id)
            return query.where(Activity.id.in_(ids), CheckIn.is_live)
        case Subject.ONLINE_TRADE:
            query = query.join(OnlineTrade, OnlineTrade.enterprise_id == Enterprise.id)
            query = query.outerjoin(Institution, Institution.id == OnlineTrade.institution_id)
            return query.where(OnlineTrade.id.in_(ids))
    query = query.join(OfflineServiceEnterprise, OfflineServiceEnterprise.enterprise_id == Enterprise.id)
    return query.where(OfflineServiceEnterprise.offline_service_id.in_(ids))


_KEYS = {
    Subject.ACTIVITY: Activity.id,
    Subject.ONLINE_TRADE: OnlineTrade.id,
    Subject.OFFLINE_SERVICE: OfflineServiceEnterprise.offline_service_id,
}
