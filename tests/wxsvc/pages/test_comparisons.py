"""两年对比: line by line on both sides, all platforms of a kind, and across tables of different years."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.test_readings import squeezed
from tests.wxsvc.pages.web import fold
from tests.wxsvc.pages.world import World
from tests.wxsvc.test_next_years_table import counted, next_table
from wxsvc.services.reports import year_comparisons

__all__ = ["counted", "next_table"]

PREFECTURE = PlatformKind.PREFECTURE


@pytest.fixture
def two_years(rows: Any, world: World) -> None:
    """Two brand activities last year, one digital one this year; the other platform has this year alone."""
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        for back, category in ((365, "brand"), (366, "brand"), (1, "digital")):
            held = builders.activity(
                session,
                own,
                stage=Stage.APPROVED,
                summary=builders.SUMMARY,
                category=category,
                starts_at=builders.STARTS_AT - timedelta(days=back),
                ends_at=builders.ENDS_AT - timedelta(days=back),
            )
            builders.photo(session, held)
            builders.check_in(session, held, builders.enterprise(session))
    fold(rows, 2025)
    fold(rows)
    with rows() as session:
        for table in (ScoreLineRow, ScorecardRow):
            session.execute(sa.delete(table).where(table.platform_id == world.other_platform_id, table.year == 2025))


def test_every_line_is_what_the_cards_of_both_years_say(rows: Any, world: World, two_years: None) -> None:
    """Points of each line, totals and ranks, of one platform and of all."""
    with rows() as session:
        every = year_comparisons.of_kind(session, PREFECTURE, 2025, 2026).rows
        assert {each.platform.id for each in every} == {world.platform_id, world.other_platform_id}
        for each in every:
            alone = year_comparisons.of_platform(session, each.platform, 2025, 2026)
            assert alone == each
            for year, side in ((2025, "former"), (2026, "later")):
                stored = session.scalars(sa.select(ScoreLineRow).filter_by(platform_id=each.platform.id, year=year))
                told = {line.code: getattr(line, side) for line in each.lines}
                assert {line.code: line.points for line in stored} == {
                    code: line.points for code, line in told.items() if line is not None
                }
        own = next(each for each in every if each.platform.id == world.platform_id)
        lines = {line.code: line for line in own.lines}
        assert (lines["brand"].change, lines["digital"].change) == (Decimal(-4), Decimal(2))
        assert lines["brand"].former is not None
        assert lines["brand"].former.counted == 2
        assert not any(line.is_reworded for line in own.lines)
        other = next(each for each in every if each is not own)
        assert (other.former, other.change) == (None, None)


def test_both_sides_compare(phone: Any, world: World, two_years: None) -> None:
    """Points before and after, the counts behind them; ranks for the province alone."""
    for who, where in ((world.staff, "/p/score"), (world.province, f"/v/score/{world.platform_code}")):
        somebody = phone(who)
        assert f'href="{where}/compare?year=2026"' in somebody.get(f"{where}?year=2026").text
        page = squeezed(somebody.get(f"{where}/compare?year=2026"))
        assert "品牌能力提升40－42→0次" in page
        assert "“两上三化”02＋20→1次" in page
        assert ("名次" in page) == (who == world.province)
        assert "2025年度截至" in page
        assert "·" not in page, "no line of a phone begins with one"
        backwards = squeezed(somebody.get(f"{where}/compare?year=2025&with=2026"))
        assert "品牌能力提升40－42→0次" in backwards


def test_all_platforms_of_a_kind(phone: Any, world: World, two_years: None) -> None:
    """Total and rank of both years; a platform without a card of one year says so."""
    official = phone(world.province)
    assert "/v/scores/compare?kind=prefecture" in official.get("/v/scores").text
    page = official.get("/v/scores/compare?kind=prefecture&year=2026&with=2025")
    row = next(row for row in page.text.split("<tr>") if "长沙市窗口平台" in row)
    cells = ["".join(re.sub("<[^>]+>", "", cell).split()) for cell in row.split("<td")[1:]]
    assert [cell.partition(">")[2] for cell in cells[:4]][3] == "1→1"
    other = next(row for row in page.text.split("<tr>") if "株洲市窗口平台" in row)
    assert "—→" in squeezed_text(other)
    for kind in PlatformKind:
        assert official.get(f"/v/scores/compare?kind={kind}").status_code == 200
    assert "都没有" in official.get("/v/scores/compare?kind=prefecture&year=2002&with=2001").text


def squeezed_text(html: str) -> str:
    return "".join(re.sub("<[^>]+>", "", html).split())


@pytest.mark.usefixtures("counted")
def test_tables_of_different_years_are_compared_by_code(
    rows: Any, phone: Any, world: World, next_table: Path, two_years: None
) -> None:
    """A line that one year has alone is empty in the other; all that both have are compared."""
    with rows() as session:
        compared = year_comparisons.of_platform(session, session.get_one(Platform, world.platform_id), 2025, 2026)
    lines = {line.code: line for line in compared.lines}
    assert lines["publicity"].former is None
    assert lines["publicity"].later is not None
    assert lines["publicity"].change is None
    assert lines["brand"].change == Decimal(-4)
    page = squeezed(phone(world.province).get(f"/v/score/{world.platform_code}/compare?year=2026"))
    assert "政策宣传—0—" in page


@pytest.mark.parametrize("odd", ["?year=1", "?with=abc", "?year=2026&with=2026", "?page=99", "?year=2026&with=2001"])
def test_odd_addresses_are_answered_calmly(phone: Any, world: World, odd: str) -> None:
    official = phone(world.province)
    assert official.get(f"/v/scores/compare{odd}").status_code == 200
    assert official.get(f"/v/score/{world.platform_code}/compare{odd}").status_code == 200
    assert phone(world.staff).get(f"/p/score/compare{odd}").status_code == 200


def test_the_table_of_a_kind_asks_few_statements(rows: Any, phone: Any, world: World) -> None:
    """As many for thirty platforms as for two."""
    with rows() as session:
        for number in range(30):
            builders.platform(session, code=f"43{number:04}", name=f"第{number}平台")
    for year in (2025, 2026):
        fold(rows, year)
    official = phone(world.province)
    official.get("/v/scores/compare?year=2026")
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    try:
        official.get("/v/scores/compare?year=2026")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(asked) <= 12, asked
