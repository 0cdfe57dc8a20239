"""窗口平台: found by code, kind, place or name. Reads only (``people.platform_changes`` writes)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from wxsvc.queries import Page, holds, page_of
from wxsvc.texts import regions


def by_code(session: Session, code: str) -> Platform | None:
    """The platform of this code (平台编号), if there is one."""
    return session.scalar(sa.select(Platform).where(Platform.code == code))


def every(session: Session, kind: PlatformKind | None = None) -> Sequence[Platform]:
    """All platforms, or all of one kind (平台类别), in the order of their codes."""
    query = sa.select(Platform).order_by(Platform.code)
    return session.scalars(query if kind is None else query.where(Platform.kind == kind)).all()


class PlatformName(NamedTuple):
    """A platform as one of many to choose from."""

    id: int
    code: str
    name: str


def in_use(session: Session, kind: PlatformKind | None = None) -> Sequence[PlatformName]:
    """Those that are not closed (关停): whom work can be given to, and staff be invited to."""
    return names(session, ~Platform.is_closed, *([] if kind is None else [Platform.kind == kind]))


def names(session: Session, *wanted: sa.ColumnElement[bool]) -> Sequence[PlatformName]:
    """All platforms in the order of their codes, closed ones too; those that are ``wanted``."""
    query = sa.select(Platform.id, Platform.code, Platform.name).where(*wanted).order_by(Platform.code)
    return [PlatformName(*row) for row in session.execute(query)]


def called(session: Session, platform_ids: Collection[int]) -> dict[int, str]:
    """The names of these platforms."""
    query = sa.select(Platform.id, Platform.name).where(Platform.id.in_(platform_ids))
    return {row.id: row.name for row in session.execute(query)} if platform_ids else {}


def state_of_names(session: Session) -> str:
    """What :func:`names` and :func:`in_use` bring, as one text: it is another one when any of them is."""
    told = sa.cast(Platform.id, sa.String) + " " + Platform.code + sa.case((Platform.is_closed, " - "), else_=" ")
    return session.scalar(sa.select(sa.func.aggregate_strings(told + Platform.name, "\n"))) or ""


PER_PAGE: Final = 50


def look_for(
    session: Session,
    *,
    kind: PlatformKind | None = None,
    city: str = "",
    text: str = "",
    is_closed: bool | None = False,
    among: sa.ColumnElement[bool] | None = None,
    page: int = 1,
) -> Page[Platform]:
    """Those in use, or the closed ones (None: both), of one kind, in one city, whose name or code holds a text, by
    code.

    ``among`` is a condition of ``Platform`` that narrows them further.
    """
    wanted = [] if is_closed is None else [Platform.is_closed if is_closed else ~Platform.is_closed]
    if among is not None:
        wanted.append(among)
    if kind is not None:
        wanted.append(Platform.kind == kind)
    if city:
        wanted.append(is_in_city(city))
    if text:
        wanted.append(sa.or_(holds(Platform.name, text), holds(Platform.code, text, at_begin=True)))
    return page_of(session, sa.select(Platform).where(*wanted).order_by(Platform.code), page, PER_PAGE)


def serving(session: Session, enterprise_id: int, region_code: str) -> Sequence[Platform]:
    """The platforms in use of an enterprise in a division (six digits), the nearest first.

    The county's, then the clusters (产业集群) and parks that list the enterprise, then the prefecture's.
    """
    members = sa.select(ClusterMember.platform_id).where(ClusterMember.enterprise_id == enterprise_id)
    is_county = sa.and_(Platform.kind == PlatformKind.COUNTY, Platform.region_code == region_code)
    is_cluster = Platform.id.in_(members)
    is_city = sa.and_(Platform.kind == PlatformKind.PREFECTURE, is_in_city(region_code))
    order = sa.case((is_county, 0), (is_cluster, 1), else_=2)
    near = sa.or_(is_county, is_cluster, is_city)
    query = sa.select(Platform).where(near, ~Platform.is_closed).order_by(order, Platform.code)
    return session.scalars(query).all()


def listing(session: Session, enterprise_id: int) -> set[int]:
    """The ids of the clusters and parks that list the enterprise as a member (成员企业)."""
    query = sa.select(ClusterMember.platform_id).where(ClusterMember.enterprise_id == enterprise_id)
    return set(session.scalars(query))


def of_city(session: Session, region_code: str) -> Sequence[Platform]:
    """Every platform in use of the city (市州) that the division lies in, the city's own first."""
    order = sa.case((Platform.kind == PlatformKind.PREFECTURE, 0), else_=1)
    query = sa.select(Platform).where(is_in_city(region_code), ~Platform.is_closed).order_by(order, Platform.code)
    return session.scalars(query).all()


def named(session: Session, text: str, most: int) -> Sequence[Platform]:
    """The platforms in use of the division that the text names, else those with it in their name; ``most`` at most."""
    codes = [region.code for region in regions.named(text)]
    there = sa.select(Platform).where(Platform.region_code.in_(codes), ~Platform.is_closed)
    exact = session.scalars(there.order_by(Platform.code).limit(most)).all()
    if exact:
        return exact
    query = sa.select(Platform).where(holds(Platform.name, text), ~Platform.is_closed)
    return session.scalars(query.order_by(Platform.code).limit(most)).all()


def lies_in(region_code: Any, area: str) -> sa.ColumnElement[bool]:
    """Whether a column's code lies in the area: the same division or, of a city or the province, one below it."""
    digits = area[: 2 if area.endswith("0000") else 4] if area.endswith("00") else ""
    is_there: sa.ColumnElement[bool] = (
        region_code.like(f"{digits}%") if digits else region_code.in_(regions.spellings(area))
    )
    return is_there


def is_in_city(region_code: str) -> sa.ColumnElement[bool]:
    """Whether a platform is of the city (市州) that the division lies in."""
    return sa.func.substr(Platform.region_code, 1, 4) == region_code[:4]
