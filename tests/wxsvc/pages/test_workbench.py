"""全部功能: every page of the platform is one tap away, with what waits behind it; only what its own table has."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment
from models.platform import Platform
from models.record import OfflineService
from models.terms import AssignmentKind, Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records

ALWAYS = {
    "/p/today",
    "/p/publish",
    "/p/activities",
    "/p/announcements",
    "/p/offline-services",
    "/p/needs",
    "/p/posts",
    "/p/assignments",
    "/p/bonus-claims",
    "/p/evidence",
    "/p/filings",
    "/p/score",
    "/p/disputes",
    "/p/objections",
    "/p/notices",
}
TRADES, SERVICES, REPORTS, FUSIONS, MEMBERS = (
    "/p/online-trades",
    "/p/online-services",
    "/p/research-reports",
    "/p/platform-fusions",
    "/p/members",
)


def main_part(page: Any) -> str:
    return str(page.text[page.text.index("<main") :])


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        (PlatformKind.PREFECTURE, {TRADES, SERVICES}),
        (PlatformKind.CLUSTER, {TRADES, REPORTS, FUSIONS, MEMBERS}),
        (PlatformKind.COUNTY, {SERVICES}),
    ],
)
def test_a_platform_finds_every_page_of_its_kind(
    rows: Any, phone: Any, world: World, kind: PlatformKind, own: set[str]
) -> None:
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = kind
    fold(rows)
    staff = phone(world.staff)
    found = set(re.findall(r'href="(/p/[^"?#]+)"', main_part(staff.get("/p/more"))))
    assert found == ALWAYS | own
    assert [path for path in sorted(found) if staff.get(path).status_code != 200] == []


def test_what_waits_is_told(rows: Any, phone: Any, world: World) -> None:
    settle_records(rows, world)
    with rows() as session:
        service = session.scalars(sa.select(OfflineService)).one()
        service.stage, service.return_reason = Stage.RETURNED, "请补充"
        session.add(
            Assignment(year=2026, kind=AssignmentKind.CASES, title="又一项", content="请响应", created_at=builders.NOW)
        )
    text = re.sub(r"\s+", "", seen(phone(world.staff).get("/p/more")))
    assert "线下服务退回1" in text
    assert "线上交易待审核1" in text
    assert "需求与诉求1条待受理待审核1" in text
    assert "重点工作响应1项待响应待审核1" in text
    assert "附件2佐证材料" in text
    other = re.sub(r"\s+", "", seen(phone(world.other_staff).get("/p/more")))
    assert "退回" not in other
    assert "待审核" not in other.replace("待审核家次", "")


def test_the_page_is_reached_from_every_other(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for path in ("/p/today", "/p/offline-services", "/p/evidence"):
        assert 'href="/p/more"' in staff.get(path).text


def test_todays_card_opens_the_year_that_it_counts(rows: Any, phone: Any, world: World) -> None:
    """得分与差距 by itself opens the year before while that one is being judged."""
    fold(rows)
    page = phone(world.staff).get("/p/today")
    assert ("2026年度得分与差距" in seen(page), 'href="/p/score?year=2026"' in page.text) == (True, True)
