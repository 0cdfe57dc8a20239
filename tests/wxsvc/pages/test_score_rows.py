"""明细 and 为什么没算: three thousand rows page on the server, every row is reached, few statements each page."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import Attendance
from models.record import OfflineService, OfflineServiceEnterprise
from models.terms import Absence, Stage
from tests import builders
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World

NUMBER = 330


@pytest.fixture
def services(rows: Any, world: World) -> list[str]:
    """So many approved services of one enterprise each, and as many that were sent back; the titles of the former."""
    titles = [f"走访企业第{number:03}次" for number in range(NUMBER)]
    with rows() as session:
        shared = {
            "platform_id": world.platform_id,
            "year": 2026,
            "served_on": builders.NOW.date(),
            "submitted_at": builders.NOW,
            "reviewed_at": builders.NOW,
            "created_at": builders.NOW,
            "version": 1,
        }
        approved = [{"content": title, "stage": Stage.APPROVED, **shared} for title in titles]
        returned = [
            {"content": f"退回{title}", "stage": Stage.RETURNED, "return_reason": "请补充", **shared}
            for title in titles
        ]
        for made in (approved, returned):
            session.execute(sa.insert(OfflineService), made)
        ids = session.scalars(sa.select(OfflineService.id)).all()
        session.execute(
            sa.insert(OfflineServiceEnterprise),
            [{"offline_service_id": each, "enterprise_id": world.enterprise_id} for each in ids],
        )
    fold(rows)
    return titles


def test_every_row_behind_a_line_is_reached(app: Any, phone: Any, world: World, services: list[str]) -> None:
    """The sum is that of all pages; a page holds fifty rows and costs twelve statements at most."""
    path = f"/v/score/{world.platform_code}/participations?year=2026"
    reviewer = phone(world.reviewer)
    first = reviewer.get(path)
    with counted(app) as statements:
        reviewer.get(path)
    assert len(statements) <= 12, "\n".join(statements)
    assert f"已计入 {NUMBER}家次" in seen(first)
    pages = [seen(reviewer.get(f"{path}&page={number}")) for number in range(1, 16)]
    found = [title for text in pages for title in re.findall(r"(?<!退回)走访企业第\d{3}次", text)]
    assert sorted(set(found)) == services
    assert all(len(re.findall(r"走访企业第\d{3}次", text)) <= 50 for text in pages)
    assert "第14/14页" in pages[-1]
    own = phone(world.staff)
    assert "第2/14页" in seen(own.get("/p/score/participations?year=2026&page=2"))


def test_the_card_itself_costs_twelve_statements(app: Any, phone: Any, world: World, services: list[str]) -> None:
    reviewer = phone(world.reviewer)
    path = f"/v/score/{world.platform_code}?year=2026"
    page = reviewer.get(path)
    assert f"/v/score/{world.platform_code}/left-out" in page.text
    with counted(app) as statements:
        reviewer.get(path)
    assert len(statements) <= 12, "\n".join(statements)


def test_every_row_that_does_not_count_is_reached(
    app: Any, rows: Any, phone: Any, world: World, services: list[str]
) -> None:
    """Reason by reason; arrivals are told as persons, and each row leads to its record."""
    with rows() as session:
        session.add(
            Attendance(
                activity_id=world.activity_id,
                person_id=builders.person(session).id,
                absence=Absence.COLLEAGUE,
                attended_at=builders.NOW,
                received_at=builders.NOW,
            )
        )
    path = f"/v/score/{world.platform_code}/left-out?year=2026"
    reviewer = phone(world.reviewer)
    page = reviewer.get(path)
    assert f"已退回，修改并通过后计入 {NUMBER}家次" in " ".join(seen(page).split())
    assert "同单位到场，一家企业只计一次 1人" in " ".join(seen(page).split())
    with counted(app) as statements:
        reviewer.get(path)
    assert len(statements) <= 15, "\n".join(statements)
    pages = [reviewer.get(f"{path}&why=returned&page={number}") for number in range(1, 8)]
    found = {title for each in pages for title in re.findall(r"退回(走访企业第\d{3}次)", each.text)}
    assert sorted(found) == services
    (record,) = set(re.findall(r'href="(/v/review/offline_service/\d+)">退回走访企业第000次', pages[0].text))
    assert "退回走访企业第000次" in seen(reviewer.get(record))
    own = phone(world.staff)
    assert f"查看全部{NUMBER}条" in seen(own.get("/p/score?year=2026"))
    assert "第7/7页" in seen(own.get("/p/score/left-out?year=2026&why=returned&page=9"))
    assert reviewer.get(f"{path}&why=nonsense").status_code == 200
