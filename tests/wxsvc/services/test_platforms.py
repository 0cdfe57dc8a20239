"""窗口平台 by code, kind, place and name, as every page and the chat ask for them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services import platforms

CHANGSHA, LIUYANG, ZHUZHOU = "430100", "430181", "430200"


def province(session: Session) -> dict[str, Platform]:
    """Two cities, a county and two clusters in one of them; the codes say nothing of the order by nearness."""
    said = {
        "C1": ("长沙市中小企业窗口平台", PlatformKind.PREFECTURE, CHANGSHA),
        "A1": ("株洲市中小企业窗口平台", PlatformKind.PREFECTURE, ZHUZHOU),
        "D1": ("浏阳市中小企业窗口平台", PlatformKind.COUNTY, LIUYANG),
        "B1": ("工程机械产业集群窗口平台", PlatformKind.CLUSTER, CHANGSHA),
        "B2": ("100%_纯花炮产业集群窗口平台", PlatformKind.CLUSTER, LIUYANG),
    }
    return {
        code: builders.platform(session, code=code, name=name, kind=kind, region_code=region)
        for code, (name, kind, region) in said.items()
    }


def codes(found: object) -> list[str]:
    """The codes, in the order found."""
    assert isinstance(found, list)
    return [each.code for each in found]


def test_by_code_and_by_kind(db: Database) -> None:
    with db.transaction() as session:
        assert platforms.every(session) == []
        there = province(session)
        assert platforms.by_code(session, "D1") is there["D1"]
        assert platforms.by_code(session, "d1") is None
        assert codes(platforms.every(session)) == ["A1", "B1", "B2", "C1", "D1"]
        assert codes(platforms.every(session, PlatformKind.PREFECTURE)) == ["A1", "C1"]


def test_those_that_serve_an_enterprise_nearest_first(db: Database) -> None:
    """The county's, the clusters that it is a member of, the city's; of another city none."""
    with db.transaction() as session:
        there = province(session)
        company = builders.enterprise(session, region_code=LIUYANG)
        assert codes(platforms.serving(session, company.id, LIUYANG)) == ["D1", "C1"]
        session.add(ClusterMember(platform_id=there["B1"].id, enterprise_id=company.id))
        session.flush()
        assert codes(platforms.serving(session, company.id, LIUYANG)) == ["D1", "B1", "C1"]
        assert codes(platforms.serving(session, company.id, "430124")) == ["B1", "C1"]


def test_those_of_a_city_its_own_first(db: Database) -> None:
    with db.transaction() as session:
        province(session)
        assert codes(platforms.of_city(session, CHANGSHA)) == codes(platforms.of_city(session, LIUYANG))
        assert codes(platforms.of_city(session, LIUYANG)) == ["C1", "B1", "B2", "D1"]


def test_a_typed_place_is_a_division_before_it_is_part_of_a_name(db: Database) -> None:
    """What is typed is no pattern: a percent sign means itself."""
    with db.transaction() as session:
        province(session)
        assert codes(platforms.named(session, "浏阳", 9)) == ["B2", "D1"]
        assert codes(platforms.named(session, "浏阳", 1)) == ["B2"]
        assert codes(platforms.named(session, "产业集群", 9)) == ["B1", "B2"]
        assert codes(platforms.named(session, "产业集群", 1)) == ["B1"]
        assert codes(platforms.named(session, "%_", 9)) == ["B2"]
        assert platforms.named(session, "没有这个地方", 9) == []
