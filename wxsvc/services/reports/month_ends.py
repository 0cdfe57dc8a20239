"""月末得分 of a platform beside those of its kind, as ``score_tables.keep_month`` keeps them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import MonthScore, ScorecardRow
from models.types import of_thousandths
from scoring.terms import PlatformKind
from wxsvc.services.reports.ranks import IS_COMPARED


class MonthEnd(Struct, frozen=True):
    """月末得分 of one platform beside the ``platforms`` of its kind that are compared: their median and highest.

    ``rank`` is 0 for a platform that is not compared itself; the others are None where nobody is.
    """

    month: str
    total: Decimal
    rank: int
    platforms: int
    median: Decimal | None
    highest: Decimal | None


MonthTotals: TypeAlias = Mapping[str, Sequence[int]]
"""月末得分 of a kind, those of each month from the least up, in thousandths; of platforms that are compared."""
_TOTAL: Final = sa.type_coerce(MonthScore.total, sa.Integer)
_IN_RANK: Final = sa.func.coalesce(IS_COMPARED, sa.true())
"""Also a platform without a card."""
_WITH_CARD: Final = sa.and_(ScorecardRow.platform_id == MonthScore.platform_id, ScorecardRow.year == MonthScore.year)
_KEPT: Final = (
    sa.select(MonthScore.month)
    .join(Platform, Platform.id == MonthScore.platform_id)
    .outerjoin(ScorecardRow, _WITH_CARD)
    .where(MonthScore.year == sa.bindparam("year"))
    .order_by(MonthScore.month)
)
_MONTH_TOTALS: Final = (
    _KEPT.add_columns(
        sa.func.aggregate_strings(sa.case((_IN_RANK, sa.cast(_TOTAL, sa.String))), ",").label("compared"),
    )
    .where(Platform.kind == sa.bindparam("kind"))
    .group_by(MonthScore.month)
)
"""Every month's totals of a kind as one text: thousands of rows would cost more than what they say."""
_OWN_MONTHS: Final = _KEPT.add_columns(_TOTAL.label("total"), _IN_RANK.label("is_compared")).where(
    Platform.id == sa.bindparam("platform_id")
)
_NOT_IN_RANK: Final = (
    sa.select(sa.func.aggregate_strings(sa.cast(Platform.id, sa.String), ","))
    .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
    .where(ScorecardRow.year == sa.bindparam("year"), ~IS_COMPARED)
    .scalar_subquery()
)
_VERSIONS: Final = sa.select(sa.func.sum(Platform.version)).scalar_subquery()
_MONTH_STATE: Final = sa.select(
    sa.func.count(), sa.func.sum(MonthScore.total), sa.func.max(MonthScore.kept_at), _NOT_IN_RANK, _VERSIONS
).where(MonthScore.year == sa.bindparam("year"))


def state(session: Session, year: int) -> tuple[Any, ...]:
    """What :func:`totals` follow from: another one once they are kept anew, others compared, or a platform changed."""
    return (year, *session.execute(_MONTH_STATE, {"year": year}).one())


def totals(session: Session, kind: PlatformKind, year: int) -> MonthTotals:
    """The kept totals of every platform of a kind that is compared."""
    rows = session.execute(_MONTH_TOTALS, {"year": year, "kind": kind})
    return {row.month: sorted(map(int, row.compared.split(","))) if row.compared else () for row in rows}


def own(session: Session, platform_id: int, year: int) -> Sequence[Any]:
    """The platform's kept totals, month by month; to be read before those of its kind, which then have these months."""
    return session.execute(_OWN_MONTHS, {"year": year, "platform_id": platform_id}).all()


def beside(own_months: Iterable[Any], of_kind: MonthTotals) -> list[MonthEnd]:
    """A platform's kept totals beside those of its kind."""
    ends = []
    for row in own_months:
        compared = of_kind.get(row.month, ())
        middle = [of_thousandths(total) for total in compared[(len(compared) - 1) // 2 : len(compared) // 2 + 1]]
        ends.append(
            MonthEnd(
                month=row.month,
                total=of_thousandths(row.total),
                rank=1 + len(compared) - bisect_right(compared, row.total) if row.is_compared else 0,
                platforms=len(compared),
                median=median(middle) if compared else None,
                highest=of_thousandths(compared[-1]) if compared else None,
            )
        )
    return ends
