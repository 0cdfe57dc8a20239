"""数据总览 and 数据大屏: every picture has its table, the figures are 总表's, and no person stands on the wall."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from models.activity import Activity
from models.person import Person
from models.scorecard import ScorecardRow
from models.terms import Stage
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.counting import tallies

TEMPLATES = Path(__file__).parents[3] / "wxsvc/templates/pages"
MOST_STATEMENTS = 12


def table(page: Any, name: str) -> list[list[str]]:
    """The cells of the table below a picture."""
    (body,) = re.findall(rf"<b>{name}</b>.*?<tbody>(.*?)</tbody>", page.text, re.S)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    return [[re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


@pytest.fixture
def approved(rows: Any, world: World) -> World:
    """The world's activity is approved, so that something counts."""
    with rows() as session:
        row = session.get_one(Activity, world.activity_id)
        row.stage, row.submitted_at, row.reviewed_at = Stage.APPROVED, builders.NOW, builders.NOW
    fold(rows)
    return world


def test_every_picture_stands_above_a_table_with_its_figures(phone: Any, approved: World) -> None:
    page = phone(approved.province).get("/v/dashboard")
    assert page.text.count("data-chart=") == page.text.count("<table") == 4
    assert table(page, "各市州家次")[0][:3] == ["长沙市", "1", "1"]
    assert len(table(page, "各市州家次")) == 14
    assert ["2026年11月", "1"] in table(page, "每月家次")
    assert sum(int(cells[1]) for cells in table(page, "每月家次")) == 1
    spread = table(page, "得分分布")
    assert sum(int(cells[1]) for cells in spread[:11]) == 2
    assert len(table(page, "各平台指标完成率")) == 2
    assert "统计至2026年11月23日 10:00:00" in seen(page)


def test_the_dashboard_says_what_the_table_says(rows: Any, phone: Any, approved: World) -> None:
    """Base points of each platform, platform by platform, as 总表 exports them."""
    official = phone(approved.province)
    exported = official.get("/v/scores/csv?sort=rank").data.decode("utf-8-sig").splitlines()
    head = exported[0].split(",")
    of_table = {line.split(",")[head.index("平台")]: line.split(",") for line in exported[1:]}
    page = official.get("/v/dashboard?shade=rank")
    for cells in table(page, "各市州名次"):
        if cells[1] == "1":
            line = of_table[f"{cells[0]}窗口平台"]
            assert cells[2] == line[head.index("已计入家次")]
            assert cells[4] == line[head.index("合计")].removesuffix(".0")
            assert cells[5] == line[head.index("名次")]
    assert [cells[0] for cells in table(page, "各平台指标完成率")] == list(of_table)


@pytest.mark.parametrize(
    "query", ["year=abc", "year=2001", "kind=cluster", "kind=nothing", "shade=nothing", "shade=rank"]
)
@pytest.mark.parametrize("path", ["/v/dashboard", "/v/wall", "/v/wall/now", "/v/dashboard/430100"])
def test_an_odd_question_is_answered_calmly(phone: Any, world: World, path: str, query: str) -> None:
    assert phone(world.reviewer).get(f"{path}?{query}").status_code == 200


def test_a_platforms_year_is_reached_from_its_score(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    assert f"/v/dashboard/{world.platform_code}?year=2026" in official.get(f"/v/score/{world.platform_code}").text
    assert "还没有留存的月末得分" in seen(official.get(f"/v/dashboard/{world.platform_code}"))
    with rows() as session:
        session.execute(
            sa.text(
                "insert into month_scores (platform_id, year, month, total, kept_at)"
                " select platform_id, year, '2026-10', platform_id * 1000, as_of from scorecards"
            )
        )
    page = official.get(f"/v/dashboard/{world.platform_code}")
    assert table(page, "月末得分") == [["2026年10月", "1", "1.5", "2", "2/2"]]
    assert official.get("/v/dashboard/nothing").status_code == 404


def test_no_person_stands_on_the_wall(app: Flask, rows: Any, phone: Any, approved: World) -> None:
    """Whoever checked in or works here: no name, no number, no openid, nor the enterprise that they came for."""
    vault, people = app.extensions["wxsvc"].vault, []
    with rows() as session:
        for person in session.scalars(sa.select(Person)):
            if person.openid != approved.province:
                person.openid = f"oWall-person-{person.id:015}"
                people.append(person.openid)
            people += [f"欧阳{person.id}慧", f"1380013{person.id:04}"]
            person.name_sealed, person.phone_sealed = map(vault.encrypt, people[-2:])
    assert len(people) >= 14
    for path in ("/v/wall", "/v/wall/now"):
        page = phone(approved.province).get(path).text
        assert "中小企业数字化转型对接会" in page
        for each in (*people, approved.enterprise_name):
            assert each not in page
        assert re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", page) == []


def test_the_wall_is_polled_and_unchanged_is_nothing(rows: Any, phone: Any, approved: World) -> None:
    official = phone(approved.province)
    official.get("/v/wall")
    first = official.get("/v/wall/now")
    assert "得分中位数" in first.text
    tag = first.headers["ETag"]
    again = official.client.get("/v/wall/now", headers={"User-Agent": official.agent, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    with rows() as session:
        session.execute(sa.update(ScorecardRow).values(total=55_000))
    changed = official.client.get("/v/wall/now", headers={"User-Agent": official.agent, "If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["Cache-Control"] == "private, no-cache"


def test_the_wall_reads_the_cards_when_one_has_changed(app: Flask, rows: Any, phone: Any, approved: World) -> None:
    """Polled every ten seconds, it reads each platform's after a fold and otherwise none."""
    with rows() as session:
        for number in range(20):
            row = builders.platform(session, code=f"X{number:02}", name=f"第{number}县窗口平台", kind="county")
            tallies.fold(session, row.id, 2026, builders.NOW)
    official, engine = phone(approved.province), app.extensions["wxsvc"].database.engine

    def read() -> int:
        with rows_read(engine) as found:
            official.get("/v/wall/now")
        return found.rows

    official.get("/roles")
    assert [read() > 20, read() > 5, read() > 5] == [True, False, False]
    with rows() as session:
        tallies.fold(session, approved.platform_id, 2026, builders.NOW + timedelta(seconds=1))
    assert [read() > 20, read() > 5] == [True, False]


@pytest.mark.parametrize("path", ["/v/scores", "/v/dashboard", "/v/dashboard/430100", "/v/wall", "/v/wall/now"])
def test_a_page_asks_the_database_little(app: Flask, phone: Any, world: World, path: str) -> None:
    official = phone(world.province)
    official.get(path)
    with counted(app) as asked:
        official.get(path)
    assert 0 < len(asked) <= MOST_STATEMENTS
    assert not [
        statement for statement in asked if "from check_ins" in statement.lower() and "limit" not in statement.lower()
    ]


def test_charts_are_fetched_by_three_pages_of_the_desk_alone() -> None:
    """The library weighs more than a phone's page may; only what draws asks for it."""
    using = {path.name for path in TEMPLATES.rglob("*.html") if "{{ script() }}" in path.read_text()}
    assert using == {"dashboard.html", "dashboard_platform.html", "wall.html"}
    naming = {path.name for path in TEMPLATES.rglob("*.html") if "echarts" in path.read_text()}
    assert naming == {"pictures.html"}
