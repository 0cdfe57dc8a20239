"""平台所属区域: which enterprises belong to a platform's region. Needs, 家次 and pages read the rule here alone.

“平台所属区域内企业发布对接的有效需求、发布诉求50条以上得5分”: a prefecture's region is its city with all counties, a
county's its own division, a park's its county and its listed members, a cluster's its listed members — or, while none
is listed, its own division.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from wxsvc import regions

Condition = sa.ColumnElement[bool]


def takes_members(platform: Platform) -> bool:
    """Whether enterprises are listed as members (成员企业): at clusters, and at parks, whose code is no division's."""
    if platform.kind is PlatformKind.COUNTY:
        return regions.find(platform.code) is None or regions.find(platform.region_code) is None
    return platform.kind is PlatformKind.CLUSTER


def inside(platform: Platform, region_code: Any = Enterprise.region_code) -> Condition:
    """Whether an ``Enterprise`` belongs to the platform's region; never NULL.

    ``region_code`` is the division that is judged: the registered one, unless a record tells it where none is.
    """
    lies_there = _lies_in(platform, sa.func.coalesce(region_code, ""))
    if not takes_members(platform):
        return lies_there
    if platform.kind is PlatformKind.CLUSTER:
        lies_there = sa.and_(sa.not_(_has_members(platform)), lies_there)
    return sa.or_(_is_member(platform), lies_there)


def undecided(platform: Platform) -> Condition:
    """No region of the ``Enterprise`` is registered, and no list of members decides either."""
    found: Condition = Enterprise.region_code.is_(None)
    if takes_members(platform):
        found = sa.and_(found, sa.not_(_is_member(platform)))
    if platform.kind is PlatformKind.CLUSTER:
        found = sa.and_(found, sa.not_(_has_members(platform)))
    return found


def _is_member(platform: Platform) -> Condition:
    members = sa.select(ClusterMember.enterprise_id).where(ClusterMember.platform_id == platform.id)
    return Enterprise.id.in_(members)


def _has_members(platform: Platform) -> Condition:
    return sa.exists().where(ClusterMember.platform_id == platform.id)


def _lies_in(platform: Platform, region_code: sa.ColumnElement[str]) -> Condition:
    code = platform.region_code
    if platform.kind is PlatformKind.PREFECTURE or code.endswith("00"):
        return region_code.like(code[: 2 if code.endswith("0000") else 4] + "%")
    return region_code.in_(regions.spellings(code))
