"""考评期: the province sets a special period for one platform and year, or goes back to the ordinary one.

如无特殊情况，考评期为每年度1月1日-12月31日. A period may begin or end in a neighbouring year. A day counts in one year
only, so periods that were set never overlap, and ordinary ones give way (``years.assessment_period``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from scoring.terms import PlatformKind
from wxsvc.services import journal, platforms, years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import lock_all
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find
from wxsvc.services.years import AssessmentPeriod

LONGEST_DAYS: Final = 550
"""A year and a half: a longer period is a slip of the pen."""


class Assessed(Struct, frozen=True):
    """One platform's period of a year; ``reason`` is empty where it is the ordinary one."""

    platform: Platform
    period: AssessmentPeriod
    reason: str | None
    is_sealed: bool


def of_year(session: Session, year: int, kind: PlatformKind) -> list[Assessed]:
    """Every platform of a kind with its period, in the order of their codes."""
    found = platforms.every(session, kind)
    periods = years.assessment_periods(session, found, year)
    own = {row.platform_id: row for row in session.scalars(sa.select(PlatformYear).where(PlatformYear.year == year))}
    return [_assessed(each, own.get(each.id), periods[each.id]) for each in found]


def of(session: Session, platform: Platform, year: int) -> Assessed:
    """One platform's period of the year."""
    row = session.get(PlatformYear, (platform.id, year))
    return _assessed(platform, row, years.assessment_period(session, platform.id, year))


def seen(found: Assessed) -> str:
    """The mark of what a form shows of the period."""
    return mark(_told(found.period), found.reason)


def _assessed(platform: Platform, row: PlatformYear | None, period: AssessmentPeriod) -> Assessed:
    return Assessed(platform, period, row.period_reason if row else None, bool(row and row.is_sealed))


def change(
    session: Session,
    platform_id: int,
    year: int,
    period: AssessmentPeriod,
    reason: str,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> PlatformYear:
    """Set the period, with a reason. Idempotent; ``shown`` is what the form showed (:func:`seen`).

    The platform's year and the two beside it are counted anew. Raises ``Refused``: ``not_allowed``, ``reason_needed``,
    ``year_sealed`` (a year beside it, too, whose days would move), ``period_backwards``, ``period_not_of_year``,
    ``period_too_long``, ``period_overlaps`` with the ``other`` year, ``edited_by_other``.
    """
    row = _held(session, platform_id, year, by)
    given = must_have_reason(reason)
    must_make_sense(period, year)
    _must_stand_alone(session, platform_id, year, period)
    if (row.assessed_from, row.assessed_until, row.period_reason) == (*period, given):
        return row
    before, kept = _as_shown(session, platform_id, year, shown), years.sealed_periods(session, platform_id)
    row.assessed_from, row.assessed_until, row.period_reason = period.first, period.last, given
    years.must_keep(session, platform_id, kept)
    _written(session, row, "platform_year.period_set", before, by, now, reason=given)
    return row


def reset(
    session: Session, platform_id: int, year: int, reason: str, by: Actor, now: datetime, shown: str | None = None
) -> PlatformYear:
    """Go back to the ordinary period, with a reason. Idempotent. Raises ``Refused`` like :func:`change`."""
    row = _held(session, platform_id, year, by)
    given = must_have_reason(reason)
    if row.period_reason is None:
        return row
    before, kept = _as_shown(session, platform_id, year, shown), years.sealed_periods(session, platform_id)
    row.assessed_from, row.assessed_until = years.whole_year(year)
    row.period_reason = None
    years.must_keep(session, platform_id, kept)
    _written(session, row, "platform_year.period_reset", before, by, now, reason=given)
    return row


def _held(session: Session, platform_id: int, year: int, by: Actor) -> PlatformYear:
    by.must_be_province()
    find(session, Platform, platform_id)
    lock_all(session, [(platform_id, each) for each in _within_reach(year)])
    years.must_be_open(session, platform_id, year)
    return years.platform_year(session, platform_id, year)


def _as_shown(session: Session, platform_id: int, year: int, shown: str | None) -> AssessmentPeriod:
    """The period that stands, if it is the one that the form showed."""
    stands = of(session, find(session, Platform, platform_id), year)
    must_stand(shown, seen(stands))
    return stands.period


def _within_reach(year: int) -> Sequence[int]:
    """Both a year's period and that of the year after the next may have days in the year between them."""
    return range(year - 2, year + 3)


def must_make_sense(period: AssessmentPeriod, year: int) -> None:
    """Not backwards, of the year, not too long; else ``Refused``."""
    if period.is_empty:
        raise Refused("period_backwards")
    if year not in period.calendar_years or not year - 1 <= period.first.year or not period.last.year <= year + 1:
        raise Refused("period_not_of_year", year=year)
    if (period.last - period.first).days >= LONGEST_DAYS:
        raise Refused("period_too_long")


def _must_stand_alone(session: Session, platform_id: int, year: int, period: AssessmentPeriod) -> None:
    """No overlap with a period that was set, or that a sealed year was counted over."""
    query = sa.select(PlatformYear).where(
        PlatformYear.platform_id == platform_id,
        PlatformYear.year.in_(_within_reach(year)),
        PlatformYear.year != year,
        sa.or_(PlatformYear.period_reason.is_not(None), PlatformYear.is_sealed),
    )
    for other in session.scalars(query.order_by(PlatformYear.year)):
        beside = years.assessment_period(session, platform_id, other.year)
        if beside.first <= period.last and period.first <= beside.last:
            raise Refused("period_overlaps", other=other.year)


def _written(
    session: Session,
    row: PlatformYear,
    deed: str,
    before: AssessmentPeriod,
    by: Actor,
    now: datetime,
    reason: str,
) -> None:
    session.flush()
    after = years.assessment_period(session, row.platform_id, row.year)
    change = {"before": _told(before), "after": _told(after)}
    journal.record_year(session, deed, row.platform_id, row.year, by, now, **change, reason=reason)
    beside = (row.year - 1, row.year, row.year + 1)
    journal.touch(session, [(row.platform_id, year) for year in beside if years.has_rules(year)], now)


def _told(period: AssessmentPeriod) -> list[str]:
    return [day.isoformat() for day in period]
