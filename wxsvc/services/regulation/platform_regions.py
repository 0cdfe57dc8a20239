"""平台所属区域: which enterprises belong to a platform's region. Needs, 家次 and pages read the rule here alone.

“平台所属区域内企业发布对接的有效需求、发布诉求50条以上得5分”: a prefecture's region is its city with all counties, a
county's its own division, a park's its county and its listed members, a cluster's its listed members — or, while none
is listed, its own division.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct

from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from wxsvc.services import platforms
from wxsvc.texts import regions

Condition = sa.ColumnElement[bool]


class Each(Struct, frozen=True):
    """The platform of each row of a query over many of one kind: its columns stand where a platform's values would."""

    kind: PlatformKind
    takes_members: bool
    id: Any
    region_code: Any
    operator_uscc: Any


Whose: TypeAlias = Platform | Each
"""A platform at hand, or that of each row."""


def takes_members(platform: Whose) -> bool:
    """Whether enterprises are listed as members (成员企业): at clusters, and at parks, whose code is no division's."""
    if isinstance(platform, Each):
        return platform.takes_members
    if platform.kind is PlatformKind.COUNTY:
        return regions.find(platform.code) is None or regions.find(platform.region_code) is None
    return platform.kind is PlatformKind.CLUSTER


def taking_members() -> Condition:
    """The same of the rows of ``Platform``."""
    codes = [code for code in {*regions.all_regions(), *regions.superseded()} if regions.find(code) is not None]
    is_park = sa.or_(Platform.code.not_in(codes), Platform.region_code.not_in(codes))
    return sa.or_(
        Platform.kind == PlatformKind.CLUSTER,
        sa.and_(Platform.kind == PlatformKind.COUNTY, is_park),
    )


def inside(platform: Whose, region_code: Any = Enterprise.region_code) -> Condition:
    """Whether an ``Enterprise`` belongs to the platform's region; never NULL.

    ``region_code`` is the division that is judged: the registered one, unless a record tells it where none is.
    """
    lies_there = _lies_in(platform, sa.func.coalesce(region_code, ""))
    if not takes_members(platform):
        return lies_there
    if platform.kind is PlatformKind.CLUSTER:
        lies_there = sa.and_(sa.not_(_has_members(platform)), lies_there)
    return sa.or_(_is_member(platform), lies_there)


def undecided(platform: Whose) -> Condition:
    """No region of the ``Enterprise`` is registered, and no list of members decides either."""
    found: Condition = Enterprise.region_code.is_(None)
    if takes_members(platform):
        found = sa.and_(found, sa.not_(_is_member(platform)))
    if platform.kind is PlatformKind.CLUSTER:
        found = sa.and_(found, sa.not_(_has_members(platform)))
    return found


def _is_member(platform: Whose) -> Condition:
    """Asked for one platform, its whole list is read once; of each row's, whether this one is on it."""
    if isinstance(platform, Each):
        return _member_of(platform).where(ClusterMember.enterprise_id == Enterprise.id).exists()
    return Enterprise.id.in_(_member_of(platform))


def _has_members(platform: Whose) -> Condition:
    return _member_of(platform).exists()


def _member_of(platform: Whose) -> sa.Select[int]:
    of_platform = sa.select(ClusterMember.enterprise_id).where(ClusterMember.platform_id == platform.id)
    return of_platform.correlate_except(ClusterMember)  # the platform of each row may stand in any query around it


def _lies_in(platform: Whose, region_code: sa.ColumnElement[str]) -> Condition:
    code: Any = platform.region_code
    if isinstance(platform, Each):
        within: Condition = region_code.like(_digits(code).concat("%"))
        if platform.kind is PlatformKind.PREFECTURE:
            return within
        return sa.case((code.like("%00"), within), else_=_today(region_code) == _today(code))
    is_city = platform.kind is PlatformKind.PREFECTURE and not code.endswith("00")
    return platforms.lies_in(region_code, f"{code[:4]}00" if is_city else code)


def _digits(code: Any) -> sa.ColumnElement[str]:
    """What the codes of a province's or a city's divisions begin with."""
    return sa.func.substr(code, 1, sa.case((code.like("%0000"), 2), else_=4), type_=sa.String)


def _today(code: Any) -> sa.ColumnElement[str]:
    """The division's code of today."""
    return sa.case(*((code == former, later) for former, later in regions.superseded().items()), else_=code)
