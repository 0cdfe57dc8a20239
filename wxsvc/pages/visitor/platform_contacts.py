"""联系窗口平台: the platforms of the own region, each with its number to call in one tap."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from wxsvc import regions
from wxsvc.access import current_person_id, house
from wxsvc.pages import limits
from wxsvc.pages.visitor import mine

blueprint = Blueprint("platform_contacts", __name__)


@blueprint.get("/contact")
@limits.limiter.limit(limits.SEARCHES)
def near() -> ResponseReturnValue:
    """Those of the region: the enterprise's own, or the city that was chosen."""
    city = regions.find(request.args.get("city", ""))
    with house().database.reading() as session:
        current = mine.current_enterprise(session, current_person_id())
        if city is not None:
            found = of_city(session, city.code)
        else:
            found = serving(session, current.id, current.region_code) if current and current.region_code else []
    return render_template("visitor/contact.html", found=found, city=city, current=current, cities=regions.cities())


def serving(session: Session, enterprise_id: int, region_code: str) -> Sequence[Platform]:
    """The county's platform, the clusters that the enterprise belongs to, the prefecture's: the nearest first."""
    members = sa.select(ClusterMember.platform_id).where(ClusterMember.enterprise_id == enterprise_id)
    is_county = sa.and_(Platform.kind == PlatformKind.COUNTY, Platform.region_code == region_code)
    is_cluster = Platform.id.in_(members)
    in_city = sa.func.substr(Platform.region_code, 1, 4) == region_code[:4]
    is_city = sa.and_(Platform.kind == PlatformKind.PREFECTURE, in_city)
    order = sa.case((is_county, 0), (is_cluster, 1), else_=2)
    query = sa.select(Platform).where(sa.or_(is_county, is_cluster, is_city)).order_by(order, Platform.code)
    return session.scalars(query).all()


def of_city(session: Session, code: str) -> Sequence[Platform]:
    """Every platform of a city, its own first."""
    order = sa.case((Platform.kind == PlatformKind.PREFECTURE, 0), else_=1)
    query = sa.select(Platform).where(sa.func.substr(Platform.region_code, 1, 4) == code[:4])
    return session.scalars(query.order_by(order, Platform.code)).all()
