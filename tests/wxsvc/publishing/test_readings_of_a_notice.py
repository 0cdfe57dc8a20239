"""口径 in 年度通报: who decided them and when is said once where it is the same of all, else behind each."""

from __future__ import annotations

from datetime import timedelta

from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.services.year_end.ending import AFTER, YEAR, decide, ending, fold
from wxsvc.db import Database
from wxsvc.publishing import says
from wxsvc.services.regulation import readings
from wxsvc.services.reports import publications

KIND = PlatformKind.CLUSTER


def told(db: Database) -> tuple[str, list[str]]:
    with db.read() as session:
        return says.readings(publications.of_year(session, YEAR, AFTER + timedelta(hours=1)))


def test_a_ground_that_all_share_is_said_once(db: Database) -> None:
    with db.transaction() as session:
        e = ending(session)
        fold(session)
    common, lines = told(db)
    assert (common, any("（" in line and "默认" in line for line in lines)) == ("暂按默认口径", False)
    with db.transaction() as session:
        decide(session, e)
    common, lines = told(db)
    assert common == f"由省工信厅于{AFTER.year}年{AFTER.month}月{AFTER.day}日决定"
    assert "不足一档如何扣分：按整档。" in lines


def test_kinds_decided_on_one_day_share_a_line_and_other_grounds_stand_behind_each(db: Database) -> None:
    with db.transaction() as session:
        e = ending(session)
        builders.platform(session, code="430300", kind=PlatformKind.COUNTY)
        fold(session)
        for kind, minutes in ((KIND, 0), (PlatformKind.COUNTY, 5)):
            at = AFTER + timedelta(minutes=minutes)
            readings.decide(session, YEAR, kind, "partial_step", "whole", "会议决定", e.first, at)
    common, lines = told(db)
    assert common == ""
    (line,) = [each for each in lines if each.startswith("不足一档如何扣分")]
    assert line == f"不足一档如何扣分：按整档（由省工信厅于{AFTER.year}年{AFTER.month}月{AFTER.day}日决定）。"
    assert any("（暂按默认口径）" in each for each in lines)
