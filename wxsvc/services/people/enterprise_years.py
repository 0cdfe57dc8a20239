"""Which platform-years (考评年度) an enterprise may count in: what changes about it is counted anew there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.platform import Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from scoring.terms import PlatformKind
from wxsvc.services import counting_years


def platform_years(session: Session, enterprise_id: int) -> set[tuple[int, int]]:
    """Every platform-year that this enterprise may count in, as (platform id, year)."""
    check_ins = (
        sa.select(ActivityPlatform.platform_id, Activity.year)
        .join(Activity, Activity.id == ActivityPlatform.activity_id)
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .where(CheckIn.enterprise_id == enterprise_id, CheckIn.holds_place, Activity.year.is_not(None))
    )
    services = (
        sa.select(OfflineService.platform_id, OfflineService.year)
        .join(OfflineServiceEnterprise, OfflineServiceEnterprise.offline_service_id == OfflineService.id)
        .where(OfflineServiceEnterprise.enterprise_id == enterprise_id)
    )
    trades = sa.select(OnlineTrade.platform_id, OnlineTrade.year).where(OnlineTrade.enterprise_id == enterprise_id)
    needs = sa.select(Need.platform_id, Need.year).where(Need.enterprise_id == enterprise_id)
    county, city = aliased(Platform), aliased(Platform)  # a county's need may count for its prefecture too
    cities = (
        sa.select(city.id, Need.year)
        .join(county, county.id == Need.platform_id)
        .join(city, sa.func.substr(city.region_code, 1, 4) == sa.func.substr(county.region_code, 1, 4))
        .where(
            Need.enterprise_id == enterprise_id,
            county.kind == PlatformKind.COUNTY,
            city.kind == PlatformKind.PREFECTURE,
        )
    )
    rows: Sequence[Any] = session.execute(sa.union(check_ins, services, trades, needs, cities)).all()
    return {(row.platform_id, row.year) for row in rows}


def trading_years(session: Session, of_whom: sa.ColumnElement[bool]) -> set[tuple[int, int]]:
    """The platform-years, not sealed, of every ``OnlineTrade`` that fits: who trades with itself does not count."""
    is_open = ~counting_years.is_sealed_of(OnlineTrade)
    query = sa.select(OnlineTrade.platform_id, OnlineTrade.year).where(of_whom, is_open)
    return {(row.platform_id, row.year) for row in session.execute(query.distinct())}
