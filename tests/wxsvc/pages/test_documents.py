"""年度文件: the page that hands the documents of a year out."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from models.collaboration import Filing
from models.platform import Platform
from models.terms import Stage
from scoring.terms import Obligation
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services.counting import folding

PAGE = "/v/year/2026/documents"


def test_the_page_lists_every_document_with_what_is_in_it(phone: Any, world: World) -> None:
    page = phone(world.reviewer).get("/v/documents")
    for name in ("年度工作簿", "附件1考评表", "季度简报", "年度通报", "月度数据", "得分数据"):
        assert name in page.text
    assert "本年度尚未锁定，文件标明“预览”" in seen(page)
    assert '<option value="4" selected>第4季度</option>' in page.text
    assert "12月</option>" not in page.text
    assert "年度文件" in seen(phone(world.reviewer).get("/v/more"))


def test_it_says_whether_the_year_is_sealed(phone: Any, world: World, rows: Any) -> None:
    with rows() as session:
        first, *others = session.scalars(sa.select(Platform))
        builders.seal(session, first)
    assert f"还有{len(others)}家平台未锁定" in seen(phone(world.province).get(PAGE))
    with rows() as session:
        for each in others:
            builders.seal(session, session.get_one(Platform, each.id))
    assert "本年度已锁定" in seen(phone(world.province).get(PAGE))


def test_a_year_that_has_not_begun_offers_no_quarter(phone: Any, world: World) -> None:
    page = phone(world.province).get("/v/year/2027/documents")
    assert "第1季度" not in page.text
    assert "本年度还没有开始" in seen(page)


def test_a_year_without_rules_has_no_documents(phone: Any, world: World) -> None:
    assert "2015年没有评价办法" in seen(phone(world.province).get("/v/year/2015/documents"))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("poem", "没有这种文件"),
        ("annex1?platform=nowhere", "没有编码为nowhere的平台"),
        ("bulletin", "季度简报须指明季度"),
        ("month?month=x", "月度数据须指明月份"),
        ("month?month=12", "所选时间还没有到"),
    ],
)
def test_what_cannot_be_made_is_told_on_the_page(phone: Any, world: World, asked: str, sentence: str) -> None:
    page = phone(world.province).get(f"{PAGE}/{asked}")
    assert (page.status_code, sentence in seen(page)) == (422, True)


@pytest.mark.parametrize("year", ["206", "99999", "9" * 40])
def test_a_mistyped_year_has_no_page(phone: Any, world: World, year: str) -> None:
    assert phone(world.province).get(f"/v/year/{year}/documents").status_code == 404
    assert phone(world.province).get(f"/v/year/{year}/documents/csv").status_code == 404


def test_a_record_of_a_kind_that_is_not_counted_stands_in_the_workbook(
    app: Any, phone: Any, world: World, rows: Any
) -> None:
    """A filing that was sent back adds to no fact; the year's workbook names what it is."""
    shared: dict[str, Any] = {"platform_id": world.platform_id, "year": 2026, "created_at": builders.NOW}
    shared |= {"stage": Stage.RETURNED, "return_reason": "请补盖章件", "reviewed_at": builders.NOW}
    with rows() as session:
        session.add(Filing(obligation=Obligation.PLAN, period="2026-02", claimed_on=date(2026, 2, 3), **shared))
    folding.retally(app.extensions["wxsvc"].database, app.extensions["wxsvc"].now)
    answer = phone(world.province).get(f"{PAGE}/workbook")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)["未计入"]
    told = [row for row in sheet.iter_rows(values_only=True) if "2月活动计划表" in row]
    assert [row[4] for row in told] == ["报送"]


def test_a_document_is_a_download_that_nobody_keeps(phone: Any, world: World) -> None:
    answer = phone(world.province).get(f"{PAGE}/csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("path", [f"{PAGE}/csv", "/v/scores/csv", "/v/operations/csv"])
def test_a_table_for_other_programs_names_its_alphabet_once(phone: Any, world: World, path: str) -> None:
    assert phone(world.province).get(path).headers["Content-Type"] == "text/csv; charset=utf-8"


def test_the_page_asks_little_of_the_database(phone: Any, world: World) -> None:
    official = phone(world.province)
    official.get(PAGE)
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    try:
        official.get(PAGE)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(asked) <= 12, asked
