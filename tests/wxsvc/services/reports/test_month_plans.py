"""活动计划表: which activities stand in a month's plan."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.terms import Stage
from scoring.terms import Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.reports import month_plans, periods


def at(text: str) -> datetime:
    """A moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=builders.BEIJING)


def test_a_month_is_beijings() -> None:
    december = periods.month("2026-12")
    assert (december.begins_at, december.ends_at) == (at("2026-12-01T00:00"), at("2027-01-01T00:00"))
    assert december.holds(december.first)
    assert december.holds(december.last)
    assert not december.holds(periods.month("2027-01").first)
    assert not december.holds(None)
    assert periods.month("2028-02").last.day == 29
    for wrong in ("2026", "2026-13", "2026-1-1", "", "abcd-01"):
        with pytest.raises(ValueError, match=r".+"):
            periods.month(wrong)


def test_the_plan_holds_what_begins_in_the_month(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session, name="株洲市窗口平台")

        def made(of: object, day: str, stage: Stage = Stage.PUBLISHED, title: str = "活动") -> object:
            begins = at(f"{day}T00:00")
            return builders.activity(
                session,
                of,
                title=title,
                stage=stage,
                starts_at=begins,
                ends_at=begins.replace(hour=5),  # type: ignore[arg-type]
            )

        made(own, "2026-12-31", title="最后一天")
        made(own, "2026-12-01", title="第一天")
        made(own, "2026-11-30", title="上月")
        made(own, "2027-01-01", title="下月")
        made(own, "2026-12-10", Stage.DRAFT, "草稿")
        made(own, "2026-12-11", Stage.VOID, "取消")
        made(own, "2026-12-12", Stage.APPROVED, "已办")
        agreed, asked = made(other, "2026-12-13", title="联合"), made(other, "2026-12-14", title="未应")
        hidden = made(other, "2026-12-15", Stage.DRAFT, "别家草稿")
        builders.joined(session, agreed, own, Part.UNDERTAKE)  # type: ignore[arg-type]
        builders.joined(session, asked, own, is_confirmed=False)  # type: ignore[arg-type]
        builders.joined(session, hidden, own, is_confirmed=True)  # type: ignore[arg-type]
        made(other, "2026-12-16", title="别家")
        undated = builders.activity(session, own, stage=Stage.DRAFT, title="无时间", year=2026)
        undated.starts_at = undated.ends_at = None
        session.flush()
        plan = month_plans.of_month(session, own.id, periods.month("2026-12"), now)
        assert [each.activity.title for each in plan.planned] == ["第一天", "草稿", "已办", "联合", "最后一天"]
        assert [each.is_draft for each in plan.planned] == [False, True, False, False, False]
        assert [each.part for each in plan.planned] == [Part.HOST, Part.HOST, Part.HOST, Part.UNDERTAKE, Part.HOST]
        assert [each.host and each.host.name for each in plan.planned] == [None, None, None, "株洲市窗口平台", None]
        assert [each.title for each in plan.undated] == ["无时间"]
