"""自上月以来为何变化, on both sides: the same steps and causes; ranks and other platforms for the province alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from models.activity import Activity
from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreChange
from models.terms import Role, Stage, Subject
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages.test_readings import squeezed
from tests.wxsvc.pages.web import fold
from tests.wxsvc.pages.world import World
from wxsvc.services.counting import tallies
from wxsvc.services.judging import reviews
from wxsvc.services.reports import score_history


@pytest.fixture
def changed(rows: Any, world: World) -> None:
    """An activity of the other platform, which this one undertook too, is approved after the first count."""
    fold(rows)
    with rows() as session:
        joint = session.get_one(Activity, world.joint_id)
        joint.summary, joint.stage, joint.submitted_at = builders.SUMMARY, Stage.SUBMITTED, builders.NOW
        own = builders.activity(
            session, session.get_one(Platform, world.platform_id), stage=Stage.SUBMITTED, summary=builders.SUMMARY
        )
        for held in (joint, own):
            builders.photo(session, held)
            builders.check_in(session, held, builders.enterprise(session))
        reviewer = builders.staff(session, role=Role.REVIEWER)
        session.flush()
        for held in (joint, own):
            reviews.approve(session, Subject.ACTIVITY, held.id, reviewer, builders.NOW + timedelta(minutes=5))


def test_both_sides_read_what_changed_and_why(
    rows: Any, phone: Any, world: World, changed: None, page_clock: SettableClock
) -> None:
    page_clock.advance(hours=2)
    fold(rows)
    for who, where in (
        (world.staff, "/p/score"),
        (world.province, f"/v/score/{world.platform_code}"),
        (world.reviewer, f"/v/score/{world.platform_code}"),
    ):
        somebody = phone(who)
        assert f'href="{where}/history?year=2026"' in somebody.get(f"{where}?year=2026").text
        page = squeezed(somebody.get(f"{where}/history"))
        assert "自上月末以来" in page
        assert "通过服务活动“中小企业数字化转型对接会”" in page
        assert ("名次" in page) == (who != world.staff)
        assert ("株洲市窗口平台" in page) is False
        empty = squeezed(somebody.get(f"{where}/history?since=2026-01-01&until=2026-01-31&year=2026"))
        assert "这段时间内各项得分没有变化" in empty
        assert "自上月末以来" not in empty


def test_the_province_reads_how_many_changed_places(
    rows: Any, phone: Any, world: World, changed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three that passed it two are named, and all are counted; who fell behind is not spoken of where nobody did."""
    monkeypatch.setattr(score_history, "NEAREST", 2)
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        total = session.get_one(ScorecardRow, (own.id, 2026)).total
        for number in range(1, 4):
            other = builders.platform(session, kind=own.kind, code=f"P{number}", name=f"第{number}平台")
            tallies.fold(session, other.id, 2026, builders.NOW)
            session.get_one(ScorecardRow, (other.id, 2026)).total = total + number
            step = {"old": Decimal(0), "new": Decimal(10), "at": builders.NOW, "causes": []}
            session.add(ScoreChange(platform_id=other.id, year=2026, code="x", **step))
    page = squeezed(phone(world.province).get(f"/v/score/{world.platform_code}/history"))
    assert ("第1平台" in page, "第2平台" in page, "第3平台" in page) == (True, True, False)
    assert "以上为得分与本平台最接近的2个；共有3个平台超过本平台" in page
    assert "个平台不再领先" not in page


@pytest.mark.parametrize("odd", ["?since=abc&until=2026-99-99", "?since=2027-01-01", "?year=2001", "?until=1000-01-01"])
def test_odd_addresses_are_answered_calmly(rows: Any, phone: Any, world: World, changed: None, odd: str) -> None:
    for who, where in ((world.staff, "/p/score"), (world.province, f"/v/score/{world.platform_code}")):
        assert phone(who).get(f"{where}/history{odd}").status_code == 200
    assert phone(world.province).get("/v/score/none/history").status_code == 404


def test_it_asks_for_a_bounded_number_of_statements(
    rows: Any, phone: Any, world: World, changed: None, app: Flask
) -> None:
    fold(rows)
    official, where = phone(world.province), f"/v/score/{world.platform_code}/history?year=2026"
    official.get(where)
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    try:
        official.get(where)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    reads = [each for each in asked if each.startswith("SELECT")]
    assert len(reads) <= 12, (len(reads), reads)
